//! The nouns of quarterdeck and their laws.
//!
//! Pure: nothing here reads a file, a clock or a socket, and nothing here knows who calls it. What a session, an
//! attempt or a message may become is decided by one function per noun (`State::on`, `Delivery::on`), so a late or
//! repeated report can never put a row into a state that its history forbids.
//!
//! The same types travel everywhere: the engine moves them, the store keeps them in typed columns, the door speaks
//! them as JSON, the dashboard draws them.

pub mod activity;
pub mod artifact;
pub mod attempt;
pub mod attention;
pub mod change;
pub mod checkpoint;
pub mod command;
pub mod counters;
pub mod diff;
pub mod event;
pub mod failure;
pub mod figures;
pub mod ids;
pub mod judgement;
pub mod message;
pub mod names;
pub mod objective;
pub mod picture;
pub mod placement;
pub mod pull_request;
pub mod question;
pub mod remark;
pub mod repository;
pub mod session;
pub mod sight;
pub mod signal;
pub mod spending;
pub mod target;
pub mod terminal;
pub mod time;
pub mod tmux_version;
pub mod tool;
pub mod usage;
pub mod verification;
pub mod workspace;
pub mod world;

pub use activity::Activity;
pub use artifact::Artifact;
pub use attempt::Attempt;
pub use attention::Attention;
pub use change::Change;
pub use checkpoint::Checkpoint;
pub use command::{Command, Refusal, Reply};
pub use counters::Counters;
pub use diff::Diff;
pub use event::Event;
pub use failure::Failure;
pub use ids::{
    ArtifactId, AttemptId, CheckpointId, MessageId, ObjectiveId, PullRequestId, QuestionId, RemarkId, SessionId,
    VerificationId, WorkspaceId,
};
pub use judgement::Judgement;
pub use message::Message;
pub use names::{ProfileName, RepositoryName, TargetLabel, TargetName};
pub use objective::Objective;
pub use picture::Picture;
pub use placement::Placement;
pub use pull_request::PullRequest;
pub use question::Question;
pub use remark::Remark;
pub use repository::Repository;
pub use session::Session;
pub use sight::{Bootstrap, Finding, Machine, TargetSight, Verdict};
pub use signal::Signal;
pub use spending::Spending;
pub use target::Target;
pub use terminal::Terminal;
pub use time::Timestamp;
pub use tmux_version::TmuxVersion;
pub use usage::{Meter, Metered, Usage};
pub use verification::Verification;
pub use workspace::Workspace;
pub use world::World;

/// An event that the current state of a noun does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{noun} that is {state} cannot {event}")]
pub struct Illegal {
    /// Which machine refused: `session`, `attempt`, `message`.
    pub noun: &'static str,
    /// The label of the state it was in.
    pub state: &'static str,
    /// The label of the event that came.
    pub event: &'static str,
}
