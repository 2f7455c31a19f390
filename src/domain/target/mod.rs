//! Where sessions run: what the person wants of a place, and what was seen of it.

mod address;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use address::{NotAnAddress, SshAddress};

use super::{ProfileName, TargetLabel, TargetName, Timestamp};

/// Where sessions run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// `local`, or the name that the person gave it.
    pub name: TargetName,
    /// What it is.
    pub place: Place,
    /// What the person wants of it.
    pub state: State,
    /// Since when they want that.
    pub state_since: Timestamp,
    /// How many sessions it runs at once; `None`: only the global cap counts.
    pub capacity: Option<u32>,
    /// The person's own words for what it is good for, in order, each once.
    pub labels: Vec<TargetLabel>,
    /// What was seen of it last.
    pub link: Link,
}

/// What a target is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "place", rename_all = "snake_case")]
pub enum Place {
    /// This machine.
    Local,
    /// A host that is reached through SSH.
    Ssh(SshPlace),
}

/// A host that is reached through SSH, and where our things are on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SshPlace {
    /// How it is reached.
    pub address: SshAddress,
    /// The folder below which everything of ours is there, absolute; the default when absent.
    #[serde(default)]
    pub work_root: Option<PathBuf>,
    /// A line for `sh -c`, run there before it is used for the first time.
    #[serde(default)]
    pub bootstrap: Option<String>,
}

/// What the person wants of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It takes sessions.
    Online,
    /// It finishes what it has and takes nothing new.
    Draining,
    /// It is switched off for new sessions.
    Disabled,
}

/// What was seen of a target last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "link", rename_all = "snake_case")]
pub enum Link {
    /// It is this machine.
    Here,
    /// Nobody has tried to reach it since the supervisor started.
    Untried,
    /// It is connected, and being looked at.
    Joining,
    /// It can be worked with.
    Up {
        /// Since when.
        since: Timestamp,
        /// The agents that were found there, in order.
        #[serde(default)]
        agents: Vec<ProfileName>,
    },
    /// It answers, and lacks something without which no session can run there.
    Unfit {
        /// What, in one line.
        reason: String,
        /// Since when.
        since: Timestamp,
    },
    /// It does not answer; what runs there may be doing anything.
    Unreachable {
        /// Why, in one line.
        reason: String,
        /// Since when.
        since: Timestamp,
    },
}

impl Target {
    /// Both what is wanted and what was seen, whatever weighs more, in the one spelling people see.
    pub fn label(&self) -> &'static str {
        match (self.state, &self.link) {
            (State::Disabled, _) => State::Disabled.label(),
            (State::Online | State::Draining, Link::Here | Link::Up { .. }) => self.state.label(),
            (State::Online | State::Draining, link) => link.label(),
        }
    }

    /// Since when [`Target::label`] holds, where that is known.
    pub fn since(&self) -> Option<Timestamp> {
        match (self.state, &self.link) {
            (State::Disabled, _) | (_, Link::Here) => Some(self.state_since),
            (_, Link::Up { since, .. }) => Some(self.state_since.max(*since)),
            (_, Link::Unfit { since, .. } | Link::Unreachable { since, .. }) => Some(*since),
            (_, Link::Untried | Link::Joining) => None,
        }
    }

    /// New sessions may start there.
    pub fn takes_sessions(&self) -> bool {
        self.state == State::Online && self.is_reached()
    }

    /// It is this machine, or was connected and found fit when it was seen last.
    pub fn is_reached(&self) -> bool {
        match self.link {
            Link::Here | Link::Up { .. } => true,
            Link::Untried | Link::Joining | Link::Unfit { .. } | Link::Unreachable { .. } => false,
        }
    }

    /// This agent was found there; on this machine that is looked at when it is named.
    pub fn has(&self, agent: &ProfileName) -> bool {
        match &self.link {
            Link::Here => true,
            Link::Up { agents, .. } => agents.contains(agent),
            Link::Untried | Link::Joining | Link::Unfit { .. } | Link::Unreachable { .. } => false,
        }
    }

    /// Why it can't be worked with now, in words that follow its name; `None` when it can.
    pub fn trouble(&self) -> Option<String> {
        match &self.link {
            Link::Here | Link::Up { .. } => None,
            Link::Untried => Some("is not connected yet".into()),
            Link::Joining => Some("is connected and being looked at".into()),
            Link::Unfit { reason, .. } => Some(format!("lacks something: {reason}")),
            Link::Unreachable { reason, .. } => Some(format!("can't be reached: {reason}")),
        }
    }
}

impl State {
    /// The one spelling people see.
    pub fn label(self) -> &'static str {
        match self {
            State::Online => "online",
            State::Draining => "draining",
            State::Disabled => "disabled",
        }
    }
}

impl Link {
    /// The one spelling people see.
    pub fn label(&self) -> &'static str {
        match self {
            Link::Here => "here",
            Link::Untried => "untried",
            Link::Joining => "joining",
            Link::Up { .. } => "up",
            Link::Unfit { .. } => "unfit",
            Link::Unreachable { .. } => "unreachable",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(state: State, link: Link) -> Target {
        Target {
            name: "h1".parse().expect("a name"),
            place: Place::Local,
            state,
            state_since: Timestamp(1),
            capacity: None,
            labels: Vec::new(),
            link,
        }
    }

    #[test]
    fn what_keeps_a_target_from_taking_sessions_is_what_it_is_called_by() {
        let up = || Link::Up { since: Timestamp(2), agents: Vec::new() };
        let away = || Link::Unreachable { reason: "no route".into(), since: Timestamp(3) };
        for (state, link, label) in [
            (State::Online, up(), "online"),
            (State::Online, Link::Here, "online"),
            (State::Draining, up(), "draining"),
            (State::Draining, away(), "unreachable"),
            (State::Disabled, away(), "disabled"),
            (State::Online, Link::Joining, "joining"),
        ] {
            let target = target(state, link);
            assert_eq!(target.label(), label);
            assert_eq!(target.takes_sessions(), label == "online");
        }
    }
}
