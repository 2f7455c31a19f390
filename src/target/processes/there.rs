//! Processes of a host, looked at and sent signals by programs there: one for a look, one for a signal to all.
//!
//! Which of them came from an attempt is decided here, by the same rule as for this machine.

use std::collections::{HashMap, HashSet};

use nix::sys::signal::Signal;

use super::{
    TAG,
    table::{self, Identity, Process},
};
use crate::target::{Error, Program, Ssh};

/// All processes, and which of them carry the mark. `grep` says of each line which file it is from, so that no name of a
/// process can imitate another one's line.
const LOOK: &str = r#"
if [ -r /proc/self/stat ]; then
    for file in $(grep -lsF "$1" /proc/[0-9]*/environ); do
        if tr '\0' '\n' <"$file" 2>/dev/null | grep -qxF "$1"; then
            file=${file#/proc/}
            echo "tagged ${file%/environ}"
        fi
    done
    grep '' /dev/null /proc/[0-9]*/stat 2>/dev/null
else
    ps -A -E -ww -o pid= -o command= 2>/dev/null | grep -F " $1" | while read -r pid line; do
        case " $line " in *" $1 "*) echo "tagged $pid" ;; esac
    done
    ps -A -o pid= -o ppid= -o sess= -o stat= -o lstart= | while read -r line; do echo "ps $line"; done
fi
exit 0
"#;

/// Does what `$1` says with each of the processes in its input, after comparing when it was started.
const ACT: &str = r#"
what=$1
while read -r pid start; do
    if [ "$start" != - ]; then
        line=
        read -r line 2>/dev/null <"/proc/$pid/stat" || [ -n "$line" ] || continue
        case $line in *") "*) ;; *) line=$(cat "/proc/$pid/stat" 2>/dev/null) ;; esac
        set -f
        set -- ${line##*") "}
        [ "${20}" = "$start" ] || continue
        case $1 in Z | X | x) continue ;; esac
    fi
    case $what in
    live) if kill -0 "$pid" 2>/dev/null || [ -d "/proc/$pid" ]; then echo "$pid"; fi ;;
    barred) kill -0 "$pid" 2>/dev/null || echo "$pid" ;;
    command)
        if [ "$start" = - ]; then said=$(ps -o command= -p "$pid")
        else said=$(tr '\0\n' '  ' <"/proc/$pid/cmdline" 2>/dev/null)
        fi
        printf '%s %s\n' "$pid" "${said:-$pid}" ;;
    *) for signal in $what; do kill "-$signal" "$pid" 2>/dev/null; done ;;
    esac
done
exit 0
"#;

/// Those that came from an attempt and live.
pub(super) async fn look(
    ssh: &Ssh,
    tag: &str,
    leader: Option<u32>,
    known: &HashSet<Identity>,
) -> Result<Vec<Identity>, Error> {
    let mut program = Program::new(["/bin/sh", "-c", LOOK, "qd", &format!("{TAG}={tag}")]);
    program.environment = vec![("LC_ALL".into(), "C".into())];
    program.output_bytes = 64 << 20;
    let said = ssh.run(program).await?;
    let (processes, tagged) = parse(&said.stdout);
    if processes.is_empty() {
        return Err(failed("the table of processes there could not be read"));
    }
    // Nothing of ours runs there, and the system's first is never tied.
    Ok(table::tied(&processes, known, leader, 0, |pid| tagged.contains(&pid)))
}

/// Sends signals to these very processes.
pub(super) async fn signal(ssh: &Ssh, processes: &[Identity], signals: &[Signal]) -> Result<(), Error> {
    let names: Vec<&str> = signals.iter().filter_map(|signal| signal.as_str().strip_prefix("SIG")).collect();
    act(ssh, &names.join(" "), processes).await.map(drop)
}

/// Those of them that live.
pub(super) async fn living(ssh: &Ssh, processes: &[Identity]) -> Result<Vec<Identity>, Error> {
    let said = act(ssh, "live", processes).await?;
    Ok(processes.iter().filter(|process| said.contains_key(&process.pid)).copied().collect())
}

/// None of them may be ended by us.
pub(super) async fn are_out_of_reach(ssh: &Ssh, processes: &[Identity]) -> Result<bool, Error> {
    Ok(act(ssh, "barred", processes).await?.len() == processes.len())
}

