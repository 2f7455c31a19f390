//! What sessions need on a machine, what was found of it there, and what to do about what is amiss.
//!
//! One program is run there ([`script`]); what it answered is read ([`answer`]) and judged ([`judge`]). Nothing is
//! changed but that the folder for our things is made, no login is begun, no account is asked.

mod answer;
mod judge;
mod script;

use std::{
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use super::{Error, Host};
use crate::domain::{Finding, Machine, ProfileName, TargetName, Timestamp, Verdict};

pub use judge::unreachable;

/// What a machine is asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// What the host is called that is looked at; `None`: it is this machine.
    pub host: Option<TargetName>,
    /// The folder below which our things are, absolute or relative to the home directory there.
    pub root: PathBuf,
    /// The longest name that a socket of ours has below it, in bytes, with the `/` before it; `None`: there is none.
    pub socket_bytes: Option<usize>,
    /// The agents that would be used.
    pub agents: Vec<WantedAgent>,
    /// Where they are looked for: the `PATH` of whoever logs in there; `None`: our own.
    pub search: Option<String>,
}

/// An agent that would be used.
#[derive(Debug, Clone)]
pub struct WantedAgent {
    /// Its profile.
    pub name: ProfileName,
    /// What is run: a name in PATH, or a path; `None` for what every machine has.
    pub program: Option<String>,
    /// The arguments with which it prints its version.
    pub version: Vec<String>,
    /// Signs that it is logged in, any of which is enough: `~/` and `/` begin a file, `$` a variable.
    pub login: Vec<String>,
    /// Whoever logs in there has a variable set that is such a sign; a program that is run without logging in has not.
    pub has_login: bool,
    /// How to get it.
    pub install: String,
}

/// What was found on a machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Examined {
    /// Everything that was looked at, what is needed most first.
    pub findings: Vec<Finding>,
    /// How the machine fares.
    pub machine: Option<Machine>,
    /// The agents that can be used there.
    pub agents: Vec<ProfileName>,
    /// What its tmux says it is.
    pub tmux_version: Option<String>,
    /// The folder for our things, with no link in its path, where it can be used.
    pub root: Option<PathBuf>,
}

impl Wanted {
    /// How long the longest path of a socket of ours is, where the folder is this one.
    fn socket_bytes(&self, root: &Path) -> usize {
        self.socket_bytes.map_or(0, |below| root.as_os_str().len() + below)
    }
}

impl Examined {
    /// Why no session can run there, in one line; `None` when one can.
    pub fn unfit(&self) -> Option<String> {
        let bad = self.findings.iter().filter(|finding| finding.verdict == Verdict::Bad);
        let reasons: Vec<&str> = bad.map(|finding| finding.found.as_str()).collect();
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }
}

/// Looks at a machine.
///
/// # Errors
/// When it can't be asked.
pub async fn examine(host: &Host, wanted: &Wanted) -> Result<Examined, Error> {
    let asked = now();
    let output = host.run(script::question(wanted)).await?;
    let answered = now();
    let answer = answer::parse(&output.stdout).ok_or_else(|| {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().next().unwrap_or("it said nothing").to_owned();
        Error::System { program: "/bin/sh".into(), source: std::io::Error::other(said) }
    })?;
    Ok(judge::judge(wanted, &answer, asked, answered))
}

