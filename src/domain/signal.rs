//! What an agent told us, in words that are the same for every agent.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Failure, Meter, Timestamp, activity::Source, question, usage::Spent};

/// One thing an agent told us: a hook, a line of its status or of its transcript, or a word of `qd signal`, parsed at
/// the edge. What could not be parsed is kept as [`Says::Unknown`], never guessed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// When it happened, where the agent says so; otherwise when it reached us.
    pub at: Timestamp,
    /// The way it came.
    pub channel: Channel,
    /// The agent's own name for it, for example `PermissionRequest`.
    pub name: String,
    /// The words it was read from, shortened to [`Evidence::TEXT_CHARACTERS`](super::activity::Evidence).
    pub text: String,
    /// The agent's own id of the conversation it speaks of, where it names one.
    pub conversation: Option<String>,
    /// What it means.
    pub says: Says,
}

/// The way a signal came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A hook of the agent.
    Hook,
    /// The command that draws the agent's status line.
    StatusLine,
    /// `qd signal`, which any script or agent can call.
    Command,
    /// A tool of ours that the agent called.
    Tool,
    /// The agent's own transcript.
    Transcript,
}

impl Channel {
    /// Where a claim that came this way is from.
    pub fn source(self) -> Source {
        match self {
            Channel::Hook | Channel::StatusLine | Channel::Command | Channel::Tool => Source::Signal,
            Channel::Transcript => Source::Transcript,
        }
    }

    /// The one spelling people see.
    pub fn label(self) -> &'static str {
        match self {
            Channel::Hook => "hook",
            Channel::StatusLine => "status line",
            Channel::Command => "qd signal",
            Channel::Tool => "tool call",
            Channel::Transcript => "transcript",
        }
    }
}

/// What a signal means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "says", rename_all = "snake_case")]
pub enum Says {
    /// It has started, or started over on another conversation.
    Started {
        /// The file it writes its transcript to.
        transcript: Option<PathBuf>,
    },
    /// It took up a prompt.
    TookUp {
        /// The prompt, without what the agent wraps around it; shortened to a message's excerpt.
        prompt: String,
    },
    /// It is at work.
    Working {
        /// On what, for example `Bash: cargo test`; empty where it does not say.
        on: String,
        /// The tool call it began, by [`Ask::subject`], where it is one.
        subject: Option<String>,
    },
    /// A tool call is over, and it works on.
    ToolEnded {
        /// Which, by [`Ask::subject`].
        subject: String,
        /// It was not allowed to run.
        refused: bool,
    },
    /// It shortens its context.
    Compacting,
    /// Its provider failed, and it tries again by itself.
    Retrying {
        /// Which try it is, from 1.
        attempt: Option<u32>,
        /// How many there will be.
        of: Option<u32>,
        /// When it tries again.
        until: Option<Timestamp>,
        /// What failed.
        failure: Failure,
    },
    /// Its turn is over.
    TurnEnded {
        /// What goes on without it, each in a few words; it will take up a turn by itself when these end.
        background: Vec<String>,
    },
    /// Its turn ended because something failed.
    TurnFailed {
        /// What.
        failure: Failure,
    },
    /// Somebody interrupted its turn.
    Interrupted,
    /// It asks the person something, one question or several at once.
    Asks(Ask),
    /// It needs the person, who sees in its pane for what.
    Needs {
        /// What for, in its own words.
        what: String,
    },
    /// What it asked no longer waits.
    AskSettled {
        /// Which, by [`Ask::subject`].
        subject: String,
        /// What became of it, in a few words.
        outcome: String,
    },
    /// What it has used so far: absolute figures for each day and model they name.
    Spent(Vec<Spent>),
    /// What its meters show now.
    Metered(Meter),
    /// It ends.
    Left {
        /// Why, in its own word.
        reason: String,
    },
    /// Something it does that changes nothing for the person.
    Other,
    /// Something we do not know; the text has its beginning.
    Unknown,
}

/// Something an agent asks, which it waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Names the waiting call: the same when the same call is made again after a connection was lost.
    pub key: String,
    /// Names what it is about, so that a later signal can say that it is settled: the same for the same tool with the
    /// same input.
    pub subject: String,
    /// What kind of question it is.
    pub kind: question::Kind,
    /// The questions, answered one by one and sent back together.
    pub parts: Vec<Part>,
}

/// One of the questions of an [`Ask`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The question in words, for example `Claude wants to run Bash`.
    pub text: String,
    /// What is to be judged, whole: a command, a diff, a plan. Empty where the text says everything.
    pub detail: String,
    /// The answers that can be chosen.
    pub options: Vec<AskOption>,
    /// More than one can be chosen.
    pub multiple: bool,
    /// It can be answered in the person's own words.
    pub free_text: bool,
}

/// One answer that an agent offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskOption {
    /// What is chosen.
    pub label: String,
    /// What it means, in a line; may be empty.
    pub description: String,
    /// What choosing it comes to.
    pub verdict: question::Verdict,
}

/// What the person decided about an [`Ask`]: goes back through the waiting call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// One for each part of the ask, in order.
    pub answers: Vec<question::Answer>,
}
