//! What the supervisor has of each target: the door to its programs and files, its terminal server, and where our
//! things lie there.
//!
//! A [`Site`] is known once its machine was reached, and stays known while it can't be: whoever asks something of it
//! then is told so by its host or its terminal server, and whoever has to do something waits ([`Sites::reached`]).

mod footing;
mod keeper;
mod wanted;

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use sha2::{Digest, Sha256};
use tokio::sync::watch;

use crate::{
    agent,
    config::{Paths, environment::OF_AN_AGENT},
    domain::{AttemptId, ProfileName, TargetName, Workspace},
    target::{Host, processes},
    tmux,
    workspace::transfer::{self, Home},
};

pub(crate) use keeper::Surroundings;
pub(crate) use wanted::{Hosts, concerns, hosts, keep};

/// Variables that describe the terminal or the place a program was started in, not the person's environment.
pub(super) const NOT_INHERITED: [&str; 15] = [
    "TERM",
    "TERMCAP",
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
    "TMUX",
    "TMUX_PANE",
    "STY",
    "COLUMNS",
    "LINES",
    "PWD",
    "OLDPWD",
    "SHLVL",
    "_",
    "NO_COLOR",
    processes::TAG,
];

/// What the supervisor has of one target. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Site {
    /// Its name.
    pub target: TargetName,
    /// Its programs and files.
    pub host: Host,
    /// Its terminal server.
    pub tmux: tmux::Server,
    /// Where our things lie there.
    pub folders: Folders,
    /// Where an agent there finds the agents' door.
    pub door: SocketAddr,
    /// The program that agents there run to tell us something.
    pub program: Arc<str>,
    /// What every agent there finds in its environment.
    pub environment: Arc<Vec<(String, String)>>,
    /// The machine's own name, which is what tmux calls a pane without a title.
    pub host_name: Arc<str>,
    /// The agents that were found there when it was looked at; `None` for this machine, which is asked each time.
    pub agents: Option<Arc<Vec<ProfileName>>>,
    /// It can be reached now.
    pub is_reached: bool,
    /// How often it was reached so far: whatever lasted over two of these may have been cut in between.
    pub reached: u64,
}

impl Site {
    /// This machine's.
    pub fn local(paths: &Paths, tmux: tmux::Server, door: SocketAddr) -> Self {
        let folders = Folders {
            attempts: paths.attempts(),
            recordings: paths.recordings(),
            prompts: paths.prompts(),
            workspaces: paths.workspaces(),
            mirrors: paths.state.join("mirrors"),
            trials: paths.state.join("trials"),
        };
        Self {
            target: TargetName::local(),
            host: Host::local(),
            tmux,
            folders,
            door,
            program: agent::own_executable().into(),
            environment: Arc::new(inheritable(own_environment())),
            host_name: nix::unistd::gethostname()
                .ok()
                .and_then(|name| name.into_string().ok())
                .unwrap_or_default()
                .into(),
            agents: None,
            is_reached: true,
            reached: 1,
        }
    }

    /// A variable as agents there find it.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        variable(&self.environment, name)
    }

    /// What is to be known of it to read its panes.
    pub(crate) fn names(&self) -> Names<'_> {
        Names { host: &self.host_name, shell: self.variable("SHELL") }
    }

    /// A workspace of this machine.
    pub(crate) fn ground(&self, workspace: &Workspace) -> Ground {
        let home = workspace.repository.clone().filter(|_| !self.host.is_local());
        let (host, trials) = (self.host.clone(), self.folders.trials.clone());
        Ground { host, workspace: self.workspace(workspace), home, trials }
    }

    /// The workspace with its repository as it is on this machine.
    pub(crate) fn workspace(&self, workspace: &Workspace) -> Workspace {
        let mut workspace = workspace.clone();
        if !self.host.is_local() {
            workspace.repository = workspace.repository.map(|repository| self.folders.mirror(&repository));
        }
        workspace
    }
}

/// What things are called on a machine.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Names<'a> {
    /// The machine itself: what tmux calls a pane without a title.
    pub(crate) host: &'a str,
    /// The person's shell there.
    pub(crate) shell: Option<&'a str>,
}

/// Where our things lie on a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    /// What launches are given.
    pub attempts: PathBuf,
    /// What panes print.
    pub recordings: PathBuf,
    /// Large prompts.
    pub prompts: PathBuf,
    /// The workspaces.
    pub workspaces: PathBuf,
    /// Copies of repositories that work is taken from, where there is no checkout of the person's.
    pub mirrors: PathBuf,
    /// What trial merges write.
    pub trials: PathBuf,
}

impl Folders {
    /// All below one folder.
    fn below(root: &Path) -> Self {
        Self {
            attempts: root.join("attempts"),
            recordings: root.join("recordings"),
            prompts: root.join("prompts"),
            workspaces: root.join("workspaces"),
            mirrors: root.join("mirrors"),
            trials: root.join("trials"),
        }
    }

    /// What this attempt is given.
    pub fn attempt(&self, attempt: AttemptId) -> PathBuf {
        self.attempts.join(attempt.to_string())
    }

