//! What only the person can decide.

use serde::{Deserialize, Serialize};

use super::{MessageId, ObjectiveId, QuestionId, SessionId, Timestamp};

/// What only the person can decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// `q3`.
    pub id: QuestionId,
    /// The objective it belongs to.
    pub objective: ObjectiveId,
    /// The session that waits for the answer.
    pub session: SessionId,
    /// What it is about.
    pub kind: Kind,
    /// The question in words, with what led to it.
    pub text: String,
    /// The answers that can be chosen, in the order of their number keys, from 1.
    pub choices: Vec<Choice>,
    /// Whether it still waits.
    pub state: State,
    /// When it was asked.
    pub created_at: Timestamp,
}

/// What a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The program ended, and nobody has said that the work is done.
    Ended,
    /// The pane is gone with its tmux server or its machine.
    Vanished,
    /// The workspace or the program could not be started.
    NotStarted,
    /// A message may or may not have arrived.
    Delivery,
}

impl Kind {
    /// The one spelling people see.
    pub fn label(self) -> &'static str {
        match self {
            Kind::Ended => "ended",
            Kind::Vanished => "vanished",
            Kind::NotStarted => "not started",
            Kind::Delivery => "delivery",
        }
    }
}

/// One answer that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What the person reads.
    pub label: String,
    /// What happens when it is chosen.
    pub action: Action,
}

/// What happens when an answer is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Start the agent again: on the conversation it had, or with its first prompt while that still waits.
    Resume,
    /// The work is done.
    MarkDone,
    /// The work has failed.
    MarkFailed,
    /// Send this message again.
    SendAgain(MessageId),
    /// Consider this message delivered, or not worth sending again.
    DropMessage(MessageId),
}

/// Whether a question still waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// It waits.
    Open,
    /// The person answered.
    Answered {
        /// The label of the choice.
        answer: String,
        /// When.
        at: Timestamp,
    },
    /// It no longer needs an answer.
    Withdrawn {
        /// Why.
        reason: String,
        /// When.
        at: Timestamp,
    },
}

impl State {
    /// It waits.
    pub fn is_open(&self) -> bool {
        matches!(self, State::Open)
    }

    /// The one spelling people see.
    pub fn label(&self) -> &'static str {
        match self {
            State::Open => "open",
            State::Answered { .. } => "answered",
            State::Withdrawn { .. } => "withdrawn",
        }
    }
}
