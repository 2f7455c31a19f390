//! What the meters of attempts show, and the limits of their accounts.

use rusqlite::{Connection, Row, params};

use super::{upsert, upsert_by};
use crate::{
    domain::{
        AttemptId,
        usage::{Context, Limit, Meter, Metered},
    },
    store::columns::Figure,
};

pub(in crate::store) fn write(connection: &Connection, metered: &Metered) -> rusqlite::Result<()> {
    let Meter { model, cost_micros, context, limits } = &metered.meter;
    upsert(
        connection,
        "meters",
        &[
            ("attempt", &metered.attempt),
            ("session", &metered.session),
            ("model", model),
            ("cost_micros", &cost_micros.map(Figure)),
            ("context_used", &context.map(|context| Figure(context.used))),
            ("context_size", &context.map(|context| Figure(context.size))),
            ("at", &metered.at),
        ],
    )?;
    write_limits(connection, metered.attempt, limits)
}

fn write_limits(connection: &Connection, attempt: AttemptId, limits: &[Limit]) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM meter_limits WHERE attempt = ? AND position >= ?")?
        .execute(params![attempt, limits.len()])?;
    for (position, limit) in limits.iter().enumerate() {
        upsert_by(
            connection,
            "meter_limits",
            2,
            &[
                ("attempt", &attempt),
                ("position", &position),
                ("name", &limit.name),
                ("used_percent", &limit.used_percent),
                ("resets_at", &limit.resets_at),
            ],
        )?;
    }
    Ok(())
}

pub(in crate::store) fn read(connection: &Connection, row: &Row<'_>) -> rusqlite::Result<Metered> {
    let attempt = row.get("attempt")?;
    Ok(Metered {
        attempt,
        session: row.get("session")?,
        meter: Meter {
            model: row.get("model")?,
            cost_micros: row.get("cost_micros")?,
            context: read_context(row)?,
            limits: read_limits(connection, attempt)?,
        },
        at: row.get("at")?,
    })
}

fn read_context(row: &Row<'_>) -> rusqlite::Result<Option<Context>> {
    let Some(used) = row.get("context_used")? else { return Ok(None) };
    Ok(Some(Context { used, size: row.get("context_size")? }))
}

fn read_limits(connection: &Connection, attempt: AttemptId) -> rusqlite::Result<Vec<Limit>> {
    connection
        .prepare_cached("SELECT name, used_percent, resets_at FROM meter_limits WHERE attempt = ? ORDER BY position")?
        .query_map([attempt], |row| Ok(Limit { name: row.get(0)?, used_percent: row.get(1)?, resets_at: row.get(2)? }))?
        .collect()
}
