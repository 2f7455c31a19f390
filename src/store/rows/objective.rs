//! Objectives.

use rusqlite::{Connection, Row};

use super::upsert;
use crate::{
    domain::Objective,
    store::columns::{path, text_of},
};

pub(in crate::store) fn write(connection: &Connection, objective: &Objective) -> rusqlite::Result<()> {
    upsert(
        connection,
        "objectives",
        &[
            ("id", &objective.id),
            ("title", &objective.title),
            ("repository", &objective.repository.as_deref().map(text_of).transpose()?),
            ("mode", &objective.mode),
            ("base", &objective.base),
            ("publishes", &objective.agents_publish),
            ("state", &objective.state),
            ("created_at", &objective.created_at),
            ("archived", &objective.archived),
        ],
    )
}

pub(in crate::store) fn read(row: &Row<'_>) -> rusqlite::Result<Objective> {
    Ok(Objective {
        id: row.get("id")?,
        title: row.get("title")?,
        repository: path(row, "repository")?,
        mode: row.get("mode")?,
        base: row.get("base")?,
        agents_publish: row.get("publishes")?,
        state: row.get("state")?,
        created_at: row.get("created_at")?,
        archived: row.get("archived")?,
    })
}
