//! Why a forge did not do what it was asked, and whether it may do it later.

use crate::{domain::Timestamp, target, workspace};

/// Why a forge did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no `gh` to ask GitHub with.
    #[error("`gh` is not installed; install the GitHub CLI and run `gh auth login`")]
    NoGh,
    /// The forge does not know who asks.
    #[error("not logged in: {0}; run `gh auth login`, for pushes over HTTPS also `gh auth setup-git`")]
    NotLoggedIn(String),
    /// It knows, and will not have it.
    #[error("not allowed: {0}")]
    NoPermission(String),
    /// It is not there, or not to be seen by this account.
    #[error("not found: {0}")]
    NotFound(String),
    /// It was asked too often.
    #[error("the forge's limit of requests is reached; it answers again later")]
    RateLimited {
        /// When it can be asked again.
        until: Timestamp,
    },
    /// It does not answer, or not now.
    #[error("the forge does not answer: {0}")]
    Unavailable(String),
    /// The branch is no longer where it was thought to be.
    #[error("the branch has moved meanwhile: {0}; look again")]
    Moved(String),
    /// It understood, and says no.
    #[error("refused: {0}")]
    Refused(String),
    /// It answered something that can't be read.
    #[error("the forge's answer can't be read: {0}")]
    Nonsense(String),
    /// The repository could not be used.
    #[error(transparent)]
    Repository(#[from] workspace::Error),
    /// A program could not be run.
    #[error("cannot run a program of the forge")]
    Program(#[from] target::Error),
}

impl Error {
    /// The same request may succeed by itself later.
    pub fn passes(&self) -> bool {
        match self {
            Error::RateLimited { .. } | Error::Unavailable(_) => true,
            Error::NoGh
            | Error::NotLoggedIn(_)
            | Error::NoPermission(_)
            | Error::NotFound(_)
            | Error::Moved(_)
            | Error::Refused(_)
            | Error::Nonsense(_)
            | Error::Repository(_)
            | Error::Program(_) => false,
        }
    }
}
