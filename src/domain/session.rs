//! One piece of work given to one agent.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{
    Activity, AttemptId, Illegal, ObjectiveId, Placement, ProfileName, PullRequestId, QuestionId, SessionId,
    TargetName, Timestamp, WorkspaceId, workspace,
};

/// One piece of work given to one agent. Keeps its identity through restarts and resumes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// `s14`.
    pub id: SessionId,
    /// What it is for.
    pub objective: ObjectiveId,
    /// The session that asked for it, where one did; a cancel of the parent cancels it too.
    pub parent: Option<SessionId>,
    /// Sessions that must have succeeded before this one starts; a cancel or failure of one cancels this one.
    pub depends_on: Vec<SessionId>,
    /// Its part in the objective.
    pub role: Role,
    /// One line.
    pub title: String,
    /// Which agent does it.
    pub profile: ProfileName,
    /// Where it runs; where it is going to, as long as it has no workspace and is not pinned.
    pub target: TargetName,
    /// How it comes there.
    #[serde(default)]
    pub placement: Placement,
    /// The repository it works in, as [`Objective::repository`](super::Objective::repository) is; the objective's when
    /// absent.
    pub repository: Option<PathBuf>,
    /// The kind of checkout it was promised.
    pub workspace_kind: workspace::Kind,
    /// The checkout it works in, once planned.
    pub workspace: Option<WorkspaceId>,
    /// The branch, tag or commit its checkout starts from; the objective's, in the objective's repository, when absent.
    pub base: Option<String>,
    /// The pull request whose remarks it works on.
    pub follow_up: Option<FollowUp>,
    /// Where it stands.
    pub state: State,
    /// Since when.
    pub state_since: Timestamp,
    /// The newest attempt, which may have ended.
    pub attempt: Option<AttemptId>,
    /// What the agent is doing now, with its evidence.
    pub activity: Activity,
    /// What the agent last said about how far it is, one line.
    pub progress: Option<String>,
    /// What the agent reported as its result.
    pub report: Option<Report>,
    /// A person is typing into its pane: since when.
    pub person_typing_since: Option<Timestamp>,
    /// When it was created; the order in which waiting sessions start.
    pub created_at: Timestamp,
}

impl Session {
    /// The name of the folder of its repository, where that is not its objective's.
    pub fn elsewhere(&self) -> Option<String> {
        let name = self.repository.as_ref()?.file_name()?.to_string_lossy();
        Some(name.strip_suffix(".git").unwrap_or(&name).to_owned())
    }
}

/// What a session was started for that works on the remarks about a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// Which.
    pub pull_request: PullRequestId,
    /// Its head when the session was started, as a full hexadecimal object id.
    pub head: String,
    /// A check had failed: the session has succeeded only if the head has moved.
    pub must_move_head: bool,
}

/// What an agent reported as the result of its work. Its whole text is an artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// What came of the work.
    pub outcome: Outcome,
    /// The first line of its summary.
    pub summary: String,
    /// By which attempt's agent.
    pub attempt: AttemptId,
    /// When.
    pub at: Timestamp,
}

/// What came of an agent's work, by its own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is done.
    Done,
    /// It can't go on without the person.
    Blocked,
    /// It can't be done.
    Failed,
}

impl Outcome {
    /// The one spelling people see.
    pub fn label(self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::Blocked => "blocked",
            Outcome::Failed => "failed",
        }
    }
}

/// A session's part in its objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Does the work.
    #[default]
    Worker,
    /// Splits it and delegates.
    Manager,
    /// Judges another session's change.
    Reviewer,
}

impl Role {
    /// The one spelling people see.
    pub fn label(self) -> &'static str {
        match self {
            Role::Worker => "worker",
            Role::Manager => "manager",
            Role::Reviewer => "reviewer",
        }
    }
}

/// Where a session stands. The last three are final: nothing leads out of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Waits for its turn or for the sessions it depends on.
    Queued,
    /// Could start, but all places are taken.
    WaitingCapacity {
        /// Whose places.
        scope: Scope,
    },
    /// Its workspace is being made, or its program is being launched.
    Starting {
        /// The launch.
        attempt: AttemptId,
    },
    /// Its program lives.
    Running {
        /// The launch.
        attempt: AttemptId,
    },
    /// Nothing runs, and only the person can decide what comes next.
    WaitingUser {
        /// What the person was asked.
        question: QuestionId,
    },
    /// Done.
    Succeeded {
        /// Who said so.
        by: Completion,
    },
    /// Ended without having done it.
    Failed {
        /// Why, in one line.
        cause: String,
    },
    /// Given up on the person's word.
    Canceled,
}

/// Whose places are all taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The cap over all targets.
    Global,
    /// The target's own cap.
    Target,
    /// The target takes no new sessions now (draining, disabled or unreachable), nor does any other that fits.
    TargetClosed,
    /// No target has what it wants.
    NoTarget,
}

/// Who said that a session is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Completion {
    /// The person.
    Person,
    /// The program ended with exit code 0, and its profile says that this means done.
    Exit,
    /// The agent, through its own report.
    Agent,
    /// The agent's screen showed the words that its profile names, when its turn was over.
    Marker,
    /// The program that its profile names ended with exit code 0, when its turn was over.
    Command,
    /// Its pull request was merged.
    Merged,
}