/// The command lines of those that live.
pub(super) async fn commands(ssh: &Ssh, processes: &[Identity]) -> Result<HashMap<u32, String>, Error> {
    act(ssh, "command", processes).await
}

async fn act(ssh: &Ssh, what: &str, processes: &[Identity]) -> Result<HashMap<u32, String>, Error> {
    if processes.is_empty() {
        return Ok(HashMap::new());
    }
    let mut program = Program::new(["/bin/sh", "-c", ACT, "qd", what]);
    for process in processes {
        match process.start {
            UNKNOWN => program.input.extend(format!("{} -\n", process.pid).bytes()),
            start => program.input.extend(format!("{} {start}\n", process.pid).bytes()),
        }
    }
    let output = ssh.run(program).await?;
    if !output.succeeded() {
        return Err(failed("the processes there could not be asked about"));
    }
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = |line: &str| {
        let (pid, rest) = line.split_once(' ').unwrap_or((line, ""));
        Some((pid.parse().ok()?, rest.to_owned()))
    };
    Ok(said.lines().filter_map(line).collect())
}

/// Where only `ps` tells of processes, numbers have no start that could be compared later.
const UNKNOWN: u64 = 0;

fn failed(why: &str) -> Error {
    Error::System { program: "/bin/sh".into(), source: std::io::Error::other(why.to_owned()) }
}

/// The processes, and the numbers of those that carry the mark.
fn parse(said: &[u8]) -> (Vec<Process>, HashSet<u32>) {
    let mut tagged = HashSet::new();
    let mut processes = Vec::new();
    let mut stats: Vec<(u32, Vec<u8>)> = Vec::new();
    for line in said.split(|&byte| byte == b'\n') {
        if let Some(pid) = line.strip_prefix(b"tagged ") {
            tagged.extend(number(pid));
        } else if let Some(line) = line.strip_prefix(b"ps ") {
            processes.extend(std::str::from_utf8(line).ok().and_then(parse_ps));
        } else if let Some((pid, rest)) = of_a_file(line) {
            match stats.last_mut().filter(|(last, _)| *last == pid) {
                Some((_, text)) => {
                    text.push(b'\n');
                    text.extend_from_slice(rest);
                }
                None => stats.push((pid, rest.to_vec())),
            }
        }
    }
    let stats = stats.iter().filter_map(|(pid, text)| super::stat::parse(*pid, text));
    processes.extend(stats.filter(|process| process.parent != 2 && process.id.pid != 2));
    (processes, tagged)
}

/// `/proc/77/stat:` and the line.
fn of_a_file(line: &[u8]) -> Option<(u32, &[u8])> {
    let rest = line.strip_prefix(b"/proc/")?;
    let end = rest.iter().position(|&byte| byte == b'/')?;
    Some((number(&rest[..end])?, rest[end..].strip_prefix(b"/stat:")?))
}

/// `pid ppid sess stat lstart…`
fn parse_ps(line: &str) -> Option<Process> {
    let mut words = line.split_whitespace();
    let pid = words.next()?.parse().ok()?;
    let parent = words.next()?.parse().ok()?;
    let session = words.next()?.parse().unwrap_or_default();
    let ended = words.next()?.starts_with('Z');
    Some(Process { id: Identity { pid, start: UNKNOWN }, parent, session, ended })
}

fn number(digits: &[u8]) -> Option<u32> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_imitates_a_line_does_not_deceive() {
        let said = b"tagged 77\n/proc/1/stat:1 (init) S 0 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 3 1 1\n\
                     /proc/77/stat:77 (a)\n/proc/77/stat:1 (b) S 5 6 7 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 4242 1 1\n";
        let (processes, tagged) = parse(said);
        assert_eq!(tagged, HashSet::from([77]));
        let imitator = Process { id: Identity { pid: 77, start: 4242 }, parent: 5, session: 7, ended: false };
        assert_eq!((processes.len(), processes[1]), (2, imitator));
    }

    #[test]
    fn where_there_is_no_proc_ps_tells() {
        let (processes, _) = parse(b"ps   70  1 70 Ss Sat Nov 21 22:33:05 2026\n");
        let expected = Process { id: Identity { pid: 70, start: UNKNOWN }, parent: 1, session: 70, ended: false };
        assert_eq!(processes, [expected]);
    }
}
