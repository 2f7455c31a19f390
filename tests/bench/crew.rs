//! Crews: one of ours, with a home, a daemon and a tmux server of its own, and one that nobody supervises.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use quarterdeck::{
    api::{Client, wire::TmuxStatus},
    config::Paths,
    domain::{
        Attempt, Command as Ask, ProfileName, Reply, SessionId, TargetName, activity::Doing, attempt::State,
        objective::Mode,
    },
};
use tempfile::TempDir;

use crate::{Outcome, process};

/// How long anything but a measurement may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// The environment of everything that is measured: nothing of the person's.
const SETTINGS: &str = "[caps]\nsessions = 500\n\n[retention]\nevents = 2000000\n";

/// A home with our daemon and its tmux server. Both end with it.
pub(crate) struct Crew {
    folder: TempDir,
    pub(crate) paths: Paths,
    pub(crate) client: Client,
    daemon: Option<Child>,
    idle: Vec<SessionId>,
}

impl Crew {
    /// A new home, in which nothing runs yet.
    pub(crate) fn home() -> Outcome<Self> {
        let folder = tempfile::Builder::new().prefix("qd-bench-").tempdir_in("/tmp")?;
        let paths = Paths::below(folder.path())?;
        paths.create()?;
        fs::create_dir_all(paths.config.join("agents"))?;
        fs::write(paths.config.join("config.toml"), SETTINGS)?;
        let ourselves = std::env::current_exe()?;
        let profile = format!(
            "inherit = \"stand-in\"\nhidden = false\ntitle = \"Bench\"\nprogram = {ourselves:?}\nversion = []\n\
             conversation = \"none\"\nnew = [\"agent\", \"{{prompt}}\"]\nresume = [\"agent\", \"{{conversation}}\"]\n"
        );
        fs::write(paths.config.join("agents/bench.toml"), profile)?;
        Ok(Self { client: Client::new(&paths), paths, folder, daemon: None, idle: Vec::new() })
    }

    /// More settings than every crew has; before its daemon is started.
    pub(crate) fn settings(&self, more: &str) -> Outcome<()> {
        Ok(fs::write(self.paths.config.join("config.toml"), format!("{SETTINGS}\n{more}"))?)
    }

    /// A home whose daemon answers and speaks to its tmux server.
    pub(crate) async fn start() -> Outcome<Self> {
        let mut crew = Self::home()?;
        crew.start_daemon().await?;
        Ok(crew)
    }

    pub(crate) async fn start_daemon(&mut self) -> Outcome<()> {
        self.daemon = Some(self.qd().args(["daemon", "run"]).stdin(Stdio::null()).spawn()?);
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Ok(status) = self.client.status().await
                && matches!(status.tmux, TmuxStatus::Connected { .. })
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Err("the daemon does not answer".into())
    }

    pub(crate) async fn stop_daemon(&mut self) -> Outcome<()> {
        self.client.stop().await?;
        if let Some(mut daemon) = self.daemon.take() {
            daemon.wait()?;
        }
        Ok(())
    }

    /// `qd`, in this home.
    pub(crate) fn qd(&self) -> Command {
        let mut qd = Command::new(env!("CARGO_BIN_EXE_qd"));
        self.environment(|name, value| {
            qd.env(name, value);
        });
        qd.env_remove("TMUX").env_remove("TMUX_PANE");
        qd
    }

    /// What a program needs to find this home.
    pub(crate) fn environment(&self, mut set: impl FnMut(&str, &Path)) {
        set("QD_HOME", self.folder.path());
        set("HOME", self.folder.path());
    }

