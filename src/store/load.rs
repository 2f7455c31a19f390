//! The world as it was when the daemon last ran. Every query goes straight to the rows it wants, however long the
//! history has become.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, Row};

use super::{Error, rows};
use crate::domain::{AttemptId, Counters, Usage, World};

/// Sessions that people see: those of objectives that are not archived.
const SHOWN: &str = "shown (id) AS MATERIALIZED (
    SELECT sessions.id FROM objectives JOIN sessions ON sessions.objective = objectives.id WHERE archived = 0)";

/// Reads the counters. No row that has a number is ever deleted, but for the log, of which the end always stays.
pub(super) fn counters(connection: &Connection) -> Result<Counters, Error> {
    let highest = |table: &str| -> rusqlite::Result<u32> {
        connection.query_one(&format!("SELECT coalesce(max(id), 0) FROM {table}"), [], |row| row.get(0))
    };
    Ok(Counters {
        objective: highest("objectives")?,
        session: highest("sessions")?,
        attempt: highest("attempts")?,
        message: highest("messages")?,
        question: highest("questions")?,
        artifact: highest("artifacts")?,
        workspace: highest("workspaces")?,
        pull_request: highest("pull_requests")?,
        remark: highest("remarks")?,
        verification: highest("verifications")?,
        checkpoint: highest("checkpoints")?,
        event: connection.query_one("SELECT coalesce(max(sequence), 0) FROM events", [], |row| row.get(0))?,
        revision: connection.query_one("SELECT revision FROM supervisor", [], |row| row.get(0))?,
    })
}

/// Reads what [`World`] documents that it holds.
pub(super) fn world(connection: &Connection) -> Result<World, Error> {
    let targets = query(connection, "SELECT * FROM targets WHERE removed = 0", rows::target::read)?;
    let objectives = query(connection, "SELECT * FROM objectives WHERE archived = 0", rows::objective::read)?;
    let sessions = query(connection, &format!("WITH {SHOWN} SELECT * FROM sessions WHERE id IN shown"), |row| {
        rows::session::read(connection, row)
    })?;
    let attempts =
        query(connection, &newest_and("attempts", "state <> 'ended'"), |row| rows::attempt::read(connection, row))?;
    let messages =
        query(connection, &newest_and("messages", "delivery NOT IN ('taken_up', 'failed')"), rows::message::read)?;
    let questions = query(
        connection,
        "SELECT * FROM questions WHERE state IN ('open', 'answering')
            AND objective IN (SELECT id FROM objectives WHERE archived = 0)",
        |row| rows::question::read(connection, row),
    )?;
    let workspaces = query(connection, "SELECT * FROM workspaces WHERE state NOT IN ('removed', 'left')", |row| {
        rows::workspace::read(connection, row)
    })?;
    let pull_requests = query(connection, &of_shown("pull_requests"), rows::pull_request::read)?;
    let remarks = query(
        connection,
        "SELECT * FROM remarks WHERE pull_request IN
            (SELECT id FROM pull_requests WHERE objective IN (SELECT id FROM objectives WHERE archived = 0))",
        rows::remark::read,
    )?;
    let verifications = query(connection, &newest_and("verifications", "state = 'running'"), rows::verification::read)?;
    let checkpoints = query(
        connection,
        "SELECT * FROM checkpoints WHERE workspace IN (SELECT id FROM workspaces WHERE state NOT IN ('removed', 'left'))",
        rows::checkpoint::read,
    )?;
    let judgements = query(connection, &of_shown("judgements"), rows::judgement::read)?;
    let usage = query(
        connection,
        &format!(
            "WITH {SHOWN} SELECT {} FROM usage WHERE session IN shown ORDER BY session, attempt, day, model",
            rows::usage::COLUMNS
        ),
        rows::usage::read,
    )?;
    let metered = query(connection, &format!("WITH {SHOWN} SELECT * FROM meters WHERE session IN shown"), |row| {
        rows::meter::read(connection, row)
    })?;
    let artifacts = query(connection, &of_shown("artifacts"), rows::artifact::read)?;
    let newest_lines = format!("SELECT * FROM events ORDER BY sequence DESC LIMIT {}", World::LOG);
    let mut log = query(connection, &newest_lines, rows::event::read)?;
    log.reverse();
    Ok(World {
        revision: connection.query_one("SELECT revision FROM supervisor", [], |row| row.get(0))?,
        objectives: by(objectives, |objective| objective.id),
        sessions: by(sessions, |session| session.id),
        attempts: by(attempts, |attempt| attempt.id),
        messages: by(messages, |message| message.id),
        questions: by(questions, |question| question.id),
        workspaces: by(workspaces, |workspace| workspace.id),
        usage: by_attempt(usage),
        metered: by(metered, |metered| metered.attempt),
        artifacts: by(artifacts, |artifact| artifact.id),
        pull_requests: by(pull_requests, |pull_request| pull_request.id),
        remarks: by(remarks, |remark| remark.id),
        verifications: by(verifications, |verification| verification.id),
        checkpoints: by(checkpoints, |checkpoint| checkpoint.id),
        judgements: by(judgements, |judgement| judgement.reviewer),
        targets: by(targets, |target| target.name.clone()),
        log,
    })
}

/// The calls of hooks whose questions are settled, of attempts that may still live.
pub(super) fn settled_calls(connection: &Connection) -> Result<BTreeSet<(AttemptId, String)>, Error> {
    let calls = query(
        connection,
        "SELECT call_attempt, call_key FROM questions
            WHERE session IN (SELECT session FROM attempts WHERE state <> 'ended')
            AND call_via = 'hook' AND state IN ('answered', 'withdrawn')",
        |row| Ok((row.get("call_attempt")?, row.get("call_key")?)),
    )?;
    Ok(calls.into_iter().collect())
}

/// Each shown session's newest row in `table`, and all its rows for which `unfinished` holds.
fn newest_and(table: &str, unfinished: &str) -> String {
    format!(
        "WITH {SHOWN}, held (id) AS (
            SELECT (SELECT max(id) FROM {table} WHERE session = shown.id) FROM shown
            UNION
            SELECT id FROM {table} WHERE session IN shown AND {unfinished})
         SELECT * FROM {table} WHERE id IN held"
    )
}

/// The rows of `table` whose objective is not archived.
fn of_shown(table: &str) -> String {
    format!("SELECT * FROM {table} WHERE objective IN (SELECT id FROM objectives WHERE archived = 0)")
}

/// All rows that `sql`, which has no parameters, finds.
fn query<T>(
    connection: &Connection,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare(sql)?.query_map([], read)?.collect()
}

fn by<K: Ord, T>(rows: Vec<T>, key: impl Fn(&T) -> K) -> BTreeMap<K, T> {
    rows.into_iter().map(|row| (key(&row), row)).collect()
}

/// Each attempt's usage, in the order of `usage`.
fn by_attempt(usage: Vec<Usage>) -> BTreeMap<AttemptId, Vec<Usage>> {
    let mut grouped: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in usage {
        grouped.entry(row.attempt).or_default().push(row);
    }
    grouped
}
