//! What a reviewer session says of another session's change.

use serde::{Deserialize, Serialize};

use super::{ObjectiveId, SessionId, Timestamp, WorkspaceId};

/// What a reviewer session says of exactly one state of another session's change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// The session that judges.
    pub reviewer: SessionId,
    /// The objective both serve.
    pub objective: ObjectiveId,
    /// The session whose change is judged.
    pub author: SessionId,
    /// The workspace that has the change.
    pub workspace: WorkspaceId,
    /// The change that was given to judge, by [`Diff::fingerprint`](super::Diff::fingerprint); what differs is another change.
    pub fingerprint: String,
    /// What it says.
    pub verdict: Verdict,
    /// When it was asked for.
    pub created_at: Timestamp,
}

/// What a reviewer says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing yet.
    Awaited,
    /// The change is good.
    Approved {
        /// Its words, one line.
        summary: String,
        /// When.
        at: Timestamp,
    },
    /// Something must be changed.
    ChangesRequested {
        /// Its words, one line.
        summary: String,
        /// When.
        at: Timestamp,
    },
    /// The person has decided instead.
    Overruled {
        /// Why.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// The reviewer ended without a word.
    Missing {
        /// Why.
        why: String,
        /// When.
        at: Timestamp,
    },
}

impl Verdict {
    /// The change may go on.
    pub fn lets_pass(&self) -> bool {
        matches!(self, Verdict::Approved { .. } | Verdict::Overruled { .. })
    }

    /// The one spelling people see.
    pub fn label(&self) -> &'static str {
        match self {
            Verdict::Awaited => "under review",
            Verdict::Approved { .. } => "approved",
            Verdict::ChangesRequested { .. } => "changes requested",
            Verdict::Overruled { .. } => "overruled",
            Verdict::Missing { .. } => "not reviewed",
        }
    }
}
