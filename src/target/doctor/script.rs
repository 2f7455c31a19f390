//! What is asked there, in one program: a constant script for `sh`, whose answers are lines of a key, a tab and a value.
//!
//! POSIX, and nothing that busybox, dash or an old bash lacks. What names anything comes as an argument, never as part of
//! the script. A program that is asked for its version has [`PATIENCE`] seconds, and all of them are asked at once.

use std::{path::Path, time::Duration};

use super::{Wanted, WantedAgent};
use crate::target::Program;

/// How long a program there may take to print its version, in seconds. Agents are large: a cold start takes seconds.
const PATIENCE: u32 = 15;
/// How long everything together may take.
const DEADLINE: Duration = Duration::from_secs(30);

/// Arguments: the patience, the folder for our things (absolute, or below the home directory), and then for each agent
/// its name, its program, how many arguments give its version, these, how many signs of a login there are, these.
const PLACE: &str = r#"
umask 077
patience=$1 root=$2
shift 2
tell() { printf '%s\t%s\n' "$1" "$2"; }

# Runs a program, and ends it when it takes too long.
said() {
    "$@" </dev/null 2>&1 &
    program=$!
    (
        trap 'kill "$sleeper" 2>/dev/null; exit 0' TERM
        sleep "$patience" &
        sleeper=$!
        wait "$sleeper"
        kill "$program" 2>/dev/null
    ) >/dev/null 2>&1 &
    watcher=$!
    wait "$program"
    code=$?
    kill "$watcher" 2>/dev/null
    return "$code"
}

# The exit code, and the first line with a number such as a version has, or that says anything: warnings come first.
version() {
    key=$1
    shift
    answer=$(said "$@"; printf '\n%s' "$?")
    code=${answer##*
}
    answer=${answer%
*}
    line=$(printf '%s\n' "$answer" | sed -n '/[0-9]\.[0-9]/{p;q;}')
    [ "$code" -eq 0 ] && [ -n "$line" ] || line=$(printf '%s\n' "$answer" | sed -n '/[^[:space:]]/{p;q;}')
    tell "$key" "$code $line"
}

tell time "$(date +%s)"
tell system "$(uname -sr 2>/dev/null)"
tell locale "${LC_ALL:-${LC_CTYPE:-$LANG}}"
tell locales "$(locale -a 2>/dev/null | grep -i -c 'utf-\{0,1\}8')"
tell files "$(ulimit -Hn 2>/dev/null)"

