//! What an objective leaves behind beside its branches.

use serde::{Deserialize, Serialize};

use super::{ArtifactId, ObjectiveId, SessionId, Timestamp};

/// Something an objective leaves behind: what an agent wrote, or what the supervisor found. Its body stays in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// `f4`.
    pub id: ArtifactId,
    /// Whose.
    pub objective: ObjectiveId,
    /// The session that made it, or whose work it is about.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An agent's report of what it has done.
    Report,
    /// A note for whoever comes after.
    Note,
    /// A change as a unified diff.
    Patch,
    /// Figures that were measured.
    Benchmark,
    /// What the commands said that verify a session's work.
    Verify,
    /// What the commands said that made a workspace ready.
    Setup,
    /// What a reviewer found.
    Review,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 7] =
        [Kind::Report, Kind::Note, Kind::Patch, Kind::Benchmark, Kind::Verify, Kind::Setup, Kind::Review];

    /// The one spelling people see.
    pub fn label(self) -> &'static str {
        match self {
            Kind::Report => "report",
            Kind::Note => "note",
            Kind::Patch => "patch",
            Kind::Benchmark => "benchmark",
            Kind::Verify => "verify",
            Kind::Setup => "setup",
            Kind::Review => "review",
        }
    }
}

/// `body` within [`BODY_BYTES`]: of what is longer the beginning and the end stay, and a line between them says how much
/// was left out.
pub fn bounded(body: String) -> String {
    if body.len() <= BODY_BYTES {
        return body;
    }
    // Room for the line between them.
    let half = (BODY_BYTES - 100) / 2;
    let (mut head, mut tail) = (half, body.len() - half);
    while !body.is_char_boundary(head) {
        head -= 1;
    }
    while !body.is_char_boundary(tail) {
        tail += 1;
    }
    format!("{}\n… {} bytes were left out here …\n{}", &body[..head], tail - head, &body[tail..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_keeps_its_ends_and_says_what_is_missing() {
        assert_eq!(bounded("short".into()), "short");
        let whole = bounded("é".repeat(BODY_BYTES / 2));
        assert_eq!(whole.len(), BODY_BYTES);
        let cut = bounded(format!("first{}last", "é".repeat(BODY_BYTES)));
        assert!(cut.len() <= BODY_BYTES, "{}", cut.len());
        assert!(cut.starts_with("first") && cut.ends_with("last") && cut.contains(" bytes were left out here "));
    }
}
