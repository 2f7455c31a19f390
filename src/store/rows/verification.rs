//! Verifications.

use rusqlite::{Connection, Row};

use super::upsert;
use crate::{
    domain::{Verification, verification::State},
    store::columns::{unknown, word},
};

pub(in crate::store) fn write(connection: &Connection, verification: &Verification) -> rusqlite::Result<()> {
    let (state, checkpoint, reason) = match &verification.state {
        State::Running => ("running", None, None),
        State::Passed { checkpoint } => ("passed", Some(*checkpoint), None),
        State::Failed { how } => ("failed", None, Some(how)),
        State::Broken { why } => ("broken", None, Some(why)),
    };
    upsert(
        connection,
        "verifications",
        &[
            ("id", &verification.id),
            ("objective", &verification.objective),
            ("session", &verification.session),
            ("workspace", &verification.workspace),
            ("cause", &verification.cause),
            ("round", &verification.round),
            ("state", &state),
            ("checkpoint", &checkpoint),
            ("reason", &reason),
            ("commit_id", &verification.commit),
            ("head", &verification.head),
            ("artifact", &verification.artifact),
            ("created_at", &verification.created_at),
            ("ended_at", &verification.ended_at),
        ],
    )
}

pub(in crate::store) fn read(row: &Row<'_>) -> rusqlite::Result<Verification> {
    Ok(Verification {
        id: row.get("id")?,
        objective: row.get("objective")?,
        session: row.get("session")?,
        workspace: row.get("workspace")?,
        cause: row.get("cause")?,
        round: row.get("round")?,
        state: read_state(row)?,
        commit: row.get("commit_id")?,
        head: row.get("head")?,
        artifact: row.get("artifact")?,
        created_at: row.get("created_at")?,
        ended_at: row.get("ended_at")?,
    })
}

fn read_state(row: &Row<'_>) -> rusqlite::Result<State> {
    Ok(match word(row, "state")? {
        "running" => State::Running,
        "passed" => State::Passed { checkpoint: row.get("checkpoint")? },
        "failed" => State::Failed { how: row.get("reason")? },
        "broken" => State::Broken { why: row.get("reason")? },
        found => return Err(unknown("verifications.state", found)),
    })
}
