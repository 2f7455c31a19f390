//! What one step of the engine did: rows as they are now. The store writes them, dashboards replace theirs.

use serde::{Deserialize, Serialize};

use super::{Attempt, Event, Message, Objective, Question, Session, Target, Workspace};

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
    /// A new line of the log.
    Event(Event),
}
