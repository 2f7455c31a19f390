//! One host and the wire to it, which is cut at a byte of whatever is under way.

use nix::sys::signal::Signal;
use quarterdeck::domain::{SessionId, activity::Doing, target::Link};

use super::away::Away;
use crate::sshd::{
    Sshd,
    wire::{Way, Wire},
};

/// A home with one host, and the wire between them.
pub(crate) struct Cut {
    pub(crate) wire: Wire,
    pub(crate) away: Away,
}

/// What becomes of the line at a byte.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Means {
    /// What holds it on the host is killed, with what is on its way.
    Killed,
    /// What holds it on the host stands still, and goes on before anybody notices.
    Stopped,
    /// It stands still, takes in what is on its way, and is killed.
    StoppedAndKilled,
}

impl Cut {
    pub(crate) fn new() -> Self {
        Self::with(|_| ())
    }

    /// The same with something done before the host is added.
    pub(crate) fn with(before: impl FnOnce(&Away)) -> Self {
        let host = Sshd::start("h1");
        let wire = Wire::to(&host);
        let away = Away::to(vec![host]);
        before(&away);
        away.add("h1");
        away.until_up("h1");
        Self { wire, away }
    }

    /// Has something begun, and the line cut when so many bytes of it have gone that way; `meanwhile` is asserted while
    /// the host is away. Then it is back.
    pub(crate) fn at<T>(
        &mut self,
        (way, bytes, means): (Way, u64, Means),
        begin: impl FnOnce(&Away) -> T,
        meanwhile: impl FnOnce(&Away, &T),
    ) -> T {
        self.wire.hold_after(way, bytes);
        let begun = begin(&self.away);
        self.wire.until_held();
        let host = self.away.host("h1");
        match means {
            Means::Killed => host.signal(Signal::SIGKILL),
            Means::Stopped | Means::StoppedAndKilled => {
                host.signal(Signal::SIGSTOP);
                self.wire.carry();
            }
        }
        if let Means::Stopped = means {
            meanwhile(&self.away, &begun);
            self.away.host("h1").signal(Signal::SIGCONT);
            return begun;
        }
        self.wire.cut();
        self.away.host("h1").signal(Signal::SIGKILL);
        let before = now();
        let link = self.away.until_link("h1", "away", |link| matches!(link, Link::Unreachable { .. }));
        let Link::Unreachable { since, .. } = link else { unreachable!("it was waited for") };
        assert!((before - 5_000..=now()).contains(&since.0), "it is away since {since:?}, and it was cut at {before}");
        meanwhile(&self.away, &begun);
        self.wire.carry();
        // So that it is tried now; what it says of a try that is just failing does not matter.
        self.away.home.run(&["doctor", "h1"]);
        self.away.until_up("h1");
        begun
    }

    /// How many bytes go that way for something.
    pub(crate) fn measure<T>(&self, way: Way, act: impl FnOnce(&Away) -> T) -> (u64, T) {
        let before = self.wire.carried(way);
        let done = act(&self.away);
        (self.wire.carried(way) - before, done)
    }
}

fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// Its row says nothing that the line's end could not be the reason of.
pub(crate) fn is_alive(away: &Away, session: SessionId) {
    let world = away.home.world();
    let row = &world.sessions[&session];
    assert_eq!(row.state.label(), "running");
    if let Link::Unreachable { since, .. } = &world.targets["h1"].link {
        away.home.until_doing(session, Doing::Unreachable);
        let told = away.home.world().sessions[&session].activity.since;
        assert!(told.0 >= since.0 - 1_000, "{session} is unreachable since {told:?}, its host since {since:?}");
    }
}
