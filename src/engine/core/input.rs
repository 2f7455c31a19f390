//! What the core is told.

use std::path::PathBuf;

use crate::domain::{
    AttemptId, Command, MessageId, PullRequestId, QuestionId, Repository, SessionId, Signal, TargetName, Timestamp,
    VerificationId, WorkspaceId,
    activity::{Doing, Source},
    attempt::{End, PaneId, Survivor},
    pull_request::{self, Checks, Mergeable, Review},
    question::Via,
    remark,
    target::Link,
    tool::ToolCall,
    workspace::{Base, Changed, Overlap},
};

/// One thing the core is told.
#[derive(Debug, Clone)]
pub enum Input {
    /// The daemon has started on this world: first of all inputs.
    Boot,
    /// A person asks for something.
    Command(Resolved),
    /// An effect has come to an end.
    Outcome(Outcome),
    /// How a target was seen. It takes what is said for what holds now.
    Link {
        /// Which.
        target: TargetName,
        /// How.
        link: Link,
    },
    /// The bootstrap command of a target has come to its end.
    Bootstrapped {
        /// Of which.
        target: TargetName,
        /// How, one line.
        ended: String,
    },
    /// All panes there are on a target.
    Panes {
        /// On which: only what runs there is judged by them.
        target: TargetName,
        /// When they were asked for: what was launched later can't be missing.
        asked_at: Timestamp,
        /// Every pane of ours that exists there.
        panes: Vec<PaneSeen>,
    },
    /// What a pane says about its agent.
    Screen {
        /// Whose pane.
        attempt: AttemptId,
        /// What it says.
        read: ScreenRead,
    },
    /// The agent's own id of the conversation was found.
    Conversation {
        /// Which attempt holds it.
        attempt: AttemptId,
        /// The id.
        id: String,
    },
    /// An agent told us something.
    Signal {
        /// Whose agent.
        attempt: AttemptId,
        /// What it said.
        signal: Signal,
    },
    /// An agent asks something through a call that waits for the answer. The same call may come again, by its key.
    Asked {
        /// Whose agent.
        attempt: AttemptId,
        /// What it asks; [`Says::Asks`](crate::domain::signal::Says::Asks).
        signal: Signal,
        /// How the answer travels.
        via: Via,
    },
    /// A call that waited for an answer is gone, and nobody waits any more.
    CallGone {
        /// Whose agent made it.
        attempt: AttemptId,
        /// Its key.
        key: String,
    },
    /// An agent calls a tool.
    Tool {
        /// Whose agent.
        attempt: AttemptId,
        /// What it asks for.
        call: ToolCall,
    },
    /// How the person has set up their repositories.
    Repositories(Vec<Repository>),
    /// What a forge says.
    Forge(Vec<ForgeSeen>),
    /// What was changed in a workspace.
    Changed {
        /// Which.
        workspace: WorkspaceId,
        /// The figures.
        changed: Changed,
    },
    /// Which other live workspaces change the same files.
    Overlaps {
        /// As which.
        workspace: WorkspaceId,
        /// All of them.
        overlaps: Vec<Overlap>,
    },
    /// A deadline has passed.
    Tick,
}

/// What a forge says of one pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ForgeSeen {
    /// It is there.
    Seen(Box<OfferSeen>),
    /// Nobody could find out.
    Unknown {
        /// Which.
        pull_request: PullRequestId,
        /// Why.
        why: String,
    },
    /// Somebody has opened one for a session's branch by themselves.
    Found {
        /// Whose branch.
        session: SessionId,
        /// Its number.
        number: u64,
        /// Its page.
        url: String,
        /// One line.
        title: String,
        /// Markdown.
        body: String,
        /// The branch it shall go into.
        base: String,
        /// Its head.
        head: String,
    },
}

/// How a pull request stands on its forge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferSeen {
    /// Which.
    pub pull_request: PullRequestId,
    /// Where it stands; never [`pull_request::State::Draft`].
    pub state: pull_request::State,
    /// The commit it offers.
    pub head: String,
    /// What the checks of that commit say.
    pub checks: Checks,
    /// What reviewers say, all together.
    pub review: Review,
    /// Whether it could be merged.
    pub mergeable: Mergeable,
    /// What was said about it, and what its checks and its base make to be said, oldest first.
    pub remarks: Vec<RemarkSeen>,
    /// When this was asked for.
    pub at: Timestamp,
}

/// One thing that was said about a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemarkSeen {
    /// Names it on its forge.
    pub key: String,
    /// What it is.
    pub kind: remark::Kind,
    /// Who said it.
    pub author: String,
    /// What it says.
    pub text: String,
    /// The file and line it is about.
    pub place: Option<String>,
    /// Its page.
    pub url: Option<String>,
    /// When it was made.
    pub at: Timestamp,
}

