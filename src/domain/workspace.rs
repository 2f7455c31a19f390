//! A checkout with one owner at a time.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{ObjectiveId, SessionId, TargetName, Timestamp, WorkspaceId};

/// A checkout with one owner at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// `w2`.
    pub id: WorkspaceId,
    /// The objective it serves.
    pub objective: ObjectiveId,
    /// The session that owns it.
    pub owner: SessionId,
    /// Where it is.
    pub target: TargetName,
    /// What kind of checkout.
    pub kind: Kind,
    /// The repository it comes from; `None` for a plain folder.
    pub repository: Option<PathBuf>,
    /// The folder the agent works in, absolute; empty while it is planned.
    pub path: PathBuf,
    /// The branch it has checked out; `None` in a shared or plain folder.
    pub branch: Option<String>,
    /// What it is based on.
    pub base: Option<Base>,
    /// Whether it is there.
    pub state: State,
    /// What was changed in it against its base, as far as it was looked at.
    pub changed: Option<Changed>,
    /// Which other live workspaces change the same files.
    pub overlaps: Vec<Overlap>,
    /// When the person last looked at its changes.
    pub looked_at: Option<Timestamp>,
    /// When it was planned.
    pub created_at: Timestamp,
}

/// What was changed in a workspace against its base: commits and uncommitted files together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Changed files.
    pub files: u32,
    /// Added lines.
    pub added: u32,
    /// Removed lines.
    pub removed: u32,
    /// Files that are in no commit as they are.
    pub uncommitted: u32,
    /// Commits on top of the base.
    pub commits: u32,
    /// What should be known about the figures.
    pub note: Option<String>,
    /// When they were taken.
    pub at: Timestamp,
}

/// Another live workspace of the same repository that changes the same files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlap {
    /// Which.
    pub with: WorkspaceId,
    /// The files that both change, at most 20.
    pub files: Vec<String>,
    /// How many they are in all.
    pub total: u32,
    /// Those in which a merge of both would conflict, at most 20.
    pub conflicts: Vec<String>,
}

/// What a branch is based on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// The reference it was taken from, for example `origin/main`.
    pub reference: String,
    /// Its commit, as a full hexadecimal object id.
    pub commit: String,
    /// What the person should know about it, for example that the remote could not be asked.
    pub note: Option<String>,
}

/// What kind of checkout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A git worktree of its own, on a branch of its own.
    #[default]
    Isolated,
    /// A git worktree of its own, on the branch of a pull request.
    PullRequest,
    /// The person's own checkout or folder, as it is.
    Shared,
    /// An empty folder of our own, outside any repository.
    Scratch,
}

impl Kind {
    /// The one spelling people see.
    pub fn label(self) -> &'static str {
        match self {
            Kind::Isolated => "isolated",
            Kind::PullRequest => "pull request",
            Kind::Shared => "shared",
            Kind::Scratch => "scratch",
        }
    }
}

/// Whether a workspace is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// It is being made.
    Planned,
    /// It is there.
    Ready,
    /// It is being removed, with this word of the person against the risk, if they gave one.
    Removing {
        /// Why what is at risk may go.
        reason: Option<String>,
    },
    /// It is gone; `proof` says why nothing was lost, or what was given up. It can be brought back for a set time.
    Removed {
        /// For example `branch is contained in origin/main`.
        proof: String,
    },
    /// Its target was removed from our list with it, and it may still be there.
    Left {
        /// Why, in the person's words.
        reason: String,
    },
    /// It was removed, and is being brought back.
    Restoring {
        /// Why it could be removed.
        proof: String,
        /// Where to; to where it was when absent.
        to: Option<PathBuf>,
    },
}

impl State {
    /// The one spelling people see.
    pub fn label(&self) -> &'static str {
        match self {
            State::Planned => "planned",
            State::Ready => "ready",
            State::Removing { .. } => "removing",
            State::Removed { .. } => "removed",
            State::Left { .. } => "left behind",
            State::Restoring { .. } => "restoring",
        }
    }
}
