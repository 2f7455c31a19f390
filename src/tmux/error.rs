//! What can go wrong between us and tmux.

use std::{io, path::PathBuf};

use crate::{domain::attempt::PaneId, target};

/// Why tmux did not do what it was asked to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not there.
    #[error("tmux is not installed, or not in PATH: install it with the system's package manager")]
    NotInstalled(#[source] target::Error),
    /// It lacks what we build on.
    #[error("tmux {0} is too old: 3.2 or newer is needed")]
    TooOld(String),
    /// It can't be started or reached.
    #[error("cannot start the tmux server: {0}")]
    NotStarted(String),
    /// It can't be run.
    #[error("cannot run tmux")]
    Program(#[source] target::Error),
    /// A file of ours fails.
    #[error("cannot {what}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Nothing was sent: there is no connection now.
    #[error("there is no connection to tmux now: {reason}")]
    NotConnected {
        /// Why.
        reason: String,
    },
    /// The request was sent and the connection broke before the answer: it may or may not have been executed.
    #[error("the connection to tmux broke before it answered, so whether it did what was asked is not known: {reason}")]
    Lost {
        /// Why.
        reason: String,
    },
    /// The server has been ended on request, or is being given up.
    #[error("the tmux server is closed")]
    Closed,
    /// There is no such pane.
    #[error("pane {} does not exist any more", .0.0)]
    NoPane(PaneId),
    /// Its program has ended, so nothing can be typed.
    #[error("the program in pane {} has ended", .0.0)]
    DeadPane(PaneId),
    /// A person is attached to it, and their terminal decides its size.
    #[error("somebody is at pane {}, whose terminal decides its size", .0.0)]
    Attended(PaneId),
    /// A new session needs a directory that exists.
    #[error("{0:?} is not a directory that can be entered")]
    NoDirectory(PathBuf),
    /// A value that tmux would misread.
    #[error("{what} {value:?} cannot be given to tmux: {rule}")]
    Unfit {
        /// Which.
        what: &'static str,
        /// The value.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
    /// tmux refused.
    #[error("tmux refused: {0}")]
    Refused(String),
    /// tmux answered something we can't read.
    #[error("tmux answered something unexpected: {0:?}")]
    Unexpected(String),
}

impl Error {
    /// Whether what was asked may have happened nevertheless: look before asking again.
    pub fn may_have_happened(&self) -> bool {
        matches!(self, Error::Lost { .. } | Error::Unexpected(_))
    }
}
