//! What is seen of targets beside their links: what sessions need there, and how their machines fare. Looked at when a
//! target joins and when somebody wants to know; held in memory, for it is old as soon as it is written.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures_util::future::join_all;
use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{beat::Letter, clock::now, core::Input, describe::chain, rooms::Rooms, sites::variable};
use crate::{
    agent::{Profiles, profile},
    domain::{Bootstrap, Finding, TargetName, TargetSight, Timestamp, target::Link},
    target::{
        Error, Host, Program, Status,
        doctor::{self, Examined, Wanted, WantedAgent},
    },
    transcript,
};

/// How old what is known of a machine may be before it is asked again.
const FRESH: Duration = Duration::from_secs(2);
/// How long whoever wants to know waits for a machine that is slow to answer.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// How long whoever wished that a target be looked at waits for it.
const LOOKED_AT: Duration = Duration::from_secs(60);
/// What is said of a bootstrap command until it has ended.
const RUNS: &str = "the bootstrap command runs";
/// How long a bootstrap command may take.
const BOOTSTRAP: Duration = Duration::from_secs(1_800);
/// The longest name of a socket of ours below a host's work root, with the `/` before it.
const SOCKET_BYTES: usize = "/run/tmux.sock".len();

/// Runs a line there and says what it printed as it comes. What it has done is remembered where it did it: the folder for
/// our things keeps the line that was run last with success.
const BOOTSTRAP_SCRIPT: &str = r#"sh -c "$2" </dev/null && printf '%s\n' "$2" >"$1/bootstrapped""#;

/// What is seen of each target. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Sightings(Arc<watch::Sender<BTreeMap<TargetName, Seen>>>);

#[derive(Debug, Clone)]
struct Seen {
    sight: TargetSight,
    /// Where its machine can be asked.
    machine: Option<(Host, PathBuf)>,
    /// How often somebody wished that it be looked at.
    wishes: u64,
}

/// A machine that joins, and where our things shall be on it.
pub(crate) struct Joining<'a> {
    pub(crate) target: &'a TargetName,
    pub(crate) host: &'a Host,
    /// The folder below which our things are there, absolute.
    pub(crate) root: &'a Path,
    /// What is to be run there before it is used, and was not yet.
    pub(crate) bootstrap: Option<&'a str>,
    /// The agents that are known.
    pub(crate) profiles: &'a Profiles,
    /// What whoever logs in there finds set: where agents are looked for, and signs of their logins.
    pub(crate) environment: &'a [(String, String)],
}

impl Sightings {
    /// What is known of a target.
    pub fn of(&self, target: &TargetName) -> TargetSight {
        let known = self.0.borrow().get(target).map(|seen| seen.sight.clone());
        known.unwrap_or_else(|| TargetSight::unseen(target.clone()))
    }

    /// Keeps something that was seen.
    pub fn note(&self, target: &TargetName, note: impl FnOnce(&mut TargetSight)) {
        self.change(target, |seen| note(&mut seen.sight));
    }

    /// A machine can be asked how it fares, with the folder for our things.
    pub(crate) fn know(&self, target: &TargetName, host: Host, root: PathBuf) {
        self.change(target, |seen| seen.machine = Some((host, root)));
    }

    /// Somebody wishes that a target be looked at now.
    pub fn wish(&self, target: &TargetName) {
        self.change(target, |seen| seen.wishes += 1);
    }

    /// How often somebody has wished that; waits until it is more than `seen` times.
    pub(crate) async fn wished(&self, target: &TargetName, seen: u64) -> u64 {
        let wishes = |all: &BTreeMap<TargetName, Seen>| all.get(target).map_or(0, |seen| seen.wishes);
        let mut known = self.0.subscribe();
        let wished = known.wait_for(|all| wishes(all) > seen).await.map(|all| wishes(&all));
        match wished {
            Ok(wishes) => wishes,
            // The sender lives as long as we do.
            Err(_) => std::future::pending().await,
        }
    }

    /// Waits, but not for ever, until a target was looked at after `after`.
    pub(crate) async fn examined(&self, target: &TargetName, after: Timestamp) {
        let examined = |all: &BTreeMap<TargetName, Seen>| {
            all.get(target).and_then(|seen| seen.sight.examined_at).is_some_and(|at| at > after)
        };
        // What is known is told all the same.
        let _ = timeout(LOOKED_AT, self.0.subscribe().wait_for(examined)).await;
    }

    fn change(&self, target: &TargetName, change: impl FnOnce(&mut Seen)) {
        self.0.send_modify(|all| {
            let unseen = || Seen { sight: TargetSight::unseen(target.clone()), machine: None, wishes: 0 };
            change(all.entry(target.clone()).or_insert_with(unseen));
        });
    }

    /// A target answered, after so long.
    pub fn heard(&self, target: &TargetName, round_trip: Option<Duration>) {
        self.note(target, |sight| {
            sight.last_contact = Some(now());
            sight.round_trip_ms = round_trip.map(|long| long.as_secs_f64() * 1_000.0).or(sight.round_trip_ms);
        });
    }

