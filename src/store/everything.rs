//! Everything that is kept of one objective, put away or not, as of one moment.

use rusqlite::{Connection, OptionalExtension, Row};

use super::{Error, rows};
use crate::domain::{
    Artifact, Event, Message, Objective, ObjectiveId, PullRequest, Question, Remark, Session, Verification, Workspace,
};

/// Everything that is kept of one objective. Every list is in the order in which its rows were made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Everything {
    /// The objective.
    pub objective: Objective,
    /// Its sessions.
    pub sessions: Vec<Session>,
    /// What was sent to them, whole.
    pub messages: Vec<(Message, String)>,
    /// What was asked.
    pub questions: Vec<Question>,
    /// Where they worked.
    pub workspaces: Vec<Workspace>,
    /// What was left behind, whole.
    pub artifacts: Vec<(Artifact, String)>,
    /// What was offered for review.
    pub pull_requests: Vec<PullRequest>,
    /// What was said about that.
    pub remarks: Vec<Remark>,
    /// What was verified.
    pub verifications: Vec<Verification>,
    /// What the log says, as far back as it goes.
    pub events: Vec<Event>,
}

pub(super) fn everything(connection: &Connection, id: ObjectiveId) -> Result<Option<Everything>, Error> {
    // One transaction, so that all of it is of the same moment.
    let moment = &connection.unchecked_transaction()?;
    let mut query = moment.prepare_cached("SELECT * FROM objectives WHERE id = ?")?;
    let Some(objective) = query.query_row([id], rows::objective::read).optional()? else { return Ok(None) };
    let of_sessions = "session IN (SELECT id FROM sessions WHERE objective = ?)";
    let of_requests = "pull_request IN (SELECT id FROM pull_requests WHERE objective = ?)";
    Ok(Some(Everything {
        objective,
        sessions: all(moment, id, "sessions WHERE objective = ? ORDER BY id", |row| rows::session::read(moment, row))?,
        messages: all(
            moment,
            id,
            &format!("messages JOIN message_bodies ON message = id WHERE {of_sessions} ORDER BY id"),
            |row| Ok((rows::message::read(row)?, row.get("body")?)),
        )?,
        questions: all(moment, id, "questions WHERE objective = ? ORDER BY id", |row| {
            rows::question::read(moment, row)
        })?,
        workspaces: all(moment, id, "workspaces WHERE objective = ? ORDER BY id", |row| {
            rows::workspace::read(moment, row)
        })?,
        artifacts: all(
            moment,
            id,
            "artifacts JOIN artifact_bodies ON artifact = id WHERE objective = ? ORDER BY id",
            |row| Ok((rows::artifact::read(row)?, row.get("body")?)),
        )?,
        pull_requests: all(moment, id, "pull_requests WHERE objective = ? ORDER BY id", rows::pull_request::read)?,
        remarks: all(moment, id, &format!("remarks WHERE {of_requests} ORDER BY id"), rows::remark::read)?,
        verifications: all(moment, id, "verifications WHERE objective = ? ORDER BY id", rows::verification::read)?,
        events: all(moment, id, "events WHERE objective = ? ORDER BY sequence", rows::event::read)?,
    }))
}

fn all<T>(
    connection: &Connection,
    id: ObjectiveId,
    which: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, Error> {
    let mut query = connection.prepare_cached(&format!("SELECT * FROM {which}"))?;
    let found = query.query_map([id], read)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
