//! Targets.

use rusqlite::{Connection, Row};

use super::upsert;
use crate::{
    domain::{Target, target::State},
    store::columns::{unknown, word},
};

pub(in crate::store) fn write(connection: &Connection, target: &Target) -> rusqlite::Result<()> {
    let (state, reason) = match &target.state {
        State::Online => ("online", None),
        State::Draining => ("draining", None),
        State::Disabled => ("disabled", None),
        State::Unreachable { reason } => ("unreachable", Some(reason)),
    };
    upsert(
        connection,
        "targets",
        &[
            ("name", &target.name),
            ("state", &state),
            ("reason", &reason),
            ("state_since", &target.state_since),
            ("capacity", &target.capacity),
        ],
    )
}

pub(in crate::store) fn read(row: &Row<'_>) -> rusqlite::Result<Target> {
    let state = match word(row, "state")? {
        "online" => State::Online,
        "draining" => State::Draining,
        "disabled" => State::Disabled,
        "unreachable" => State::Unreachable { reason: row.get("reason")? },
        found => return Err(unknown("targets.state", found)),
    };
    Ok(Target { name: row.get("name")?, state, state_since: row.get("state_since")?, capacity: row.get("capacity")? })
}
