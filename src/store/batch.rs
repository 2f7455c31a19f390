//! One step of the engine, as the store writes it: all of it or nothing.

use rusqlite::Connection;

use super::{Error, rows};
use crate::domain::{ArtifactId, Change, MessageId};

/// One step of the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The world's revision after it; never lower than the one before.
    pub revision: u64,
    /// The rows as they are now.
    pub changes: Vec<Change>,
    /// The bodies of new messages.
    pub bodies: Vec<(MessageId, String)>,
    /// The bodies of new artifacts.
    pub artifact_bodies: Vec<(ArtifactId, String)>,
}

impl Batch {
    /// Writes it inside the caller's transaction.
    pub(super) fn write(&self, connection: &Connection) -> Result<(), Error> {
        for change in &self.changes {
            write_change(connection, change)?;
        }
        for (message, body) in &self.bodies {
            rows::message::write_body(connection, *message, body)?;
        }
        for (artifact, body) in &self.artifact_bodies {
            rows::artifact::write_body(connection, *artifact, body)?;
        }
        let counted = connection
            .prepare_cached("UPDATE supervisor SET revision = ?1 WHERE revision <= ?1")?
            .execute([self.revision])?;
        if counted == 0 { Err(Error::Outrun { revision: self.revision }) } else { Ok(()) }
    }
}

fn write_change(connection: &Connection, change: &Change) -> rusqlite::Result<()> {
    match change {
        Change::Objective(objective) => rows::objective::write(connection, objective),
        Change::Session(session) => rows::session::write(connection, session),
        Change::Attempt(attempt) => rows::attempt::write(connection, attempt),
        Change::Message(message) => rows::message::write(connection, message),
        Change::Question(question) => rows::question::write(connection, question),
        Change::Workspace(workspace) => rows::workspace::write(connection, workspace),
        Change::Target(target) => rows::target::write(connection, target),
        Change::TargetRemoved { target } => rows::target::remove(connection, target),
        Change::Usage(usage) => rows::usage::write(connection, usage),
        Change::Metered(metered) => rows::meter::write(connection, metered),
        Change::Artifact(artifact) => rows::artifact::write(connection, artifact),
        Change::PullRequest(pull_request) => rows::pull_request::write(connection, pull_request),
        Change::Remark(remark) => rows::remark::write(connection, remark),
        Change::Verification(verification) => rows::verification::write(connection, verification),
        Change::Checkpoint(checkpoint) => rows::checkpoint::write(connection, checkpoint),
        Change::Judgement(judgement) => rows::judgement::write(connection, judgement),
        Change::Event(event) => rows::event::write(connection, event),
    }
}
