//! One file per noun: how it is written to its table, and how it is read back.

use rusqlite::{Connection, ToSql};

pub(super) mod artifact;
pub(super) mod attempt;
pub(super) mod checkpoint;
pub(super) mod event;
pub(super) mod judgement;
pub(super) mod message;
pub(super) mod meter;
pub(super) mod objective;
pub(super) mod pull_request;
pub(super) mod question;
pub(super) mod remark;
pub(super) mod session;
pub(super) mod target;
pub(super) mod usage;
pub(super) mod verification;
pub(super) mod workspace;

/// Writes one row: new, or over the one with the same key, which is the first of `columns`.
fn upsert(connection: &Connection, table: &str, columns: &[(&str, &dyn ToSql)]) -> rusqlite::Result<()> {
    upsert_by(connection, table, 1, columns)
}

/// As [`upsert`], where the first `keys` columns together are the key.
fn upsert_by(
    connection: &Connection,
    table: &str,
    keys: usize,
    columns: &[(&str, &dyn ToSql)],
) -> rusqlite::Result<()> {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let key: Vec<&str> = names.iter().take(keys).copied().collect();
    let updates: Vec<String> = names.iter().skip(keys).map(|name| format!("{name} = excluded.{name}")).collect();
    let sql = format!(
        "INSERT INTO {table} ({}) VALUES ({}) ON CONFLICT ({}) DO UPDATE SET {}",
        names.join(", "),
        vec!["?"; names.len()].join(", "),
        key.join(", "),
        updates.join(", "),
    );
    let values: Vec<&dyn ToSql> = columns.iter().map(|(_, value)| *value).collect();
    connection.prepare_cached(&sql)?.execute(values.as_slice()).map(drop)
}
