//! What a person may ask for, and what they get back. A key, a subcommand and a `curl` all end here.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{
    CheckpointId, MessageId, ObjectiveId, ProfileName, PullRequestId, QuestionId, RemarkId, SessionId, TargetLabel,
    TargetName, VerificationId, WorkspaceId, message, objective,
    pull_request::{Forge, Method},
    session,
    target::{self, SshAddress, SshPlace},
    workspace,
};

/// What a person may ask for. As JSON: `{"command":"send","session":"s14","text":"…"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Start an objective with its first session.
    NewObjective {
        /// What is to be done, 1 byte to 1 MiB.
        prompt: String,
        /// One line; made from the prompt when absent.
        #[serde(default)]
        title: Option<String>,
        /// The name of a repository, or any folder inside it; absent for work outside any repository.
        #[serde(default)]
        repository: Option<PathBuf>,
        /// Which agent; the configured default when absent.
        #[serde(default)]
        agent: Option<ProfileName>,
        /// Where; wherever it fits when absent, this machine first.
        #[serde(default)]
        target: Option<TargetName>,
        /// Where all these labels are, instead of `target`.
        #[serde(default)]
        labels: Vec<TargetLabel>,
        /// How the work is organised.
        #[serde(default)]
        mode: objective::Mode,
        /// The kind of checkout; isolated in a repository, scratch outside, when absent.
        #[serde(default)]
        workspace: Option<workspace::Kind>,
        /// The branch, tag or commit to start from; the remote's default branch, freshly fetched, when absent.
        #[serde(default)]
        base: Option<String>,
    },
    /// Add a session to an objective.
    NewSession {
        /// To which.
        objective: ObjectiveId,
        /// What is to be done, 1 byte to 1 MiB.
        prompt: String,
        /// One line; made from the prompt when absent.
        #[serde(default)]
        title: Option<String>,
        /// Which agent; the one of the objective's newest session when absent.
        #[serde(default)]
        agent: Option<ProfileName>,
        /// Where; as the objective's newest session when absent.
        #[serde(default)]
        target: Option<TargetName>,
        /// Where all these labels are, instead of `target`.
        #[serde(default)]
        labels: Vec<TargetLabel>,
        /// Its part.
        #[serde(default)]
        role: session::Role,
        /// The name of a repository, or any folder inside it; the objective's when absent.
        #[serde(default)]
        repository: Option<PathBuf>,
        /// The kind of checkout; as the objective's newest session when absent.
        #[serde(default)]
        workspace: Option<workspace::Kind>,
        /// Sessions that must have succeeded first.
        #[serde(default)]
        depends_on: Vec<SessionId>,
        /// The session that asks for it.
        #[serde(default)]
        parent: Option<SessionId>,
    },
    /// Send text to a session.
    Send {
        /// To which.
        session: SessionId,
        /// 1 byte to 1 MiB of UTF-8; control characters other than newline and tab are dropped.
        text: String,
    },
    /// Press the keys with which the agent is interrupted.
    Interrupt {
        /// Which.
        session: SessionId,
    },
    /// Give up a session: its state is final at once, its processes are ended and verified.
    CancelSession {
        /// Which.
        session: SessionId,
    },
    /// Give up an objective with all its sessions.
    CancelObjective {
        /// Which.
        objective: ObjectiveId,
    },
    /// Say that a session's work is done; its program is ended.
    DoneSession {
        /// Which.
        session: SessionId,
    },
    /// Say that an objective is done; its live sessions are marked done too.
    DoneObjective {
        /// Which.
        objective: ObjectiveId,
        /// Even though some of its pull requests are open.
        #[serde(default)]
        regardless: bool,
    },
    /// Change how an objective is worked on.
    SetObjective {
        /// Which.
        objective: ObjectiveId,
        /// Its agents may publish, update and comment its pull requests by themselves; unchanged when absent.
        #[serde(default)]
        agents_publish: Option<bool>,
    },
    /// Offer a session's commits for review as a pull request, or what has come since in the one there is.
    PublishPullRequest {
        /// Whose.
        session: SessionId,
        /// One line; the session's title when absent.
        #[serde(default)]
        title: Option<String>,
        /// Markdown, at most 64 KiB; the agent's report when absent.
        #[serde(default)]
        body: Option<String>,
        /// The branch it shall go into; the one that the work started from when absent.
        #[serde(default)]
        base: Option<String>,
        /// Where; as the repository is set up when absent.
        #[serde(default)]
        forge: Option<Forge>,
        /// Why what the forge has of the branch may be overwritten; without it, nothing is.
        #[serde(default)]
        force: Option<String>,
    },
    /// Change what a pull request says of itself.
    DescribePullRequest {
        /// Which.
        pull_request: PullRequestId,
        /// One line; unchanged when absent.
        #[serde(default)]
        title: Option<String>,
        /// Markdown, at most 64 KiB; unchanged when absent.
        #[serde(default)]
        body: Option<String>,
    },
    /// Say something about a pull request. About a local one, it is given to the agent whose work it is.
    CommentPullRequest {
        /// Which.
        pull_request: PullRequestId,
        /// Markdown, at most 16 KiB.
        text: String,
    },
    /// Merge a pull request.
    MergePullRequest {
        /// Which.
        pull_request: PullRequestId,
        /// How.
        #[serde(default)]
        method: Method,
        /// The checkout of the person's in which the base is checked out may move with it, if nothing is uncommitted there.
        #[serde(default)]
        move_checkout: bool,
        /// Even though checks are red or running, changes are wanted, or remarks wait.
        #[serde(default)]
        regardless: bool,
    },
    /// Close a pull request without merging it.
    ClosePullRequest {
        /// Which.
        pull_request: PullRequestId,
    },
    /// Give what was said about a pull request to an agent, now.
    FollowUp {
        /// Which.
        pull_request: PullRequestId,
    },
    /// Let nothing come of a remark.
    SettleRemark {
        /// Which.
        remark: RemarkId,
        /// Why, one line.
        #[serde(default)]
        why: Option<String>,
    },
    /// Run the commands that verify a session's work.
    Verify {
        /// Whose.
        session: SessionId,
    },
    /// Let a session's change pass, whatever its reviewer says.
    Overrule {
        /// Whose.
        session: SessionId,
        /// Why, one line.
        reason: String,
    },
    /// Start a waiting session's agent again, on the conversation it had where the agent can.
    Resume {
        /// Which.
        session: SessionId,
    },
    /// Answer a question.
    Answer {
        /// Which.
        question: QuestionId,
        /// The numbers of the choices, from 1; one, unless the question says that it takes more.
        #[serde(default)]
        choices: Vec<usize>,
        /// The person's own words: instead of a choice, or as the reason for a refusal.
        #[serde(default)]
        text: Option<String>,
    },
    /// Remove a workspace that is no longer used.
    Reclaim {
        /// Which.
        workspace: WorkspaceId,
        /// Why what is at risk may go; without it, anything at risk is a refusal that says what would be lost.
        #[serde(default)]
        reason: Option<String>,
    },
    /// Remove workspaces that are no longer used, each only if nothing would be lost.
    ReclaimUnused {
        /// Which. All must be there; those in use stay.
        workspaces: Vec<WorkspaceId>,
    },
    /// Bring back a workspace that was removed, as it was.
    Restore {
        /// Which.
        workspace: WorkspaceId,
        /// The folder it shall come back to, absolute; to where it was when absent.
        #[serde(default)]
        to: Option<PathBuf>,
    },
    /// Remember that the person has seen what a workspace changed.
    Looked {
        /// Which.
        workspace: WorkspaceId,
        /// The difference that they saw, by its fingerprint.
        fingerprint: String,
    },
    /// Keep a workspace as it is now, to come back to.
    Checkpoint {
        /// Which.
        workspace: WorkspaceId,
        /// What for, in a few words.
        #[serde(default)]
        reason: Option<String>,
    },
    /// Make a workspace as a checkpoint kept it. What is there is kept first.
    Rollback {
        /// Back to which.
        checkpoint: CheckpointId,
    },
    /// Give a session another title.
    RenameSession {
        /// Which.
        session: SessionId,
        /// One line.
        title: String,
    },
    /// Give an objective another title.
    RenameObjective {
        /// Which.
        objective: ObjectiveId,
        /// One line.
        title: String,
    },
    /// Put an ended objective away.
    Archive {
        /// Which.
        objective: ObjectiveId,
    },
    /// Let a target take sessions, or not; change how many.
    SetTarget {
        /// Which.
        target: TargetName,
        /// `online`, `draining` or `disabled`; unchanged when absent.
        #[serde(default)]
        open: Option<target::State>,
        /// How many sessions at once, 0 for no cap of its own; unchanged when absent.
        #[serde(default)]
        capacity: Option<u32>,
    },
    /// Let sessions run on a host that is reached through SSH.
    AddTarget {
        /// What it shall be called.
        target: TargetName,
        /// How it is reached, and where our things shall be on it.
        place: SshPlace,
        /// How many sessions at once; no cap of its own when absent or 0.
        #[serde(default)]
        capacity: Option<u32>,
        /// The person's own words for what it is good for.
        #[serde(default)]
        labels: Vec<TargetLabel>,
    },
    /// Change what was said of a target; what is absent stays.
    EditTarget {
        /// Which.
        target: TargetName,
        /// How it is reached, whole.
        #[serde(default)]
        address: Option<SshAddress>,
        /// The folder below which everything of ours is there, absolute; empty for the default.
        #[serde(default)]
        work_root: Option<PathBuf>,
        /// The line that is run there first; empty for none.
        #[serde(default)]
        bootstrap: Option<String>,
        /// How many sessions at once, 0 for no cap of its own.
        #[serde(default)]
        capacity: Option<u32>,
        /// All its labels.
        #[serde(default)]
        labels: Option<Vec<TargetLabel>>,
    },
    /// Forget a target on which nothing runs.
    RemoveTarget {
        /// Which.
        target: TargetName,
        /// Why workspaces may be left behind there; without it, any that is there is a refusal.
        #[serde(default)]
        reason: Option<String>,
    },
    /// Look at a target again, now.
    CheckTarget {
        /// Which.
        target: TargetName,
    },
}

