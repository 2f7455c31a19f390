//! What the answers mean for sessions.

use super::{
    Examined, Wanted, WantedAgent,
    answer::{Answer, Asked},
};
use crate::{
    config::paths::SOCKET_PATH_BYTES,
    domain::{Finding, Machine, ProfileName, Timestamp, figures::bytes},
};

/// The oldest tmux with everything that is used of it.
const OLDEST_TMUX: (u32, u32) = (3, 2);
/// Below this much free disk, in bytes, recordings and worktrees soon fail.
const LITTLE_DISK: u64 = 1 << 30;
/// A tmux server takes three open files a pane and some for itself; this is enough for the default cap.
const FEW_FILES: u64 = 1_024;
/// Clocks that differ by more, in seconds, make the times in what agents write misleading.
const CLOCKS_DIFFER: i64 = 2;

/// Judges what was answered to a question that was asked and answered at these moments.
pub(super) fn judge(wanted: &Wanted, answer: &Answer, asked: Timestamp, answered: Timestamp) -> Examined {
    let mut findings = vec![tmux(answer), git(answer), root(wanted, answer), disk(answer)];
    findings.extend([clock(answer, asked, answered), files(answer), hooks(answer), locale(answer), gh(answer)]);
    let mut agents = Vec::new();
    for agent in &wanted.agents {
        let (finding, usable) = judge_agent(agent, answer);
        findings.push(finding);
        agents.extend(usable.then(|| agent.name.clone()));
    }
    if agents.is_empty() && !wanted.agents.is_empty() {
        let found = "no agent was found";
        findings.push(Finding::mind(
            "agents",
            found,
            "install one of those above, where a plain `sh` finds it in PATH",
        ));
    }
    agents.sort();
    let known = |program: &str| answer.programs.get(program).filter(|asked| asked.code == 0);
    Examined {
        findings,
        machine: machine(answer, answered),
        agents,
        tmux_version: known("tmux").map(|asked| asked.line.clone()),
        root: answer.root.clone().and_then(Result::ok),
    }
}

/// What there is to say of a host that could not be reached, for a reason that may go on with what to do.
pub fn unreachable(reason: &str) -> Vec<Finding> {
    let about = if reason.contains("host key") { "host key" } else { "reach" };
    let (found, remedy) = reason.split_once("; ").unwrap_or((reason, "try it by hand with `ssh`"));
    vec![Finding::bad(about, found, remedy)]
}

pub(super) fn machine(answer: &Answer, at: Timestamp) -> Option<Machine> {
    let (memory_total, memory_free) = answer.memory?;
    Some(Machine {
        load: answer.load?,
        processors: answer.processors?,
        memory_total,
        memory_free,
        disk_free: answer.disk?,
        at,
    })
}

fn tmux(answer: &Answer) -> Finding {
    let remedy = "install tmux 3.2 or newer, for example `apt install tmux`";
    match answer.programs.get("tmux") {
        None => Finding::bad("tmux", "tmux is not installed", remedy),
        Some(asked) if asked.code != 0 => Finding::bad("tmux", failed("tmux", asked), remedy),
        Some(Asked { line, .. }) => match tmux_version(line) {
            Some(found) if found >= OLDEST_TMUX => Finding::good("tmux", line),
            Some(_) => Finding::bad("tmux", format!("{line} is too old"), remedy),
            None => Finding::mind("tmux", format!("{line}: not known whether it is new enough"), remedy),
        },
    }
}

fn git(answer: &Answer) -> Finding {
    let remedy = "install git, for example `apt install git`";
    match answer.programs.get("git") {
        None => Finding::bad("git", "git is not installed", remedy),
        Some(asked) if asked.code != 0 => Finding::bad("git", failed("git", asked), remedy),
        Some(asked) => Finding::good("git", &asked.line),
    }
}

