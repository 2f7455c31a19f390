//! One run of the commands that say whether the work in a workspace is good.

use serde::{Deserialize, Serialize};

use super::{ArtifactId, CheckpointId, ObjectiveId, SessionId, Timestamp, VerificationId, WorkspaceId};

/// One run of a repository's verify commands in a workspace, by the supervisor itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// `v2`.
    pub id: VerificationId,
    /// The objective it serves.
    pub objective: ObjectiveId,
    /// Whose work.
    pub session: SessionId,
    /// Where it runs.
    pub workspace: WorkspaceId,
    /// Why it was begun.
    pub cause: Cause,
    /// Which verification it is of this work since the person last had a say, from 1.
    pub round: u32,
    /// Where it stands.
    pub state: State,
    /// The commit that holds the files as they were verified, as a full hexadecimal object id, once it is known.
    pub commit: Option<String>,
    /// The workspace's last commit, if it is what was verified: nothing was uncommitted beside it.
    pub head: Option<String>,
    /// What the commands printed.
    pub artifact: Option<ArtifactId>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// Why a verification was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The agent said that its work is done.
    Done,
    /// The person wanted it.
    Person,
}

/// Where a verification stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Its commands run, or will.
    Running,
    /// All commands ended with exit code 0; the state they saw is kept.
    Passed {
        /// Where it is kept.
        checkpoint: CheckpointId,
    },
    /// A command did not.
    Failed {
        /// Which, and how: `cargo test exited with code 101`.
        how: String,
    },
    /// It could not be found out.
    Broken {
        /// Why.
        why: String,
    },
}

impl State {
    /// Nothing more comes of it.
    pub fn is_ended(&self) -> bool {
        !matches!(self, State::Running)
    }

    /// The one spelling people see.
    pub fn label(&self) -> &'static str {
        match self {
            State::Running => "verifying",
            State::Passed { .. } => "verified",
            State::Failed { .. } => "not verified",
            State::Broken { .. } => "could not be verified",
        }
    }
}
