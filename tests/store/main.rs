//! The store, as the daemon meets it: real files, real crashes.

use std::path::PathBuf;

use quarterdeck::{
    domain::{Change, Event, Timestamp, event},
    store::{Batch, Error, Store},
};

mod author;
mod commits;
mod file;
mod rows;
mod words;

fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("quarterdeck.sqlite");
    (folder, path)
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