/// What came of a step of a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offered {
    /// Its branch is pushed, and it is open.
    Published {
        /// Its number, where its forge numbers.
        number: Option<u64>,
        /// Its page.
        url: Option<String>,
        /// The commit it offers now.
        head: String,
        /// What should be known about it.
        note: Option<String>,
    },
    /// Its title and body were sent.
    Described,
    /// The comment was sent.
    Commented,
    /// It is merged.
    Merged {
        /// The commit that has it, where that is known.
        commit: Option<String>,
        /// What should be known about it.
        note: Option<String>,
    },
    /// Its merge is on a branch of its own, and the base has not moved.
    Aside {
        /// The branch.
        branch: String,
        /// The merged commit.
        commit: String,
        /// Why, and how to take it.
        how: String,
    },
    /// It is closed.
    Closed,
    /// It stands otherwise than was believed, so nothing was done.
    Is(pull_request::State),
    /// Nothing was done.
    Not {
        /// Why, and what to do.
        why: String,
        /// The files in which it conflicts with its base, where that is why.
        conflicts: Vec<String>,
    },
}

/// What the commands that verify a workspace came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// What came of them.
    pub result: VerifiedAs,
    /// The commit that holds the files as they were verified.
    pub commit: Option<String>,
    /// The workspace's last commit, if nothing was uncommitted beside it.
    pub head: Option<String>,
    /// One line: what ran, how it ended, how long it took.
    pub title: String,
    /// What the commands printed.
    pub output: String,
}

/// What came of the commands that verify.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VerifiedAs {
    /// All ended with exit code 0.
    Passed,
    /// One did not.
    Failed {
        /// Which, and how.
        how: String,
    },
    /// Nobody could find out.
    Broken {
        /// Why.
        why: String,
    },
}

/// A command whose names were checked against the world outside: the repository exists and is given by its top
/// folder, the agent exists and can be used.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The command.
    pub command: Command,
    /// For commands that start a session in a repository: how it stands.
    pub in_repository: bool,
    /// The agent to use where the command names none and no earlier session tells.
    pub default_agent: Option<crate::domain::ProfileName>,
    /// The workspace that was removed and is to be brought back.
    pub removed: Option<Box<crate::domain::Workspace>>,
    /// For commands that keep a workspace: what was kept.
    pub kept: Option<Kept>,
}

/// A state of a workspace that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The commit that holds it.
    pub commit: String,
    /// Where the workspace was rolled back: why nothing is lost, in words.
    pub proof: Option<String>,
}

/// How an effect has come to an end.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The workspace is there.
    Prepared {
        /// For which attempt.
        attempt: AttemptId,
        /// Where the agent works.
        path: PathBuf,
        /// The branch it has checked out.
        branch: Option<String>,
        /// What it is based on.
        base: Option<Base>,
        /// The conversation's id, where it is chosen before the launch.
        conversation: Option<String>,
        /// The hash of the token that its agent will speak with.
        token_hash: Option<String>,
        /// What made it usable, if that was done just now.
        setup: Option<SetupRan>,
    },
    /// The workspace is there and can't be made usable; nothing runs.
    NotSetUp {
        /// For which attempt.
        attempt: AttemptId,
        /// Why, with the last lines that were printed.
        error: String,
        /// What was run.
        setup: SetupRan,
    },
    /// The workspace can't be made, or the program not be launched; certainly nothing runs.
    NotStarted {
        /// Which attempt.
        attempt: AttemptId,
        /// Why, in words for the person.
        error: String,
    },
    /// The launch was begun by an earlier daemon, its pane is gone and its tmux server too: it may have run.
    LaunchLost {
        /// Which attempt.
        attempt: AttemptId,
    },
    /// The pane is there.
    Launched {
        /// Which attempt.
        attempt: AttemptId,
        /// Where it draws.
        pane: PaneId,
        /// The pane's first process.
        pid: u32,
        /// The first prompt was part of the command line.
        prompt_in_argv: bool,
    },
    /// tmux has pasted the message.
    Pasted {
        /// Which.
        message: MessageId,
    },
    /// The message was certainly not pasted.
    NotPasted {
        /// Which.
        message: MessageId,
        /// Why.
        reason: String,
    },
    /// Enter would have answered a dialog, and was not pressed.
    NotEntered {
        /// For which message.
        message: MessageId,
    },
    /// Enter was pressed.
    Entered {
        /// For which message.
        message: MessageId,
        /// When: what the pane printed since then may be the answer to it.
        at: Timestamp,
    },
    /// A decision went out through the call that waited for it.
    Replied {
        /// Whose agent made the call.
        attempt: AttemptId,
        /// Its key.
        key: String,
    },
    /// No such call waits.
    NotReplied {
        /// Whose agent made the call.
        attempt: AttemptId,
        /// Its key.
        key: String,
    },
    /// The answer was pressed in the pane.
    Pressed {
        /// To which question.
        question: QuestionId,
    },
    /// The answer was not pressed: the pane shows something else, or can't be reached.
    NotPressed {
        /// To which question.
        question: QuestionId,
        /// Why.
        reason: String,
    },
    /// The program that says whether the work is done has said it.
    Checked {
        /// Whose work.
        attempt: AttemptId,
        /// It is done; otherwise why not, in words.
        verdict: Result<(), String>,
    },
    /// A pull request's step has come to an end.
    Offered {
        /// Which.
        pull_request: PullRequestId,
        /// What came of it.
        what: Offered,
    },
    /// The commands that verify have ended.
    Verified {
        /// Which verification.
        verification: VerificationId,
        /// What they came to.
        what: Verified,
    },
    /// A session's change is kept as it is.
    Examined {
        /// Whose.
        session: SessionId,
        /// The commit that holds it and the change's fingerprint, or why it can't be had.
        change: Result<(String, String), String>,
    },
    /// Everything that came from the attempt was ended.
    Stopped {
        /// Which.
        attempt: AttemptId,
        /// What would not die.
        survivors: Vec<Survivor>,
    },
    /// The workspace is gone.
    Reclaimed {
        /// Which.
        workspace: WorkspaceId,
        /// Why nothing was lost, or what was given up.
        proof: String,
    },
    /// The workspace stays.
    NotReclaimed {
        /// Which.
        workspace: WorkspaceId,
        /// Why.
        reason: String,
    },
    /// The workspace is there again.
    Restored {
        /// Which.
        workspace: WorkspaceId,
        /// Its folder.
        path: std::path::PathBuf,
        /// Its branch.
        branch: Option<String>,
        /// What is not as it was.
        note: Option<String>,
    },
    /// The workspace could not be brought back.
    NotRestored {
        /// Which.
        workspace: WorkspaceId,
        /// Why.
        reason: String,
    },
}

