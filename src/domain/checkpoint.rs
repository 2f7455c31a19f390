//! A kept state of a workspace, to which it can be rolled back.

use serde::{Deserialize, Serialize};

use super::{CheckpointId, ObjectiveId, SessionId, Timestamp, WorkspaceId};

/// A kept state of a workspace: its commits, and its uncommitted and untracked files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// `c3`.
    pub id: CheckpointId,
    /// The objective it serves.
    pub objective: ObjectiveId,
    /// Whose work.
    pub session: SessionId,
    /// Of which workspace.
    pub workspace: WorkspaceId,
    /// The commit that holds its files, as a full hexadecimal object id; its first parent is the workspace's last commit.
    pub commit: String,
    /// Why it was kept, in a few words: `verified by v2`.
    pub reason: String,
    /// When.
    pub created_at: Timestamp,
}
