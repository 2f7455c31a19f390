//! Making a machine that was reached ready for sessions: folders, our script for its agents, and what a person finds in
//! their environment when they log in there, which is what agents need. One program does it all, for the machine may be
//! far away.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use uuid::Uuid;

use super::{Folders, inheritable};
use crate::{
    agent::equipment,
    domain::{Finding, TargetName},
    engine::describe::chain,
    target::{Error, Host, Output, Program, Status},
};

/// How long making it ready and logging in may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// `ROOT NAME CLAIM REPLACED DOOR BOOTSTRAP SCRIPT ENVIRONMENT MARK [HOW…]`
///
/// Ends with 3 after `CLAIM\0ROOT\0` where the folder is somebody else's, and says `ROOT\0NAME\0OLD DOOR\0BOOTSTRAPPED\0`
/// otherwise. A claim is a link that leads nowhere, because that is made whole or not at all. Then the person's own shell
/// logs in, as it does when they come by themselves, and has the second script print its environment.
const MAKE: &str = r#"umask 077
root=$1
case $root in "") root=$HOME/.local/share/quarterdeck/$2 ;; esac
for folder in run attempts recordings prompts workspaces mirrors bin; do mkdir -p -- "$root/$folder" || exit 1; done
chmod 700 -- "$root" && cd -P -- "$root" || exit 1
case $4 in
?*) [ "$(readlink claim)" != "$4" ] || { ln -s -- "$3" "claim.$$" && mv -f -- "claim.$$" claim; } || exit 1 ;;
esac
claim=$(readlink claim || { ln -s -- "$3" claim && readlink claim; } || readlink claim) || exit 1
[ "$claim" = "$3" ] || { printf '%s\0%s\0' "$claim" "$PWD"; exit 3; }
put() {
    [ "$(cat -- "$2" 2>/dev/null; echo .)" != "$3." ] || return 0
    printf %s "$3" >"$2.new" && chmod "$1" "$2.new" && mv -f -- "$2.new" "$2" || exit 1
}
door=$(cat run/door 2>/dev/null)
put 700 bin/qd "$7"
put 600 bin/environment "$8"
case $5 in ?*) put 600 run/door "$5" ;; esac
bootstrapped=
[ "$(cat bootstrapped 2>/dev/null)" != "$6" ] || bootstrapped=y
printf '%s\0%s\0%s\0%s\0' "$PWD" "$(uname -n)" "$door" "$bootstrapped"
QD_SCRIPT=$PWD/bin/environment QD_MARK=$9
export QD_SCRIPT QD_MARK
shift 9
[ $# -gt 0 ] || exit 0
cd && exec "${SHELL:-/bin/sh}" "$@" 'exec /bin/sh "$QD_SCRIPT"' </dev/null 2>/dev/null"#;

/// What it ends with where the folder is somebody else's.
const CLAIMED: Status = Status::Exited(3);

/// Prints the environment it was started with, behind a word that no shell says by itself.
const ENVIRONMENT: &str = r#"printf '%s\0' "$QD_MARK"
if [ -r /proc/self/environ ]; then exec cat /proc/self/environ; fi
env | tr '\n' '\0'
"#;

/// How a shell logs in. One that asks something, or waits for something, is tried in a way that asks less.
const LOGINS: [&[&str]; 3] = [&["-i", "-l", "-c"], &["-l", "-c"], &["-c"]];

/// A machine that is to be made ready.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate<'a> {
    pub(super) host: &'a Host,
    pub(super) target: &'a TargetName,
    /// The folder below which all that is ours shall be there; `None`: the usual one.
    pub(super) work_root: Option<&'a Path>,
    /// Tells this supervisor from all others.
    pub(super) instance: &'a str,
    /// Where agents there find their door, where there is one.
    pub(super) door: Option<SocketAddr>,
    /// What is to have been run there before.
    pub(super) bootstrap: Option<&'a str>,
}

