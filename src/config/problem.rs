//! Where a value comes from, and what is wrong with one.

use std::{fmt, path::PathBuf};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Compiled in.
    Default,
    /// The person's file.
    User {
        /// Which.
        file: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// A repository's file.
    Project {
        /// Which.
        file: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// A variable of the environment.
    Environment {
        /// Which.
        variable: String,
    },
    /// The command line.
    Flag {
        /// As it was given, for example `--set log.level=debug`.
        flag: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => write!(f, "default"),
            Origin::User { file, line } | Origin::Project { file, line } => write!(f, "{}:{line}", file.display()),
            Origin::Environment { variable } => write!(f, "{variable} in the environment"),
            Origin::Flag { flag } => write!(f, "{flag}"),
        }
    }
}

/// A setting that does not count, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{origin}: {what}")]
pub struct Problem {
    /// Where it stands.
    pub origin: Origin,
    /// What is wrong and what would be right, in one line that starts in lower case.
    pub what: String,
}
