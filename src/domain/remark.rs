//! What somebody said about a pull request, or what happened to it, that its work should heed.

use serde::{Deserialize, Serialize};

use super::{PullRequestId, RemarkId, SessionId, Timestamp};

/// What somebody said about a pull request, or what happened to it, that its work should heed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// `r4`.
    pub id: RemarkId,
    /// About which.
    pub pull_request: PullRequestId,
    /// Names it on its forge: what comes again under the same key is the same remark.
    pub key: String,
    /// What it is.
    pub kind: Kind,
    /// Who said it, by their name on the forge; empty of what happened.
    pub author: String,
    /// What it says, at most [`TEXT_BYTES`].
    pub text: String,
    /// The file and line it is about: `src/a.rs:12`.
    pub place: Option<String>,
    /// Its page.
    pub url: Option<String>,
    /// Whether somebody works on it.
    pub state: State,
    /// When it was made, as the forge says.
    pub created_at: Timestamp,
}

/// The longest text, in bytes.
pub const TEXT_BYTES: usize = 16 << 10;

impl Remark {
    /// ` by somebody`; nothing of what happened by itself.
    pub fn by(&self) -> String {
        if self.author.is_empty() { String::new() } else { format!(" by {}", self.author) }
    }
}

/// What a remark is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A comment on the whole.
    Comment,
    /// A comment on a line.
    LineComment,
    /// A review that approves.
    Approval,
    /// A review that wants changes.
    ChangesRequested,
    /// A check of its head failed.
    CheckFailed,
    /// It conflicts with its base.
    Conflict,
}

impl Kind {
    /// The one spelling people see.
    pub fn label(self) -> &'static str {
        match self {
            Kind::Comment => "comment",
            Kind::LineComment => "line comment",
            Kind::Approval => "approval",
            Kind::ChangesRequested => "changes requested",
            Kind::CheckFailed => "check failed",
            Kind::Conflict => "conflict",
        }
    }

    /// It asks for work.
    pub fn asks_for_work(self) -> bool {
        !matches!(self, Kind::Approval)
    }
}

/// Whether somebody works on a remark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Nobody has been told.
    Pending,
    /// It was given to this session.
    Given {
        /// Which.
        session: SessionId,
    },
    /// Nothing more comes of it.
    Settled {
        /// Why, in a few words.
        why: String,
    },
}

impl Remark {
    /// It asks for work that nobody has done yet.
    pub fn is_wanted(&self) -> bool {
        self.kind.asks_for_work() && !self.state.is_settled()
    }
}

impl State {
    /// Nothing more comes of it.
    pub fn is_settled(&self) -> bool {
        matches!(self, State::Settled { .. })
    }

    /// The one spelling people see.
    pub fn label(&self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Given { .. } => "given",
            State::Settled { .. } => "settled",
        }
    }
}
