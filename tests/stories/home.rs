//! A place of its own for one story, of which nothing is left when it ends.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use futures_util::StreamExt;
use nix::sys::signal::Signal;
use quarterdeck::{
    api::{Client, client, wire},
    config::Paths,
    domain::{
        self, MessageId, Question, Reply, Session, SessionId, World, activity::Doing, message::Delivery, session::State,
    },
};
use tokio::runtime::{Builder, Runtime};

use crate::{
    agent_log::AgentLog,
    ended::Ended,
    processes,
    wait::{PATIENCE, until},
};

/// A home with its own state, sockets, settings and environment.
pub(crate) struct Home {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
    runtime: Runtime,
    mounted: Option<PathBuf>,
}

impl Home {
    /// A home in which agents make hardly any pauses and have little time to end by themselves.
    pub(crate) fn new() -> Self {
        Self::with("", &[])
    }

    /// The same with settings of the person, and variables that agents inherit.
    pub(crate) fn with(settings: &str, variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::Builder::new().prefix("qds-").tempdir_in("/tmp").expect("a folder");
        for name in ["home", "work", "qd", "qd/config"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        let quick = if settings.contains("[sessions]") { "" } else { "[sessions]\nstop_grace_ms = 300\n" };
        let config = folder.path().join("qd/config/config.toml");
        std::fs::write(config, format!("{quick}{settings}")).expect("written");
        let git = "[user]\n\tname = Somebody\n\temail = somebody@localhost\n[init]\n\tdefaultBranch = main\n";
        std::fs::write(folder.path().join("home/.gitconfig"), git).expect("written");
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self { folder, variables: variables.iter().map(own).collect(), runtime, mounted: None }
    }

    /// Puts a disk of 16 MB at `folder`; takes it away at the end.
    ///
    /// # Errors
    /// What the system says to somebody who must not.
    pub(crate) fn mount_small_disk(&mut self, folder: &Path) -> Result<(), String> {
        let options = ["-t", "tmpfs", "-o", "size=16m,mode=700", "tmpfs"];
        let mounted = Command::new("mount").args(options).arg(folder).output().map_err(|error| error.to_string())?;
        if !mounted.status.success() {
            return Err(String::from_utf8_lossy(&mounted.stderr).trim().to_owned());
        }
        self.mounted = Some(folder.to_owned());
        Ok(())
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn qd_home(&self) -> PathBuf {
        self.folder.path().join("qd")
    }

    pub(crate) fn paths(&self) -> Paths {
        Paths::below(&self.qd_home()).expect("absolute")
    }

    /// A folder outside any repository; commands run here.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    pub(crate) fn log(&self) -> AgentLog {
        AgentLog(self.folder.path().join("agents.jsonl"))
    }

    /// Any program in this home's environment, of which nothing is inherited but `PATH`.
    pub(crate) fn program(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path().join("home"))
            .env("QD_HOME", self.qd_home())
            .env("QD_STAND_IN_LOG", self.log().0)
            .env("QD_STAND_IN_PACE", "0.02")
            .env("SHELL", "/bin/sh")
            // An agent that speaks to the default tmux server must not reach the one of whoever runs the tests.
            .env("TMUX_TMPDIR", self.folder.path())
            .env("PS1", "$ ")
            .env("LANG", "C.UTF-8")
            .env("TERM", "xterm-256color")
            .envs(self.variables.iter().cloned())
            .current_dir(self.work())
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn qd_command(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(env!("CARGO_BIN_EXE_qd"));
        command.args(arguments);
        command
    }

    /// Runs a `qd` command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with_input(arguments, b"")
    }

    /// The same with a text on its standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Ended {
        let mut command = self.qd_command(arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("qd");
        // A command that refuses what it is given need not read it all.
        let _ = child.stdin.take().expect("a pipe").write_all(input);
        Ended::of(child)
    }