    /// The copy of a repository of this machine, for what works there.
    pub fn mirror(&self, repository: &Path) -> PathBuf {
        let digest = Sha256::digest(repository.as_os_str().as_bytes());
        let short: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let name = repository.file_name().unwrap_or_default().to_string_lossy();
        let kept = |character: &char| character.is_ascii_alphanumeric() || "-_.".contains(*character);
        let name: String = name.chars().filter(kept).take(40).collect();
        self.mirrors.join(format!("{}-{short}.git", name.trim_start_matches(['.', '-'])))
    }

    /// What its pane prints.
    pub fn recording(&self, attempt: AttemptId) -> PathBuf {
        self.recordings.join(format!("{attempt}.rec"))
    }
}

/// All sites that are known. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sites(Arc<watch::Sender<BTreeMap<TargetName, Site>>>);

impl Sites {
    /// This machine's, to begin with.
    pub fn new(local: Site) -> Self {
        Self(Arc::new(watch::Sender::new(BTreeMap::from([(local.target.clone(), local)]))))
    }

    /// A site, if its machine was ever reached.
    pub fn of(&self, target: &TargetName) -> Option<Site> {
        self.0.borrow().get(target).cloned()
    }

    /// A site that can be reached now, or once it can be.
    pub async fn reached(&self, target: &TargetName) -> Site {
        let mut known = self.0.subscribe();
        let is_reached = |known: &BTreeMap<TargetName, Site>| known.get(target).is_some_and(|site| site.is_reached);
        let site = known.wait_for(is_reached).await.ok().and_then(|known| known.get(target).cloned());
        match site {
            Some(site) => site,
            // The sender lives as long as we do.
            None => std::future::pending().await,
        }
    }

    /// Waits until the line to a machine is not the one that it was reached by for the `reached`th time.
    pub(crate) async fn left(&self, target: &TargetName, reached: u64) {
        let held = |site: &Site| site.is_reached && site.reached == reached;
        // The sender lives as long as we do.
        let _ = self.0.subscribe().wait_for(|known| !known.get(target).is_some_and(held)).await;
    }

    /// All of them, told whenever any changes.
    pub(crate) fn watch(&self) -> watch::Receiver<BTreeMap<TargetName, Site>> {
        self.0.subscribe()
    }

    fn put(&self, site: Site) {
        self.0.send_modify(|known| drop(known.insert(site.target.clone(), site)));
    }

    fn change(&self, target: &TargetName, change: impl FnOnce(&mut Site)) {
        self.0.send_if_modified(|known| known.get_mut(target).map(change).is_some());
    }

    fn forget(&self, target: &TargetName) {
        self.0.send_if_modified(|known| known.remove(target).is_some());
    }

    /// The line to a machine has held since it was reached for the `reached`th time.
    pub fn has_held(&self, target: &TargetName, reached: u64) -> bool {
        self.0.borrow().get(target).is_some_and(|site| site.is_reached && site.reached == reached)
    }
}

/// A workspace on its machine.
#[derive(Debug, Clone)]
pub(crate) struct Ground {
    /// The machine.
    pub(crate) host: Host,
    /// The workspace, with its repository as it is there.
    pub(crate) workspace: Workspace,
    /// Its repository on this machine, where that is another one.
    pub(crate) home: Option<PathBuf>,
    /// Where trial merges may write there.
    pub(crate) trials: PathBuf,
}

impl Ground {
    /// Has what was committed there on this machine as well, as the branch that it would have been here. `None` where it
    /// is here anyway.
    ///
    /// # Errors
    /// Those of [`transfer::bring_home`].
    pub(crate) async fn bring_home(&self, here: &Host) -> Result<Option<Home>, crate::workspace::Error> {
        let Workspace { repository, branch, .. } = &self.workspace;
        let (Some(home), Some(mirror), Some(branch)) = (&self.home, repository, branch) else { return Ok(None) };
        transfer::bring_home(here, home, &self.host, mirror, branch).await.map(Some)
    }

    /// Brings home what was committed there, and has that count when it is looked at what would be lost with the
    /// workspace.
    ///
    /// # Errors
    /// Those of [`transfer::bring_home`] and [`transfer::vouch`].
    pub(crate) async fn vouch(&self, here: &Host) -> Result<(), crate::workspace::Error> {
        let Some(home) = &self.home else { return Ok(()) };
        self.bring_home(here).await?;
        transfer::vouch(here, home, &self.host, &self.workspace).await
    }
}

impl Sites {
    /// A workspace on its machine.
    ///
    /// # Errors
    /// When that was never reached, or is no target any more.
    pub(crate) fn ground(&self, workspace: &Workspace) -> io::Result<Ground> {
        let Some(site) = self.of(&workspace.target) else {
            let words = format!("{} was not reached yet, so {} can't be looked at", workspace.target, workspace.id);
            return Err(io::Error::new(io::ErrorKind::NotConnected, words));
        };
        Ok(site.ground(workspace))
    }
}

/// A variable of an environment: of several with one name the last counts.
pub(crate) fn variable<'a>(environment: &'a [(String, String)], name: &str) -> Option<&'a str> {
    environment.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// What of an environment agents are given.
pub(super) fn inheritable(variables: impl IntoIterator<Item = (String, String)>) -> Vec<(String, String)> {
    let kept = |name: &str| !NOT_INHERITED.contains(&name) && !OF_AN_AGENT.contains(&name);
    variables.into_iter().filter(|(name, _)| kept(name)).collect()
}

/// The person's environment as the daemon has it: the tmux server may have been started from another.
fn own_environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
