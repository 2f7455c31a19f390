//! The one thread that writes.
//!
//! Batches are written in the order in which they came; those that wait together share a transaction. When that
//! transaction fails, each is tried alone, and the first that fails is the last that is tried: a later step is never
//! durable without an earlier one.

use std::thread;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::{Batch, Error};

/// How many batches may wait; beyond it, whoever commits waits for a place.
const WAITING: usize = 1_024;
/// How many batches share one transaction at most.
const TOGETHER: usize = 256;

/// What the writer can be asked for.
#[derive(Debug)]
pub(super) enum Job {
    /// Write this.
    Commit(Batch, oneshot::Sender<Result<(), Error>>),
    /// Delete at most `at_most` of the log's oldest lines up to and including `through`; answers how many went.
    Prune { through: u64, at_most: usize, done: oneshot::Sender<Result<u64, Error>> },
    /// Finish, and let go of the database.
    Close(oneshot::Sender<()>),
}

/// Starts the writer on `connection`. It ends when it is told to, or when nobody is left who could ask it anything.
pub(super) fn start(connection: Connection) -> std::io::Result<mpsc::Sender<Job>> {
    let (sender, receiver) = mpsc::channel(WAITING);
    thread::Builder::new().name("store".into()).spawn(move || Writer { connection, failed: false }.run(receiver))?;
    Ok(sender)
}

struct Writer {
    connection: Connection,
    failed: bool,
}

type Waiting = (Batch, oneshot::Sender<Result<(), Error>>);

impl Writer {
    fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut next = None;
        while let Some(job) = next.take().or_else(|| jobs.blocking_recv()) {
            match job {
                Job::Commit(batch, done) => {
                    let mut group = vec![(batch, done)];
                    while group.len() < TOGETHER {
                        match jobs.try_recv() {
                            Ok(Job::Commit(batch, done)) => group.push((batch, done)),
                            Ok(other @ (Job::Prune { .. } | Job::Close(_))) => {
                                next = Some(other);
                                break;
                            }
                            Err(_) => break,
                        }
                    }
                    self.commit(group);
                }
                Job::Prune { through, at_most, done } => {
                    let _ = done.send(self.prune(through, at_most));
                }
                Job::Close(done) => {
                    // The last connection to close folds the log back into the file; a failure to do so costs nothing.
                    drop(self.connection);
                    let _ = done.send(());
                    return;
                }
            }
        }
    }

    fn commit(&mut self, group: Vec<Waiting>) {
        if !self.failed && transact(&mut self.connection, group.iter().map(|(batch, _)| batch)).is_ok() {
            return answer(group);
        }
        for (batch, done) in group {
            let result = if self.failed { Err(Error::Stopped) } else { transact(&mut self.connection, [&batch]) };
            self.failed |= result.is_err();
            let _ = done.send(result);
        }
    }

    fn prune(&self, through: u64, at_most: usize) -> Result<u64, Error> {
        let gone = self
            .connection
            .prepare_cached(
                "DELETE FROM events WHERE sequence IN
                     (SELECT sequence FROM events WHERE sequence <= ? ORDER BY sequence LIMIT ?)",
            )?
            .execute((through, at_most))?;
        Ok(gone as u64)
    }
}

fn answer(group: Vec<Waiting>) {
    for (_, done) in group {
        let _ = done.send(Ok(()));
    }
}

fn transact<'batch>(
    connection: &mut Connection,
    batches: impl IntoIterator<Item = &'batch Batch>,
) -> Result<(), Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for batch in batches {
        batch.write(&transaction)?;
    }
    // A reference that leads nowhere is noticed here, where SQLite does not say which; the transaction is still open.
    match transaction.execute_batch("COMMIT") {
        Ok(()) => Ok(()),
        Err(error) => match Error::from(error) {
            Error::Refused { source, .. } => Err(Error::Refused { offenders: offenders(&transaction), source }),
            other => Err(other),
        },
    }
}

/// The rows that point at nothing, a line each.
fn offenders(connection: &Connection) -> String {
    let found = connection.prepare("PRAGMA foreign_key_check").and_then(|mut check| {
        check
            .query_map([], |row| {
                let (table, id, parent): (String, Option<i64>, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
                let id = id.map(|id| format!(" {id}")).unwrap_or_default();
                Ok(format!("\n{table}{id} names a row of {parent} that does not exist"))
            })?
            .take(10)
            .collect::<Result<String, _>>()
    });
    found.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Change, Event, Timestamp, event},
        store::{file, migrate},
    };

    fn line(sequence: u64, text: String) -> Batch {
        let kind = event::Kind::Supervisor;
        let event = Event { sequence, at: Timestamp(0), kind, objective: None, session: None, text };
        Batch {
            revision: sequence,
            changes: vec![Change::Event(event)],
            bodies: Vec::new(),
            artifact_bodies: Vec::new(),
        }
    }

    fn commit(writer: &mpsc::Sender<Job>, batch: Batch) -> Result<(), Error> {
        let (done, result) = oneshot::channel();
        writer.blocking_send(Job::Commit(batch, done)).expect("the writer runs");
        result.blocking_recv().expect("answered")
    }

    #[test]
    fn a_full_disk_is_said_and_leaves_nothing_half_done() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("db");
        let mut connection = file::open_for_writing(&path).expect("opened");
        migrate::migrate(&mut connection, &path, migrate::STEPS).expect("migrated");
        let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).expect("pages");
        connection.pragma_update(None, "max_page_count", pages + 8).expect("limited");
        let writer = start(connection).expect("started");

        commit(&writer, line(1, "fits".into())).expect("room");
        let mut twice = line(2, "fits too".into());
        twice.changes.extend(line(3, "x".repeat(1 << 20)).changes);
        let error = commit(&writer, twice).expect_err("no room");
        assert!(matches!(error, Error::Full(_)), "{error}");
        assert!(error.to_string().contains("free some space"), "{error}");
        let error = commit(&writer, line(2, "small".into())).expect_err("after a failure");
        assert!(matches!(error, Error::Stopped), "{error}");

        let reader = file::open_for_reading(&path).expect("opened");
        let left: (i64, i64) = reader
            .query_one("SELECT count(*), (SELECT revision FROM supervisor) FROM events", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .expect("read");
        assert_eq!(left, (1, 1));
    }
}
