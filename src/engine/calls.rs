//! Calls of agents that wait for the person: a hook or a tool call whose connection is open.
//!
//! What is asked and what was answered are rows; that somebody waits is not. After a restart of the daemon a hook makes
//! its call again, under the same key, and gets the answer that was given meanwhile.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::oneshot;

use crate::domain::{AttemptId, signal::Decision};

/// Calls that wait, each by its attempt and its key. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Calls(Arc<Mutex<Waiting>>);

type Waiting = HashMap<(AttemptId, String), oneshot::Sender<Decision>>;

impl Calls {
    /// Begins to wait. A call that waited under the same key is let go of: it was made again.
    pub(crate) fn wait(&self, attempt: AttemptId, key: String) -> oneshot::Receiver<Decision> {
        let (sender, receiver) = oneshot::channel();
        self.held().insert((attempt, key), sender);
        receiver
    }

    /// Gives the decision to the call that waits for it; `false` when none does.
    pub(crate) fn reply(&self, attempt: AttemptId, key: &str, decision: Decision) -> bool {
        let waiting = self.held().remove(&(attempt, key.to_owned()));
        waiting.is_some_and(|sender| sender.send(decision).is_ok())
    }

    /// Somebody waits under this key.
    pub(crate) fn waits(&self, attempt: AttemptId, key: &str) -> bool {
        self.held().get(&(attempt, key.to_owned())).is_some_and(|sender| !sender.is_closed())
    }

    /// Lets go of a call that nobody waits for any more.
    pub(crate) fn forget(&self, attempt: AttemptId, key: &str) {
        let mut held = self.held();
        let name = (attempt, key.to_owned());
        if held.get(&name).is_some_and(oneshot::Sender::is_closed) {
            held.remove(&name);
        }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_that_is_made_again_gets_the_decision() {
        let calls = Calls::default();
        let first = calls.wait(AttemptId::FIRST, "k".into());
        let second = calls.wait(AttemptId::FIRST, "k".into());
        assert!(first.await.is_err(), "the connection that was lost gets nothing");
        let decision = Decision { answers: Vec::new() };
        assert!(calls.reply(AttemptId::FIRST, "k", decision.clone()));
        assert_eq!(second.await, Ok(decision.clone()));
        assert!(!calls.reply(AttemptId::FIRST, "k", decision), "a call is answered once");
    }
}
