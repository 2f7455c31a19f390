//! Keeps one host reached, and everything that hangs on that: its terminal server, its observer, its place among the
//! sites.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use sha2::{Digest, Sha256};
use tokio::{
    sync::{broadcast, mpsc, watch},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use super::{
    Site,
    footing::{Candidate, Footing},
    wanted::{Hosts, Wanted},
};
use crate::{
    agent::equipment,
    config::paths::private_folder,
    domain::{ProfileName, TargetName, Terminal, Timestamp, target::Link},
    engine::{
        beat::Letter,
        clock::now,
        core::Input,
        describe::chain,
        live::{Grown, LivePane},
        observer::Observer,
        rooms::Rooms,
        sightings::{self, Joining},
        sizes::Sizes,
    },
    target::{
        Host, Ssh,
        ssh::{self, Forward},
    },
    tmux,
};

/// How long a terminal server may take to answer on a host that was reached.
const TERMINAL: Duration = Duration::from_secs(20);
/// How often a host that lacks something, or whose terminal server does not answer, is looked at again by itself.
const AGAIN: Duration = Duration::from_secs(60);
/// Where that runs the bootstrap command again, the pause doubles this often.
const DOUBLINGS: u32 = 6;
/// How often what is known of a host's line is brought up to date.
const NOTE_EVERY: Duration = Duration::from_secs(10);

/// What all keepers work with.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) rooms: Rooms,
    pub(crate) sizes: Sizes,
    pub(crate) live: watch::Receiver<Arc<Vec<LivePane>>>,
    pub(crate) grown: broadcast::Sender<Grown>,
    pub(crate) inbox: mpsc::Sender<Letter>,
    pub(crate) hosts: watch::Receiver<Arc<Hosts>>,
}

/// One host, and what is there of it.
pub(super) struct Keeper {
    around: Surroundings,
    wanted: Wanted,
    ssh: Ssh,
    host: Host,
    terminal: Option<Connected>,
    reached: u64,
    wishes: u64,
    /// How often the bootstrap command was run in a row, each time in vain but perhaps the last.
    bootstraps: u32,
    cancel: CancellationToken,
}

/// The terminal server of a host, since it was reached for the first time.
struct Connected {
    tmux: tmux::Server,
    root: PathBuf,
    status: watch::Receiver<Terminal>,
    observing: JoinHandle<()>,
}

impl Keeper {
    pub(super) fn new(around: Surroundings, wanted: Wanted, cancel: CancellationToken) -> Result<Self, String> {
        let control_folder = around.rooms.paths.runtime.join("ssh");
        private_folder(&control_folder).map_err(|error| chain(&error))?;
        let options = ssh::Options {
            name: wanted.target.to_string(),
            config_file: around.rooms.config.ssh.config.clone(),
            forward: Some(Forward { port: port(&around.rooms.instance, &wanted.target), to: around.rooms.door }),
            ..ssh::Options::new(wanted.place.address.clone(), control_folder)
        };
        let ssh = Ssh::start(options, cancel.clone());
        let host = Host::from(ssh.clone());
        Ok(Self { around, wanted, ssh, host, terminal: None, reached: 0, wishes: 0, bootstraps: 0, cancel })
    }