fn root(wanted: &Wanted, answer: &Answer) -> Finding {
    let elsewhere = "make it writable, or choose another folder with --work-root";
    match &answer.root {
        None => Finding::bad("work root", "nothing was said of the folder for our things", elsewhere),
        Some(Err(path)) => Finding::bad("work root", format!("{} can't be written", path.display()), elsewhere),
        Some(Ok(path)) if path.as_os_str().len() + wanted.socket_bytes > SOCKET_PATH_BYTES => {
            let long = path.as_os_str().len() + wanted.socket_bytes;
            let found = format!("{} is too long for a socket in it: {long} bytes", path.display());
            Finding::bad("work root", found, format!("at most {SOCKET_PATH_BYTES} are possible; choose a shorter one"))
        }
        Some(Ok(path)) if !answer.mode.ends_with("------") => {
            let found = format!("{} can be read by others ({})", path.display(), answer.mode);
            Finding::mind("work root", found, format!("`chmod 700 {}` there", path.display()))
        }
        Some(Ok(path)) => Finding::good("work root", path.display().to_string()),
    }
}

fn disk(answer: &Answer) -> Finding {
    match answer.disk {
        None => Finding::mind("disk", "free disk is not known", "look with `df`"),
        Some(free) if free < LITTLE_DISK => {
            let found = format!("only {} free", bytes(free));
            Finding::mind("disk", found, "free some; `qd workspaces` lists ours")
        }
        Some(free) => Finding::good("disk", format!("{} free", bytes(free))),
    }
}

/// How far its clock is from ours. It tells whole seconds, some time between the question and the answer.
fn clock(answer: &Answer, asked: Timestamp, answered: Timestamp) -> Finding {
    let (Some(there), remedy) = (answer.time, "set both by NTP, for example with chrony or systemd-timesyncd") else {
        return Finding::mind("clock", "its time is not known", "look with `date`");
    };
    let (first, last) = (asked.0.div_euclid(1_000) - 1, answered.0.div_euclid(1_000) + 1);
    let (behind, ahead) = ((first - there).max(0), (there - last).max(0));
    match (behind > CLOCKS_DIFFER, ahead > CLOCKS_DIFFER) {
        (true, _) => Finding::mind("clock", format!("its clock is {behind} s behind ours"), remedy),
        (_, true) => Finding::mind("clock", format!("its clock is {ahead} s ahead of ours"), remedy),
        (false, false) => Finding::good("clock", "as ours"),
    }
}

fn files(answer: &Answer) -> Finding {
    match answer.files {
        None => Finding::mind("open files", "the limit is not known", "look with `ulimit -Hn`"),
        Some(most) if most < FEW_FILES => {
            let found = format!("at most {most}: too few for many sessions");
            Finding::mind("open files", found, "raise the hard limit (`ulimit -Hn`)")
        }
        Some(u64::MAX) => Finding::good("open files", "as many as there are"),
        Some(most) => Finding::good("open files", format!("up to {most}")),
    }
}

fn hooks(answer: &Answer) -> Finding {
    if answer.http.is_empty() {
        let found = "nothing there speaks HTTP, so agents can't tell us anything: only their screens are read";
        return Finding::mind("hooks", found, "install one of curl, bash and python3");
    }
    Finding::good("hooks", format!("agents are heard through {}", answer.http[0]))
}

fn locale(answer: &Answer) -> Finding {
    let is_utf8 = answer.locale.to_ascii_lowercase().replace('-', "").contains("utf8");
    if is_utf8 {
        Finding::good("locale", &answer.locale)
    } else if answer.locales > 0 {
        Finding::good("locale", format!("{}, and one with UTF-8 is given to agents", named(&answer.locale)))
    } else {
        let found = format!("{}, and there is none with UTF-8", named(&answer.locale));
        Finding::mind("locale", found, "install one, for example C.UTF-8")
    }
}

fn named(locale: &str) -> String {
    if locale.is_empty() { "none is set".into() } else { locale.to_owned() }
}

