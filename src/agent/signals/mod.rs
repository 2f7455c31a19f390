//! What agents tell: their hooks and their status line, each in its own dialect, read into one vocabulary.
//!
//! Pure, and never failing: what an agent sends is data that may be anything, so what can't be read is
//! [`Says::Unknown`](crate::domain::signal::Says::Unknown) with its beginning, never an error and never a guess.
//!
//! - [`hook`] reads a hook, [`status_line`] what the command of a status line is given.
//! - [`waits`] says whether that hook's process waits for the person's decision, and [`reply`] words the decision for
//!   the agent. A decision that isn't one (the agent's own dialog shall decide) is the empty reply.
//! - [`failures`] is the one table from the agents' words and codes to a [`failure::Class`](crate::domain::failure::Class).

pub mod failures;

use serde::Deserialize;

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
}

/// What a hook tells. `at` is when it ran, and `call` names its process, so that what it asks can be asked again.
pub fn hook(_dialect: Dialect, payload: &[u8], at: Timestamp, _call: &str) -> Signal {
    unknown(Channel::Hook, payload, at)
}

/// The process of this hook waits for the person's decision.
pub fn waits(_dialect: Dialect, _payload: &[u8]) -> bool {
    false
}

/// What the process of a hook prints so that its agent does what the person decided. Empty where nothing is decided: the
/// agent's own dialog does.
pub fn reply(_dialect: Dialect, _payload: &[u8], _decision: &Decision) -> String {
    String::new()
}

/// What the command of a status line is told.
pub fn status_line(_dialect: Dialect, payload: &[u8], at: Timestamp) -> Signal {
    unknown(Channel::StatusLine, payload, at)
}

fn unknown(channel: Channel, payload: &[u8], at: Timestamp) -> Signal {
    let words = String::from_utf8_lossy(payload.get(..4 * Evidence::TEXT_CHARACTERS).unwrap_or(payload));
    Signal {
        at,
        channel,
        name: "unknown".into(),
        text: words.chars().take(Evidence::TEXT_CHARACTERS).collect(),
        conversation: None,
        says: Says::Unknown,
    }
}
