//! Ports that a workspace has for its own.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    net::{Ipv4Addr, TcpListener},
    ops::Range,
    path::Path,
};

use serde::{Deserialize, Serialize};

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
    pub(super) fn find(count: u16, taken: &[Ports], root: &Path) -> Option<Self> {
        let mut hasher = DefaultHasher::new();
        root.hash(&mut hasher);
        let size = u64::from(FROM.end - FROM.start);
        let begin = u16::try_from(hasher.finish() % size).unwrap_or_default();
        let starts = (FROM.start + begin..FROM.end).chain(FROM.start..FROM.start + begin);
        starts.map(|first| Ports { first, count }).find(|ports| {
            let overlaps = |other: &Ports| ports.first < other.all().end && other.first < ports.all().end;
            ports.all().end <= FROM.end && !taken.iter().any(overlaps) && ports.all().all(is_free)
        })
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_given_once_and_never_where_somebody_listens() {
        let root = Path::new("/a/root");
        let first = Ports::find(3, &[], root).expect("free");
        let second = Ports::find(2, &[first], root).expect("free");
        assert!(first.all().all(|port| !second.all().contains(&port)), "{first:?} {second:?}");
        let _listener = TcpListener::bind((Ipv4Addr::LOCALHOST, second.first)).expect("free");
        let third = Ports::find(2, &[first], root).expect("free");
        assert!(!third.all().contains(&second.first), "{third:?}");
        let all = Ports { first: FROM.start, count: FROM.end - FROM.start };
        assert_eq!(Ports::find(1, &[all], root), None);
    }
}