/// What a machine offers sessions.
#[derive(Debug)]
pub(super) struct Footing {
    pub(super) root: PathBuf,
    pub(super) folders: Folders,
    pub(super) host_name: String,
    pub(super) environment: Vec<(String, String)>,
    /// Our script for its agents.
    pub(super) program: PathBuf,
    /// Where their door was when this machine was made ready before.
    pub(super) old_door: Option<SocketAddr>,
    /// What is to have been run there was run there.
    pub(super) is_bootstrapped: bool,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoFooting {
    /// The machine can't be asked.
    #[error(transparent)]
    Unasked(#[from] Error),
    /// Our folder there can't be made, or what belongs into it.
    #[error("the folder for our things can't be made there: {0}")]
    Folder(String),
    /// The folder is another target's.
    #[error("{} there is {other}'s already: both are the same machine, or share that folder", root.display())]
    Shared { root: PathBuf, other: TargetName },
    /// The folder is another supervisor's.
    #[error("{} there belongs to another quarterdeck", root.display())]
    Foreign { root: PathBuf },
    /// It said something else than it was asked.
    #[error("it does not say where its home directory is")]
    Silent,
}

/// What a machine said.
enum Said {
    Ready(Box<Footing>),
    /// The folder is somebody's, by this word.
    Claimed {
        claim: String,
        root: PathBuf,
    },
}

impl Footing {
    /// Finds it, and makes of it what is missing. Asked again, finds it made. `exists` knows whether there is a target of
    /// a name: what belonged to one that is no more can be had.
    ///
    /// # Errors
    /// Every [`NoFooting`].
    pub(super) async fn find(
        candidate: Candidate<'_>,
        exists: impl Fn(&TargetName) -> bool,
    ) -> Result<Self, NoFooting> {
        let mut replaced = String::new();
        loop {
            let (claim, root) = match candidate.make(&replaced).await? {
                Said::Ready(footing) => return Ok(*footing),
                Said::Claimed { claim, root } => (claim, root),
            };
            let of_ours = claim.split_once(' ').filter(|(instance, _)| *instance == candidate.instance);
            match of_ours.and_then(|(_, target)| target.parse().ok()) {
                Some(other) if exists(&other) => return Err(NoFooting::Shared { root, other }),
                Some(_) if claim != replaced => replaced = claim,
                Some(_) | None => return Err(NoFooting::Foreign { root }),
            }
        }
    }
}

impl NoFooting {
    /// The same as something that was found on a target; `None` where it says nothing of it.
    pub(super) fn finding(&self, target: &TargetName) -> Option<Finding> {
        let elsewhere = format!("`qd target edit {target} --work-root FOLDER`");
        let remedy = match self {
            NoFooting::Unasked(_) => return None,
            NoFooting::Folder(_) => format!("make it writable there, or choose another: {elsewhere}"),
            NoFooting::Shared { other, .. } => {
                format!("`qd target remove` {target} or {other}, or give one its own folder: {elsewhere}")
            }
            NoFooting::Foreign { root } => {
                let claim = root.join("claim");
                format!("choose another folder: {elsewhere}; if that one is no more, `rm {}` there", claim.display())
            }
            NoFooting::Silent => "look what `ssh` to it prints by itself".into(),
        };
        Some(Finding::bad("work root", chain(self), remedy))
    }
}

impl Candidate<'_> {
    /// Makes it ready, and has its shell log in. The environment stays empty where no shell says it.
    async fn make(self, replaced: &str) -> Result<Said, NoFooting> {
        for how in LOGINS {
            let mark = Uuid::new_v4().simple().to_string();
            match self.host.run(self.program(replaced, &mark, how)).await {
                Err(Error::TimedOut { .. }) => {}
                ran => match read(&ran?, &mark)? {
                    Said::Ready(footing) if footing.environment.is_empty() => {}
                    said => return Ok(said),
                },
            }
        }
        read(&self.host.run(self.program(replaced, "", &[])).await?, "")
    }

    fn program(self, replaced: &str, mark: &str, how: &[&str]) -> Program {
        let root = self.work_root.map(|root| root.to_string_lossy().into_owned()).unwrap_or_default();
        // Machines may share a home directory, and one machine may have two names.
        let own = format!("{:.12}-{}", self.instance, self.target);
        let claim = format!("{} {}", self.instance, self.target);
        let door = self.door.map(|door| format!("{door}\n")).unwrap_or_default();
        let bootstrap = self.bootstrap.unwrap_or_default();
        let words = [&root, &own, &claim, replaced, &door, bootstrap, equipment::host::SCRIPT, ENVIRONMENT, mark];
        let argv = [&["/bin/sh", "-c", MAKE, "sh"], &words[..], how].concat();
        Program { deadline: PATIENCE, ..Program::new(argv) }
    }
}

/// What it said before the mark, and what its shell said behind it.
fn read(output: &Output, mark: &str) -> Result<Said, NoFooting> {
    let said = String::from_utf8_lossy(&output.stdout);
    let mut parts = said.split('\0').map(str::to_owned);
    match [parts.next(), parts.next(), parts.next(), parts.next()] {
        [Some(root), Some(host_name), Some(old_door), Some(bootstrapped)] => {
            let root = PathBuf::from(root);
            Ok(Said::Ready(Box::new(Footing {
                folders: Folders::below(&root),
                host_name,
                environment: environment(&said, mark),
                program: equipment::host::program(&root),
                old_door: old_door.trim().parse().ok(),
                is_bootstrapped: !bootstrapped.is_empty(),
                root,
            })))
        }
        [Some(claim), Some(root), ..] if output.status == CLAIMED => Ok(Said::Claimed { claim, root: root.into() }),
        _ if output.succeeded() => Err(NoFooting::Silent),
        _ => Err(NoFooting::Folder(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
    }
}

/// What an agent there may inherit of what was printed behind the mark.
fn environment(printed: &str, mark: &str) -> Vec<(String, String)> {
    let behind = printed.split_once(&format!("{mark}\0")).filter(|_| !mark.is_empty());
    let variables = behind.into_iter().flat_map(|(_, all)| all.split('\0')).filter_map(|entry| entry.split_once('='));
    let of_the_way = |name: &str| name.starts_with("SSH_") || name.starts_with("QD_") || name.is_empty();
    let kept = variables.filter(|(name, _)| !of_the_way(name));
    inheritable(kept.map(|(name, value)| (name.to_owned(), value.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INSTANCE: &str = "0123456789abcdef";

    /// Finds it for a target, of which `known` are there.
    async fn find(root: &Path, instance: &str, target: &str, known: &[&str]) -> Result<Footing, NoFooting> {
        let (host, target) = (Host::local(), target.parse().expect("a name"));
        let door = "127.0.0.1:4000".parse().ok();
        let bootstrap = Some("make it so");
        let candidate = Candidate { host: &host, target: &target, work_root: Some(root), instance, door, bootstrap };
        Footing::find(candidate, |other| known.contains(&other.as_str())).await
    }

    #[tokio::test]
    async fn a_home_is_made_ready_and_found_ready() {
        let home = tempfile::tempdir().expect("a folder");
        let root = home.path().join("it's here");
        let door = "127.0.0.1:4000".parse().ok();
        for (old_door, is_bootstrapped) in [(None, false), (door, true)] {
            let footing = find(&root, INSTANCE, "h1", &["h1"]).await.expect("found");
            assert_eq!((&footing.root, footing.old_door, footing.is_bootstrapped), (&root, old_door, is_bootstrapped));
            assert!(footing.environment.iter().any(|(name, value)| name == "PATH" && !value.is_empty()));
            assert!(!footing.environment.iter().any(|(name, _)| name.starts_with("QD_")));
            assert_eq!(std::fs::read(&footing.program).expect("written"), equipment::host::SCRIPT.as_bytes());
            assert_eq!(std::fs::read(equipment::host::door(&root)).expect("written"), b"127.0.0.1:4000\n");
            std::fs::write(root.join("bootstrapped"), "make it so\n").expect("written");
        }
    }

    #[tokio::test]
    async fn a_folder_is_one_targets_until_that_is_no_more() {
        let home = tempfile::tempdir().expect("a folder");
        let root = home.path().join("root");
        find(&root, INSTANCE, "h1", &["h1", "h2"]).await.expect("found");
        let shared = find(&root, INSTANCE, "h2", &["h1", "h2"]).await.expect_err("it is h1's");
        assert!(matches!(&shared, NoFooting::Shared { other, .. } if other.as_str() == "h1"), "{shared}");
        let found = shared.finding(&"h2".parse().expect("a name")).expect("something was found");
        assert!(found.remedy.is_some_and(|remedy| remedy.contains("qd target edit h2 --work-root")));
        let foreign = find(&root, "fedcba9876543210", "h1", &["h1"]).await.expect_err("it is another one's");
        assert!(matches!(foreign, NoFooting::Foreign { .. }), "{foreign}");
        find(&root, INSTANCE, "h1", &["h1", "h2"]).await.expect("still its own");
        find(&root, INSTANCE, "h2", &["h2"]).await.expect("nobody's any more");
        find(&root, INSTANCE, "h1", &["h1", "h2"]).await.expect_err("it is h2's now");
    }

    #[tokio::test]
    async fn of_many_that_claim_a_folder_at_once_one_has_it() {
        let home = tempfile::tempdir().expect("a folder");
        let root = home.path().join("root");
        let names = ["h1", "h2", "h3", "h4", "h5", "h6"];
        let asked = names.map(|name| find(&root, INSTANCE, name, &names));
        let found = futures_util::future::join_all(asked).await;
        assert_eq!(found.iter().filter(|found| found.is_ok()).count(), 1, "{found:?}");
    }

    #[test]
    fn what_a_shell_says_before_is_not_taken_for_the_environment() {
        let said = "/root\0name\0\0\0welcome\nA=1\0mark\0PATH=/bin\0SSH_CLIENT=x\0TWO=a\nb\0TERM=dumb\0";
        let expected = [("PATH", "/bin"), ("TWO", "a\nb")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(environment(said, "mark"), expected);
        assert_eq!(environment(said, "other"), []);
    }
}
