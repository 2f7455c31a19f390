//! Where sessions run.

use serde::{Deserialize, Serialize};

use super::{TargetName, Timestamp};

/// Where sessions run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// `local`.
    pub name: TargetName,
    /// Whether it takes sessions.
    pub state: State,
    /// Since when.
    pub state_since: Timestamp,
    /// How many sessions it runs at once; `None`: only the global cap counts.
    pub capacity: Option<u32>,
}

/// Whether a target takes sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// It takes sessions.
    Online,
    /// It finishes what it has and takes nothing new.
    Draining,
    /// The person has switched it off.
    Disabled,
    /// It does not answer; what runs there may be doing anything.
    Unreachable {
        /// Why, in one line.
        reason: String,
    },
}

impl State {
    /// The one spelling people see.
    pub fn label(&self) -> &'static str {
        match self {
            State::Online => "online",
            State::Draining => "draining",
            State::Disabled => "disabled",
            State::Unreachable { .. } => "unreachable",
        }
    }
}
