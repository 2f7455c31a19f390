//! One connection: OpenSSH's client as master process, and the socket through which it is spoken to.

use std::{
    collections::VecDeque,
    fs, io,
    net::SocketAddr,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, Uid},
};
use sha2::{Digest, Sha256};
use tokio::{
    io::AsyncReadExt,
    net::UnixStream as AsyncStream,
    process::{Child, ChildStderr, Command},
    time::{sleep, timeout},
};

use super::{Facts, Options, address, mux::Mux, trouble};
use crate::{config::paths::SOCKET_PATH_BYTES, target::processes};

/// What OpenSSH appends to the socket's path while it makes it.
const SUFFIX_BYTES: usize = 17;
/// How often it is looked whether the socket is there, while connecting.
const LOOK: Duration = Duration::from_millis(10);
/// How many steps of connecting may each take the patience for one: through jump hosts there are several.
const STEPS: u32 = 4;
/// How long a master that was asked to end may take.
const ENDING: Duration = Duration::from_secs(1);
/// How much of what a master prints is read.
const PRINTED: usize = 16 * 1024;
/// How often a port is asked for that what held the connection before may just be giving back.
const TRIES: usize = 5;
const BETWEEN_TRIES: Duration = Duration::from_millis(200);
/// How many round trips are remembered.
const TRIPS: usize = 8;

/// A port on the host's loopback that leads to an address here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forward {
    /// The port there, if it is free; another one otherwise.
    pub port: u16,
    /// What it leads to here.
    pub to: SocketAddr,
}

/// A connection that is up.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) socket: PathBuf,
    pub(super) facts: Facts,
    ports: Mutex<Vec<u16>>,
    trips: Mutex<VecDeque<Duration>>,
}

impl Connection {
    pub(super) fn new(socket: PathBuf) -> Self {
        Self { socket, facts: Facts::default(), ports: Mutex::default(), trips: Mutex::default() }
    }

    /// Remembers how long the host took to answer.
    pub(super) fn answered_within(&self, trip: Duration) {
        let mut trips = self.trips.lock().unwrap_or_else(PoisonError::into_inner);
        trips.truncate(TRIPS - 1);
        trips.push_front(trip);
    }

    pub(super) fn round_trip(&self) -> Option<Duration> {
        self.trips.lock().unwrap_or_else(PoisonError::into_inner).iter().min().copied()
    }

    /// The master answers; whether the host does is another question.
    pub(super) async fn check(&self, patience: Duration) -> bool {
        let asked = async { Mux::connect(&self.socket).await?.check().await };
        timeout(patience, asked).await.is_ok_and(|checked| checked.is_ok())
    }

    /// The ports on the host that lead here. The last is the one to tell.
    pub(super) fn ports(&self) -> Vec<u16> {
        self.ports.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// This one, which leads here, is the one to tell.
    pub(super) fn tell(&self, port: u16) {
        let mut ports = self.ports.lock().unwrap_or_else(PoisonError::into_inner);
        ports.retain(|&known| known != port);
        ports.push(port);
    }

    /// Lets a port on the host lead here: the last that did, if any, or the one that is wanted, or another one if both
    /// are taken there. Whoever found the door at the last one knows no other.
    pub(super) async fn forward(&self, last: Option<u16>, forward: Forward, patience: Duration) -> Result<(), String> {
        let wanted = last.filter(|&last| last != forward.port).into_iter().chain([forward.port]);
        for port in wanted.filter(|&port| port != 0) {
            for _ in 0..TRIES {
                match self.lead(Forward { port, ..forward }, patience).await {
                    Err(_) => sleep(BETWEEN_TRIES).await,
                    led => return led,
                }
            }
        }
        self.lead(Forward { port: 0, ..forward }, patience).await
    }

    /// Lets exactly this port on the host lead here, beside those that do, and tells it.
    pub(super) async fn lead(&self, Forward { port, to }: Forward, patience: Duration) -> Result<(), String> {
        let asked = async { Mux::connect(&self.socket).await?.forward(port, to).await };
        match timeout(patience, asked).await {
            Ok(Ok(port)) => self.tell(port),
            Ok(Err(error)) => return Err(error.to_string()),
            Err(_) => return Err(format!("it gave no answer for {} s", patience.as_secs())),
        }
        Ok(())
    }
}

/// OpenSSH's client, holding the connection. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Master {
    child: Child,
    printed: Option<ChildStderr>,
    socket: PathBuf,
}