case $root in
/*) ;;
*) root=$HOME/$root ;;
esac
if mkdir -p "$root" 2>/dev/null && probe=$root/.probe.$$ && (: >"$probe") 2>/dev/null; then
    rm -f "$probe"
    root=$(cd "$root" && pwd -P)
    tell root "$root"
    tell mode "$(ls -ld "$root" | cut -c 1-10)"
else
    tell no_root "$root"
fi

"#;

/// How the machine fares, with the folder in `root`.
const MACHINE: &str = r#"
at=$root
while [ ! -d "$at" ] && [ "$at" != / ] && [ -n "$at" ]; do at=${at%/*}; done
tell disk "$(df -Pk "${at:-/}" 2>/dev/null | sed -n 2p | awk '{ print $4 }')"
if [ -r /proc/meminfo ]; then
    tell load "$(cut -d ' ' -f 1 /proc/loadavg)"
    tell memory "$(awk '/^MemTotal:/ { all = $2 } /^MemAvailable:/ { free = $2 } END { print all * 1024, free * 1024 }' /proc/meminfo)"
else
    tell load "$(sysctl -n vm.loadavg 2>/dev/null | awk '{ print $2 }')"
    free=$(vm_stat 2>/dev/null | awk '/page size of/ { size = $8 } /^Pages (free|inactive|speculative):/ { pages += $3 } END { printf "%.0f", pages * size }')
    tell memory "$(sysctl -n hw.memsize 2>/dev/null) $free"
fi
tell processors "$(getconf _NPROCESSORS_ONLN 2>/dev/null || nproc 2>/dev/null)"
"#;

/// The programs.
const PROGRAMS: &str = r#"
for one in curl bash python3; do
    command -v "$one" >/dev/null 2>&1 && tell http "$one"
done

for one in 'tmux -V' 'git --version' 'gh --version'; do
    name=${one%% *} flag=${one#* }
    command -v "$name" >/dev/null 2>&1 && version "program:$name" "$name" "$flag" &
done

gh=${GH_CONFIG_DIR:-${XDG_CONFIG_HOME:-$HOME/.config}/gh}/hosts.yml
if [ -n "$GH_TOKEN$GITHUB_TOKEN" ] || [ -s "$gh" ]; then tell gh_login ''; fi

# Agents run as if somebody had logged in.
PATH=${QD_SEARCH:-$PATH}
while [ "$#" -gt 0 ]; do
    name=$1 program=$2 count=$3
    shift 3
    path=$(command -v "$program" 2>/dev/null)
    case $path in /*) ;; *) path= ;; esac
    [ -n "$path" ] && tell "path:$name" "$path"
    (
        if [ -n "$path" ] && [ "$count" -gt 0 ]; then
            kept=0
            for one in "$@"; do
                [ "$kept" -eq 0 ] && set --
                [ "$kept" -lt "$count" ] && set -- "$@" "$one"
                kept=$((kept + 1))
            done
            version "agent:$name" "$path" "$@"
        fi
    ) &
    shift "$count"
    count=$1
    shift
    while [ "$count" -gt 0 ]; do
        case $1 in
        '$'*) eval "value=\${${1#?}:-}"; [ -n "$value" ] && tell "login:$name" "$1" ;;
        '~/'*) [ -s "$HOME/${1#??}" ] && tell "login:$name" "$1" ;;
        *) [ -s "$1" ] && tell "login:$name" "$1" ;;
        esac
        shift
        count=$((count - 1))
    done
done
wait
tell end ''
"#;

/// The program that asks.
pub(super) fn question(wanted: &Wanted) -> Program {
    let root = wanted.root.to_string_lossy().into_owned();
    let script = [PLACE, MACHINE, PROGRAMS].concat();
    let mut argv: Vec<String> = ["/bin/sh", "-c", &script, "sh"].map(str::to_owned).into();
    argv.extend([PATIENCE.to_string(), root]);
    for WantedAgent { name, program, version, login, .. } in &wanted.agents {
        let Some(program) = program else { continue };
        argv.extend([name.to_string(), program.clone(), version.len().to_string()]);
        argv.extend(version.iter().cloned());
        let signs: Vec<&String> = login.iter().filter(|sign| is_a_sign(sign)).collect();
        argv.push(signs.len().to_string());
        argv.extend(signs.into_iter().cloned());
    }
    let environment = wanted.search.iter().map(|search| ("QD_SEARCH".to_owned(), search.clone())).collect();
    Program { deadline: DEADLINE, environment, ..Program::new(argv) }
}

/// The program that asks only how the machine fares.
pub(super) fn short_question(root: &Path) -> Program {
    let script = ["tell() { printf '%s\\t%s\\n' \"$1\" \"$2\"; }\nroot=$1", MACHINE, "tell end ''"].concat();
    let root = root.to_string_lossy().into_owned();
    Program { deadline: DEADLINE, ..Program::new(["/bin/sh", "-c", &script, "sh", &root]) }
}

/// A file, or a variable by a name that is one: only that much of what the person wrote reaches `eval`.
fn is_a_sign(sign: &str) -> bool {
    match sign.strip_prefix('$') {
        Some(name) => {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            !name.is_empty() && !name.as_bytes()[0].is_ascii_digit() && name.bytes().all(plain)
        }
        None => sign.starts_with('/') || sign.starts_with("~/"),
    }
}
