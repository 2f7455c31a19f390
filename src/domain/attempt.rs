//! One launch of a program for a session.

use serde::{Deserialize, Serialize};

use super::{AttemptId, Illegal, SessionId, TargetName, Timestamp};

/// One launch of a program for a session. Anything that arrives late names its attempt, and a stale attempt changes
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// `a7`; also the name of its tmux session.
    pub id: AttemptId,
    /// Whose.
    pub session: SessionId,
    /// Where it runs.
    pub target: TargetName,
    /// Where it stands.
    pub state: State,
    /// Since when.
    pub state_since: Timestamp,
    /// The agent's own id of the conversation, kept from launch on so that it can be resumed.
    pub conversation: Option<String>,
    /// It continues the conversation of an earlier attempt.
    pub resumes: bool,
    /// The SHA-256 of the token with which its agent speaks to us, in hexadecimal.
    pub token_hash: Option<String>,
    /// The program has shown that it takes input.
    pub ready: bool,
    /// When it was planned.
    pub created_at: Timestamp,
}

/// A pane of our tmux server: `%3`. Ids are never reused while a server lives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PaneId(pub String);

/// Where an attempt stands. Each state that is not at rest is also the intent to leave it: after a crash the
/// performer looks at what is there and finishes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Its workspace is being made.
    Preparing,
    /// tmux was, or is about to be, asked for a pane.
    Launching,
    /// Its program lives.
    Live {
        /// Where it draws.
        pane: PaneId,
        /// The pane's first process, leader of its own process session.
        pid: u32,
    },
    /// It is being ended, with all that came from it.
    Stopping {
        /// Where it draws, if it ever did.
        pane: Option<PaneId>,
        /// The pane's first process, if there was one.
        pid: Option<u32>,
    },
    /// It is over.
    Ended {
        /// How.
        end: End,
    },
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum End {
    /// The program ended by itself.
    Exited {
        /// Its exit code.
        code: i32,
    },
    /// A signal ended it.
    Signaled {
        /// Its number.
        signal: i32,
    },
    /// We ended it, and looked for what was left.
    Stopped {
        /// Processes that would not die: their id and command line.
        survivors: Vec<Survivor>,
    },
    /// Its pane was gone when we looked: the tmux server or the machine went down.
    Vanished,
    /// It never lived.
    NeverStarted {
        /// Why.
        error: String,
    },
}

/// A process that outlived the order to end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survivor {
    /// Its process id.
    pub pid: u32,
    /// Its command line, shortened.
    pub command: String,
}

/// What can happen to an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Its workspace is there.
    Prepared,
    /// Its pane is there.
    Launched {
        /// Where it draws.
        pane: PaneId,
        /// The pane's first process.
        pid: u32,
    },
    /// It shall end.
    Stop,
    /// It is over.
    End(End),
}

impl State {
    /// The state that follows `event`.
    ///
    /// # Errors
    /// [`Illegal`] when this state does not allow it.
    pub fn on(&self, event: Event) -> Result<State, Illegal> {
        match (self, event) {
            (State::Preparing, Event::Prepared) => Ok(State::Launching),
            (State::Launching, Event::Launched { pane, pid }) => Ok(State::Live { pane, pid }),
            (State::Stopping { pane: None, .. }, Event::Launched { pane, pid }) => {
                Ok(State::Stopping { pane: Some(pane), pid: Some(pid) })
            }
            (State::Preparing | State::Launching, Event::Stop) => Ok(State::Stopping { pane: None, pid: None }),
            (State::Live { pane, pid }, Event::Stop) => {
                Ok(State::Stopping { pane: Some(pane.clone()), pid: Some(*pid) })
            }
            (State::Preparing | State::Launching | State::Live { .. } | State::Stopping { .. }, Event::End(end)) => {
                Ok(State::Ended { end })
            }
            (state, event) => Err(Illegal { noun: "an attempt", state: state.label(), event: event.label() }),
        }
    }

    /// Where it draws, while it has a pane that may live.
    pub fn pane(&self) -> Option<&PaneId> {
        match self {
            State::Live { pane, .. } => Some(pane),
            State::Stopping { pane, .. } => pane.as_ref(),
            State::Preparing | State::Launching | State::Ended { .. } => None,
        }
    }

    /// It is over.
    pub fn is_ended(&self) -> bool {
        matches!(self, State::Ended { .. })
    }

    /// The one spelling people see.
    pub fn label(&self) -> &'static str {
        match self {
            State::Preparing => "preparing",
            State::Launching => "launching",
            State::Live { .. } => "live",
            State::Stopping { .. } => "stopping",
            State::Ended { .. } => "ended",
        }
    }
}

impl Event {
    fn label(&self) -> &'static str {
        match self {
            Event::Prepared => "be prepared",
            Event::Launched { .. } => "be launched",
            Event::Stop => "be stopped",
            Event::End(_) => "end",
        }
    }
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            End::Exited { code } => write!(f, "exited with code {code}"),
            End::Signaled { signal } => write!(f, "was ended by signal {signal}"),
            End::Stopped { survivors } if survivors.is_empty() => write!(f, "was stopped"),
            End::Stopped { survivors } => {
                write!(f, "was stopped, but {} of its processes live on:", survivors.len())?;
                survivors.iter().try_for_each(|survivor| write!(f, " {} ({})", survivor.pid, survivor.command))
            }
            End::Vanished => write!(f, "vanished: its tmux server or its machine went down"),
            End::NeverStarted { error } => write!(f, "never started: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ended_attempt_stays_ended() {
        let ended = State::Ended { end: End::Exited { code: 0 } };
        for event in [
            Event::Prepared,
            Event::Launched { pane: PaneId("%1".into()), pid: 1 },
            Event::Stop,
            Event::End(End::Vanished),
        ] {
            assert!(ended.on(event).is_err());
        }
    }

    #[test]
    fn a_launch_that_completes_after_the_order_to_stop_is_remembered_to_be_stopped() {
        let stopping = State::Launching.on(Event::Stop).expect("legal");
        let seen = stopping.on(Event::Launched { pane: PaneId("%7".into()), pid: 42 }).expect("legal");
        assert_eq!(seen, State::Stopping { pane: Some(PaneId("%7".into())), pid: Some(42) });
    }
}
