//! What agents tell: their hooks and their status line, each in its own dialect, read into one vocabulary.
//!
//! Pure, and never failing: what an agent sends is data that may be anything, so what can't be read is
//! [`Says::Unknown`] with its beginning, never an error and never a guess.
//!
//! - [`hook`] reads a hook, [`status_line`] what the command of a status line is given.
//! - [`waits`] says whether that hook's process waits for the person's decision, and [`reply`] words the decision for
//!   the agent. A decision that isn't one (the agent's own dialog shall decide) is the empty reply.
//! - Whatever a person has to judge is whole (up to a bound that it names) and hides nothing; whatever is only told is
//!   one short line.
//! - [`failures`] is the one table from the agents' words and codes to a [`failure::Class`](crate::domain::failure::Class).

mod claude;
mod codex;
pub mod failures;
mod options;
mod payload;
mod questions;
mod refusal;
pub mod resets;
mod subject;
mod tools;
mod words;

use serde::Deserialize;

use self::payload::Payload;
pub(super) use self::{
    claude::subject as subject_of_claudes_call,
    payload::word,
    words::{LINE_CHARACTERS, line},
};
use crate::domain::{
    Signal, Timestamp,
    activity::Evidence,
    signal::{Channel, Decision, Says},
};

/// The way an agent speaks to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// Claude Code's hooks, status line and transcript.
    Claude,
    /// Codex's hooks and rollout.
    Codex,
    /// Nothing of its own: only what it, or a script beside it, says with `qd signal` and our tools.
    #[default]
    Plain,
}

impl Dialect {
    /// The word for it in commands, paths and files.
    pub fn word(self) -> &'static str {
        match self {
            Dialect::Claude => "claude",
            Dialect::Codex => "codex",
            Dialect::Plain => "plain",
        }
    }

    /// The dialect that is called so.
    pub fn of_word(word: &str) -> Option<Self> {
        [Dialect::Claude, Dialect::Codex, Dialect::Plain].into_iter().find(|dialect| dialect.word() == word)
    }
}

/// What a hook tells. `at` is when it ran, and `call` names its process, so that what it asks can be asked again.
pub fn hook(dialect: Dialect, payload: &[u8], at: Timestamp, call: &str) -> Signal {
    let parsed = Payload::parse(payload);
    let told = parsed.as_ref().and_then(|payload| match dialect {
        Dialect::Claude => claude::hook(payload, at, call),
        Dialect::Codex => codex::hook(payload, call),
        Dialect::Plain => None,
    });
    signal(Channel::Hook, parsed, told, payload, at)
}

/// The process of this hook waits for the person's decision.
pub fn waits(dialect: Dialect, payload: &[u8]) -> bool {
    matches!(hook(dialect, payload, Timestamp::default(), "").says, Says::Asks(_))
}

/// What the process of a hook prints so that its agent does what the person decided. Empty where nothing is decided: the
/// agent's own dialog does. So is the reply to a hook that doesn't wait.
pub fn reply(dialect: Dialect, payload: &[u8], decision: &Decision) -> String {
    if !waits(dialect, payload) {
        return String::new();
    }
    let words = Payload::parse(payload).and_then(|payload| match dialect {
        Dialect::Claude => claude::reply(&payload, decision),
        Dialect::Codex => codex::reply(&payload, decision),
        Dialect::Plain => None,
    });
    words.unwrap_or_default()
}

/// What the command of a status line is told.
pub fn status_line(dialect: Dialect, payload: &[u8], at: Timestamp) -> Signal {
    let parsed = Payload::parse(payload);
    let told = parsed.as_ref().and_then(|payload| match dialect {
        Dialect::Claude => claude::status_line(payload),
        Dialect::Codex | Dialect::Plain => None,
    });
    signal(Channel::StatusLine, parsed, told, payload, at)
}

/// What a dialect made of a payload: what it means, and the words it was read from.
#[derive(Debug)]
struct Told {
    text: String,
    says: Says,
}

impl Told {
    fn new(text: impl Into<String>, says: Says) -> Told {
        Told { text: text.into(), says }
    }

    /// A compaction is over. One that the person asked for is a turn of its own, whose end no other hook tells.
    fn compacted(payload: &Payload) -> Told {
        let trigger = payload.word("trigger").unwrap_or_default();
        let says = match trigger {
            "manual" => Says::TurnEnded { background: Vec::new() },
            _ => Says::Working { on: String::new(), subject: None },
        };
        Told::new(trigger, says)
    }
}

fn signal(channel: Channel, parsed: Option<Payload>, told: Option<Told>, payload: &[u8], at: Timestamp) -> Signal {
    let told = told.unwrap_or_else(|| {
        let beginning = payload.get(..4 * Evidence::TEXT_CHARACTERS).unwrap_or(payload);
        Told::new(String::from_utf8_lossy(beginning), Says::Unknown)
    });
    let parsed = parsed.as_ref();
    Signal {
        at,
        channel,
        name: parsed.and_then(Payload::name).unwrap_or_else(|| channel.label().to_owned()),
        text: line(&told.text, Evidence::TEXT_CHARACTERS),
        conversation: parsed.and_then(Payload::conversation),
        says: told.says,
    }
}
