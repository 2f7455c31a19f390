//! Which size each pane is to have.
//!
//! A pane has the size in which it was last looked at. While a person is attached, their terminal decides; when they have
//! gone, the pane gets back the size that was wanted last.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::broadcast;

use super::{
    live::{Grown, LivePane},
    rooms::Rooms,
};
use crate::{
    domain::{AttemptId, attempt::PaneId},
    tmux,
};

/// Columns and rows.
type Size = (u16, u16);

/// Which size each pane is to have. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sizes {
    rooms: Rooms,
    grown: broadcast::Sender<Grown>,
    // Held for a moment, never across a wait.
    wanted: Arc<Mutex<HashMap<AttemptId, Size>>>,
}

impl Sizes {
    pub(crate) fn new(rooms: Rooms, grown: broadcast::Sender<Grown>) -> Self {
        Self { rooms, grown, wanted: Arc::default() }
    }

    /// Gives a pane the size in which it is being looked at, now or once the person who is attached to it has gone.
    pub(crate) async fn want(
        &self,
        tmux: &tmux::Server,
        attempt: AttemptId,
        pane: &PaneId,
        size: Size,
    ) -> Result<(), tmux::Error> {
        self.wanted().insert(attempt, size);
        self.apply(tmux, attempt, pane, size).await
    }

    /// Gives a pane back its size: it follows the terminal of a person who has gone.
    pub(crate) async fn restore(&self, tmux: &tmux::Server, attempt: AttemptId, pane: &PaneId) {
        let sessions = &self.rooms.config.sessions;
        let wanted = self.wanted().get(&attempt).copied();
        let size = wanted.unwrap_or((sessions.columns, sessions.rows));
        if let Err(error) = self.apply(tmux, attempt, pane, size).await {
            tracing::warn!(%attempt, %error, "the pane did not get its size back");
        }
    }

    /// Forgets the sizes of panes that live no more.
    pub(crate) fn keep_only(&self, live: &[LivePane]) {
        self.wanted().retain(|attempt, _| live.iter().any(|pane| pane.attempt == *attempt));
    }

    async fn apply(
        &self,
        tmux: &tmux::Server,
        attempt: AttemptId,
        pane: &PaneId,
        (columns, rows): Size,
    ) -> Result<(), tmux::Error> {
        match tmux.resize(pane, columns, rows).await {
            Ok(()) => {
                // What it shows has changed although it may print nothing. Nobody looking is no error.
                let _ = self.grown.send(Arc::new(BTreeSet::from([attempt])));
                Ok(())
            }
            Err(tmux::Error::Attended(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn wanted(&self) -> std::sync::MutexGuard<'_, HashMap<AttemptId, Size>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
