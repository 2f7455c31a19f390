//! Workspaces.

use std::path::PathBuf;

use rusqlite::{Connection, Row};

use super::upsert;
use crate::{
    domain::{
        Workspace,
        workspace::{Base, State},
    },
    store::columns::{path, text_of, unknown, word},
};

pub(in crate::store) fn write(connection: &Connection, workspace: &Workspace) -> rusqlite::Result<()> {
    let (state, reason, proof) = match &workspace.state {
        State::Planned => ("planned", None, None),
        State::Ready => ("ready", None, None),
        State::Removing { reason } => ("removing", reason.as_deref(), None),
        State::Removed { proof } => ("removed", None, Some(proof)),
    };
    let base = workspace.base.as_ref();
    upsert(
        connection,
        "workspaces",
        &[
            ("id", &workspace.id),
            ("objective", &workspace.objective),
            ("owner", &workspace.owner),
            ("target", &workspace.target),
            ("kind", &workspace.kind),
            ("repository", &workspace.repository.as_deref().map(text_of).transpose()?),
            ("path", &text_of(&workspace.path)?),
            ("branch", &workspace.branch),
            ("base_reference", &base.map(|base| &base.reference)),
            ("base_commit", &base.map(|base| &base.commit)),
            ("base_note", &base.and_then(|base| base.note.as_ref())),
            ("state", &state),
            ("removal_reason", &reason),
            ("removal_proof", &proof),
            ("created_at", &workspace.created_at),
        ],
    )
}

pub(in crate::store) fn read(row: &Row<'_>) -> rusqlite::Result<Workspace> {
    Ok(Workspace {
        id: row.get("id")?,
        objective: row.get("objective")?,
        owner: row.get("owner")?,
        target: row.get("target")?,
        kind: row.get("kind")?,
        repository: path(row, "repository")?,
        path: PathBuf::from(row.get::<_, String>("path")?),
        branch: row.get("branch")?,
        base: read_base(row)?,
        state: read_state(row)?,
        created_at: row.get("created_at")?,
    })
}

fn read_base(row: &Row<'_>) -> rusqlite::Result<Option<Base>> {
    let Some(reference) = row.get("base_reference")? else { return Ok(None) };
    Ok(Some(Base { reference, commit: row.get("base_commit")?, note: row.get("base_note")? }))
}

fn read_state(row: &Row<'_>) -> rusqlite::Result<State> {
    Ok(match word(row, "state")? {
        "planned" => State::Planned,
        "ready" => State::Ready,
        "removing" => State::Removing { reason: row.get("removal_reason")? },
        "removed" => State::Removed { proof: row.get("removal_proof")? },
        found => return Err(unknown("workspaces.state", found)),
    })
}
