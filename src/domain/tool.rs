//! What an agent may ask of the supervisor through its tools, and what it gets back.

use serde::{Deserialize, Serialize};

use super::{Artifact, ArtifactId, artifact, session::Outcome};

/// One call of a tool. A call that waits for the person, `ask_user`, is a [`signal::Ask`](super::signal::Ask).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tool", rename_all = "snake_case")]
pub enum ToolCall {
    /// Say what came of the work.
    ReportResult {
        /// What came of it.
        outcome: Outcome,
        /// What was done, what was not.
        summary: String,
        /// How the agent knows: commands it ran, what they said.
        evidence: Option<String>,
    },
    /// Say how far the work is, one line.
    ReportProgress {
        /// How far.
        text: String,
    },
    /// Leave something for whoever comes after.
    CreateNote {
        /// What it is.
        kind: artifact::Kind,
        /// One line.
        title: String,
        /// Markdown or a diff, at most [`artifact::BODY_BYTES`].
        body: String,
    },
    /// List what the objective has left behind so far.
    ListArtifacts,
}

/// What a tool call comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum ToolReply {
    /// It is noted.
    Noted,
    /// It is kept under this id.
    Kept {
        /// Which.
        artifact: ArtifactId,
    },
    /// What there is, oldest first.
    Artifacts {
        /// Each without its body.
        artifacts: Vec<Artifact>,
    },
}