    /// A target could not be reached, for this reason.
    pub fn not_reached(&self, target: &TargetName, reason: &str) {
        self.note(target, |sight| {
            sight.findings = doctor::unreachable(reason);
            sight.examined_at = Some(now());
        });
    }

    /// A target was reached, and can't be looked at for a reason that was found.
    pub(crate) fn unfit(&self, target: &TargetName, found: Finding) {
        self.note(target, |sight| {
            sight.findings = vec![found];
            sight.examined_at = Some(now());
            sight.last_contact = Some(now());
        });
    }

    /// A target was removed.
    pub fn forget(&self, target: &TargetName) {
        self.0.send_modify(|all| drop(all.remove(target)));
    }

    /// What is known of these targets, with how the machines of those that answer fare now.
    pub(crate) async fn fresh(&self, targets: impl IntoIterator<Item = TargetName>) -> Vec<TargetSight> {
        let targets: Vec<TargetName> = targets.into_iter().collect();
        join_all(targets.iter().map(|target| self.refresh(target))).await;
        targets.iter().map(|target| self.of(target)).collect()
    }

    async fn refresh(&self, target: &TargetName) {
        let known = self.0.borrow().get(target).cloned();
        let Some(Seen { sight, machine: Some((host, root)), .. }) = known else { return };
        if sight.machine.is_some_and(|machine| now().since(machine.at) < FRESH) {
            return;
        }
        if let Ok(Ok(Some(machine))) = timeout(PATIENCE, doctor::observe(&host, &root)).await {
            self.heard(target, None);
            self.note(target, |sight| sight.machine = Some(machine));
        }
    }

    fn keep(&self, joining: &Joining<'_>, examined: &Examined) {
        self.know(joining.target, joining.host.clone(), joining.root.to_owned());
        self.note(joining.target, |sight| {
            sight.findings.clone_from(&examined.findings);
            sight.machine = examined.machine.or(sight.machine);
            sight.tmux_version.clone_from(&examined.tmux_version);
            sight.examined_at = Some(now());
            sight.last_contact = Some(now());
        });
    }
}

/// Makes a connected machine ready and looks whether sessions can run there: what that means for its link.
///
/// # Errors
/// When it can't be asked: the line was lost meanwhile.
pub(crate) async fn join(
    sightings: &Sightings,
    inbox: &mpsc::Sender<Letter>,
    joining: &Joining<'_>,
) -> Result<Link, Error> {
    let unfit = match joining.bootstrap {
        Some(line) => bootstrap(sightings, inbox, joining, line).await?,
        None => None,
    };
    let examined = examine(sightings, joining).await?;
    let since = now();
    Ok(match unfit.or_else(|| examined.unfit()) {
        Some(reason) => Link::Unfit { reason, since },
        None => Link::Up { since, agents: examined.agents },
    })
}

/// Looks at this machine whenever somebody wishes it.
pub(crate) async fn follow_local(rooms: Rooms, cancel: CancellationToken) {
    let target = TargetName::local();
    let (host, root) = (rooms.local.clone(), rooms.paths.state.clone());
    rooms.sightings.know(&target, host.clone(), root.clone());
    let mut wishes = 0;
    loop {
        tokio::select! {
            now = rooms.sightings.wished(&target, wishes) => wishes = now,
            () = cancel.cancelled() => return,
        }
        examine_here(&rooms.sightings, &host, &root, &rooms.profiles).await;
    }
}

/// Looks at a machine, and keeps what was found.
///
/// # Errors
/// When it can't be asked.
pub(crate) async fn examine(sightings: &Sightings, joining: &Joining<'_>) -> Result<Examined, Error> {
    let here = joining.host.is_local();
    let wanted = Wanted {
        host: (!here).then(|| joining.target.clone()),
        root: joining.root.to_owned(),
        socket_bytes: (!here).then_some(SOCKET_BYTES),
        agents: agents(joining.profiles, joining.environment),
        search: variable(joining.environment, "PATH").map(str::to_owned),
    };
    let examined = doctor::examine(joining.host, &wanted).await?;
    sightings.keep(joining, &examined);
    Ok(examined)
}

/// What there is to say of this machine.
pub(crate) async fn examine_here(sightings: &Sightings, host: &Host, root: &Path, profiles: &Profiles) -> Vec<Finding> {
    let target = TargetName::local();
    let joining = Joining { target: &target, host, root, bootstrap: None, profiles, environment: &[] };
    match examine(sightings, &joining).await {
        Ok(examined) => examined.findings,
        Err(error) => {
            let found = Finding::bad("machine", chain(&error), "look into it with `qd daemon status`");
            sightings.unfit(&target, found.clone());
            vec![found]
        }
    }
}