fn gh(answer: &Answer) -> Finding {
    match answer.programs.get("gh").filter(|asked| asked.code == 0) {
        Some(asked) => Finding::good("gh", &asked.line),
        None => {
            Finding::absent("gh", "gh is not installed", "pull requests are made from here, and don't need it there")
        }
    }
}

/// What was found of an agent, and whether it can be used.
fn judge_agent(agent: &WantedAgent, answer: &Answer) -> (Finding, bool) {
    let WantedAgent { name, program, login, install, .. } = agent;
    let key = name.as_str();
    let Some(program) = program else { return (Finding::good(key, "every machine has it"), true) };
    let Some(path) = answer.paths.get(key) else {
        let remedy = match install.as_str() {
            "" => format!("install it where a plain `sh` finds {program} in PATH"),
            install => format!("{install}; a plain `sh` must find {program} in PATH"),
        };
        return (Finding::absent(key, format!("{program} is not installed"), remedy), false);
    };
    let path = path.display();
    let version = match answer.agents.get(key) {
        None => String::new(),
        Some(asked) if asked.code == 0 => format!(", {}", asked.line),
        Some(asked) => return (Finding::mind(key, failed(&path.to_string(), asked), reinstall(name, install)), false),
    };
    // A Mac keeps logins where only the person may look.
    let is_told = !answer.system.starts_with("Darwin");
    if is_told && !login.is_empty() && !answer.logged_in.contains(key) {
        let found = format!("{path}{version}; no sign of a login");
        return (Finding::mind(key, found, format!("log in there once by hand: `{program}`")), true);
    }
    (Finding::good(key, format!("{path}{version}")), true)
}

fn reinstall(name: &ProfileName, install: &str) -> String {
    if install.is_empty() { format!("install {name} anew") } else { format!("install it anew: {install}") }
}

fn failed(program: &str, asked: &Asked) -> String {
    let said = if asked.line.is_empty() { String::new() } else { format!(": {}", asked.line) };
    match asked.code {
        // What a shell says of a program that was ended by SIGTERM.
        143 => format!("{program} did not say its version in time"),
        code => format!("{program} can't say its version, and ended with code {code}{said}"),
    }
}

/// The numbers in `tmux 3.3a`, `tmux next-3.6` and the like.
fn tmux_version(said: &str) -> Option<(u32, u32)> {
    let version = said.strip_prefix("tmux ")?;
    let version = version.strip_prefix("next-").unwrap_or(version);
    let (major, rest) = version.split_once('.')?;
    let minor: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_every_tmux_is_read() {
        assert_eq!(tmux_version("tmux 3.3a"), Some((3, 3)));
        assert_eq!(tmux_version("tmux 3.10"), Some((3, 10)));
        assert_eq!(tmux_version("tmux next-3.6"), Some((3, 6)));
        assert_eq!(tmux_version("tmux master"), None);
    }

    #[test]
    fn a_clock_is_told_from_a_slow_answer() {
        let at = |there: i64, asked: i64, answered: i64| {
            let answer = Answer { time: Some(there), ..Answer::default() };
            clock(&answer, Timestamp(asked), Timestamp(answered)).found
        };
        assert_eq!(at(100, 100_900, 101_100), "as ours");
        assert_eq!(at(100, 98_000, 130_000), "as ours");
        assert_eq!(at(100, 110_000, 110_100), "its clock is 9 s behind ours");
        assert_eq!(at(100, 90_000, 90_100), "its clock is 9 s ahead of ours");
    }

    #[test]
    fn a_host_that_is_not_reached_says_what_to_do_about_it() {
        let found = unreachable("its host key is not known here; run `ssh h1` once by hand and accept it");
        assert_eq!((found[0].about.as_str(), found[0].found.as_str()), ("host key", "its host key is not known here"));
        assert_eq!(found[0].remedy.as_deref(), Some("run `ssh h1` once by hand and accept it"));
    }
}
