//! What attempts have used of their models.

use rusqlite::{Connection, Row};

use super::upsert_by;
use crate::{
    domain::{
        Usage,
        usage::{Spent, Tokens},
    },
    store::columns::Figure,
};

pub(in crate::store) fn write(connection: &Connection, usage: &Usage) -> rusqlite::Result<()> {
    let Spent { day, model, tokens, requests } = &usage.spent;
    upsert_by(
        connection,
        "usage",
        3,
        &[
            ("attempt", &usage.attempt),
            ("day", day),
            ("model", model),
            ("session", &usage.session),
            ("profile", &usage.profile),
            ("input_tokens", &Figure(tokens.input)),
            ("output_tokens", &Figure(tokens.output)),
            ("cache_read_tokens", &Figure(tokens.cache_read)),
            ("cache_write_tokens", &Figure(tokens.cache_write)),
            ("requests", &Figure(*requests)),
        ],
    )
}

pub(in crate::store) fn read(row: &Row<'_>) -> rusqlite::Result<Usage> {
    Ok(Usage {
        attempt: row.get("attempt")?,
        session: row.get("session")?,
        profile: row.get("profile")?,
        spent: Spent {
            day: row.get("day")?,
            model: row.get("model")?,
            tokens: Tokens {
                input: row.get("input_tokens")?,
                output: row.get("output_tokens")?,
                cache_read: row.get("cache_read_tokens")?,
                cache_write: row.get("cache_write_tokens")?,
            },
            requests: row.get("requests")?,
        },
    })
}
