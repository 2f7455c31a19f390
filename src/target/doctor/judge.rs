//! What the answers mean for sessions.

use super::{
    Examined, Wanted, WantedAgent,
    answer::{Answer, Asked},
};
use crate::{
    config::paths::SOCKET_PATH_BYTES,
    domain::{Finding, Machine, Timestamp, TmuxVersion, figures::bytes},
};

/// Below this much free disk, in bytes, recordings and worktrees soon fail.
const LITTLE_DISK: u64 = 1 << 30;
/// A tmux server takes three open files a pane and some for itself; this is enough for the default cap.
const FEW_FILES: u64 = 1_024;
/// Clocks that differ by more, in seconds, make the times in what agents write misleading.
const CLOCKS_DIFFER: i64 = 2;

/// Judges what was answered to a question that was asked and answered at these moments.
pub(super) fn judge(wanted: &Wanted, answer: &Answer, asked: Timestamp, answered: Timestamp) -> Examined {
    let mut findings = vec![tmux(answer), git(answer), root(wanted, answer), disk(answer)];
    findings.extend([clock(answer, asked, answered), files(answer), locale(wanted, answer)]);
    // Agents here run our own program to tell us something.
    findings.extend(wanted.host.is_some().then(|| hooks(answer)));
    findings.push(gh(wanted, answer));
    let mut agents = Vec::new();
    for agent in &wanted.agents {
        let (finding, usable) = judge_agent(wanted, agent, answer);
        findings.push(finding);
        agents.extend(usable.then(|| agent.name.clone()));
    }
    let mut coding = wanted.agents.iter().filter(|agent| agent.program.is_some()).peekable();
    if coding.peek().is_some() && !coding.any(|agent| agents.contains(&agent.name)) {
        let remedy = match &wanted.host {
            None => "install one of those named here; `qd demo` shows everything without one".into(),
            Some(host) => format!("install one of those named here on {host}"),
        };
        findings.push(Finding::mind("agents", "no coding agent was found", remedy));
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
        Some(Asked { line, .. }) => match TmuxVersion::read(line).suffices() {
            Some(true) => Finding::good("tmux", line),
            Some(false) => Finding::bad("tmux", format!("{line} is too old"), remedy),
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
    let elsewhere = match &wanted.host {
        None => "make it writable, or set QD_HOME to another folder".into(),
        Some(host) => format!("make it writable there, or choose another: `qd target edit {host} --work-root FOLDER`"),
    };
    match &answer.root {
        None => Finding::bad("work root", "nothing was said of the folder for our things", elsewhere),
        Some(Err(path)) => Finding::bad("work root", format!("{} can't be written", path.display()), elsewhere),
        Some(Ok(path)) if wanted.socket_bytes(path) > SOCKET_PATH_BYTES => {
            let long = wanted.socket_bytes(path);
            let found = format!("{} is too long for a socket in it: {long} bytes", path.display());
            Finding::bad("work root", found, format!("at most {SOCKET_PATH_BYTES} are possible; choose a shorter one"))
        }
        Some(Ok(path)) if !answer.mode.ends_with("------") => {
            let found = format!("{} can be read by others ({})", path.display(), answer.mode);
            let there = if wanted.host.is_some() { " there" } else { "" };
            Finding::mind("work root", found, format!("`chmod 700 {}`{there}", path.display()))
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

fn locale(wanted: &Wanted, answer: &Answer) -> Finding {
    let is_utf8 = answer.locale.to_ascii_lowercase().replace('-', "").contains("utf8");
    let named = named(&answer.locale);
    match (&wanted.host, answer.locales) {
        _ if is_utf8 => Finding::good("locale", &answer.locale),
        (_, 0) => Finding::mind(
            "locale",
            format!("{named}, and there is none with UTF-8"),
            "install one, for example C.UTF-8",
        ),
        (Some(_), _) => Finding::good("locale", format!("{named}, and one with UTF-8 is given to agents")),
        (None, _) => Finding::mind(
            "locale",
            format!("{named}: what agents write beside ASCII may be lost"),
            "set LANG to one with UTF-8, for example C.UTF-8, and `qd daemon restart`",
        ),
    }
}

fn named(locale: &str) -> String {
    if locale.is_empty() { "none is set".into() } else { locale.to_owned() }
}

fn gh(wanted: &Wanted, answer: &Answer) -> Finding {
    let asked = answer.programs.get("gh").filter(|asked| asked.code == 0);
    match (asked, &wanted.host) {
        (Some(asked), None) if !answer.gh_login => Finding::mind(
            "gh",
            format!("{}; no sign of a login", asked.line),
            "`gh auth login`, if pull requests shall be made on GitHub",
        ),
        (Some(asked), _) => Finding::good("gh", &asked.line),
        (None, None) => Finding::absent("gh", "gh is not installed", "only pull requests on GitHub need it"),
        (None, Some(_)) => {
            Finding::absent("gh", "gh is not installed", "pull requests are made from here, and don't need it there")
        }
    }
}

/// What was found of an agent, and whether it can be used.
fn judge_agent(wanted: &Wanted, agent: &WantedAgent, answer: &Answer) -> (Finding, bool) {
    let WantedAgent { name, program, login, has_login, install, .. } = agent;
    let key = name.as_str();
    let Some(program) = program else { return (Finding::good(key, "every machine has it"), true) };
    let install = if install.is_empty() { "install it" } else { install.as_str() };
    let Some(path) = answer.paths.get(key) else {
        let remedy = match &wanted.host {
            None => format!("{install}; if that changes your PATH, `qd daemon restart`"),
            Some(host) => format!("on {host}: {install}; where you log in there, `command -v {program}` must find it"),
        };
        return (Finding::absent(key, format!("{program} is not installed"), remedy), false);
    };
    let path = path.display();
    let version = match answer.agents.get(key) {
        None => String::new(),
        Some(asked) if asked.code == 0 => format!(", {}", asked.line),
        Some(asked) => {
            let found = failed(&path.to_string(), asked);
            return (Finding::mind(key, found, format!("install it anew: {install}")), false);
        }
    };
    // A Mac keeps logins where only the person may look.
    let is_told = !answer.system.starts_with("Darwin");
    if is_told && !login.is_empty() && !has_login && !answer.logged_in.contains(key) {
        let found = format!("{path}{version}; no sign of a login");
        let there = if wanted.host.is_some() { " there" } else { "" };
        return (Finding::mind(key, found, format!("log in{there} once by hand: `{program}`")), true);
    }
    (Finding::good(key, format!("{path}{version}")), true)
}

fn failed(program: &str, asked: &Asked) -> String {
    let said = if asked.line.is_empty() { String::new() } else { format!(": {}", asked.line) };
    match asked.code {
        // What a shell says of a program that was ended by SIGTERM.
        143 => format!("{program} did not say its version in time"),
        code => format!("{program} can't say its version, and ended with code {code}{said}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn an_agent_that_is_not_there_is_said_with_where_it_must_be_found() {
        let name = || "claude".parse().expect("a name");
        let agent = WantedAgent {
            name: name(),
            program: Some("claude".into()),
            version: Vec::new(),
            login: Vec::new(),
            has_login: false,
            install: "npm install it".into(),
        };
        let remedies = |host: Option<&str>| -> Vec<String> {
            let host = host.map(|host| host.parse().expect("a name"));
            let wanted = Wanted { host, agents: vec![agent.clone()], ..Wanted::default() };
            let examined = judge(&wanted, &Answer::default(), Timestamp(0), Timestamp(0));
            let of_agents = examined.findings.into_iter().filter(|found| found.about.starts_with(['a', 'c']));
            of_agents.filter(|found| found.about != "clock").filter_map(|found| found.remedy).collect()
        };
        let here = ["npm install it; if that changes your PATH, `qd daemon restart`"];
        let here = here.into_iter().chain(["install one of those named here; `qd demo` shows everything without one"]);
        assert_eq!(remedies(None), here.collect::<Vec<_>>());
        let there = ["on h1: npm install it; where you log in there, `command -v claude` must find it"];
        let there = there.into_iter().chain(["install one of those named here on h1"]);
        assert_eq!(remedies(Some("h1")), there.collect::<Vec<_>>());
    }

    #[test]
    fn a_host_that_is_not_reached_says_what_to_do_about_it() {
        let found = unreachable("its host key is not known here; run `ssh h1` once by hand and accept it");
        assert_eq!((found[0].about.as_str(), found[0].found.as_str()), ("host key", "its host key is not known here"));
        assert_eq!(found[0].remedy.as_deref(), Some("run `ssh h1` once by hand and accept it"));
    }
}