    /// Runs until it is cancelled, and then until nothing of the connection is left.
    pub(super) async fn run(mut self) {
        let (mut link, cancel) = (self.ssh.link(), self.cancel.clone());
        let mut note = tokio::time::interval(NOTE_EVERY);
        note.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let state = link.borrow_and_update().clone();
            let fit = match &state {
                ssh::Link::Connecting => false,
                ssh::Link::Down { reason, since, .. } => {
                    self.lose(reason, *since).await;
                    false
                }
                ssh::Link::Up { .. } => tokio::select! {
                    fit = self.join() => fit,
                    _ = link.changed() => continue,
                    () = cancel.cancelled() => break,
                },
            };
            let again = state.is_up() && !fit;
            let pause = AGAIN * 2_u32.pow(self.bootstraps.saturating_sub(1).min(DOUBLINGS));
            let looked_at = tokio::time::Instant::now();
            loop {
                tokio::select! {
                    changed = link.changed() => if changed.is_ok() { break },
                    wishes = self.around.rooms.sightings.wished(&self.wanted.target, self.wishes) => {
                        self.wishes = wishes;
                        self.ssh.retry_now();
                        if state.is_up() {
                            break;
                        }
                    }
                    () = tokio::time::sleep_until(looked_at + pause), if again => break,
                    _ = note.tick() => if state.is_up() {
                        self.around.rooms.sightings.heard(&self.wanted.target, self.ssh.round_trip());
                    },
                    () = self.cancel.cancelled() => break,
                }
            }
            if self.cancel.is_cancelled() {
                break;
            }
        }
        self.end().await;
    }

    /// The line is lost: nobody is to rely on it, and what is known of what runs there is nothing.
    async fn lose(&mut self, reason: &str, since: Timestamp) {
        let Wanted { target, .. } = &self.wanted;
        self.around.rooms.sites.change(target, |site| site.is_reached = false);
        self.around.rooms.sightings.not_reached(target, reason);
        self.tell(Link::Unreachable { reason: reason.to_owned(), since }).await;
    }

    /// Looks whether sessions can run there, and has them if so.
    async fn join(&mut self) -> bool {
        self.around.rooms.sites.change(&self.wanted.target, |site| site.is_reached = false);
        self.tell(Link::Joining).await;
        let line = self.host.line();
        let link = match self.look().await {
            Ok(link) => link,
            // The line was lost meanwhile, and that is what will be told.
            Err(_) if !self.host.holds(&line).await => return false,
            Err(reason) => Link::Unfit { reason, since: now() },
        };
        if self.ssh.facts().is_none() {
            return false;
        }
        let fit = matches!(link, Link::Up { .. });
        self.tell(link).await;
        if fit {
            // After the word to the core, which believes no sight of panes before.
            self.reached += 1;
            let reached = self.reached;
            self.around.rooms.sites.change(&self.wanted.target, |site| {
                site.is_reached = true;
                site.reached = reached;
            });
        }
        fit
    }

    /// What its link is to be said to be; words when it can't be said.
    async fn look(&mut self) -> Result<Link, String> {
        let rooms = self.around.rooms.clone();
        let Wanted { target, place } = &self.wanted;
        let candidate = Candidate {
            host: &self.host,
            target,
            work_root: place.work_root.as_deref(),
            instance: &rooms.instance,
            door: self.door(),
            bootstrap: place.bootstrap.as_deref(),
        };
        let exists = |target: &TargetName| self.around.hosts.borrow().targets.contains(target);
        let footing = Footing::find(candidate, exists).await.map_err(|error| {
            error.finding(target).into_iter().for_each(|found| rooms.sightings.unfit(target, found));
            chain(&error)
        })?;
        let moved_from = footing.old_door.filter(|&old| Some(old) != candidate.door);
        if let Some(old) = moved_from
            && self.ssh.lead_here(old.port()).await
        {
            // Agents that were started with it find it there, and so will those to come.
            let written = self.host.write(&equipment::host::door(&footing.root), format!("{old}\n").as_bytes()).await;
            written.map_err(|error| format!("where the agents' door is can't be written there: {error}"))?;
        }
        let bootstrap = place.bootstrap.as_deref().filter(|_| !footing.is_bootstrapped);
        self.bootstraps = if bootstrap.is_some() { self.bootstraps + 1 } else { 0 };
        let joining = Joining {
            target,
            host: &self.host,
            root: &footing.root,
            bootstrap,
            profiles: &rooms.profiles,
            environment: &footing.environment,
        };
        let link = sightings::join(&rooms.sightings, &self.around.inbox, &joining).await;
        let link = link.map_err(|error| chain(&error))?;
        let Link::Up { agents, .. } = &link else { return Ok(link) };
        self.settle(footing, agents.clone()).await?;
        Ok(link)
    }

    /// Where agents there find their door now.
    fn door(&self) -> Option<SocketAddr> {
        self.ssh.forwarded_port().map(|port| SocketAddr::from(([127, 0, 0, 1], port)))
    }

    /// Gives the site its terminal server, and waits until that answers.
    async fn settle(&mut self, footing: Footing, agents: Vec<ProfileName>) -> Result<(), String> {
        let Footing { root, folders, host_name, environment, program, .. } = footing;
        if self.terminal.as_ref().is_some_and(|terminal| terminal.root != root) {
            // Our folder lies elsewhere now; what runs is known to the old server only.
            self.disconnect().await;
        }
        let door = self.door().ok_or("no port there leads to the agents' door here")?;
        let known = self.terminal.as_ref().map(|terminal| terminal.tmux.clone());
        let (tmux, events) = match known {
            Some(tmux) => (tmux, None),
            None => {
                let options = tmux::Options {
                    host: self.host.clone(),
                    socket: root.join("run/tmux.sock"),
                    config: root.join("run/tmux.conf"),
                    detach_key: self.around.rooms.config.dashboard.detach_key.clone(),
                };
                let (tmux, events) = tmux::Server::start(options, self.cancel.clone());
                (tmux, Some(events))
            }
        };
        let site = Site {
            target: self.wanted.target.clone(),
            host: self.host.clone(),
            tmux: tmux.clone(),
            folders,
            door,
            program: program.to_string_lossy().into(),
            environment: Arc::new(environment),
            host_name: host_name.into(),
            agents: Some(Arc::new(agents)),
            is_reached: false,
            reached: self.reached,
        };
        self.around.rooms.sites.put(site.clone());
        if let Some(events) = events {
            let reason = "not connected yet".to_owned();
            let (teller, status) = watch::channel(Terminal::Disconnected { reason, since: now() });
            let observer = Observer::new(self.around.clone(), site, events, teller);
            let observing = tokio::spawn(observer.run(self.cancel.child_token()));
            self.terminal = Some(Connected { tmux: tmux.clone(), root, status, observing });
        }
        tmux.connect_now();
        let Some(terminal) = &mut self.terminal else { return Err("its terminal server was given up".into()) };
        let connected = terminal.status.wait_for(|status| matches!(status, Terminal::Connected { .. }));
        let connected = tokio::time::timeout(TERMINAL, connected).await.map(|connected| connected.is_ok());
        match connected {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(match &*terminal.status.borrow() {
                Terminal::Disconnected { reason, .. } => format!("its terminal server does not answer: {reason}"),
                Terminal::Connected { .. } => "its terminal server does not answer".into(),
            }),
        }
    }

    async fn disconnect(&mut self) {
        if let Some(terminal) = self.terminal.take() {
            terminal.observing.abort();
            // A panic is in the log.
            let _ = terminal.observing.await;
        }
    }

    async fn end(mut self) {
        self.around.rooms.sites.change(&self.wanted.target, |site| site.is_reached = false);
        self.disconnect().await;
        self.ssh.finished().await;
    }

    async fn tell(&self, link: Link) {
        let target = self.wanted.target.clone();
        // The loop has ended: so will this task.
        let _ = self.around.inbox.send(Letter::Input(Input::Link { target, link })).await;
    }
}

/// The port there that leads to the agents' door here: always the same for one target, since agents that live through a
/// cut of the line know no other, and seldom that of anybody else.
fn port(instance: &str, target: &TargetName) -> u16 {
    let digest = Sha256::digest(format!("{instance} {target}"));
    20_000 + u16::from_be_bytes([digest[0], digest[1]]) % 12_000
}
