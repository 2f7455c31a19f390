//! A real `sshd` of our own, on a port of the loopback, whose logins have a home of their own: a host for tests.
//!
//! Several of them on one machine are several hosts. Each comes with the ssh configuration of a person who has logged in
//! there before; nothing of the machine's own is read or written.

#![allow(dead_code, reason = "each test binary uses some of it")]

pub(crate) mod delay;
pub(crate) mod net;
pub(crate) mod wire;

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// How long anything may take that a test waits for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A host. Dropped, it is gone with all connections to it.
pub(crate) struct Sshd {
    /// What the person's configuration calls it.
    pub(crate) name: String,
    /// Where it listens, on 127.0.0.1 or its address on the network.
    pub(crate) port: u16,
    /// The home of whoever logs in.
    pub(crate) home: PathBuf,
    /// The network that it alone is on, if any.
    pub(crate) net: Option<net::Net>,
    folder: tempfile::TempDir,
    listener: Option<Child>,
}

impl Sshd {
    /// Starts a host.
    pub(crate) fn start(name: &str) -> Self {
        Self::with(name, "")
    }

    /// Starts a host with more lines in its configuration.
    pub(crate) fn with(name: &str, settings: &str) -> Self {
        Self::made(name, settings, None)
    }

    /// Starts a host on a network of its own.
    pub(crate) fn on(net: net::Net, name: &str) -> Self {
        Self::made(name, "", Some(net))
    }

    fn made(name: &str, settings: &str, net: Option<net::Net>) -> Self {
        // Below /tmp itself: sockets below it must have short paths.
        let folder = tempfile::Builder::new().prefix("qd-h").tempdir_in("/tmp").expect("a folder");
        let home = folder.path().join("home");
        fs::create_dir_all(&home).expect("a home");
        let mut sshd = Self { name: name.into(), port: 0, home, net, folder, listener: None };
        sshd.key("host");
        sshd.key("person");
        fs::copy(sshd.path("person.pub"), sshd.path("authorized_keys")).expect("copied");
        // Somebody may take a free port before it does.
        loop {
            sshd.port = free_port();
            fs::write(sshd.path("sshd_config"), format!("{settings}\n{}", sshd.settings())).expect("written");
            if sshd.listens() {
                break;
            }
            sshd.leave();
        }
        sshd.know(sshd.port, &sshd.host_key());
        sshd.person(sshd.port, "");
        sshd
    }

    /// The person's ssh configuration, in which this host has its name.
    pub(crate) fn config(&self) -> PathBuf {
        self.path("ssh_config")
    }

    /// Writes the person's configuration for a port, with more lines.
    pub(crate) fn person(&self, port: u16, more: &str) {
        let text = format!(
            "Host {}\n{more}\n  HostName {}\n  Port {port}\n  IdentityFile {}\n  IdentitiesOnly yes\n  IdentityAgent none\n  \
             UserKnownHostsFile {}\n  GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking ask\n",
            self.name,
            self.address(),
            self.path("person").display(),
            self.path("known_hosts").display(),
        );
        fs::write(self.config(), text).expect("written");
    }

    /// Writes the hosts' keys that the person knows: this one, at this port.
    pub(crate) fn know(&self, port: u16, key: &str) {
        let text = if key.is_empty() { String::new() } else { format!("[{}]:{port} {key}", self.address()) };
        fs::write(self.path("known_hosts"), text).expect("written");
    }

    /// The host's own public key.
    pub(crate) fn host_key(&self) -> String {
        fs::read_to_string(self.path("host.pub")).expect("read")
    }

    /// Makes a key pair and gives the public one.
    pub(crate) fn key(&self, name: &str) -> String {
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"]).arg(self.path(name)).stdin(Stdio::null());
        assert!(command.status().expect("ssh-keygen runs").success());
        fs::read_to_string(self.path(name).with_extension("pub")).expect("read")
    }

    /// A file of the host's and the person's own.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Listens, where it did before.
    pub(crate) fn listen(&mut self) {
        assert!(self.listens(), "somebody has taken its port");
    }