/// What was run and copied in a new workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupRan {
    /// How it went, one line.
    pub title: String,
    /// What it printed, at most [`BODY_BYTES`](crate::domain::artifact::BODY_BYTES).
    pub output: String,
}

/// One pane of ours that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaneSeen {
    /// Whose it is.
    pub attempt: AttemptId,
    /// Its id.
    pub pane: PaneId,
    /// Its first process.
    pub pid: u32,
    /// How its program ended, if it has.
    pub ended: Option<End>,
    /// A person's keys went into it just now.
    pub person_typing: bool,
}

/// What a pane says about its agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenRead {
    /// When the picture was taken.
    pub at: Timestamp,
    /// When the pane printed something last.
    pub printed_at: Timestamp,
    /// What the agent is doing.
    pub doing: Doing,
    /// Where the strongest rule found it.
    pub source: Source,
    /// The rule.
    pub rule: String,
    /// The text it matched.
    pub text: String,
    /// The program takes input.
    pub ready: bool,
    /// The text that stands in the agent's input box; `None` when that can't be told.
    pub composer: Option<String>,
    /// More about what it does, in a few words; may be empty.
    pub note: String,
    /// When it goes on by itself, where that is shown.
    pub until: Option<Timestamp>,
    /// The oldest message on its way stands somewhere on the screen.
    pub shows_message: bool,
    /// The words on the screen by which the agent says that its work is done.
    pub marker: Option<String>,
    /// The dialog that the agent shows, where it can be read.
    pub dialog: Option<DialogSeen>,
}

/// A dialog on an agent's screen that can be answered with keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialogSeen {
    /// Names it: the same as long as the same dialog stands there, wherever its cursor is.
    pub fingerprint: String,
    /// What it says, a line or a few.
    pub text: String,
    /// What can be chosen, in its own order.
    pub options: Vec<String>,
}

/// What the core must know of an agent's profile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileRules {
    /// Exit code 0 means that the work is done, any other that it failed.
    pub completes_by_exit: bool,
    /// When its turn is over, a program says whether the work is done.
    pub checks_turns: bool,
    /// A message may be typed while the agent works.
    pub accepts_while_working: bool,
    /// The first prompt goes into the command line.
    pub prompt_in_argv: bool,
    /// It is known what its input box looks like: while none is seen, there is nothing to type into.
    pub has_input_box: bool,
    /// Whose agent it is: two profiles of one family judge alike.
    pub family: String,
}

/// What the person has set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How many sessions run at once, over all targets.
    pub global_cap: u32,
    /// How the person has set up their repositories, until [`Input::Repositories`] says otherwise.
    pub repositories: Vec<Repository>,
}
