//! What travels through the door beside the domain's own types.

pub mod agents;

use std::{net::SocketAddr, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::{
    Artifact, Attempt, Change, Event, Message, Objective, ObjectiveId, ProfileName, PullRequest, Question, Remark,
    Session, SessionId, Target, TargetSight, Timestamp, Workspace, activity::Evidence, artifact,
};

/// The version of this door. A client and a daemon that differ say so and offer to restart the daemon.
pub const PROTOCOL: u32 = 1;

/// A target, and what is seen of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetDetail {
    /// The target.
    pub target: Target,
    /// What is seen of it.
    pub sight: TargetSight,
}

/// Who answers at the socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The program's version, for example `0.1.0`.
    pub version: String,
    /// [`PROTOCOL`] of the daemon.
    pub protocol: u32,
    /// A fingerprint of the daemon's executable, so that a rebuilt `qd` notices an older daemon.
    pub build: String,
    /// The daemon's process id.
    pub pid: u32,
    /// When it started.
    pub started_at: Timestamp,
    /// The state directory it serves.
    pub state: PathBuf,
    /// The world's revision.
    pub revision: u64,
    /// What the daemon has to say about its tmux server: `connected since …`, or why not.
    pub tmux: TmuxStatus,
    /// Sessions whose program lives.
    pub live_sessions: usize,
    /// Where the agents' door is; absent in what older daemons say.
    #[serde(default)]
    pub agents_door: Option<AgentsDoor>,
}

/// Where the agents' door is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentsDoor {
    /// Its address, on loopback.
    pub address: SocketAddr,
    /// The port it had until this daemon started, where that was taken: agents that ran then can't be heard until they
    /// are resumed.
    pub moved_from: Option<u16>,
}

/// How the daemon stands with its tmux server.
pub use crate::domain::Terminal as TmuxStatus;

/// What one step of the engine changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The world's revision after it.
    pub revision: u64,
    /// The rows, in the order in which they are to be applied.
    pub changes: Vec<Change>,
    /// The reader fell too far behind: it must fetch the world anew. `changes` is empty.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reload: bool,
}

/// A pane's picture.
pub use crate::domain::Picture as Screen;

/// The size in which a pane is being looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Columns, 2 to 1000.
    pub columns: u16,
    /// Rows, 1 to 1000.
    pub rows: u16,
}

/// A stretch of what a session showed, as plain lines with SGR escapes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcript {
    /// Number of the first line given, from 0.
    pub first: u64,
    /// The lines, oldest first.
    pub lines: Vec<String>,
    /// How many lines there are in all.
    pub total: u64,
    /// How they were made: `recorded lines`, or `repainted screens` for a program on the alternate screen.
    pub source: String,
    /// Older output was let go of to keep the recording within its bound.
    pub truncated: bool,
}

/// How to reach a pane with tmux itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attach {
    /// Program and arguments; run it with `TMUX` unset and the terminal inherited.
    pub argv: Vec<String>,
    /// The same for looking only: no key reaches the agent and the pane keeps its size.
    pub read_only_argv: Vec<String>,
    /// The same as one line for a shell, to be copied.
    pub line: String,
    /// The pane's size before attaching.
    pub size: Size,
}

/// Everything about one session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionDetail {
    /// The session.
    pub session: Session,
    /// Its objective.
    pub objective: Objective,
    /// All its attempts, oldest first.
    pub attempts: Vec<Attempt>,
    /// All its messages, oldest first.
    pub messages: Vec<Message>,
    /// All its questions, oldest first.
    pub questions: Vec<Question>,
    /// What it left behind: its reports and notes, oldest first.
    #[serde(default)]
    pub artifacts: Vec<Artifact>,
    /// Its workspace.
    pub workspace: Option<Workspace>,
    /// The newest lines of the log about it, oldest first, at most 50.
    pub events: Vec<Event>,
}

/// How we know what a session is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// The claim in words, for example `s3 is working`.
    pub claim: String,
    /// When it goes on by itself, where that is known.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// The evidence the claim rests on.
    pub evidence: Evidence,
    /// Everything else that was looked at, with what it said.
    pub also: Vec<Evidence>,
    /// What we do not know and why, in words.
    pub unknown: Vec<String>,
    /// The last rows of the screen as they were when it was read, plain text.
    pub screen: Vec<String>,
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// Where it is. Only its owner can read it.
    pub path: PathBuf,
}

/// A message with its whole text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageBody {
    /// The message.
    pub message: Message,
    /// Its text.
    pub body: String,
}

/// A pull request with all that was ever said about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequestDetail {
    /// The pull request.
    pub pull_request: PullRequest,
    /// What was said about it, oldest first; also what is settled.
    pub remarks: Vec<Remark>,
}

/// Which artifacts are asked for; without any of it, all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArtifactsOf {
    /// Only those of this objective.
    pub objective: Option<ObjectiveId>,
    /// Only those of this session.
    pub session: Option<SessionId>,
    /// Only those of this kind.
    pub kind: Option<artifact::Kind>,
}

/// An artifact with its body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtifactBody {
    /// The artifact.
    pub artifact: Artifact,
    /// Its text.
    pub body: String,
}

/// Something a search found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// What it was found in: `session`, `objective`, `message`, `question`, `event` or `transcript`.
    pub place: String,
    /// The id of that thing as people write it, for example `m5`.
    pub id: String,
    /// The session it concerns.
    pub session: Option<SessionId>,
    /// The text around the match, with the match between `[` and `]`.
    pub excerpt: String,
    /// When it was written; for a transcript, when its recording was last written to.
    pub at: Timestamp,
}

/// Whose usage is asked for, and since when; without any of it, everybody's and all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsageOf {
    /// Only that of this objective's sessions.
    pub objective: Option<ObjectiveId>,
    /// Only that of this session.
    pub session: Option<SessionId>,
    /// Only that of this agent.
    pub agent: Option<ProfileName>,
    /// Only that of this day and later ones: `2026-11-21`.
    pub since: Option<String>,
}

/// What was found of an agent on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Its profile's name.
    pub name: ProfileName,
    /// What people call it.
    pub title: String,
    /// Whether it can be used.
    pub found: Found,
    /// Where the profile comes from: `built in`, or the file.
    pub origin: String,
    /// How to get it.
    pub install: String,
    /// New sessions use it unless told otherwise.
    pub default: bool,
}

/// Whether an agent can be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "found", rename_all = "snake_case")]
pub enum Found {
    /// It can.
    Usable {
        /// The program's absolute path.
        path: PathBuf,
        /// What it says its version is, one line.
        version: String,
    },
    /// It can't.
    Unusable {
        /// Why, in one line.
        reason: String,
    },
}

/// What is in a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceDetail {
    /// The workspace.
    pub workspace: Workspace,
    /// Paths with uncommitted changes, relative, at most 200.
    pub uncommitted: Vec<String>,
    /// Commits that exist nowhere else: abbreviated id and subject, at most 200.
    pub only_here: Vec<String>,
    /// Its size on disk in bytes.
    pub bytes: u64,
    /// Why it could be removed without loss, or what would be lost.
    pub verdict: String,
    /// It can be removed without loss.
    pub removable: bool,
}

/// A workspace that was removed and can be brought back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedWorkspace {
    /// The workspace as it was.
    #[serde(flatten)]
    pub workspace: Workspace,
    /// When it was removed.
    pub removed_at: Timestamp,
    /// Until when it can be brought back, at least.
    pub until: Timestamp,
    /// How many of its files were in no commit.
    pub uncommitted: usize,
    /// Where it is kept: a reference of its repository, or a folder.
    pub kept_in: String,
}
