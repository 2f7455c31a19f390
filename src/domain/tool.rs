//! What an agent may ask of the supervisor through its tools, and what it gets back.

use serde::{Deserialize, Serialize};

use super::{Artifact, ArtifactId, PullRequestId, artifact, pull_request::Forge, session::Outcome};

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
    /// Offer the session's commits for review, or what has come since.
    PublishPr {
        /// One line; the session's title when absent.
        title: Option<String>,
        /// Markdown; the report when absent.
        body: Option<String>,
        /// Where; as the repository is set up when absent.
        forge: Option<Forge>,
    },
    /// Change what the session's pull request says of itself.
    UpdatePr {
        /// One line.
        title: Option<String>,
        /// Markdown.
        body: Option<String>,
    },
    /// Say something about the session's pull request.
    CommentPr {
        /// Markdown.
        text: String,
    },
    /// Say what is to be said of the change that the session reviews.
    SubmitReview {
        /// The change is good as it is.
        approve: bool,
        /// Why, or what must be changed. Markdown.
        summary: String,
    },
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
    /// The pull request is being moved on.
    PullRequest {
        /// Which.
        pull_request: PullRequestId,
    },
    /// What there is, oldest first.
    Artifacts {
        /// Each without its body.
        artifacts: Vec<Artifact>,
    },
}
