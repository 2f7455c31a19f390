//! What a forge shows of pull requests at one moment.

use crate::domain::{
    Timestamp,
    pull_request::{Checks, Mergeable, Review, State},
    remark::Kind,
};

/// What a forge shows of all pull requests that were asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// Those that were asked for by their numbers and are there.
    pub seen: Vec<Seen>,
    /// The numbers that no pull request has.
    pub missing: Vec<u64>,
    /// Those that offer one of the branches asked for, whatever became of them, the newest first.
    pub found: Vec<Found>,
    /// How many more points of requests the forge allows until it counts afresh; `None` where it does not count.
    pub remaining: Option<u64>,
}

/// What a forge shows of one pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its number.
    pub number: u64,
    /// Its page.
    pub url: String,
    /// One line.
    pub title: String,
    /// Markdown.
    pub body: String,
    /// Who opened it; empty where the account is gone.
    pub author: String,
    /// Open, closed or merged; never a draft of ours.
    pub state: State,
    /// Its author says that it is not ready.
    pub draft: bool,
    /// Whose repository its branch is in; empty where that is gone.
    pub owner: String,
    /// Its branch.
    pub branch: String,
    /// The commit it offers.
    pub head: String,
    /// The branch it shall go into.
    pub base: String,
    /// Whether it could be merged.
    pub mergeable: Mergeable,
    /// What reviewers say, all together.
    pub review: Review,
    /// Every check of its head.
    pub checks: Vec<Check>,
    /// Everything said about it that asks for attention, the oldest first, failed checks and conflicts among it. What
    /// quarterdeck itself has said is left out.
    pub remarks: Vec<Said>,
    /// There was more than was read.
    pub cut_off: bool,
}

impl Seen {
    /// What its checks say, all together.
    pub fn checks(&self) -> Checks {
        let count = |wanted: fn(&Outcome) -> bool| {
            let count = self.checks.iter().filter(|check| wanted(&check.outcome)).count();
            u32::try_from(count).unwrap_or(u32::MAX)
        };
        let failed = self.checks.iter().filter(|check| matches!(check.outcome, Outcome::Failed { .. }));
        Checks {
            passed: count(|outcome| *outcome == Outcome::Passed),
            pending: count(|outcome| *outcome == Outcome::Pending),
            failed: failed.map(|check| check.name.clone()).collect(),
        }
    }
}

/// A check of a commit: a check run, or a status as older services give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its name, with its workflow's where it has one: `ci / build`.
    pub name: String,
    /// What it says.
    pub outcome: Outcome,
    /// Where to read more.
    pub url: Option<String>,
    /// Its number as a job of GitHub Actions, whose log can be read.
    pub job: Option<u64>,
}

/// What a check says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It has not ended.
    Pending,
    /// It passed, or was skipped.
    Passed,
    /// It failed.
    Failed {
        /// What it says about that; empty where it says nothing.
        words: String,
    },
}

/// Something said about a pull request. What comes again under the same key is the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Names it on its forge; of a failed check and of a conflict, names it for this head.
    pub key: String,
    /// What it is.
    pub kind: Kind,
    /// Who said it; empty where the account is gone, and of checks and conflicts.
    pub author: String,
    /// What it says.
    pub text: String,
    /// The file and line it is about: `src/a.rs:12`.
    pub place: Option<String>,
    /// Its page.
    pub url: Option<String>,
    /// When; of checks and conflicts, `None`.
    pub at: Option<Timestamp>,
    /// Its thread is settled on the forge.
    pub resolved: bool,
}

/// A pull request that offers a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its number.
    pub number: u64,
    /// Its branch.
    pub branch: String,
    /// Whose repository its branch is in.
    pub owner: String,
    /// The commit it offers.
    pub head: String,
    /// The branch it shall go into.
    pub base: String,
    /// Open, closed or merged.
    pub state: State,
}