/// Runs the bootstrap command; why nothing can run there when it fails.
async fn bootstrap(
    sightings: &Sightings,
    inbox: &mpsc::Sender<Letter>,
    joining: &Joining<'_>,
    line: &str,
) -> Result<Option<String>, Error> {
    let root = joining.root.to_string_lossy().into_owned();
    let argv = |script: &str| ["/bin/sh", "-c", script, "sh", &root, line].map(str::to_owned);
    let began = now();
    let mut printed = Vec::new();
    let note = |succeeded: Option<bool>, ended: &str, printed: &[u8]| {
        let at = if succeeded.is_none() { began } else { now() };
        let kept = Bootstrap { succeeded, ended: ended.into(), output: readable(printed), at };
        sightings.note(joining.target, |sight| sight.bootstrap = Some(kept));
    };
    note(None, RUNS, &printed);
    let hear = |bytes: &[u8]| {
        printed.extend_from_slice(bytes);
        let excess = printed.len().saturating_sub(Bootstrap::OUTPUT_BYTES);
        printed.drain(..excess);
        note(None, RUNS, &printed);
    };
    let program = Program { deadline: BOOTSTRAP, ..Program::new(argv(BOOTSTRAP_SCRIPT)) };
    let (succeeded, ended) = match joining.host.run_together(program, hear).await {
        Ok(status) => (status == Status::Exited(0), status.to_string()),
        Err(Error::TimedOut { .. }) => (false, format!("was ended after {} min", BOOTSTRAP.as_secs() / 60)),
        Err(error) => {
            note(Some(false), "the line was lost while the bootstrap command ran", &printed);
            return Err(error);
        }
    };
    let output = readable(&printed);
    let last = output.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
    let said: String = last.chars().take(160).collect();
    let said = if said.is_empty() { String::new() } else { format!(": {said}") };
    let ended = format!("the bootstrap command {ended} after {} s{said}", now().since(began).as_secs());
    let input = Input::Bootstrapped { target: joining.target.clone(), ended: ended.clone() };
    // The loop has ended: so will whoever asked.
    let _ = inbox.send(Letter::Input(input)).await;
    note(Some(succeeded), &ended, &printed);
    Ok((!succeeded).then_some(ended))
}

/// What a program printed, line by line, without what only a terminal understands.
fn readable(printed: &[u8]) -> String {
    String::from_utf8_lossy(printed).lines().map(|line| format!("{}\n", transcript::plain(line))).collect()
}

/// The agents that a machine is asked for: those that can be used anywhere.
fn agents(profiles: &Profiles, environment: &[(String, String)]) -> Vec<WantedAgent> {
    let wanted = profiles.iter().filter_map(|(name, profile, _)| {
        let profile = profile.ok().filter(|profile| !profile.hidden)?;
        let program = match &profile.program {
            profile::Program::Named(program) => Some(program.clone()),
            profile::Program::Shell => None,
            profile::Program::Quarterdeck => return None,
        };
        Some(WantedAgent {
            name: name.clone(),
            program,
            version: profile.version.clone(),
            has_login: profile.login.iter().any(|sign| {
                sign.strip_prefix('$')
                    .and_then(|name| variable(environment, name))
                    .is_some_and(|value| !value.is_empty())
            }),
            login: profile.login.clone(),
            install: profile.install.clone(),
        })
    });
    wanted.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn joined(root: &Path, line: &str) -> (Link, TargetSight, Vec<String>) {
        let (sightings, target) = (Sightings::default(), "h1".parse().expect("a name"));
        let (inbox, mut letters) = mpsc::channel(8);
        let profiles = Profiles::load(&root.join("no agents of one's own"));
        let host = Host::local();
        let joining = Joining {
            target: &target,
            host: &host,
            root,
            bootstrap: Some(line),
            profiles: &profiles,
            environment: &[],
        };
        let link = join(&sightings, &inbox, &joining).await.expect("asked");
        let mut told = Vec::new();
        while let Ok(Letter::Input(Input::Bootstrapped { ended, .. })) = letters.try_recv() {
            told.push(ended);
        }
        (link, sightings.of(&target), told)
    }

    #[tokio::test]
    async fn a_bootstrap_command_is_remembered_where_it_ran_and_its_failure_keeps_sessions_away() {
        let folder = tempfile::tempdir().expect("a folder");
        let count = folder.path().join("count");
        let root = folder.path().join("root");
        std::fs::create_dir(&root).expect("a folder");
        let line = format!("echo once >> {}; echo 'all set'", count.display());
        let (link, sight, told) = joined(&root, &line).await;
        assert!(matches!(link, Link::Up { .. }), "{link:?}");
        assert_eq!(told.len(), 1);
        assert!(told[0].contains("exited with code 0") && told[0].contains("all set"), "{told:?}");
        assert_eq!(sight.bootstrap.map(|bootstrap| bootstrap.output), Some("all set\n".into()));
        assert!(sight.machine.is_some() && sight.examined_at.is_some());
        assert_eq!(std::fs::read_to_string(&count).expect("written"), "once\n");
        assert_eq!(std::fs::read_to_string(root.join("bootstrapped")).expect("written"), format!("{line}\n"));
        let (link, _, _) = joined(&root, "echo 'no such package' >&2; exit 7").await;
        let Link::Unfit { reason, .. } = link else { panic!("{link:?}") };
        assert!(reason.contains("code 7") && reason.contains("no such package"), "{reason}");
    }
}
