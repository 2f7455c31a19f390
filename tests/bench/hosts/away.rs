//! A crew that works on hosts.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;
use quarterdeck::domain::{
    Command, TargetName,
    target::{Link, SshPlace},
};

use super::trip::LONG;
use crate::{
    Outcome,
    crew::{Crew, end_server, server_pid},
    process,
    sshd::{Sshd, delay::Delay, send},
};

/// How long a host may take until sessions can run there.
const PATIENCE: Duration = Duration::from_secs(120);
/// What sshd writes for each program that is run over a connection.
const PROGRAM: &str = "Starting session: command";

/// A home, and the hosts that were added to it. Everything ends with it, the daemon first.
pub(super) struct Away {
    pub(super) crew: Crew,
    pub(super) hosts: Vec<Host>,
    /// From adding the first of them until sessions could run on all.
    pub(super) up_within: Duration,
}

/// A host at the end of a long line, and whatever runs there. All of it ends with this.
pub(super) struct Host {
    pub(super) name: TargetName,
    pub(super) sshd: Sshd,
    _line: Delay,
}

impl Away {
    /// So many hosts, each found fit for sessions.
    pub(super) async fn with(count: usize) -> Outcome<Self> {
        let mut hosts = Vec::with_capacity(count);
        for number in 1..=count {
            hosts.push(Host::start(&format!("far{number}")).await?);
        }
        let crew = Crew::home()?;
        let config = crew.folder().join("ssh");
        fs::write(&config, hosts.iter().map(Host::included).collect::<String>())?;
        crew.settings(&format!("[ssh]\nconfig = {config:?}\n"))?;
        let mut away = Self { crew, hosts, up_within: Duration::ZERO };
        away.crew.start_daemon().await?;
        let began = Instant::now();
        for host in &away.hosts {
            let place = SshPlace { address: host.name.to_string().parse()?, work_root: None, bootstrap: None };
            let add = Command::AddTarget { target: host.name.clone(), place, capacity: None, labels: Vec::new() };
            away.crew.client.command(&add).await?;
        }
        away.until_up().await?;
        away.up_within = began.elapsed();
        Ok(away)
    }

    async fn until_up(&self) -> Outcome<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let world = self.crew.client.world().await?;
            let links = self.hosts.iter().map(|host| world.targets.get(&host.name).map(|target| &target.link));
            let not_up: Vec<String> =
                links.filter(|link| !matches!(link, Some(Link::Up { .. }))).map(|link| format!("{link:?}")).collect();
            if not_up.is_empty() {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(format!("hosts are not up: {}", not_up.join(", ")).into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Host {
    async fn start(name: &str) -> Outcome<Self> {
        let sshd = Sshd::start(name);
        let line = Delay::to(sshd.port, LONG).await;
        sshd.know(line.port, &sshd.host_key());
        sshd.person(line.port, "");
        Ok(Self { name: name.parse()?, sshd, _line: line })
    }

    /// A line in the ssh configuration of a person who knows this host.
    fn included(&self) -> String {
        format!("Include {}\n", self.sshd.config().display())
    }

    /// The socket of the tmux server there.
    pub(super) fn socket(&self) -> Option<PathBuf> {
        let roots = fs::read_dir(self.sshd.home.join(".local/share/quarterdeck")).ok()?;
        roots.flatten().map(|root| root.path().join("run/tmux.sock")).find(|socket| socket.exists())
    }

    /// The process of the tmux server there.
    pub(super) fn tmux(&self) -> Outcome<u32> {
        server_pid(&self.socket().ok_or("no tmux server runs there")?)
    }

    /// How many programs were run there so far.
    pub(super) fn programs_run(&self) -> usize {
        fs::read_to_string(self.sshd.path("log")).unwrap_or_default().matches(PROGRAM).count()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.sshd.leave();
        if let Some(socket) = self.socket() {
            end_server(&socket);
        }
        let home = self.sshd.home.display().to_string();
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let left = process::with_variable("HOME", &home);
            if left.is_empty() || Instant::now() > deadline {
                return;
            }
            left.into_iter().for_each(|pid| send(pid, Signal::SIGKILL));
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
