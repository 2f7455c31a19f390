//! What the world no longer holds.

use std::{collections::BTreeSet, path::PathBuf};

use rusqlite::{Connection, OptionalExtension, Row, ToSql, named_params};

use super::{Error, rows};
use crate::domain::{
    Artifact, ArtifactId, Attempt, AttemptId, Event, Message, MessageId, Objective, ObjectiveId, PullRequest,
    PullRequestId, Question, Remark, Session, SessionId, Timestamp, Workspace, WorkspaceId, artifact,
};

/// Which stretch of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventQuery {
    /// Only lines after this sequence number: the oldest of them. Without it, the newest.
    pub after: Option<u64>,
    /// Only lines before this sequence number.
    pub before: Option<u64>,
    /// Only lines about this session.
    pub session: Option<SessionId>,
    /// At most so many lines.
    pub limit: usize,
}

pub(super) fn body(connection: &Connection, id: MessageId) -> Result<Option<String>, Error> {
    let mut query = connection.prepare_cached("SELECT body FROM message_bodies WHERE message = ?")?;
    Ok(query.query_row([id], |row| row.get(0)).optional()?)
}

pub(super) fn message(connection: &Connection, id: MessageId) -> Result<Option<Message>, Error> {
    first(connection, "SELECT * FROM messages WHERE id = ?", id, rows::message::read)
}

pub(super) fn session(connection: &Connection, id: SessionId) -> Result<Option<(Objective, Session)>, Error> {
    // One transaction, so that both are of the same moment.
    let moment = connection.unchecked_transaction()?;
    let read = |row: &Row<'_>| rows::session::read(&moment, row);
    let Some(session) = first(&moment, "SELECT * FROM sessions WHERE id = ?", id, read)? else { return Ok(None) };
    let sql = "SELECT * FROM objectives WHERE id = ?";
    let objective = first(&moment, sql, session.objective, rows::objective::read)?;
    Ok(objective.map(|objective| (objective, session)))
}

pub(super) fn attempts(connection: &Connection, session: SessionId) -> Result<Vec<Attempt>, Error> {
    all(connection, "SELECT * FROM attempts WHERE session = ? ORDER BY id", session, |row| {
        rows::attempt::read(connection, row)
    })
}

pub(super) fn messages(connection: &Connection, session: SessionId) -> Result<Vec<Message>, Error> {
    all(connection, "SELECT * FROM messages WHERE session = ? ORDER BY id", session, rows::message::read)
}

pub(super) fn questions(connection: &Connection, session: SessionId) -> Result<Vec<Question>, Error> {
    all(connection, "SELECT * FROM questions WHERE session = ? ORDER BY id", session, |row| {
        rows::question::read(connection, row)
    })
}

pub(super) fn workspaces(connection: &Connection, session: SessionId) -> Result<Vec<Workspace>, Error> {
    all(connection, "SELECT * FROM workspaces WHERE owner = ? ORDER BY id", session, |row| {
        rows::workspace::read(connection, row)
    })
}

pub(super) fn repositories(connection: &Connection) -> Result<Vec<PathBuf>, Error> {
    let sql = "SELECT repository FROM objectives WHERE repository IS NOT NULL
               UNION SELECT repository FROM sessions WHERE repository IS NOT NULL";
    let mut query = connection.prepare_cached(sql)?;
    let found = query.query_map([], |row| row.get::<_, String>(0))?;
    Ok(found.map(|path| path.map(PathBuf::from)).collect::<rusqlite::Result<_>>()?)
}

pub(super) fn workspace(connection: &Connection, id: WorkspaceId) -> Result<Option<Workspace>, Error> {
    let read = |row: &Row<'_>| rows::workspace::read(connection, row);
    first(connection, "SELECT * FROM workspaces WHERE id = ?", id, read)
}

