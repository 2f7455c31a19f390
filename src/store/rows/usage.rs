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

/// The columns that [`read`] expects to come first, in its order: these are the most rows that a start reads, and
/// looking a column up by name costs more than reading it.
pub(in crate::store) const COLUMNS: &str = "usage.attempt, usage.session, usage.profile, usage.day, usage.model,
    usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.cache_write_tokens, usage.requests";

pub(in crate::store) fn read(row: &Row<'_>) -> rusqlite::Result<Usage> {
    Ok(Usage {
        attempt: row.get(0)?,
        session: row.get(1)?,
        profile: row.get(2)?,
        spent: Spent {
            day: row.get(3)?,
            model: row.get(4)?,
            tokens: Tokens {
                input: row.get(5)?,
                output: row.get(6)?,
                cache_read: row.get(7)?,
                cache_write: row.get(8)?,
            },
            requests: row.get(9)?,
        },
    })
}
