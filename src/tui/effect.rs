//! What leaves [`update`](mod@super::update): everything that reaches outside the model.

use std::path::PathBuf;

use crossterm::event::{KeyEvent, MouseEvent};

use super::pane::scroll::Fetch;
use crate::{
    api::wire::Size,
    domain::{ArtifactId, AttemptId, Command, ObjectiveId, QuestionId, SessionId, WorkspaceId, diff::Side},
};

/// Something to be done outside. What comes of it comes back as a [`Message`](super::message::Message).
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Ask the daemon for something.
    Ask {
        /// What the answer is for.
        purpose: Purpose,
        /// What is asked for.
        command: Command,
    },
    /// Look at this screen, and at no other.
    Look(Option<Looking>),
    /// Fetch a stretch of a screen's past.
    Fetch(SessionId, Fetch),
    /// Find out which agents there are.
    FindAgents,
    /// Look at these workspaces.
    Inspect(Vec<WorkspaceId>),
    /// See how targets fare.
    See,
    /// Fetch the text of an artifact.
    ReadArtifact(ArtifactId),
    /// Write all of an objective into a file.
    Export(ObjectiveId),
    /// Find out how we know what a session is doing.
    Explain(SessionId),
    /// Write how we know it into a file.
    SaveWhy(SessionId),
    /// Which folders, or repositories' names, start with this.
    Complete(String),
    /// Find out what a workspace changed.
    Compare(Comparison),
    /// Hand the terminal to the person's editor until it ends.
    Edit(Opening),
    /// Hand the terminal to tmux until the person returns.
    Attach(SessionId),
    /// Open this session's pane for typing, here.
    TakeOver(SessionId, Size),
    /// Give what the person does to the pane that is taken over.
    Type(Typed),
    /// Leave the pane that is taken over as it is.
    LetGo,
    /// Put the command line that attaches to this session where the person can paste it from.
    CopyAttachLine(SessionId),
    /// Put this text where the person can paste it from.
    Copy(String),
    /// Write the theme's name into the person's settings.
    KeepTheme {
        /// The settings.
        file: PathBuf,
        /// The theme.
        name: String,
    },
    /// Name the terminal's window.
    NameWindow(String),
    /// Call the person: a title, and what happened in one line.
    Call(String, String),
    /// Send the terminal everything anew.
    Redraw,
    /// Leave the dashboard.
    Leave,
}

/// What the person does in a pane that is taken over.
#[derive(Debug, Clone, PartialEq)]
pub enum Typed {
    /// A key.
    Key(KeyEvent),
    /// A paste.
    Paste(String),
    /// The mouse.
    Mouse(MouseEvent),
}

/// Which screen is looked at, and in which size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looking {
    /// Whose.
    pub session: SessionId,
    /// Which launch; another one is another screen.
    pub attempt: AttemptId,
    /// The room it has on the dashboard.
    pub size: Size,
}

/// What a command was for: where its answer goes, and what has to be put back when it is refused.
#[derive(Debug, Clone, PartialEq)]
pub enum Purpose {
    /// The form that creates an objective or a session.
    Create,
    /// A steer, with its text.
    Steer {
        /// To whom.
        session: SessionId,
        /// Which of the texts that are under way.
        number: u64,
        /// What.
        text: String,
    },
    /// An answer to a question.
    Answer {
        /// To which.
        question: QuestionId,
        /// What, in words.
        words: String,
    },
    /// Comments on changes.
    Comments {
        /// To whom.
        session: SessionId,
        /// On which workspace's.
        workspace: WorkspaceId,
        /// Which comments.
        numbers: Vec<u64>,
    },
    /// The word that changes were seen. Nobody asked for it, and nobody is told what comes of it.
    Seen,
    /// The removal of a workspace, which may need a reason.
    Reclaim {
        /// Which.
        workspace: WorkspaceId,
    },
    /// The form that offers work, or says something about it.
    Offer {
        /// What the person reads when it is done.
        done: String,
    },
    /// The form of a target.
    Target {
        /// What the person reads when it is done.
        done: String,
    },
    /// Anything else: what the person reads when it is done.
    Other {
        /// For example `s14 canceled`.
        done: String,
    },
}

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Which workspace.
    pub workspace: WorkspaceId,
    /// What it is compared with.
    pub from: Side,
    /// The state that is compared.
    pub to: Side,
    /// The one file whose text is wanted; `None`: all files without their texts.
    pub path: Option<String>,
    /// Which reading it is for.
    pub number: u64,
}

/// A file to be opened in an editor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The file.
    pub file: PathBuf,
    /// The line the cursor belongs on, from 1.
    pub line: u32,
}

/// Folders that complete what was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Completion {
    /// What was written.
    pub written: String,
    /// The folders that start with it, complete, in order.
    pub folders: Vec<PathBuf>,
}
