//! What was seen of a target beside its link: how its machine fares, and what was found of what sessions need there. It
//! is looked at when somebody wants to know, and never kept.

use serde::{Deserialize, Serialize};

use super::{TargetName, Timestamp};

/// What was seen of a target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetSight {
    /// Of which.
    pub target: TargetName,
    /// How its machine fares.
    pub machine: Option<Machine>,
    /// How long it takes to answer, in milliseconds; `None` for this machine.
    pub round_trip_ms: Option<f64>,
    /// When it was last known to answer; `None`: not since the supervisor started.
    pub last_contact: Option<Timestamp>,
    /// When the findings were made.
    pub examined_at: Option<Timestamp>,
    /// What was found of what sessions need there.
    pub findings: Vec<Finding>,
    /// What came of the bootstrap command, where it was run.
    pub bootstrap: Option<Bootstrap>,
    /// What its tmux says it is: `tmux 3.3a`.
    pub tmux_version: Option<String>,
}

/// How a machine fares.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// Processes that want to run, over the last minute.
    pub load: f64,
    /// Processors it has.
    pub processors: u32,
    /// Bytes of memory in all.
    pub memory_total: u64,
    /// Bytes of memory that a new program could have.
    pub memory_free: u64,
    /// Bytes that we may still write where our things lie.
    pub disk_free: u64,
    /// When it was looked at.
    pub at: Timestamp,
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What was looked at, in a word or two.
    pub about: String,
    /// How it is.
    pub verdict: Verdict,
    /// What was found, one line.
    pub found: String,
    /// What to do about it, one line.
    pub remedy: Option<String>,
}

/// How something is that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Good,
    /// It is not there, and need not be.
    Absent,
    /// It works, but less well than it could.
    Mind,
    /// No session can run like that.
    Bad,
}

/// What came of a bootstrap command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bootstrap {
    /// Whether it ended with exit code 0; `None` while it runs.
    pub succeeded: Option<bool>,
    /// How it ended, or that it runs, one line.
    pub ended: String,
    /// The end of what it printed, at most [`Bootstrap::OUTPUT_BYTES`], without escapes.
    pub output: String,
    /// When it ended, or began.
    pub at: Timestamp,
}

impl TargetSight {
    /// Nothing is known of `target` yet.
    pub fn unseen(target: TargetName) -> Self {
        Self {
            target,
            machine: None,
            round_trip_ms: None,
            last_contact: None,
            examined_at: None,
            findings: Vec::new(),
            bootstrap: None,
            tmux_version: None,
        }
    }
}

impl Bootstrap {
    /// How much of what it printed is kept.
    pub const OUTPUT_BYTES: usize = 64 << 10;
}

impl Finding {
    /// As it should be.
    pub fn good(about: impl Into<String>, found: impl Into<String>) -> Self {
        Self { about: about.into(), verdict: Verdict::Good, found: found.into(), remedy: None }
    }

    /// It is not there, and need not be.
    pub fn absent(about: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { about: about.into(), verdict: Verdict::Absent, found: found.into(), remedy: Some(remedy.into()) }
    }

    /// It works, but less well than it could.
    pub fn mind(about: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { about: about.into(), verdict: Verdict::Mind, found: found.into(), remedy: Some(remedy.into()) }
    }

    /// No session can run like that.
    pub fn bad(about: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { about: about.into(), verdict: Verdict::Bad, found: found.into(), remedy: Some(remedy.into()) }
    }
}
