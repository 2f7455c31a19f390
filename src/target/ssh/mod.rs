//! Another machine, reached over SSH through one connection.
//!
//! [`Ssh`] is a cheap handle on the connection to one host. A [`keeper`] task holds OpenSSH's own client as its master
//! process, with the person's configuration, agent, jump hosts and known hosts as they are; it never asks anything, and
//! never accepts a host key. It comes back when the line was lost, and tells its [`Link`] to whoever watches. Programs run
//! over channels of that connection: [`run`] starts them through one constant script of `/bin/sh`, [`quote`] is the only
//! place where words become a line. Nothing of ours lies on the host, and no process of ours is started for a program.
//!
//! While the link is down everything fails at once with [`Error::Unreachable`]; that is
//! a state of knowledge and says nothing about what runs there.

mod address;
mod channel;
mod connection;
mod facts;
mod files;
mod keeper;
mod leash;
mod link;
mod look;
mod many;
mod mux;
mod quote;
mod run;
mod script;
mod terminal;
mod trouble;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    sync::{Notify, Semaphore, watch},
    time::timeout_at,
};
use tokio_util::sync::CancellationToken;

pub use connection::Forward;
pub use facts::Facts;
pub use link::Link;

pub(super) use channel::Remote;
use connection::Connection;
use script::Leader;

use super::{Error, Program};
use crate::domain::target::SshAddress;

/// Programs that may run at once over one connection. `sshd` allows ten sessions on one, unless it is told otherwise;
/// the rest is for lengthy programs, for channels that stay, for ending what is late, and for git or a person's terminal.
const RUNS: usize = 4;
/// Programs that may take long, at once: those behind them wait, and hold nobody else up.
const LENGTHY_RUNS: usize = 2;
/// What may take longer than this is lengthy.
const LENGTHY: Duration = Duration::from_secs(60);
/// Channels that stay open for long.
const CHANNELS: usize = 2;

/// How a host is reached, and what its connection carries.
#[derive(Debug, Clone)]
pub struct Options {
    /// What tells this connection from all others that share its folder.
    pub name: String,
    /// The host.
    pub address: SshAddress,
    /// A private folder for the connection's socket, with a short path.
    pub control_folder: PathBuf,
    /// The person's ssh configuration; `None`: where `ssh` looks by itself.
    pub config_file: Option<PathBuf>,
    /// The port over there that leads to a door here.
    pub forward: Option<Forward>,
    /// How long connecting may take, for each step of it.
    pub connect_patience: Duration,
    /// How often a silent host is asked whether it is there; after two unanswered times it is not.
    pub alive_interval: Duration,
    /// The first pause after a connection was lost or could not be made; it doubles.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
}

impl Options {
    /// The usual patience.
    pub fn new(address: SshAddress, control_folder: impl Into<PathBuf>) -> Self {
        Self {
            name: address.to_string(),
            address,
            control_folder: control_folder.into(),
            config_file: None,
            forward: None,
            connect_patience: Duration::from_secs(5),
            alive_interval: Duration::from_secs(5),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
        }
    }
}

/// The connection to one host. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ssh(Arc<Shared>);

/// The connection as somebody has found it, to be asked about later.
#[derive(Debug, Clone, Default)]
pub struct Line(Option<Arc<Connection>>);

#[derive(Debug)]
struct Shared {
    options: Options,
    link: watch::Sender<Link>,
    connection: watch::Sender<Option<Arc<Connection>>>,
    runs: Arc<Semaphore>,
    lengthy_runs: Arc<Semaphore>,
    channels: Arc<Semaphore>,
    /// The ports over there that led here, for those who know no other. The last was told last.
    ports: Mutex<Vec<u16>>,
    /// One at a time ends what is late.
    endings: Semaphore,
    /// What ran there when the line was cut, and is ended as soon as there is one again.
    lost: Mutex<Vec<Leader>>,
    knocked: Notify,
    suspected: Notify,
    finished: CancellationToken,
}

impl Shared {
    /// Keeps in mind the ports that lead here.
    fn remember(&self, connection: &Connection) {
        let mut known = self.ports.lock().unwrap_or_else(PoisonError::into_inner);
        let led = connection.ports();
        known.retain(|port| !led.contains(port));
        known.extend(led);
    }
}