impl Master {
    /// Connects.
    ///
    /// # Errors
    /// Why that was not possible, and what to do.
    pub(super) async fn connect(options: &Options) -> Result<(Self, PathBuf), String> {
        let socket = socket(options);
        if socket.as_os_str().len() + SUFFIX_BYTES > SOCKET_PATH_BYTES {
            return Err(format!("the path of its socket is too long for a socket: {}", socket.display()));
        }
        // `ssh` would go on without it, and then a key is refused that nobody named.
        if let Some(file) = options.address.identity().filter(|file| !file.is_file()) {
            return Err(format!("there is no key file {}; name another, or none for those of `ssh`", file.display()));
        }
        end_stale(&socket).await;
        let mut command = command(options, &socket);
        let spawned = command.spawn();
        let mut child = spawned.map_err(|error| format!("ssh can't be started here: {error}"))?;
        let mut master = Self { printed: child.stderr.take(), child, socket: socket.clone() };
        let listening = async {
            loop {
                if AsyncStream::connect(&socket).await.is_ok() {
                    return true;
                }
                if timeout(LOOK, master.child.wait()).await.is_ok() {
                    return false;
                }
            }
        };
        match timeout(options.connect_patience * STEPS, listening).await {
            Ok(true) => Ok((master, socket)),
            Ok(false) => Err(master.reason(options).await),
            Err(_) => {
                master.end().await;
                let waited = options.connect_patience * STEPS;
                Err(format!("connecting was not done within {} s", waited.as_secs()))
            }
        }
    }

    /// Waits until the connection is lost, and says why.
    pub(super) async fn lost(&mut self, options: &Options) -> String {
        let _ = self.child.wait().await;
        self.reason(options).await
    }

    /// Ends the connection.
    pub(super) async fn end(&mut self) {
        if let Some(pid) = self.child.id().and_then(|pid| i32::try_from(pid).ok()) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
            if timeout(ENDING, self.child.wait()).await.is_err() {
                let _ = self.child.kill().await;
            }
        }
        let _ = fs::remove_file(&self.socket);
    }

    /// What the ended master printed, in words.
    async fn reason(&mut self, options: &Options) -> String {
        let mut printed = Vec::new();
        if let Some(stderr) = self.printed.take() {
            let mut stderr = stderr.take(PRINTED as u64);
            // What it started, a proxy command, may hold its output open.
            let _ = timeout(ENDING, stderr.read_to_end(&mut printed)).await;
        }
        trouble::reason(options, &String::from_utf8_lossy(&printed))
    }
}

/// Where the connection's socket is: the same each time it is made anew.
pub(super) fn socket(options: &Options) -> PathBuf {
    let name: String = Sha256::digest(&options.name).iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    options.control_folder.join(name)
}

/// A socket's path as `ssh` takes it: a percent sign would begin something else.
pub(super) fn control_path(socket: &Path) -> String {
    socket.to_string_lossy().replace('%', "%%")
}

fn command(options: &Options, socket: &Path) -> Command {
    let mut command = Command::new("ssh");
    command.args(["-M", "-N", "-T", "-S", &control_path(socket)]);
    if let Some(config) = &options.config_file {
        command.arg("-F").arg(config);
    }
    let alive = options.alive_interval.as_secs().max(1);
    let patience = options.connect_patience.as_secs().max(1);
    for option in [
        "BatchMode=yes",
        "ControlPersist=no",
        // What the person wants forwarded is forwarded when the person connects, and what runs then, too.
        "ClearAllForwardings=yes",
        "ExitOnForwardFailure=no",
        "ForwardX11=no",
        "PermitLocalCommand=no",
        "RemoteCommand=none",
        // Why a line was lost is told at this level.
        "LogLevel=INFO",
        "ServerAliveCountMax=2",
        &format!("ServerAliveInterval={alive}"),
        &format!("ConnectTimeout={patience}"),
    ] {
        command.args(["-o", option]);
    }
    command.args(address::options(&options.address)).arg("--").arg(options.address.host());
    command.env_remove(processes::TAG).env("SSH_ASKPASS_REQUIRE", "never");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0).kill_on_drop(true);
    command
}

/// Ends a master that a supervisor before us has left behind: it holds the socket, and ports on the host.
async fn end_stale(socket: &Path) {
    let Ok(stream) = UnixStream::connect(socket) else {
        let _ = fs::remove_file(socket);
        return;
    };
    let peer = stream.set_nonblocking(true).and_then(|()| AsyncStream::from_std(stream)?.peer_cred());
    if let Some(pid) = peer.ok().filter(|peer| peer.uid() == Uid::current().as_raw()).and_then(|peer| peer.pid()) {
        let pid = Pid::from_raw(pid);
        let _ = kill(pid, Signal::SIGTERM);
        let patience = Instant::now() + ENDING;
        while kill(pid, None).is_ok() && Instant::now() < patience {
            sleep(LOOK).await;
        }
        let is_there = UnixStream::connect(socket).is_ok();
        if is_there {
            let _ = kill(pid, Signal::SIGKILL);
        }
    }
    match fs::remove_file(socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => tracing::warn!(?socket, %error, "a socket stays"),
        Ok(()) | Err(_) => {}
    }
}