    /// The folder that goes with it.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn daemon(&self) -> u32 {
        self.daemon.as_ref().map_or(0, Child::id)
    }

    /// The tmux server's process.
    pub(crate) fn tmux(&self) -> Outcome<u32> {
        server_pid(&self.paths.tmux_socket())
    }

    /// Starts a session with an agent that does what `prompt` says.
    pub(crate) async fn add(&mut self, prompt: &str) -> Outcome<SessionId> {
        self.start_session(None, None, prompt).await
    }

    /// The same, on a host.
    pub(crate) async fn add_on(&mut self, target: &TargetName, prompt: &str) -> Outcome<SessionId> {
        self.start_session(Some(target.clone()), None, prompt).await
    }

    /// The same, in a worktree of this repository.
    pub(crate) async fn add_in(&mut self, repository: &Path, prompt: &str) -> Outcome<SessionId> {
        self.start_session(None, Some(repository.into()), prompt).await
    }

    async fn start_session(
        &mut self,
        target: Option<TargetName>,
        repository: Option<PathBuf>,
        prompt: &str,
    ) -> Outcome<SessionId> {
        let ask = Ask::NewObjective {
            prompt: prompt.into(),
            // The prompt stands on the pane alone.
            title: Some("bench".into()),
            repository,
            agent: Some("bench".parse::<ProfileName>()?),
            target,
            labels: Vec::new(),
            mode: Mode::Plain,
            workspace: None,
            base: None,
        };
        match self.client.command(&ask).await? {
            Reply::Created { session, .. } => {
                if prompt.starts_with("idle") {
                    self.idle.push(session);
                }
                Ok(session)
            }
            other => Err(format!("a new objective was answered with {other:?}").into()),
        }
    }

    /// Waits until `count` programs live and it is known of the idle ones that they are; gives each session's process.
    pub(crate) async fn settled(&self, count: usize) -> Outcome<BTreeMap<SessionId, u32>> {
        self.live(count, &self.idle).await
    }

    /// Waits until `count` programs live, whatever is known of them.
    pub(crate) async fn alive(&self, count: usize) -> Outcome<BTreeMap<SessionId, u32>> {
        self.live(count, &[]).await
    }

    async fn live(&self, count: usize, idle: &[SessionId]) -> Outcome<BTreeMap<SessionId, u32>> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let world = self.client.world().await?;
            let live = |attempt: &Attempt| match attempt.state {
                State::Live { pid, .. } => Some((attempt.session, pid)),
                _ => None,
            };
            let live: BTreeMap<SessionId, u32> = world.attempts.values().filter_map(live).collect();
            let is_idle =
                |id: &SessionId| world.sessions.get(id).is_some_and(|row| row.activity.doing == Doing::YourTurn);
            if live.len() == count && idle.iter().all(is_idle) {
                return Ok(live);
            }
            if Instant::now() > deadline {
                let unknown = idle.iter().filter(|id| !is_idle(id)).count();
                return Err(format!("{} of {count} programs live, {unknown} of them should be idle", live.len()).into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        // Also one that a dashboard has started; none is as good.
        let _ = self.qd().args(["daemon", "stop"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        if let Some(mut daemon) = self.daemon.take() {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
        end_server(&self.paths.tmux_socket());
    }
}

/// A tmux server with the same agents in panes of the same size that nobody supervises. It ends with this.
pub(crate) struct Plain {
    folder: TempDir,
}

impl Plain {
    pub(crate) fn new() -> Outcome<Self> {
        let plain = Self { folder: tempfile::Builder::new().prefix("qd-bench-").tempdir_in("/tmp")? };
        fs::write(
            plain.folder.path().join("conf"),
            "set -g history-limit 2000\nset -g status off\nset -g remain-on-exit on\nset -s exit-empty off\n",
        )?;
        Ok(plain)
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("s")
    }

    pub(crate) fn pid(&self) -> Outcome<u32> {
        server_pid(&self.socket())
    }

    /// Starts a pane with an agent that does what `prompt` says.
    pub(crate) fn add(&self, prompt: &str) -> Outcome<()> {
        let ourselves = std::env::current_exe()?;
        let made = self
            .command()
            .args(["new-session", "-d", "-x", "120", "-y", "40"])
            .arg(ourselves)
            .args(["agent", prompt])
            .status()?;
        if made.success() { Ok(()) } else { Err("tmux makes no pane".into()) }
    }

    /// Every pane's id and process, in the order in which they were made.
    pub(crate) fn panes(&self) -> Outcome<Vec<(String, u32)>> {
        let listed = self.command().args(["list-panes", "-a", "-F", "#{pane_id} #{pane_pid}"]).output()?;
        let text = String::from_utf8(listed.stdout)?;
        let pane = |line: &str| {
            let (id, pid) = line.split_once(' ')?;
            Some((id.trim_start_matches('%').parse::<u32>().ok()?, pid.parse::<u32>().ok()?))
        };
        let mut panes: Vec<(u32, u32)> = text.lines().filter_map(pane).collect();
        panes.sort_unstable();
        Ok(panes.into_iter().map(|(id, pid)| (format!("%{id}"), pid)).collect())
    }

    /// A tmux client of this server.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new("tmux");
        command.arg("-u").arg("-S").arg(self.socket()).arg("-f").arg(self.folder.path().join("conf"));
        command.env_remove("TMUX").env_remove("TMUX_PANE").stdin(Stdio::null());
        command
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        end_server(&self.socket());
    }
}

/// The process of the tmux server at this socket.
pub(crate) fn server_pid(socket: &Path) -> Outcome<u32> {
    let said = Command::new("tmux").arg("-S").arg(socket).args(["display-message", "-p", "#{pid}"]).output()?;
    Ok(String::from_utf8(said.stdout)?.trim().parse()?)
}

/// Ends the tmux server at this socket, if there is one.
pub(crate) fn end_server(socket: &Path) {
    let Ok(server) = server_pid(socket) else { return };
    let asked: io::Result<_> = Command::new("tmux").arg("-S").arg(socket).arg("kill-server").output();
    let deadline = Instant::now() + Duration::from_secs(10);
    while asked.is_ok() && Path::new(&format!("/proc/{server}")).exists() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Sends the agent `pid` to work, or back.
pub(crate) fn toggle(pid: u32) -> Outcome<()> {
    signal(pid, nix::sys::signal::Signal::SIGUSR1)
}

/// Sends a signal to a process that we started.
pub(crate) fn signal(pid: u32, signal: nix::sys::signal::Signal) -> Outcome<()> {
    Ok(nix::sys::signal::kill(nix::unistd::Pid::from_raw(i32::try_from(pid)?), signal)?)
}

/// All children of the tmux server that run no agent: those that record.
pub(crate) fn recorders(server: u32, agents: &BTreeMap<SessionId, u32>) -> Vec<u32> {
    let agents: BTreeSet<u32> = agents.values().copied().collect();
    process::children(server).difference(&agents).copied().collect()
}
