//! Checkpoints.

use rusqlite::{Connection, Row};

use super::upsert;
use crate::domain::Checkpoint;

pub(in crate::store) fn write(connection: &Connection, checkpoint: &Checkpoint) -> rusqlite::Result<()> {
    upsert(
        connection,
        "checkpoints",
        &[
            ("id", &checkpoint.id),
            ("objective", &checkpoint.objective),
            ("session", &checkpoint.session),
            ("workspace", &checkpoint.workspace),
            ("commit_id", &checkpoint.commit),
            ("reason", &checkpoint.reason),
            ("created_at", &checkpoint.created_at),
        ],
    )
}

pub(in crate::store) fn read(row: &Row<'_>) -> rusqlite::Result<Checkpoint> {
    Ok(Checkpoint {
        id: row.get("id")?,
        objective: row.get("objective")?,
        session: row.get("session")?,
        workspace: row.get("workspace")?,
        commit: row.get("commit_id")?,
        reason: row.get("reason")?,
        created_at: row.get("created_at")?,
    })
}