/// Looks only at how a machine fares; `None` when it does not say all of it.
///
/// # Errors
/// When it can't be asked.
pub async fn observe(host: &Host, root: &Path) -> Result<Option<Machine>, Error> {
    let output = host.run(script::short_question(root)).await?;
    Ok(answer::parse(&output.stdout).and_then(|answer| judge::machine(&answer, now())))
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;
    use crate::target::Local;

    fn here() -> Wanted {
        Wanted::default()
    }

    fn there() -> Wanted {
        Wanted { host: Some("h1".parse().expect("a name")), socket_bytes: Some(14), ..Wanted::default() }
    }

    fn agent(name: &str, program: &str, login: &[&str]) -> WantedAgent {
        WantedAgent {
            name: name.parse().expect("a name"),
            program: Some(program.into()),
            version: vec!["--version".into()],
            login: login.iter().map(|&sign| sign.into()).collect(),
            has_login: false,
            install: format!("get {name}"),
        }
    }

    fn program(folder: &Path, name: &str, text: &str) {
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("executable");
    }

    fn found<'a>(examined: &'a Examined, about: &str) -> &'a Finding {
        examined.findings.iter().find(|finding| finding.about == about).expect(about)
    }

    #[tokio::test]
    async fn this_machine_is_fit_and_fares_somehow() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("a b/root");
        let wanted = Wanted { root: root.clone(), ..here() };
        let examined = examine(&Host::local(), &wanted).await.expect("asked");
        assert_eq!(examined.unfit(), None, "{:?}", examined.findings);
        assert_eq!(found(&examined, "work root").verdict, Verdict::Good);
        assert_eq!(examined.root, Some(root.canonicalize().expect("made")));
        assert!(examined.tmux_version.is_some_and(|version| version.starts_with("tmux ")));
        let machine = examined.machine.expect("known");
        let again = observe(&Host::local(), &root).await.expect("asked").expect("known");
        assert_eq!(again.memory_total, machine.memory_total);
        assert!(machine.memory_total > machine.memory_free && machine.disk_free > 0 && machine.processors > 0);
    }

    #[tokio::test]
    async fn agents_are_found_by_running_them_and_their_logins_by_a_sign() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        program(path, "good", "echo; echo \"good $1 7\"; sleep 0");
        program(path, "broken", "echo 'no library' >&2; exit 3");
        program(path, "warns", "echo 'warning: no colours' >&2; echo warns 1.2");
        fs::write(path.join("key"), "x").expect("written");
        let key = path.join("key").display().to_string();
        let agents = vec![
            agent("good", "good", &["$NOBODY_SETS_THIS", &key]),
            agent("broken", "broken", &[]),
            agent("away", "away", &[]),
            WantedAgent { has_login: true, ..agent("warns", "warns", &["$NOBODY_SETS_THIS"]) },
            agent("odd", &path.join("good").display().to_string(), &["$(touch /tmp/x)", "/not/there"]),
        ];
        let search = Some(format!("{}:{}", path.display(), std::env::var("PATH").expect("set")));
        let wanted = Wanted { root: path.join("root"), agents, search, ..here() };
        let examined = examine(&Host::local(), &wanted).await.expect("asked");
        let said = |name: &str| found(&examined, name);
        assert_eq!((said("good").verdict, said("good").found.contains("good --version 7")), (Verdict::Good, true));
        assert!(said("broken").found.contains("no library"), "{:?}", said("broken"));
        assert_eq!((said("broken").verdict, said("away").verdict), (Verdict::Mind, Verdict::Absent));
        assert_eq!(said("away").remedy.as_deref().map(|remedy| remedy.contains("get away")), Some(true));
        assert!(said("odd").found.contains("no sign of a login"), "{:?}", said("odd"));
        let agents: Vec<_> = examined.agents.iter().map(ProfileName::as_str).collect();
        assert_eq!(agents, ["good", "odd", "warns"]);
        assert!(said("warns").found.ends_with("/warns, warns 1.2"), "{:?}", said("warns"));
    }

    #[tokio::test]
    async fn without_tmux_no_session_can_run_and_the_finding_says_what_to_do() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        for name in ["sh", "sed", "cut", "date", "uname", "ls", "df", "awk", "mkdir", "rm", "grep", "sleep"] {
            let real = Local::new().find(name).expect(name);
            std::os::unix::fs::symlink(real, path.join(name)).expect("linked");
        }
        program(path, "git", "echo git version 2.40.0");
        program(path, "tmux", "echo tmux 3.1c");
        let wanted = Wanted { root: path.join("root"), ..there() };
        let host: Host = Local::new().with("PATH", path).into();
        let examined = examine(&host, &wanted).await.expect("asked");
        assert_eq!(examined.unfit().as_deref(), Some("tmux 3.1c is too old"));
        fs::remove_file(path.join("tmux")).expect("removed");
        let examined = examine(&host, &wanted).await.expect("asked");
        assert_eq!(examined.unfit().as_deref(), Some("tmux is not installed"));
        assert!(found(&examined, "tmux").remedy.as_deref().is_some_and(|remedy| remedy.contains("apt install tmux")));
        assert_eq!(found(&examined, "hooks").verdict, Verdict::Mind);
    }

    #[tokio::test]
    async fn a_root_that_can_not_be_written_is_said_with_its_path() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("file"), "").expect("written");
        let wanted = Wanted { root: folder.path().join("file/root"), ..there() };
        let examined = examine(&Host::local(), &wanted).await.expect("asked");
        assert!(examined.unfit().is_some_and(|why| why.contains("file/root")), "{:?}", examined.findings);
        let long = Wanted { root: folder.path().join("x".repeat(90)), ..there() };
        let examined = examine(&Host::local(), &long).await.expect("asked");
        assert!(examined.unfit().is_some_and(|why| why.contains("too long")), "{:?}", examined.findings);
    }
}
