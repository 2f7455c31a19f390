//! What reaches [`update`](mod@super::update): everything that can happen to a dashboard.

use crossterm::event::{KeyEvent, MouseEvent};

use super::{
    effect::{Comparison, Completion, Purpose},
    pane::scroll,
};
use crate::{
    api::{
        client,
        wire::{self, Step},
    },
    domain::{ArtifactId, Diff, Reply, SessionId, TargetSight, WorkspaceId, World},
};

/// Something that happened.
#[derive(Debug)]
pub enum Message {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size: columns, rows.
    Resized(u16, u16),
    /// The terminal got or lost the focus.
    Focused(bool),
    /// The daemon told everything it knows.
    World(Box<World>),
    /// The daemon told what changed.
    Step(Step),
    /// The daemon does not answer.
    Away(Problem),
    /// What came of a command.
    Answered(Purpose, Result<Reply, Problem>),
    /// A picture of the screen that is looked at.
    Screen(wire::Screen),
    /// The screen can't be seen, or no longer.
    NoScreen(SessionId, Option<Problem>),
    /// The agents there are.
    Agents(Result<Vec<wire::Agent>, Problem>),
    /// How we know what a session is doing.
    Explained(SessionId, Result<Box<wire::Why>, Problem>),
    /// What is in a workspace.
    Inspected(WorkspaceId, Result<Box<wire::WorkspaceDetail>, Problem>),
    /// What is seen of targets.
    Sights(Result<Vec<TargetSight>, Problem>),
    /// The text of an artifact.
    Artifact(ArtifactId, Result<Box<wire::ArtifactBody>, Problem>),
    /// Which folders complete what was written.
    Completed(Completion),
    /// What a workspace changed.
    Compared(Comparison, Result<Box<Diff>, Problem>),
    /// The person's editor has ended.
    Edited,
    /// Something for the past that is looked at.
    Past(SessionId, scroll::Message),
    /// The pane that is taken over drew something, or ended.
    TakenOver,
    /// Something outside went well, in words.
    Told(String),
    /// Something outside went wrong.
    Failed(Problem),
    /// The time has come that [`Model::wake_after`](super::model::Model::wake_after) asked for.
    Woken,
}

impl Message {
    /// It is the daemon's word on what it knows.
    pub fn is_of_the_world(&self) -> bool {
        matches!(self, Message::World(_) | Message::Step(_) | Message::Away(_))
    }
}

/// Something that went wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What happened and why, in one line.
    pub what: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem without advice.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), hint: None }
    }
}

impl From<client::Error> for Problem {
    fn from(error: client::Error) -> Self {
        let hint = match &error {
            client::Error::Refused(refusal) => refusal.hint.clone(),
            client::Error::NoDaemon { .. } => Some("any qd command starts it; qd daemon status says more".into()),
            client::Error::Broken(_) => Some("it is asked again by itself".into()),
            client::Error::Nonsense { .. } => Some("restart it with qd daemon stop; agents go on".into()),
        };
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        Self { what: format!("{error}{cause}"), hint }
    }
}
