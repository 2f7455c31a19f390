//! The log's lines. They are only ever added.

use rusqlite::{Connection, Row, params};

use crate::domain::Event;

pub(in crate::store) fn write(connection: &Connection, event: &Event) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO events (sequence, at, kind, objective, session, text) VALUES (?, ?, ?, ?, ?, ?)")?
        .execute(params![event.sequence, event.at, event.kind, event.objective, event.session, event.text])
        .map(drop)
}

pub(in crate::store) fn read(row: &Row<'_>) -> rusqlite::Result<Event> {
    Ok(Event {
        sequence: row.get("sequence")?,
        at: row.get("at")?,
        kind: row.get("kind")?,
        objective: row.get("objective")?,
        session: row.get("session")?,
        text: row.get("text")?,
    })
}
