//! The log: what happened, in words, for ever after (within its retention).

use serde::{Deserialize, Serialize};

use super::{ObjectiveId, SessionId, Timestamp};

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its place in the log, counting from 1; given by the core, never reused.
    pub sequence: u64,
    /// When it happened.
    pub at: Timestamp,
    /// What kind of thing happened.
    pub kind: Kind,
    /// The objective it concerns.
    pub objective: Option<ObjectiveId>,
    /// The session it concerns.
    pub session: Option<SessionId>,
    /// What happened, in one line.
    pub text: String,
}

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An objective was created, ended or changed.
    Objective,
    /// A session changed its state.
    Session,
    /// An attempt changed its state.
    Attempt,
    /// What an agent is doing changed.
    Activity,
    /// A message came a step further.
    Message,
    /// A question was asked, answered or withdrawn.
    Question,
    /// A workspace was made or removed.
    Workspace,
    /// A pull request was made, published, judged, merged or closed.
    PullRequest,
    /// A target changed.
    Target,
    /// The supervisor itself started, stopped, or had to say something.
    Supervisor,
}

impl Kind {
    /// The one spelling people see.
    pub fn label(self) -> &'static str {
        match self {
            Kind::Objective => "objective",
            Kind::Session => "session",
            Kind::Attempt => "attempt",
            Kind::Activity => "activity",
            Kind::Message => "message",
            Kind::Question => "question",
            Kind::Workspace => "workspace",
            Kind::PullRequest => "pull request",
            Kind::Target => "target",
            Kind::Supervisor => "supervisor",
        }
    }
}
