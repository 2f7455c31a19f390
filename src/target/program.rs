//! What is run, what came back, and why it could not be run.

use std::{io, path::PathBuf, time::Duration};

/// One program to run.
#[derive(Debug, Clone)]
pub struct Program {
    /// The program and its arguments; a name without `/` is looked for on PATH.
    pub argv: Vec<String>,
    /// Where it runs; `None`: where we are.
    pub directory: Option<PathBuf>,
    /// What is set in its environment beside the inherited one.
    pub environment: Vec<(String, String)>,
    /// What it must not inherit.
    pub without: Vec<String>,
    /// What it reads on standard input.
    pub input: Vec<u8>,
    /// After this it is ended, with its process group.
    pub deadline: Duration,
    /// How many bytes of each of its two outputs are kept; the rest is read and dropped.
    pub output_bytes: usize,
}

impl Program {
    /// A program with this argument vector, no input, 30 seconds and 1 MiB of each output.
    pub fn new<A: Into<String>>(argv: impl IntoIterator<Item = A>) -> Self {
        Self {
            argv: argv.into_iter().map(Into::into).collect(),
            directory: None,
            environment: Vec::new(),
            without: Vec::new(),
            input: Vec::new(),
            deadline: Duration::from_secs(30),
            output_bytes: 1 << 20,
        }
    }

    /// The name it is called by.
    pub fn name(&self) -> &str {
        self.argv.first().map_or("", String::as_str)
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// How it ended.
    pub status: Status,
    /// The first bytes of its standard output.
    pub stdout: Vec<u8>,
    /// The first bytes of its standard error.
    pub stderr: Vec<u8>,
    /// One of the two had more to say than was kept.
    pub truncated: bool,
}

impl Output {
    /// It exited with code 0.
    pub fn succeeded(&self) -> bool {
        self.status == Status::Exited(0)
    }
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// By itself, with this code.
    Exited(i32),
    /// By a signal: this one, where it is known. SSH does not pass its number on.
    Signaled(Option<i32>),
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Status::Exited(code) => write!(f, "exited with code {code}"),
            Status::Signaled(Some(signal)) => write!(f, "was ended by signal {signal}"),
            Status::Signaled(None) => f.write_str("was ended by a signal"),
        }
    }
}

/// Why a program did not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nothing to run.
    #[error("no program was named")]
    Nothing,
    /// It is not installed, or not where it is looked for.
    #[error("{program:?} was not found; looked for it in {path}")]
    NotFound {
        /// What was looked for.
        program: String,
        /// The PATH at that time, or the place itself for a name with a `/`.
        path: String,
    },
    /// It is there, but we may not run it.
    #[error("{0:?} may not be run: permission denied")]
    Permission(PathBuf),
    /// The folder it should run in is not there.
    #[error("the folder {0:?} is not there")]
    NoDirectory(PathBuf),
    /// It took too long and was ended, with its process group.
    #[error("{program:?} was ended because it did not finish within {deadline:?}")]
    TimedOut {
        /// Which.
        program: String,
        /// The time it had.
        deadline: Duration,
    },
    /// The host on which it should run, or runs, is not reached. What happens there is not known.
    #[error("{host} is not reached: {reason}")]
    Unreachable {
        /// Which.
        host: String,
        /// Why, and what to do.
        reason: String,
    },
    /// The system refused.
    #[error("cannot run {program:?}")]
    System {
        /// Which.
        program: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}