/// What came of a command. As JSON: `{"reply":"created","objective":"o1","session":"s1"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// These now exist.
    Created {
        /// The objective.
        objective: ObjectiveId,
        /// Its new session.
        session: SessionId,
    },
    /// The message is durable and will be delivered in its turn.
    Accepted {
        /// Which.
        message: MessageId,
        /// How far it has come.
        delivery: message::Delivery,
    },
    /// The pull request is being moved on.
    PullRequest {
        /// Which.
        pull_request: PullRequestId,
    },
    /// The commands run.
    Verifying {
        /// As what.
        verification: VerificationId,
    },
    /// It is kept.
    Kept {
        /// As this.
        checkpoint: CheckpointId,
    },
    /// The workspace is as it was kept.
    RolledBack {
        /// What keeps how it was before.
        before: CheckpointId,
        /// Why nothing is lost, in words.
        proof: String,
    },
    /// It is done, or under way and certain to be finished.
    Done,
}

/// Why a command was not carried out. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// What kind of refusal; decides the exit code and the HTTP status.
    pub kind: RefusalKind,
    /// What happened and why, in one line that starts in lower case.
    pub message: String,
    /// What to do instead.
    pub hint: Option<String>,
}

/// What kind of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// The command makes no sense as it was given. Exit code 2, HTTP 400.
    Usage,
    /// It names something that does not exist. Exit code 3, HTTP 404.
    NotFound,
    /// It would break a rule. Exit code 4, HTTP 409.
    Refused,
    /// Something else failed. Exit code 1, HTTP 500.
    Failed,
}

impl Refusal {
    /// A refusal of `kind`.
    pub fn new(kind: RefusalKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None }
    }

    /// The command makes no sense as it was given.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::Usage, message)
    }

    /// It names something that does not exist.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::NotFound, message)
    }

    /// It would break a rule.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::Refused, message)
    }

    /// Something else failed.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::Failed, message)
    }

    /// The same, with what to do instead.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
