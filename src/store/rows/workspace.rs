//! Workspaces.

use std::path::PathBuf;

use rusqlite::{Connection, Row, params};

use super::upsert;
use crate::{
    domain::{
        Workspace, WorkspaceId,
        workspace::{Base, Changed, Overlap, State},
    },
    store::columns::{list, list_of, path, text_of, unknown, word},
};

pub(in crate::store) fn write(connection: &Connection, workspace: &Workspace) -> rusqlite::Result<()> {
    let (state, reason, proof, to) = match &workspace.state {
        State::Planned => ("planned", None, None, None),
        State::Ready => ("ready", None, None, None),
        State::Removing { reason } => ("removing", reason.as_deref(), None, None),
        State::Removed { proof } => ("removed", None, Some(proof), None),
        State::Left { reason } => ("left", Some(reason.as_str()), None, None),
        State::Restoring { proof, to } => ("restoring", None, Some(proof), to.as_deref()),
    };
    let base = workspace.base.as_ref();
    let changed = workspace.changed.as_ref();
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
            ("restored_to", &to.map(text_of).transpose()?),
            ("files", &changed.map(|changed| changed.files)),
            ("added", &changed.map(|changed| changed.added)),
            ("removed", &changed.map(|changed| changed.removed)),
            ("uncommitted", &changed.map(|changed| changed.uncommitted)),
            ("commits", &changed.map(|changed| changed.commits)),
            ("changed_note", &changed.and_then(|changed| changed.note.as_ref())),
            ("changed_at", &changed.map(|changed| changed.at)),
            ("looked_at", &workspace.looked_at),
            ("created_at", &workspace.created_at),
        ],
    )?;
    write_overlaps(connection, workspace)
}

fn write_overlaps(connection: &Connection, workspace: &Workspace) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM overlaps WHERE workspace = ?")?.execute([workspace.id])?;
    for (position, overlap) in workspace.overlaps.iter().enumerate() {
        connection
            .prepare_cached(
                "INSERT INTO overlaps (workspace, position, with_workspace, files, total, conflicts)
                 VALUES (?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                workspace.id,
                position,
                overlap.with,
                list_of(&overlap.files)?,
                overlap.total,
                list_of(&overlap.conflicts)?
            ])?;
    }
    Ok(())
}

pub(in crate::store) fn read(connection: &Connection, row: &Row<'_>) -> rusqlite::Result<Workspace> {
    let id = row.get("id")?;
    Ok(Workspace {
        id,
        objective: row.get("objective")?,
        owner: row.get("owner")?,
        target: row.get("target")?,
        kind: row.get("kind")?,
        repository: path(row, "repository")?,
        path: PathBuf::from(row.get::<_, String>("path")?),
        branch: row.get("branch")?,
        base: read_base(row)?,
        state: read_state(row)?,
        changed: read_changed(row)?,
        overlaps: read_overlaps(connection, id)?,
        looked_at: row.get("looked_at")?,
        created_at: row.get("created_at")?,
    })
}

fn read_base(row: &Row<'_>) -> rusqlite::Result<Option<Base>> {
    let Some(reference) = row.get("base_reference")? else { return Ok(None) };
    Ok(Some(Base { reference, commit: row.get("base_commit")?, note: row.get("base_note")? }))
}

fn read_changed(row: &Row<'_>) -> rusqlite::Result<Option<Changed>> {
    let Some(files) = row.get("files")? else { return Ok(None) };
    Ok(Some(Changed {
        files,
        added: row.get("added")?,
        removed: row.get("removed")?,
        uncommitted: row.get("uncommitted")?,
        commits: row.get("commits")?,
        note: row.get("changed_note")?,
        at: row.get("changed_at")?,
    }))
}

fn read_overlaps(connection: &Connection, workspace: WorkspaceId) -> rusqlite::Result<Vec<Overlap>> {
    connection
        .prepare_cached("SELECT * FROM overlaps WHERE workspace = ? ORDER BY position")?
        .query_map([workspace], |row| {
            Ok(Overlap {
                with: row.get("with_workspace")?,
                files: list(row, "files")?,
                total: row.get("total")?,
                conflicts: list(row, "conflicts")?,
            })
        })?
        .collect()
}

fn read_state(row: &Row<'_>) -> rusqlite::Result<State> {
    Ok(match word(row, "state")? {
        "planned" => State::Planned,
        "ready" => State::Ready,
        "removing" => State::Removing { reason: row.get("removal_reason")? },
        "removed" => State::Removed { proof: row.get("removal_proof")? },
        "left" => State::Left { reason: row.get("removal_reason")? },
        "restoring" => State::Restoring { proof: row.get("removal_proof")?, to: path(row, "restored_to")? },
        found => return Err(unknown("workspaces.state", found)),
    })
}
