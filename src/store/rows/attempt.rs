//! Attempts, and the processes that outlived them.

use rusqlite::{Connection, Row, params};

use super::upsert;
use crate::{
    domain::{
        Attempt, AttemptId,
        attempt::{End, PaneId, State, Survivor},
    },
    store::columns::{unknown, word},
};

pub(in crate::store) fn write(connection: &Connection, attempt: &Attempt) -> rusqlite::Result<()> {
    let state = StateColumns::of(&attempt.state);
    upsert(
        connection,
        "attempts",
        &[
            ("id", &attempt.id),
            ("session", &attempt.session),
            ("target", &attempt.target),
            ("state", &state.word),
            ("pane", &state.pane),
            ("pid", &state.pid),
            ("ended", &state.ended),
            ("exit_code", &state.exit_code),
            ("signal", &state.signal),
            ("error", &state.error),
            ("state_since", &attempt.state_since),
            ("conversation", &attempt.conversation),
            ("resumes", &attempt.resumes),
            ("token_hash", &attempt.token_hash),
            ("ready", &attempt.ready),
            ("created_at", &attempt.created_at),
        ],
    )?;
    write_survivors(connection, attempt.id, state.survivors)
}

fn write_survivors(connection: &Connection, attempt: AttemptId, survivors: &[Survivor]) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM survivors WHERE attempt = ?")?.execute([attempt])?;
    for (position, survivor) in survivors.iter().enumerate() {
        connection
            .prepare_cached("INSERT INTO survivors (attempt, position, pid, command) VALUES (?, ?, ?, ?)")?
            .execute(params![attempt, position, survivor.pid, survivor.command])?;
    }
    Ok(())
}

pub(in crate::store) fn read(connection: &Connection, row: &Row<'_>) -> rusqlite::Result<Attempt> {
    let id = row.get("id")?;
    Ok(Attempt {
        id,
        session: row.get("session")?,
        target: row.get("target")?,
        state: read_state(connection, id, row)?,
        state_since: row.get("state_since")?,
        conversation: row.get("conversation")?,
        resumes: row.get("resumes")?,
        token_hash: row.get("token_hash")?,
        ready: row.get("ready")?,
        created_at: row.get("created_at")?,
    })
}

/// An attempt's state, taken apart.
#[derive(Default)]
struct StateColumns<'attempt> {
    word: &'static str,
    pane: Option<&'attempt PaneId>,
    pid: Option<u32>,
    ended: Option<&'static str>,
    exit_code: Option<i32>,
    signal: Option<i32>,
    error: Option<&'attempt str>,
    survivors: &'attempt [Survivor],
}

impl<'attempt> StateColumns<'attempt> {
    fn of(state: &'attempt State) -> Self {
        let nothing = Self::default();
        match state {
            State::Preparing => Self { word: "preparing", ..nothing },
            State::Launching => Self { word: "launching", ..nothing },
            State::Live { pane, pid } => Self { word: "live", pane: Some(pane), pid: Some(*pid), ..nothing },
            State::Stopping { pane, pid } => Self { word: "stopping", pane: pane.as_ref(), pid: *pid, ..nothing },
            State::Ended { end } => Self { word: "ended", ..Self::of_end(end) },
        }
    }

    fn of_end(end: &'attempt End) -> Self {
        let nothing = Self::default();
        match end {
            End::Exited { code } => Self { ended: Some("exited"), exit_code: Some(*code), ..nothing },
            End::Signaled { signal } => Self { ended: Some("signaled"), signal: Some(*signal), ..nothing },
            End::Stopped { survivors } => Self { ended: Some("stopped"), survivors, ..nothing },
            End::Vanished => Self { ended: Some("vanished"), ..nothing },
            End::NeverStarted { error } => Self { ended: Some("never_started"), error: Some(error), ..nothing },
        }
    }
}

fn read_state(connection: &Connection, id: AttemptId, row: &Row<'_>) -> rusqlite::Result<State> {
    Ok(match word(row, "state")? {
        "preparing" => State::Preparing,
        "launching" => State::Launching,
        "live" => State::Live { pane: row.get("pane")?, pid: row.get("pid")? },
        "stopping" => State::Stopping { pane: row.get("pane")?, pid: row.get("pid")? },
        "ended" => State::Ended { end: read_end(connection, id, row)? },
        found => return Err(unknown("attempts.state", found)),
    })
}

fn read_end(connection: &Connection, id: AttemptId, row: &Row<'_>) -> rusqlite::Result<End> {
    Ok(match word(row, "ended")? {
        "exited" => End::Exited { code: row.get("exit_code")? },
        "signaled" => End::Signaled { signal: row.get("signal")? },
        "stopped" => End::Stopped { survivors: read_survivors(connection, id)? },
        "vanished" => End::Vanished,
        "never_started" => End::NeverStarted { error: row.get("error")? },
        found => return Err(unknown("attempts.ended", found)),
    })
}

fn read_survivors(connection: &Connection, attempt: AttemptId) -> rusqlite::Result<Vec<Survivor>> {
    connection
        .prepare_cached("SELECT pid, command FROM survivors WHERE attempt = ? ORDER BY position")?
        .query_map([attempt], |row| Ok(Survivor { pid: row.get(0)?, command: row.get(1)? }))?
        .collect()
}
