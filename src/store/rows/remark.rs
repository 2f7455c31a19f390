//! Remarks about pull requests.

use rusqlite::{Connection, Row};

use super::upsert;
use crate::{
    domain::{Remark, remark::State},
    store::columns::{unknown, word},
};

pub(in crate::store) fn write(connection: &Connection, remark: &Remark) -> rusqlite::Result<()> {
    let (state, session, why) = match &remark.state {
        State::Pending => ("pending", None, None),
        State::Given { session } => ("given", Some(*session), None),
        State::Settled { why } => ("settled", None, Some(why)),
    };
    upsert(
        connection,
        "remarks",
        &[
            ("id", &remark.id),
            ("pull_request", &remark.pull_request),
            ("key", &remark.key),
            ("kind", &remark.kind),
            ("author", &remark.author),
            ("text", &remark.text),
            ("place", &remark.place),
            ("url", &remark.url),
            ("state", &state),
            ("session", &session),
            ("why", &why),
            ("created_at", &remark.created_at),
        ],
    )
}

pub(in crate::store) fn read(row: &Row<'_>) -> rusqlite::Result<Remark> {
    Ok(Remark {
        id: row.get("id")?,
        pull_request: row.get("pull_request")?,
        key: row.get("key")?,
        kind: row.get("kind")?,
        author: row.get("author")?,
        text: row.get("text")?,
        place: row.get("place")?,
        url: row.get("url")?,
        state: read_state(row)?,
        created_at: row.get("created_at")?,
    })
}

fn read_state(row: &Row<'_>) -> rusqlite::Result<State> {
    Ok(match word(row, "state")? {
        "pending" => State::Pending,
        "given" => State::Given { session: row.get("session")? },
        "settled" => State::Settled { why: row.get("why")? },
        found => return Err(unknown("remarks.state", found)),
    })
}
