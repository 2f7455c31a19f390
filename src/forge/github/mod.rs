//! GitHub, or a GitHub Enterprise host, through the real `gh`.
//!
//! Which repository a folder's pull requests go to is `gh`'s to say (`gh repo set-default`, `GH_HOST`, the logins it
//! holds): [`Github::open`] asks it once. Where the person may not push there, their fork's remote is pushed to, and the
//! branch is called `owner:branch`.

mod act;
mod answer;
mod check;
mod gh;
mod graph;
mod log;
mod look;
mod place;
mod question;
mod remotes;

use std::path::PathBuf;

use crate::domain::pull_request::Method;

/// A repository on GitHub, as the person reaches it from one folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Github {
    folder: PathBuf,
    host: String,
    owner: String,
    name: String,
    url: String,
    default_branch: Option<String>,
    methods: Vec<Method>,
    login: String,
    publishes_to: Option<String>,
    publishes_as: String,
}

/// A pull request that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Its number.
    pub number: u64,
    /// Its page.
    pub url: String,
    /// It was there already.
    pub was_there: bool,
}

/// What became of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merged {
    /// It is merged, now or before.
    Done {
        /// The commit on the base, where GitHub says which.
        commit: Option<String>,
    },
    /// It conflicts with its base, is a draft, or a rule of the repository forbids it: GitHub's words.
    Refused(String),
    /// Its branch is no longer where it was when the merge was asked for.
    Moved,
}

/// What a new pull request is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct New<'a> {
    /// The branch, pushed before, without its owner.
    pub branch: &'a str,
    /// The branch it shall go into.
    pub base: &'a str,
    /// One line.
    pub title: &'a str,
    /// Markdown.
    pub body: &'a str,
    /// It is not ready for review.
    pub draft: bool,
}
