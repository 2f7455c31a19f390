//! Why a workspace can't be had, or must stay.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{domain::WorkspaceId, target};

/// Why a workspace can't be had, or must stay.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such folder.
    #[error("the folder {0:?} is not there")]
    NotThere(PathBuf),
    /// The folder belongs to no git repository.
    #[error(
        "{0:?} is not in a git repository; run `git init` and commit something there, or work without a repository"
    )]
    NotARepository(PathBuf),
    /// Nothing could be based on it.
    #[error("the repository {0:?} has no commits; make a first one, for example `git commit --allow-empty -m first`")]
    NoCommits(PathBuf),
    /// git does not trust it.
    #[error(
        "git does not trust {0:?} because it belongs to another user; if you do, run `git config --global --add \
         safe.directory {path}`", path = .0.display()
    )]
    UnsafeOwner(PathBuf),
    /// The base that was asked for does not exist.
    #[error("{repository:?} has no branch, tag or commit {base:?}{}", suggest(.close))]
    UnknownBase {
        /// Where it was looked for.
        repository: PathBuf,
        /// What was asked for.
        base: String,
        /// Names that are like it.
        close: Vec<String>,
    },
    /// Removing it would lose something.
    #[error("removing {path:?} would lose: {}", .risks.join("; "))]
    AtRisk {
        /// The workspace's folder.
        path: PathBuf,
        /// What would be lost, one line each.
        risks: Vec<String>,
    },
    /// It is not what we made.
    #[error("{path:?} is not a workspace of ours: {why}")]
    NotOurs {
        /// The folder.
        path: PathBuf,
        /// How we know.
        why: String,
    },
    /// No state was kept under this name.
    #[error("{0} is no checkpoint that is known here")]
    NoCheckpoint(String),
    /// Nothing was shown by this name.
    #[error("{0:?} is no difference that was shown here; look at the changes again")]
    UnknownFingerprint(String),
    /// It can be done, but not now.
    #[error("nothing was rolled back: {0}")]
    NotNow(String),
    /// There is nothing to bring back.
    #[error("nothing of {workspace} can be brought back: {why}")]
    NothingKept {
        /// Which workspace.
        workspace: WorkspaceId,
        /// Why there is nothing.
        why: String,
    },
    /// Something is where a workspace should be.
    #[error("{0:?} is there already; name another place with --to")]
    Taken(PathBuf),
    /// git could not do it.
    #[error("git could not {doing}: {said}")]
    Git {
        /// What it was asked to do.
        doing: String,
        /// Its own words.
        said: String,
    },
    /// git could not be run.
    #[error("cannot run git")]
    Program(#[from] target::Error),
    /// A file or folder could not be read or written.
    #[error("cannot {doing} {path:?}")]
    File {
        /// What was tried.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// The error of something tried with a file.
    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { doing, path, source }
    }
}

fn suggest(names: &[String]) -> String {
    match names {
        [] => String::new(),
        names => format!("; close to it: {}", names.join(", ")),
    }
}
