//! What travels through the agents' door.

use serde::{Deserialize, Serialize};

use crate::domain::{Timestamp, failure::Class, usage::Tokens};

/// The header that names one call: the same when it is made again after a connection was lost.
pub const CALL: &str = "x-qd-call";
/// The header that says when it happened, in milliseconds since 1970.
pub const AT: &str = "x-qd-at";
/// The header with which the script on a host, which can't tell what its payload means, says how long it waits.
pub const PATIENCE: &str = "x-qd-patience";
/// The header that says that something stands in its spool.
pub const SPOOLED: &str = "x-qd-spooled";
/// The largest body that the door reads, in bytes.
pub const BODY_BYTES: usize = 4 << 20;
/// The most that is kept of what an agent tells while nobody answers, in bytes.
pub const SPOOL_BYTES: u64 = 4 << 20;

/// One thing that an agent told, as it told it: a line of its spool, and of `signals.jsonl` beside that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Names the call.
    pub call: String,
    /// When it happened.
    pub at: Timestamp,
    /// Where at the door it belongs, for example `/hook/claude`.
    pub path: String,
    /// The body.
    pub payload: String,
}

/// What a script, or an agent without hooks, says of its session with `qd signal`: the body of `POST /signal`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "says", rename_all = "snake_case")]
pub enum Said {
    /// It is at work.
    Working {
        /// On what; may be empty.
        note: String,
    },
    /// Its turn is over: it waits for the person.
    YourTurn {
        /// What still runs and will wake it, each in a few words.
        background: Vec<String>,
    },
    /// It asks the person something in its own pane.
    Asking {
        /// What; may be empty.
        note: String,
    },
    /// It shortens its context.
    Compacting,
    /// Its provider failed, and it tries again by itself.
    Retrying(Trouble),
    /// Its turn ended because something failed.
    Failed(Trouble),
    /// Somebody interrupted its turn.
    Interrupted,
    /// It ends.
    Ended {
        /// Why; may be empty.
        note: String,
    },
    /// It has come so far.
    Progress {
        /// How far, one line.
        note: String,
    },
    /// The work is done.
    Done {
        /// What was done.
        note: String,
    },
    /// What it has used of a model today, so far: what is said later of the same model and day takes its place.
    Used {
        /// The model.
        model: String,
        /// How many requests.
        requests: u64,
        /// By kind.
        tokens: Tokens,
    },
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// The class.
    pub class: Class,
    /// When it is over, where that is known.
    pub until: Option<Timestamp>,
    /// In the agent's own words; may be empty.
    pub note: String,
}

impl Said {
    /// The word that is typed for it.
    pub fn word(&self) -> &'static str {
        match self {
            Said::Working { .. } => "working",
            Said::YourTurn { .. } => "your-turn",
            Said::Asking { .. } => "asking",
            Said::Compacting => "compacting",
            Said::Retrying(_) => "retrying",
            Said::Failed(_) => "failed",
            Said::Interrupted => "interrupted",
            Said::Ended { .. } => "ended",
            Said::Progress { .. } => "progress",
            Said::Done { .. } => "done",
            Said::Used { .. } => "used",
        }
    }
}
