//! A branch that is offered for review: on a forge, or local, where it is reviewed and merged on this machine.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Illegal, ObjectiveId, PullRequestId, SessionId, Timestamp, WorkspaceId};

/// A branch that is offered for review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequest {
    /// `p1`.
    pub id: PullRequestId,
    /// The objective it serves.
    pub objective: ObjectiveId,
    /// The session whose work it is; of an adopted one, the session whose branch it offers.
    pub session: SessionId,
    /// The workspace that has the branch checked out, as long as there is one.
    pub workspace: Option<WorkspaceId>,
    /// The repository's top folder, absolute.
    pub repository: PathBuf,
    /// Where it is offered.
    pub forge: Forge,
    /// Its number on the forge, once it is there.
    pub number: Option<u64>,
    /// Its page on the forge, once it is there.
    pub url: Option<String>,
    /// The branch that is offered, without `refs/heads/`.
    pub branch: String,
    /// The branch it shall go into, without the remote's name.
    pub base: String,
    /// One line.
    pub title: String,
    /// Markdown, at most [`BODY_BYTES`].
    pub body: String,
    /// The commit that is offered, as a full hexadecimal object id, once it is.
    pub head: Option<String>,
    /// Where it stands.
    pub state: State,
    /// Since when.
    pub state_since: Timestamp,
    /// What is being done to it.
    pub step: Option<Step>,
    /// Why the last step did not succeed, until the next begins.
    pub problem: Option<String>,
    /// What the checks of its head say.
    pub checks: Checks,
    /// What reviewers say of it.
    pub review: Review,
    /// Whether it could be merged.
    pub mergeable: Mergeable,
    /// Where its merge waits for the person to take it.
    pub aside: Option<Aside>,
    /// When its forge was last seen to say all this; absent while it never was.
    pub seen_at: Option<Timestamp>,
    /// When it was made here.
    pub created_at: Timestamp,
}

/// The longest body, in bytes.
pub const BODY_BYTES: usize = 64 << 10;
/// The longest title, in characters.
pub const TITLE_CHARACTERS: usize = 200;

impl PullRequest {
    /// What people call it: `#12`, or its own id where no forge has numbered it.
    pub fn name(&self) -> String {
        self.number.map_or_else(|| self.id.to_string(), |number| format!("#{number}"))
    }

    /// Everything that must hold says so: it is open, nothing is under way, checks are not red or running, nobody wants
    /// changes, nothing conflicts.
    pub fn is_ready(&self) -> bool {
        self.state == State::Open
            && self.step.is_none()
            && !matches!(self.mergeable, Mergeable::Conflicts { .. })
            && self.against_merging(0).is_empty()
    }

    /// What speaks against merging it, while so many remarks about it wait; what conflicts can't be merged at all.
    pub fn against_merging(&self, remarks: usize) -> Vec<String> {
        let mut against = Vec::new();
        match self.checks.failed.as_slice() {
            [] if self.checks.pending == 1 => against.push("one check has not ended".into()),
            [] if self.checks.pending > 0 => against.push(format!("{} checks have not ended", self.checks.pending)),
            [] => {}
            failed => against.push(format!("checks are red: {}", failed.join(", "))),
        }
        if self.review == Review::ChangesRequested {
            against.push("a reviewer wants changes".into());
        }
        match remarks {
            0 => {}
            1 => against.push("one remark is not settled".into()),
            count => against.push(format!("{count} remarks are not settled")),
        }
        against
    }
}

/// A merge that waits on a branch of its own, because the base is checked out where it can't move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aside {
    /// The branch, without `refs/heads/`.
    pub branch: String,
    /// The merged commit, as a full hexadecimal object id.
    pub commit: String,
}

/// Where a pull request is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forge {
    /// Here: reviewed and merged on this machine.
    Local,
    /// On GitHub or a GitHub Enterprise host, through `gh`.
    Github,
}

impl Forge {
    /// The one spelling people see.
    pub fn label(self) -> &'static str {
        match self {
            Forge::Local => "local",
            Forge::Github => "github",
        }
    }
}

/// Where a pull request stands. The last is final: nothing leads out of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// It is made here and offered nowhere yet.
    Draft,
    /// It is offered.
    Open,
    /// Somebody closed it without merging.
    Closed,
    /// Its work is in the base branch.
    Merged {
        /// The commit that has it, where that is known.
        commit: Option<String>,
    },
}