pub(super) fn removed_workspaces(connection: &Connection) -> Result<Vec<Workspace>, Error> {
    let sql = "SELECT * FROM workspaces WHERE state = 'removed' AND kind <> 'shared' ORDER BY id DESC";
    let mut query = connection.prepare_cached(sql)?;
    let found = query.query_map([], |row| rows::workspace::read(connection, row))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn artifacts(connection: &Connection, objective: ObjectiveId) -> Result<Vec<Artifact>, Error> {
    all(connection, "SELECT * FROM artifacts WHERE objective = ? ORDER BY id", objective, rows::artifact::read)
}

pub(super) fn artifacts_of(
    connection: &Connection,
    objective: Option<ObjectiveId>,
    session: Option<SessionId>,
    kind: Option<artifact::Kind>,
) -> Result<Vec<Artifact>, Error> {
    let mut query = connection.prepare_cached(
        "SELECT * FROM artifacts WHERE (:objective IS NULL OR objective = :objective)
         AND (:session IS NULL OR session = :session) AND (:kind IS NULL OR kind = :kind) ORDER BY id",
    )?;
    let given = named_params! { ":objective": objective, ":session": session, ":kind": kind };
    let found = query.query_map(given, rows::artifact::read)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn artifact(connection: &Connection, id: ArtifactId) -> Result<Option<(Artifact, String)>, Error> {
    let sql = "SELECT * FROM artifacts JOIN artifact_bodies ON artifact = id WHERE id = ?";
    first(connection, sql, id, |row| Ok((rows::artifact::read(row)?, row.get("body")?)))
}

pub(super) fn pull_request(connection: &Connection, id: PullRequestId) -> Result<Option<PullRequest>, Error> {
    first(connection, "SELECT * FROM pull_requests WHERE id = ?", id, rows::pull_request::read)
}

pub(super) fn remarks(connection: &Connection, pull_request: PullRequestId) -> Result<Vec<Remark>, Error> {
    all(connection, "SELECT * FROM remarks WHERE pull_request = ? ORDER BY id", pull_request, rows::remark::read)
}

pub(super) fn no_longer_shown(
    connection: &Connection,
    attempts: &[AttemptId],
    since: Timestamp,
) -> Result<Vec<AttemptId>, Error> {
    let moment = connection.unchecked_transaction()?;
    let mut query = moment.prepare_cached(
        "SELECT objectives.id, archived AND attempts.state = 'ended' AND attempts.state_since < ?
         FROM attempts JOIN sessions ON sessions.id = session JOIN objectives ON objectives.id = objective
         WHERE attempts.id = ?",
    )?;
    let mut unknown = Vec::new();
    let mut old: Vec<(AttemptId, ObjectiveId)> = Vec::new();
    for &attempt in attempts {
        match query.query_row((since, attempt), |row| Ok((row.get(0)?, row.get(1)?))).optional()? {
            None => unknown.push(attempt),
            Some((objective, true)) => old.push((attempt, objective)),
            Some((_, false)) => {}
        }
    }
    if !old.is_empty() {
        // That an objective was put away is said in the log only, which is read from end to end for it.
        let mut query = moment.prepare_cached("SELECT DISTINCT objective FROM events WHERE at >= ?")?;
        let touched = query.query_map([since], |row| row.get::<_, Option<ObjectiveId>>(0))?;
        let touched = touched.collect::<rusqlite::Result<BTreeSet<_>>>()?;
        old.retain(|(_, objective)| !touched.contains(&Some(*objective)));
    }
    unknown.extend(old.into_iter().map(|(attempt, _)| attempt));
    Ok(unknown)
}

pub(super) fn events(connection: &Connection, query: EventQuery) -> Result<Vec<Event>, Error> {
    let of_session = if query.session.is_some() { "session = :session" } else { ":session IS NULL" };
    let order = if query.after.is_some() { "ASC" } else { "DESC" };
    let sql = format!(
        "SELECT * FROM events WHERE {of_session} AND sequence > :after AND sequence < :before
         ORDER BY sequence {order} LIMIT :limit"
    );
    // Sequence numbers are SQLite integers; nothing lies beyond the largest of them.
    let bound = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_map(
        named_params! {
            ":session": query.session,
            ":after": bound(query.after.unwrap_or(0)),
            ":before": bound(query.before.unwrap_or(u64::MAX)),
            ":limit": i64::try_from(query.limit).unwrap_or(i64::MAX),
        },
        rows::event::read,
    )?;
    let mut events = found.collect::<rusqlite::Result<Vec<_>>>()?;
    if query.after.is_none() {
        events.reverse();
    }
    Ok(events)
}

fn first<T>(
    connection: &Connection,
    sql: &str,
    id: impl ToSql,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, Error> {
    Ok(connection.prepare_cached(sql)?.query_row([id], read).optional()?)
}

fn all<T>(
    connection: &Connection,
    sql: &str,
    owner: impl ToSql,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, Error> {
    Ok(connection.prepare_cached(sql)?.query_map([owner], read)?.collect::<rusqlite::Result<_>>()?)
}
