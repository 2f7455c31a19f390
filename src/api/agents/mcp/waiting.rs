//! Calls that wait for the person, so that the client can take one back.
//!
//! A client that no longer wants an answer closes the connection, or, in the older protocol, sends
//! `notifications/cancelled` with a request of its own and leaves the connection open.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use rmcp::model::RequestId;
use tokio_util::sync::CancellationToken;

use super::session::Session;
use crate::domain::AttemptId;

/// Names a call: request ids are the client's own, and begin anew with each session.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Name {
    pub(super) attempt: AttemptId,
    pub(super) session: Option<Session>,
    pub(super) request: RequestId,
}

/// Calls that wait. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Waiting(Arc<Mutex<HashMap<Name, CancellationToken>>>);

/// One call that waits, for as long as this lives.
#[derive(Debug)]
pub(super) struct Waits {
    waiting: Waiting,
    name: Name,
    taken_back: CancellationToken,
}

impl Waiting {
    pub(super) fn begin(&self, name: Name) -> Waits {
        let taken_back = CancellationToken::new();
        self.held().insert(name.clone(), taken_back.clone());
        Waits { waiting: self.clone(), name, taken_back }
    }

    /// The client takes a call back; one that does not wait is over.
    pub(super) fn take_back(&self, name: &Name) {
        if let Some(taken_back) = self.held().get(name) {
            taken_back.cancel();
        }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<Name, CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waits {
    /// Resolves when the client takes it back.
    pub(super) async fn taken_back(&self) {
        self.taken_back.cancelled().await;
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        self.waiting.held().remove(&self.name);
    }
}
