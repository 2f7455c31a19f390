//! Artifacts, and their bodies.

use rusqlite::{Connection, Row, params};

use super::upsert;
use crate::domain::{Artifact, ArtifactId};

pub(in crate::store) fn write(connection: &Connection, artifact: &Artifact) -> rusqlite::Result<()> {
    upsert(
        connection,
        "artifacts",
        &[
            ("id", &artifact.id),
            ("objective", &artifact.objective),
            ("session", &artifact.session),
            ("kind", &artifact.kind),
            ("title", &artifact.title),
            ("bytes", &artifact.bytes),
            ("created_at", &artifact.created_at),
        ],
    )
}

pub(in crate::store) fn write_body(connection: &Connection, artifact: ArtifactId, body: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO artifact_bodies (artifact, body) VALUES (?, ?)")?
        .execute(params![artifact, body])
        .map(drop)
}

pub(in crate::store) fn read(row: &Row<'_>) -> rusqlite::Result<Artifact> {
    Ok(Artifact {
        id: row.get("id")?,
        objective: row.get("objective")?,
        session: row.get("session")?,
        kind: row.get("kind")?,
        title: row.get("title")?,
        bytes: row.get("bytes")?,
        created_at: row.get("created_at")?,
    })
}
