//! Takes what agents tell: into the supervisor, in order, once, and into the ledger.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    ledger::Ledger,
    words::{Heard, NotUnderstood, understand},
};
use crate::{
    api::wire::agents::Told,
    domain::{AttemptId, Refusal, Signal, question::Via},
    engine::{Engine, WaitingCall},
};

/// What takes what agents tell. Cheap to clone.
#[derive(Clone)]
pub(super) struct Hearing {
    engine: Engine,
    ledger: Ledger,
    /// What an attempt told while nobody answered comes before what it tells now.
    turns: Arc<Mutex<BTreeMap<AttemptId, Arc<tokio::sync::Mutex<()>>>>>,
}

/// What telling comes to.
pub(super) enum Taken {
    /// It is written.
    Written,
    /// The person has to decide.
    Waits(Box<WaitingCall>),
}

/// Why it was not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotTaken {
    #[error(transparent)]
    NotUnderstood(#[from] NotUnderstood),
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl Hearing {
    pub(super) fn new(engine: Engine) -> io::Result<Self> {
        let ledger = Ledger::open(engine.rooms().paths.clone())?;
        Ok(Self { engine, ledger, turns: Arc::default() })
    }

    /// Takes what an agent tells now; `spooled`: it has left something on its host, which comes first.
    pub(super) async fn take(&self, attempt: AttemptId, told: Told, spooled: bool) -> Result<Taken, NotTaken> {
        let heard = understand(&told)?;
        if spooled {
            self.engine.bring_home(attempt).await;
        }
        self.catch_up(attempt).await;
        self.ledger.begin(attempt, &told.call);
        let taken = match heard {
            Heard::Passing(signal) => {
                self.engine.signal(attempt, signal).await?;
                return Ok(Taken::Written);
            }
            Heard::Signal(signal) => {
                self.engine.signal(attempt, signal).await?;
                Taken::Written
            }
            Heard::Tool(call) => {
                self.engine.tool(attempt, call).await?;
                Taken::Written
            }
            Heard::Waits(signal) => self.ask(attempt, signal).await?,
        };
        self.ledger.keep(attempt, told).await;
        Ok(taken)
    }

    async fn ask(&self, attempt: AttemptId, signal: Signal) -> Result<Taken, Refusal> {
        let call = self.engine.ask(attempt, signal, Via::Hook).await?;
        Ok(call.map_or(Taken::Written, |call| Taken::Waits(Box::new(call))))
    }

    /// Takes what was told while no daemon answered, now and whenever an attempt ends, until the supervisor is told to
    /// stop.
    pub(super) async fn follow(&self) {
        let mut callers = self.engine.watch_callers();
        let mut living: BTreeSet<AttemptId> = BTreeSet::new();
        loop {
            let now: BTreeSet<AttemptId> = callers.borrow_and_update().values().map(|caller| caller.attempt).collect();
            for &ended in living.difference(&now) {
                self.catch_up(ended).await;
                self.ledger.forget(ended);
                self.turns().remove(&ended);
            }
            living = now;
            tokio::select! {
                changed = callers.changed() => if changed.is_err() { return },
                spools = self.engine.spools_brought_home() => {
                    for attempt in spools {
                        self.catch_up(attempt).await;
                    }
                }
                () = self.engine.stopped() => return,
            }
        }
    }

    /// Takes what attempts told while no daemon answered, whatever has become of them.
    pub(super) async fn catch_up_with_all(&self) {
        for attempt in self.ledger.spools() {
            self.catch_up(attempt).await;
        }
    }

    async fn catch_up(&self, attempt: AttemptId) {
        let turn = Arc::clone(self.turns().entry(attempt).or_default());
        let _turn = turn.lock().await;
        // A daemon that was killed leaves what it was reading beside what came since.
        for _ in 0..2 {
            if !self.ledger.has_spool(attempt) {
                return;
            }
            let spooled = match self.ledger.take_spool(attempt).await {
                Ok(spooled) => spooled,
                Err(error) => {
                    tracing::warn!(%attempt, %error, "what an agent told while we were away could not be read");
                    return;
                }
            };
            tracing::info!(%attempt, lines = spooled.len(), "what an agent told while we were away is read");
            for told in spooled {
                if self.replay(attempt, told).await.is_err() {
                    // The next daemon reads the rest.
                    return;
                }
            }
            self.ledger.spool_is_read(attempt);
        }
    }

    /// Takes what was told once. Nobody waits for an answer any more.
    async fn replay(&self, attempt: AttemptId, told: Told) -> Result<(), Refusal> {
        match understand(&told) {
            Ok(Heard::Signal(signal) | Heard::Waits(signal) | Heard::Passing(signal)) => {
                self.engine.signal(attempt, signal).await?;
            }
            Ok(Heard::Tool(call)) => {
                if let Err(refusal) = self.engine.tool(attempt, call).await {
                    tracing::info!(%attempt, %refusal, "what an agent told while we were away was refused");
                }
            }
            Err(error) => tracing::warn!(%attempt, %error, "what an agent told while we were away makes no sense"),
        }
        self.ledger.keep(attempt, told).await;
        Ok(())
    }

    fn turns(&self) -> std::sync::MutexGuard<'_, BTreeMap<AttemptId, Arc<tokio::sync::Mutex<()>>>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