    /// Runs a command that must do what it is asked, and gives what it prints.
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!(ended.code, 0, "qd {arguments:?}: {}{}", ended.output, ended.notices);
        ended.output
    }

    /// Starts work with the stand-in: `qd new --agent stand-in …`.
    pub(crate) fn start(&self, arguments: &[&str]) -> SessionId {
        self.start_with("stand-in", arguments)
    }

    /// Starts work with any agent; in a folder of its own unless the arguments say where.
    pub(crate) fn start_with(&self, agent: &str, arguments: &[&str]) -> SessionId {
        let placed = arguments.iter().any(|word| ["--repo", "--objective", "--workspace"].contains(word));
        let place: &[&str] = if placed { &[] } else { &["--workspace", "scratch"] };
        let printed = self.done(&[&["new", "--json", "--agent", agent], place, arguments].concat());
        match serde_json::from_str(&printed) {
            Ok(Reply::Created { session, .. }) => session,
            other => panic!("qd new answered {other:?}: {printed}"),
        }
    }

    /// `qd send`, with the text on its standard input.
    pub(crate) fn send(&self, session: SessionId, text: &str) -> MessageId {
        let ended = self.run_with_input(&["send", "--json", &session.to_string(), "-"], text.as_bytes());
        assert_eq!(ended.code, 0, "qd send: {}{}", ended.output, ended.notices);
        match serde_json::from_str(&ended.output) {
            Ok(Reply::Accepted { message, .. }) => message,
            other => panic!("qd send answered {other:?}: {}", ended.output),
        }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.paths())
    }

    /// Asks the daemon something through the door.
    pub(crate) fn ask<T>(&self, question: impl Future<Output = Result<T, client::Error>>) -> T {
        let answer = self.runtime.block_on(async { tokio::time::timeout(PATIENCE, question).await });
        answer.expect("the daemon answers in time").unwrap_or_else(|error| panic!("the daemon refused: {error:?}"))
    }

    pub(crate) fn world(&self) -> World {
        let client = self.client();
        self.ask(async { client.world().await })
    }

    pub(crate) fn detail(&self, session: SessionId) -> wire::SessionDetail {
        let client = self.client();
        self.ask(async { client.session(session).await })
    }

    pub(crate) fn command(&self, command: &domain::Command) -> Reply {
        let client = self.client();
        self.ask(async { client.command(command).await })
    }

    /// Follows the daemon's changes until `look` gives something; lives through its restarts.
    pub(crate) fn until<T>(&self, what: &str, look: impl FnMut(&World) -> Option<T>) -> T {
        self.until_within(PATIENCE, what, look)
    }

    /// The same with another patience.
    pub(crate) fn until_within<T>(
        &self,
        patience: Duration,
        what: &str,
        mut look: impl FnMut(&World) -> Option<T>,
    ) -> T {
        let client = self.client();
        let following = async {
            loop {
                if let Ok(Some(found)) = follow(&client, &mut look).await {
                    return found;
                }
                // Nobody answers, or we fell behind.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let found = self.runtime.block_on(async { tokio::time::timeout(patience, following).await });
        found.unwrap_or_else(|_| panic!("waited {} s in vain: {what}\n{}", patience.as_secs(), self.account()))
    }

    /// Waits until a session's state has this label.
    pub(crate) fn until_state(&self, session: SessionId, label: &str) -> Session {
        self.until(&format!("{session} is {label}"), |world| {
            world.sessions.get(&session).filter(|session| session.state.label() == label).cloned()
        })
    }

    /// Waits until a session's agent does this.
    pub(crate) fn until_doing(&self, session: SessionId, doing: Doing) {
        self.until(&format!("{session} is {}", doing.label()), |world| {
            world.sessions.get(&session).filter(|session| session.activity.doing == doing).map(drop)
        });
    }

    /// Waits until a message has come that far, and no further is to come.
    pub(crate) fn until_taken_up(&self, message: MessageId) {
        let label = self.until(&format!("{message} is delivered, or not"), |world| {
            let delivery = world.messages.get(&message).map(|message| &message.delivery);
            // The world lets go of what was taken up, once something newer follows.
            match delivery {
                None => Some("taken up"),
                Some(delivery) if delivery.is_final() || matches!(delivery, Delivery::Uncertain { .. }) => {
                    Some(delivery.label())
                }
                Some(_) => None,
            }
        });
        assert_eq!(label, "taken up", "{message}\n{}", self.account());
    }

    /// Waits until a session asks the person something.
    pub(crate) fn until_asked(&self, session: SessionId, kind: domain::question::Kind) -> Question {
        self.until(&format!("{session} asks: {}", kind.label()), |world| {
            world.questions_of(session).find(|question| question.kind == kind).cloned()
        })
    }

    /// Answers a question by the label of the choice.
    pub(crate) fn answer(&self, question: &Question, label: &str) {
        let number = question.choices.iter().position(|choice| choice.label == label);
        let number = number.unwrap_or_else(|| panic!("no choice {label:?} in {question:?}")) + 1;
        self.done(&["answer", &question.id.to_string(), &number.to_string()]);
    }

    pub(crate) fn state(&self, session: SessionId) -> State {
        self.detail(session).session.state
    }

    pub(crate) fn daemon_pid(&self) -> u32 {
        let client = self.client();
        self.ask(async { client.status().await }).pid
    }

    /// Kills the daemon as the kernel would for want of memory.
    pub(crate) fn kill_daemon(&self) {
        processes::kill_nine(self.daemon_pid());
    }

    pub(crate) fn tmux(&self, arguments: &[&str]) -> String {
        self.try_tmux(arguments).unwrap_or_else(|| panic!("tmux {arguments:?} is refused\n{}", self.account()))
    }

    /// What this home's tmux server answers; `None` when it refuses or is not there.
    pub(crate) fn try_tmux(&self, arguments: &[&str]) -> Option<String> {
        let output = self.program("tmux").arg("-S").arg(self.paths().tmux_socket()).args(arguments).output();
        let output = output.expect("tmux runs");
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }

    pub(crate) fn tmux_pid(&self) -> u32 {
        self.tmux(&["display-message", "-p", "#{pid}"]).parse().expect("a process id")
    }

    /// The process in a session's pane.
    pub(crate) fn pane_pid(&self, session: SessionId) -> u32 {
        self.until(&format!("{session} lives"), |world| match &world.attempt_of(session)?.state {
            domain::attempt::State::Live { pid, .. } => Some(*pid),
            _ => None,
        })
    }

    /// The lines of `qd transcript`, without colours.
    pub(crate) fn transcript(&self, session: SessionId) -> Vec<String> {
        self.done(&["transcript", "--plain", &session.to_string()]).lines().map(str::to_owned).collect()
    }
}

async fn follow<T>(client: &Client, look: &mut impl FnMut(&World) -> Option<T>) -> Result<Option<T>, client::Error> {
    let mut world = client.world().await?;
    if let Some(found) = look(&world) {
        return Ok(Some(found));
    }
    let mut steps = std::pin::pin!(client.changes(world.revision).await?);
    while let Some(step) = steps.next().await {
        let step = step?;
        if step.reload {
            return Ok(None);
        }
        step.changes.into_iter().for_each(|change| world.apply(change));
        if let Some(found) = look(&world) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = self.qd_command(&["daemon", "stop"]).output();
        let kill_server = ["kill-server"];
        let _ = self.program("tmux").arg("-S").arg(self.paths().tmux_socket()).args(kill_server).output();
        let home = self.qd_home();
        for _ in 0..100 {
            let left = processes::of_home(&home);
            if left.is_empty() {
                break;
            }
            left.into_iter().for_each(|pid| processes::signal(pid, Signal::SIGKILL));
        }
        if let Some(folder) = &self.mounted {
            let _ = Command::new("umount").arg("--lazy").arg(folder).output();
        }
    }
}

/// Waits until nothing of a session is left among the processes.
pub(crate) fn until_gone(what: &str, pids: &[u32]) {
    until(&format!("{what} are gone: {pids:?}"), || pids.iter().all(|&pid| !processes::lives(pid)).then_some(()));
}

/// The folder a session's agent works in.
pub(crate) fn folder_of(home: &Home, session: SessionId) -> PathBuf {
    home.until(&format!("{session} has a folder"), |world| {
        let workspace = world.workspaces.get(&world.sessions.get(&session)?.workspace?)?;
        workspace.path.is_dir().then(|| workspace.path.clone())
    })
}

/// The same, once the agent has made a file `begun` there.
pub(crate) fn begun_in(home: &Home, session: SessionId) -> PathBuf {
    let folder = folder_of(home, session);
    until(&format!("{session} has begun"), || folder.join("begun").exists().then_some(()));
    folder
}
