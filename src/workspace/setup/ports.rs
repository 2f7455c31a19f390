//! Ports that a workspace has for its own.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
    net::{Ipv4Addr, TcpListener},
    ops::Range,
    path::Path,
};

use serde::{Deserialize, Serialize};

use super::super::{
    Error,
    git::{failure, text},
};
use crate::target::{Host, Program};

/// Below those that systems give away by themselves (from 32768 on Linux), above the well-known ones.
const FROM: Range<u16> = 21_000..31_000;

/// Ports in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    /// The first.
    pub first: u16,
    /// How many; at least one.
    pub count: u16,
}

impl Ports {
    /// Each of them.
    pub fn all(self) -> Range<u16> {
        self.first..self.first.saturating_add(self.count)
    }

    /// `count` ports in a row that are in none of `taken`, and on which nobody listens now. Two crews, each with a `root`
    /// of its own, begin to look at different places.
    pub(super) fn find(count: u16, taken: &[Ports], listening: &Listening, root: &Path) -> Option<Self> {
        let mut hasher = DefaultHasher::new();
        root.hash(&mut hasher);
        let size = u64::from(FROM.end - FROM.start);
        let begin = u16::try_from(hasher.finish() % size).unwrap_or_default();
        let starts = (FROM.start + begin..FROM.end).chain(FROM.start..FROM.start + begin);
        starts.map(|first| Ports { first, count }).find(|ports| {
            let overlaps = |other: &Ports| ports.first < other.all().end && other.first < ports.all().end;
            ports.all().end <= FROM.end && !taken.iter().any(overlaps) && ports.all().all(|port| listening.leaves(port))
        })
    }
}

/// Lists the sockets of a machine.
const SOCKETS: &str = r"
if [ -r /proc/net/tcp ]; then
    cat /proc/net/tcp
    if [ -r /proc/net/tcp6 ]; then cat /proc/net/tcp6; fi
else
    netstat -an
fi
";

/// On which ports of a host somebody listens.
#[derive(Debug)]
pub(super) enum Listening {
    /// It is this machine, which is asked about each port.
    Here,
    /// On these.
    On(HashSet<u16>),
}

impl Listening {
    /// Asks a host.
    pub(super) async fn on(host: &Host) -> Result<Self, Error> {
        if host.is_local() {
            return Ok(Listening::Here);
        }
        let output = host.run(Program::new(["/bin/sh", "-c", SOCKETS])).await?;
        if !output.succeeded() {
            return Err(failure("be started: ports in use could not be listed", &output));
        }
        Ok(Listening::On(text(&output.stdout).lines().filter_map(listening).collect()))
    }

    /// Nobody listens on this port.
    fn leaves(&self, port: u16) -> bool {
        match self {
            Listening::Here => TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok(),
            Listening::On(ports) => !ports.contains(&port),
        }
    }
}

/// The port of a line about a socket on which somebody listens: of Linux (`0: 0100007F:1F90 00000000:0000 0A …`, proc(5)),
/// or of `netstat -an`.
fn listening(line: &str) -> Option<u16> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        [_, own, _, "0A", ..] => u16::from_str_radix(own.rsplit(':').next()?, 16).ok(),
        [_, _, _, own, .., "LISTEN"] => own.rsplit([':', '.']).next()?.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_given_once_and_never_where_somebody_listens() {
        let root = Path::new("/a/root");
        let first = Ports::find(3, &[], &Listening::Here, root).expect("free");
        let second = Ports::find(2, &[first], &Listening::Here, root).expect("free");
        assert!(first.all().all(|port| !second.all().contains(&port)), "{first:?} {second:?}");
        let _listener = TcpListener::bind((Ipv4Addr::LOCALHOST, second.first)).expect("free");
        let third = Ports::find(2, &[first], &Listening::Here, root).expect("free");
        assert!(!third.all().contains(&second.first), "{third:?}");
        let all = Ports { first: FROM.start, count: FROM.end - FROM.start };
        assert_eq!(Ports::find(1, &[all], &Listening::Here, root), None);
        let on = Listening::On([first.first].into());
        assert!(Ports::find(1, &[], &on, root).is_some_and(|other| other.first != first.first));
    }

    #[test]
    fn ports_on_which_somebody_listens_are_read() {
        for (line, port) in [
            ("  sl  local_address rem_address   st tx_queue", None),
            ("   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000", Some(8080)),
            ("   1: 0100007F:1F91 0100007F:A0B2 01 00000000:00000000 00:00000000", None),
            ("tcp4       0      0  127.0.0.1.5432         *.*                    LISTEN", Some(5432)),
            ("tcp6       0      0 :::22                   :::*                    LISTEN", Some(22)),
            ("udp4       0      0  *.5353                 *.*", None),
        ] {
            assert_eq!(listening(line), port, "{line}");
        }
    }
}
