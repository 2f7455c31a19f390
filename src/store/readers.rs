//! Connections for reading, lent out to one query at a time.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::Connection;

use super::{Error, file};

/// How many connections are kept for the next query; more may be open while more queries run.
const KEPT: usize = 4;

#[derive(Debug, Clone)]
pub(super) struct Readers {
    path: Arc<PathBuf>,
    /// `None` once closed.
    idle: Arc<Mutex<Option<Vec<Connection>>>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path: Arc::new(path), idle: Arc::new(Mutex::new(Some(Vec::new()))) }
    }

    /// Runs `query` on a connection of its own, on a thread that may block.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let readers = self.clone();
        let run = tokio::task::spawn_blocking(move || {
            let connection = readers.take()?;
            let result = query(&connection);
            readers.give_back(connection);
            result
        });
        // A query that panics takes its connection with it; nobody else notices.
        run.await.unwrap_or(Err(Error::Closed))
    }

    /// Lets go of every connection that is not in use; no query starts any more.
    pub(super) fn close(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn take(&self) -> Result<Connection, Error> {
        let kept = match self.idle.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            Some(idle) => idle.pop(),
            None => return Err(Error::Closed),
        };
        kept.map_or_else(|| file::open_for_reading(&self.path), Ok)
    }

    fn give_back(&self, connection: Connection) {
        if let Some(idle) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).as_mut()
            && idle.len() < KEPT
        {
            idle.push(connection);
        }
    }
}
