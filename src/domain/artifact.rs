//! What an objective leaves behind beside its branches.

use serde::{Deserialize, Serialize};

use super::{ArtifactId, ObjectiveId, SessionId, Timestamp};

/// Something an objective leaves behind: a report or a note that an agent wrote. Its body stays in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// `f4`.
    pub id: ArtifactId,
    /// Whose.
    pub objective: ObjectiveId,
    /// The session that made it.
    pub session: SessionId,
    /// What it is.
    pub kind: Kind,
    /// One line.
    pub title: String,
    /// The body's size in bytes.
    pub bytes: usize,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The largest body, in bytes.
pub const BODY_BYTES: usize = 256 * 1024;

/// What an artifact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An agent's report of what it has done.
    Report,
    /// A note for whoever comes after.
    Note,
}

impl Kind {
    /// The one spelling people see.
    pub fn label(self) -> &'static str {
        match self {
            Kind::Report => "report",
            Kind::Note => "note",
        }
    }
}
