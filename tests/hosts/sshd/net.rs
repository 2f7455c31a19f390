//! A network between this machine and a host that is nobody else's, on which packets get lost: a namespace with a pair of
//! virtual devices. Linux only, as root.

use std::{
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
};

/// Who never gets a packet.
const NOBODY: &str = "02:00:00:00:00:01";

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

    /// Does something while some packets are lost and others not.
    pub(crate) fn losing_some<T>(&self, act: impl FnOnce() -> T) -> T {
        let is_done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_done.load(Ordering::SeqCst) {
                    self.lose();
                    self.carry();
                }
            });
            let done = act();
            is_done.store(true, Ordering::SeqCst);
            done
        })
    }

    /// How many packets the host has sent again so far.
    pub(crate) fn sent_again(&self) -> u64 {
        let shown = ip(&["netns", "exec", &self.namespace, "cat", "/proc/net/snmp"]).expect("the network is there");
        let mut tcp = shown.lines().filter(|line| line.starts_with("Tcp:")).map(str::split_whitespace);
        let (names, figures) = (tcp.next().expect("names"), tcp.next().expect("figures"));
        let (_, figure) = names.zip(figures).find(|(name, _)| *name == "RetransSegs").expect("it is counted");
        figure.parse().expect("a number")
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
