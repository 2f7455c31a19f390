//! A network between this machine and a host that is nobody else's, on which packets get lost: a namespace with a pair of
//! virtual devices. Linux only, as root.

use std::{
    process::Command,
    sync::mpsc::{self, RecvTimeoutError},
    time::Duration,
};

/// Who never gets a packet.
const NOBODY: &str = "02:00:00:00:00:01";

/// How many packets pass between one that is lost and the next.
const BETWEEN: u64 = 20;

/// The network. Dropped, it is gone.
pub(crate) struct Net {
    /// What the host's end of it is called, as a namespace.
    pub(crate) namespace: String,
    /// The host's address.
    pub(crate) there: String,
    here: String,
    /// The devices and their own addresses: ours, the host's.
    devices: [(String, String); 2],
}

impl Net {
    /// Makes one; says why it can't be made.
    pub(crate) fn new() -> Result<Self, String> {
        let own = std::process::id();
        // The network for measurements of RFC 2544, of which each process has four addresses.
        let [.., third, fourth] = (own * 4).to_be_bytes();
        let [here, there] = [1, 2].map(|end| format!("198.18.{third}.{}", fourth + end));
        let [namespace, ours, theirs] = ["n", "a", "b"].map(|kind| format!("qd{own}{kind}"));
        ip(&["netns", "add", &namespace])?;
        let mut net = Self { namespace, there, here, devices: [(ours, String::new()), (theirs, String::new())] };
        let [(ours, _), (theirs, _)] = &net.devices;
        ip(&["link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", &net.namespace])?;
        ip(&["addr", "add", &format!("{}/30", net.here), "dev", ours])?;
        ip(&["link", "set", ours, "up"])?;
        ip(&["-n", &net.namespace, "addr", "add", &format!("{}/30", net.there), "dev", theirs])?;
        ip(&["-n", &net.namespace, "link", "set", theirs, "up"])?;
        ip(&["-n", &net.namespace, "link", "set", "lo", "up"])?;
        let address = |shown: String| {
            let mut words = shown.split_whitespace().skip_while(|word| *word != "link/ether").skip(1);
            words.next().map(str::to_owned).ok_or(shown.clone())
        };
        let own = [ip(&["link", "show", ours])?, ip(&["-n", &net.namespace, "link", "show", theirs])?];
        let [here, there] = own.map(address);
        (net.devices[0].1, net.devices[1].1) = (here?, there?);
        Ok(net)
    }

    /// From now on every packet is lost, both ways, and nobody is told.
    pub(crate) fn lose(&self) {
        self.lead(NOBODY, NOBODY);
    }

    /// Every packet arrives.
    pub(crate) fn carry(&self) {
        let [(_, ours), (_, theirs)] = &self.devices;
        self.lead(ours, theirs);
    }

    /// Does something while now and then a packet is lost, at times the next ones too: whatever passes next, then none
    /// of [`BETWEEN`]. However fast this machine is, most of them arrive. Gives how many were lost as well.
    pub(crate) fn losing_some<T>(&self, act: impl FnOnce() -> T) -> (T, u64) {
        let (done, is_done) = mpsc::channel::<()>();
        std::thread::scope(|scope| {
            let losing = scope.spawn(move || self.lose_until(&is_done));
            let acted = {
                // Dropped when it is over, with a panic too.
                let _done = done;
                act()
            };
            (acted, losing.join().expect("the network is there"))
        })
    }

    fn lose_until(&self, is_done: &mpsc::Receiver<()>) -> u64 {
        let mut lost = 0;
        loop {
            self.lose();
            let before = self.passed();
            let goes_on = self.until_passed(before + 1, is_done);
            lost += self.passed() - before;
            self.carry();
            if !goes_on || !self.until_passed(self.passed() + BETWEEN, is_done) {
                return lost;
            }
        }
    }

    /// Waits until so many packets were sent; `false` when it is over before.
    fn until_passed(&self, count: u64, is_done: &mpsc::Receiver<()>) -> bool {
        while self.passed() < count {
            if is_done.recv_timeout(Duration::from_millis(1)) != Err(RecvTimeoutError::Timeout) {
                return false;
            }
        }
        true
    }

    /// How many packets were sent so far, lost or not.
    fn passed(&self) -> u64 {
        let count = |name: &str| {
            let path = format!("/sys/class/net/{}/statistics/{name}", self.devices[0].0);
            let read = std::fs::read_to_string(path).expect("the network is there");
            read.trim().parse::<u64>().expect("a number")
        };
        count("rx_packets") + count("tx_packets")
    }

    /// Where each end takes the other to be.
    fn lead(&self, here: &str, there: &str) {
        let [(ours, _), (theirs, _)] = &self.devices;
        let known = |words: &[&str]| ip(&[words, &["nud", "permanent"]].concat()).expect("the network is there");
        known(&["neigh", "replace", &self.there, "lladdr", there, "dev", ours]);
        known(&["-n", &self.namespace, "neigh", "replace", &self.here, "lladdr", here, "dev", theirs]);
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        let _ = ip(&["link", "del", &self.devices[0].0]);
        let _ = ip(&["netns", "del", &self.namespace]);
    }
}

fn ip(words: &[&str]) -> Result<String, String> {
    let output = Command::new("ip").args(words).output().map_err(|error| format!("ip: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!("ip {}: {}", words.join(" "), String::from_utf8_lossy(&output.stderr).trim())),
    }
}