/// What can happen to a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It is offered, for the first time or again.
    Opened,
    /// It was closed.
    Closed,
    /// It was merged.
    Merged(Option<String>),
}

impl State {
    /// It is offered, or is to be.
    pub fn is_open(&self) -> bool {
        matches!(self, State::Draft | State::Open)
    }

    /// The one spelling people see.
    pub fn label(&self) -> &'static str {
        match self {
            State::Draft => "draft",
            State::Open => "open",
            State::Closed => "closed",
            State::Merged { .. } => "merged",
        }
    }

    /// The state after `event`.
    ///
    /// # Errors
    /// What is merged stays so.
    pub fn on(&self, event: Event) -> Result<State, Illegal> {
        match (self, event) {
            (State::Merged { commit: None }, Event::Merged(commit)) => Ok(State::Merged { commit }),
            (State::Merged { .. }, Event::Merged(_)) => Ok(self.clone()),
            (State::Merged { .. }, Event::Opened) => Err(self.illegal("be opened")),
            (State::Merged { .. }, Event::Closed) => Err(self.illegal("be closed")),
            (_, Event::Opened) => Ok(State::Open),
            (_, Event::Closed) => Ok(State::Closed),
            (_, Event::Merged(commit)) => Ok(State::Merged { commit }),
        }
    }

    fn illegal(&self, event: &'static str) -> Illegal {
        Illegal { noun: "a pull request", state: self.label(), event }
    }
}

/// What is being done to a pull request. One thing at a time; after a crash it is begun again, by looking first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Its branch is pushed as the workspace has it now, and it is opened where it is not.
    Publish {
        /// Why what the forge has of the branch may be overwritten; without it, nothing is.
        force: Option<String>,
    },
    /// Its title and body are sent.
    Describe,
    /// A comment is sent.
    Comment {
        /// Markdown.
        text: String,
    },
    /// It is merged.
    Merge {
        /// How.
        method: Method,
        /// The person's own checkout of the base may move with it.
        move_checkout: bool,
    },
    /// It is closed.
    Close,
}

impl Step {
    /// What is being done, as people see it.
    pub fn label(&self) -> &'static str {
        match self {
            Step::Publish { .. } => "publishing",
            Step::Describe => "updating",
            Step::Comment { .. } => "commenting",
            Step::Merge { .. } => "merging",
            Step::Close => "closing",
        }
    }
}

/// How a pull request is merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// By a commit with both as parents.
    #[default]
    Merge,
    /// As one commit.
    Squash,
    /// Commit by commit, on top of the base.
    Rebase,
}

impl Method {
    /// All of them.
    pub const ALL: [Method; 3] = [Method::Merge, Method::Squash, Method::Rebase];

    /// The one spelling people see.
    pub fn label(self) -> &'static str {
        match self {
            Method::Merge => "merge",
            Method::Squash => "squash",
            Method::Rebase => "rebase",
        }
    }
}

/// What the checks of a commit say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checks {
    /// How many have passed, or were skipped.
    pub passed: u32,
    /// How many have not ended.
    pub pending: u32,
    /// The names of those that failed.
    pub failed: Vec<String>,
}

impl Checks {
    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.passed == 0 && self.pending == 0 && self.failed.is_empty()
    }
}

/// What reviewers say of a pull request, all together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Review {
    /// Nobody has judged it.
    #[default]
    None,
    /// It is approved.
    Approved,
    /// Somebody wants changes.
    ChangesRequested,
}

impl Review {
    /// The one spelling people see; empty where nobody has judged.
    pub fn label(self) -> &'static str {
        match self {
            Review::None => "",
            Review::Approved => "approved",
            Review::ChangesRequested => "changes requested",
        }
    }
}

/// Whether a pull request could be merged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mergeable", rename_all = "snake_case")]
pub enum Mergeable {
    /// Nobody has found out.
    #[default]
    Unknown,
    /// It could.
    Clean,
    /// It conflicts with its base.
    Conflicts {
        /// In these files, where they are known.
        files: Vec<String>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_merged_stays_so() {
        let merged = State::Merged { commit: Some("c".into()) };
        assert!(merged.on(Event::Opened).is_err() && merged.on(Event::Closed).is_err());
        assert_eq!(merged.on(Event::Merged(None)), Ok(merged));
        assert_eq!(State::Closed.on(Event::Opened), Ok(State::Open));
    }
}