    /// Listens, unless somebody else has its port.
    fn listens(&mut self) -> bool {
        let log = fs::File::create(self.path("log")).expect("a log");
        if nix::unistd::Uid::current().is_root() {
            // Where sshd puts what must not see anything.
            let _ = fs::create_dir_all("/run/sshd");
            let _ = fs::set_permissions("/run/sshd", fs::Permissions::from_mode(0o755));
        }
        let mut command = match &self.net {
            Some(_) => Command::new("ip"),
            None => Command::new(program()),
        };
        if let Some(net) = &self.net {
            command.args(["netns", "exec", &net.namespace]).arg(program());
        }
        command.args(["-D", "-e", "-f"]).arg(self.path("sshd_config"));
        command.env_remove("QD_ATTEMPT").stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.listener = Some(command.spawn().expect("sshd starts; it is in the package openssh-server"));
        let (address, port) = (self.address().to_owned(), self.port);
        let log = self.path("log");
        wait_for("sshd to listen", || {
            let said = fs::read_to_string(&log).unwrap_or_default();
            let is_taken = said.contains("Address already in use");
            assert!(is_taken || !said.contains("Cannot bind"), "sshd: {said}");
            let listens = said.contains(&format!("listening on {address} port {port}"));
            (listens || is_taken).then_some(listens)
        })
    }

    /// Goes away, with all connections.
    pub(crate) fn leave(&mut self) {
        let Some(mut listener) = self.listener.take() else { return };
        let connections = self.of(&listener);
        send(listener.id(), Signal::SIGKILL);
        connections.iter().for_each(|&pid| send(pid, Signal::SIGKILL));
        let _ = listener.wait();
    }

    /// The processes that hold its connections.
    pub(crate) fn connections(&self) -> Vec<u32> {
        self.listener.as_ref().map(|listener| self.of(listener)).unwrap_or_default()
    }

    /// Sends a signal to the processes that hold its connections.
    pub(crate) fn signal(&self, signal: Signal) {
        self.connections().iter().for_each(|&pid| send(pid, signal));
    }

    /// Stops whatever it is made of: nothing answers, and no line is cut. Only its end follows.
    pub(crate) fn hang(&self) {
        if let Some(listener) = &self.listener {
            send(listener.id(), Signal::SIGSTOP);
        }
        self.signal(Signal::SIGSTOP);
    }

    fn of(&self, listener: &Child) -> Vec<u32> {
        let mut found = vec![listener.id()];
        let table = table();
        loop {
            let more: Vec<u32> = table
                .iter()
                .filter(|(pid, parent, name)| {
                    name.starts_with("sshd") && found.contains(parent) && !found.contains(pid)
                })
                .map(|(pid, ..)| *pid)
                .collect();
            if more.is_empty() {
                return found.split_off(1);
            }
            found.extend(more);
        }
    }

    fn address(&self) -> &str {
        self.net.as_ref().map_or("127.0.0.1", |net| &net.there)
    }

    fn settings(&self) -> String {
        let path = |name| self.path(name).display().to_string();
        format!(
            "ListenAddress {}\nPort {}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\n\
             UsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\nUseDNS no\n\
             MaxStartups 200\nPrintMotd no\nLogLevel VERBOSE\nSetEnv HOME={}\n",
            self.address(),
            self.port,
            path("host"),
            path("authorized_keys"),
            self.home.display(),
        )
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Where sshd is: it must be called by its whole path.
fn program() -> PathBuf {
    let places = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd", "/sbin/sshd"];
    places.iter().map(Path::new).find(|place| place.is_file()).expect("sshd is in the package openssh-server").into()
}

/// A port that nobody listens at, a moment ago.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port()
}

/// Sends a signal to a process that a test has started.
pub(crate) fn send(pid: u32, signal: Signal) {
    let _ = kill(Pid::from_raw(i32::try_from(pid).expect("small")), signal);
}

/// It runs.
pub(crate) fn lives(pid: u32) -> bool {
    let said = Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().expect("ps runs").stdout;
    !said.is_empty() && !said.starts_with(b"Z")
}

/// Waits until there is something.
pub(crate) fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {} s for {what}", PATIENCE.as_secs());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until there is something, while others go on.
pub(crate) async fn until<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {} s for {what}", PATIENCE.as_secs());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// All processes: number, parent, name.
fn table() -> Vec<(u32, u32, String)> {
    let said = Command::new("ps").args(["-A", "-o", "pid=,ppid=,comm="]).output().expect("ps runs").stdout;
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?.to_owned()))
    };
    String::from_utf8_lossy(&said).lines().filter_map(line).collect()
}