impl Ssh {
    /// Begins to connect, and keeps connected until it is cancelled.
    pub fn start(options: Options, cancel: CancellationToken) -> Self {
        let shared = Arc::new(Shared {
            options,
            link: watch::Sender::new(Link::Connecting),
            connection: watch::Sender::new(None),
            runs: Arc::new(Semaphore::new(RUNS)),
            lengthy_runs: Arc::new(Semaphore::new(LENGTHY_RUNS)),
            channels: Arc::new(Semaphore::new(CHANNELS)),
            ports: Mutex::default(),
            endings: Semaphore::new(1),
            lost: Mutex::default(),
            knocked: Notify::new(),
            suspected: Notify::new(),
            finished: CancellationToken::new(),
        });
        tokio::spawn(keeper::keep(shared.clone(), cancel));
        Self(shared)
    }

    /// How the link fares, now and whenever that changes.
    pub fn link(&self) -> watch::Receiver<Link> {
        self.0.link.subscribe()
    }

    /// What tells it from all others.
    pub fn name(&self) -> &str {
        &self.0.options.name
    }

    /// How the host is reached.
    pub fn address(&self) -> &SshAddress {
        &self.0.options.address
    }

    /// Connects now rather than when its time has come.
    pub fn retry_now(&self) {
        self.0.knocked.notify_one();
    }

    /// Whoever loses a channel, or waits in vain, has the line looked at now.
    pub fn suspect(&self) {
        self.0.suspected.notify_one();
    }

    /// The connection that there is now.
    pub fn line(&self) -> Line {
        Line(self.0.connection.borrow().clone())
    }

    /// It is the same connection still, and the host answers over it: whatever failed did not fail for want of the line.
    /// A connection that is lost is told to be so only some moments after what ran over it has failed.
    pub async fn holds(&self, line: &Line) -> bool {
        let Line(Some(connection)) = line else { return false };
        if !self.answers_over(connection).await {
            self.suspect();
            return false;
        }
        self.0.connection.borrow().as_ref().is_some_and(|now| Arc::ptr_eq(now, connection))
    }

    /// The host itself answers, not only who holds the connection here.
    async fn answers_over(&self, connection: &Arc<Connection>) -> bool {
        let program = Program { deadline: self.0.options.connect_patience, ..Program::new(["true"]) };
        self.run_aside(connection.clone(), program).await.is_ok()
    }

    /// What was learned about the host when it was reached; `None` while it is not.
    pub fn facts(&self) -> Option<Facts> {
        self.0.connection.borrow().as_ref().map(|connection| connection.facts.clone())
    }

    /// The port over there that leads to the door here; `None` while the host is not reached, or nothing leads here.
    pub fn forwarded_port(&self) -> Option<u16> {
        self.0.connection.borrow().as_ref().and_then(|connection| connection.ports().pop())
    }

    /// This port over there leads to the door here, too; `None` while the host is not reached.
    pub fn leads_here(&self, port: u16) -> Option<bool> {
        self.0.connection.borrow().as_ref().map(|connection| connection.ports().contains(&port))
    }

    /// Has this port over there lead to the door here, as one did before, from now on the one to tell; false when it
    /// can't be had.
    pub async fn lead_here(&self, port: u16) -> bool {
        let (connection, options) = (self.0.connection.borrow().clone(), &self.0.options);
        let (Some(connection), Some(forward)) = (connection, options.forward) else { return false };
        let forward = Forward { port, ..forward };
        let led =
            connection.ports().contains(&port) || connection.lead(forward, options.connect_patience).await.is_ok();
        if led {
            connection.tell(port);
            self.0.remember(&connection);
        }
        led
    }

    /// How long the host takes to answer: the shortest of the last few times it opened a channel.
    pub fn round_trip(&self) -> Option<Duration> {
        self.0.connection.borrow().as_ref().and_then(|connection| connection.round_trip())
    }

    /// Waits until it has ended its connection, after it was cancelled.
    pub async fn finished(&self) {
        self.0.finished.cancelled().await;
    }

    /// The connection, after the first attempt at one has come to its end.
    async fn connection(&self, deadline: Instant) -> Result<Arc<Connection>, Error> {
        let mut link = self.link();
        let settled = link.wait_for(|link| !matches!(link, Link::Connecting));
        let reason = match timeout_at(deadline.into(), settled).await {
            Ok(Ok(link)) => link.reason(),
            Ok(Err(_)) | Err(_) => None,
        };
        let connection = self.0.connection.borrow().clone();
        connection.ok_or_else(|| self.unreachable(reason.unwrap_or_else(|| "there is no connection yet".into())))
    }

    /// Why nothing runs there now.
    fn unreachable(&self, reason: String) -> Error {
        Error::Unreachable { host: self.address().host().into(), reason }
    }
}
