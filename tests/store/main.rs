//! The store, as the daemon meets it: real files, real crashes.

use std::path::{Path, PathBuf};

use quarterdeck::{
    domain::{Change, Event, Timestamp, event},
    store::{Batch, Error, Store},
};

mod author;
mod commits;
mod file;
mod refusals;
mod rows;
mod spending;
mod words;

fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("quarterdeck.sqlite");
    (folder, path)
}

/// A database of the newest schema, with rows of every table in it.
fn fixture(path: &Path) -> rusqlite::Connection {
    let raw = rusqlite::Connection::open(path).expect("opened");
    let dump = include_str!("../fixtures/store/v1.sql");
    raw.execute_batch(&format!("BEGIN; {dump} COMMIT;")).expect("a database");
    raw
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

async fn commit(store: &Store, revision: u64, change: Change) -> Result<(), Error> {
    store.commit(Batch { revision, changes: vec![change], bodies: vec![], artifact_bodies: vec![] }).await
}

fn said(sequence: u64, text: &str) -> Event {
    let kind = event::Kind::Supervisor;
    Event { sequence, at: Timestamp(0), kind, objective: None, session: None, text: text.into() }
}