/// What can happen to a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// No place is free.
    NoCapacity(Scope),
    /// A place is free: this attempt starts.
    Start(AttemptId),
    /// Its program lives.
    Launched,
    /// Only the person can decide what comes next.
    Park(QuestionId),
    /// The person wants it to go on.
    Requeue,
    /// It is done.
    Succeed(Completion),
    /// It ended without having done it.
    Fail(String),
    /// The person gave it up.
    Cancel,
}

impl Event {
    fn label(&self) -> &'static str {
        match self {
            Event::NoCapacity(_) => "wait for capacity",
            Event::Start(_) => "start",
            Event::Launched => "be launched",
            Event::Park(_) => "be parked",
            Event::Requeue => "be queued again",
            Event::Succeed(_) => "succeed",
            Event::Fail(_) => "fail",
            Event::Cancel => "be canceled",
        }
    }
}

impl State {
    /// The state that follows `event`.
    ///
    /// # Errors
    /// [`Illegal`] when this state does not allow it: a final state allows nothing.
    pub fn on(&self, event: Event) -> Result<State, Illegal> {
        use State::{Canceled, Failed, Queued, Running, Starting, Succeeded, WaitingCapacity, WaitingUser};
        match (self, event) {
            (Queued | WaitingCapacity { .. }, Event::NoCapacity(scope)) => Ok(WaitingCapacity { scope }),
            (Queued | WaitingCapacity { .. }, Event::Start(attempt)) => Ok(Starting { attempt }),
            (Starting { attempt }, Event::Launched) => Ok(Running { attempt: *attempt }),
            (Queued | WaitingCapacity { .. } | Starting { .. } | Running { .. }, Event::Park(question)) => {
                Ok(WaitingUser { question })
            }
            (WaitingUser { .. } | WaitingCapacity { .. }, Event::Requeue) => Ok(Queued),
            (Running { .. } | WaitingUser { .. }, Event::Succeed(by)) => Ok(Succeeded { by }),
            (Queued | WaitingCapacity { .. } | Starting { .. } | Running { .. } | WaitingUser { .. }, end) => match end
            {
                Event::Fail(cause) => Ok(Failed { cause }),
                Event::Cancel => Ok(Canceled),
                Event::NoCapacity(_)
                | Event::Start(_)
                | Event::Launched
                | Event::Park(_)
                | Event::Requeue
                | Event::Succeed(_) => Err(self.refuses(&end)),
            },
            (Succeeded { .. } | Failed { .. } | Canceled, event) => Err(self.refuses(&event)),
        }
    }

    fn refuses(&self, event: &Event) -> Illegal {
        Illegal { noun: "a session", state: self.label(), event: event.label() }
    }

    /// Nothing leads out of this state.
    pub fn is_final(&self) -> bool {
        matches!(self, State::Succeeded { .. } | State::Failed { .. } | State::Canceled)
    }

    /// It takes one of its target's places.
    pub fn takes_a_place(&self) -> bool {
        matches!(self, State::Starting { .. } | State::Running { .. })
    }

    /// The attempt that is under way.
    pub fn attempt(&self) -> Option<AttemptId> {
        match self {
            State::Starting { attempt } | State::Running { attempt } => Some(*attempt),
            State::Queued
            | State::WaitingCapacity { .. }
            | State::WaitingUser { .. }
            | State::Succeeded { .. }
            | State::Failed { .. }
            | State::Canceled => None,
        }
    }

    /// The one spelling people see.
    pub fn label(&self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::WaitingCapacity { .. } => "waiting_capacity",
            State::Starting { .. } => "starting",
            State::Running { .. } => "running",
            State::WaitingUser { .. } => "waiting_user",
            State::Succeeded { .. } => "succeeded",
            State::Failed { .. } => "failed",
            State::Canceled => "canceled",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_state() -> Vec<State> {
        vec![
            State::Queued,
            State::WaitingCapacity { scope: Scope::Global },
            State::Starting { attempt: AttemptId::FIRST },
            State::Running { attempt: AttemptId::FIRST },
            State::WaitingUser { question: QuestionId::FIRST },
            State::Succeeded { by: Completion::Person },
            State::Failed { cause: "x".into() },
            State::Canceled,
        ]
    }

    fn every_event() -> Vec<Event> {
        vec![
            Event::NoCapacity(Scope::Target),
            Event::Start(AttemptId::FIRST),
            Event::Launched,
            Event::Park(QuestionId::FIRST),
            Event::Requeue,
            Event::Succeed(Completion::Exit),
            Event::Fail("x".into()),
            Event::Cancel,
        ]
    }

    #[test]
    fn a_final_state_has_no_way_out() {
        for state in every_state().iter().filter(|state| state.is_final()) {
            for event in every_event() {
                assert!(state.on(event).is_err(), "{} let something through", state.label());
            }
        }
    }

    #[test]
    fn every_other_state_can_be_canceled() {
        for state in every_state().iter().filter(|state| !state.is_final()) {
            assert_eq!(state.on(Event::Cancel), Ok(State::Canceled));
        }
    }

    #[test]
    fn only_a_session_that_ran_or_waits_for_the_person_can_succeed() {
        for state in every_state() {
            let allowed = matches!(state, State::Running { .. } | State::WaitingUser { .. });
            assert_eq!(state.on(Event::Succeed(Completion::Person)).is_ok(), allowed, "{}", state.label());
        }
    }
}
