//! What one step of the engine did: rows as they are now. The store writes them, dashboards replace theirs.

use serde::{Deserialize, Serialize};

use super::{
    Artifact, Attempt, Checkpoint, Event, Judgement, Message, Objective, PullRequest, Question, Remark, Session,
    Target, TargetName, Usage, Verification, Workspace, usage::Metered,
};

/// One row as it is now. As JSON: `{"change":"session", "id":"s14", …}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// An objective.
    Objective(Objective),
    /// A session.
    Session(Session),
    /// An attempt.
    Attempt(Attempt),
    /// A message.
    Message(Message),
    /// A question.
    Question(Question),
    /// A workspace.
    Workspace(Workspace),
    /// A target.
    Target(Target),
    /// A target that the person has removed.
    TargetRemoved {
        /// Which.
        target: TargetName,
    },
    /// What an attempt used of one model on one day.
    Usage(Usage),
    /// What an attempt's meters show.
    Metered(Metered),
    /// Something an objective leaves behind.
    Artifact(Artifact),
    /// A branch that is offered for review.
    PullRequest(PullRequest),
    /// What somebody said about one.
    Remark(Remark),
    /// A run of the commands that verify a workspace.
    Verification(Verification),
    /// A kept state of a workspace.
    Checkpoint(Checkpoint),
    /// What a reviewer session says.
    Judgement(Judgement),
    /// A new line of the log.
    Event(Event),
}
