//! Effects with the rows they need, where each is to be performed, and what follows what.

use std::path::PathBuf;

use super::{
    core::{Effect, Offered, Outcome},
    dialogs,
    offering::Offer,
};
use crate::domain::{
    Attempt, AttemptId, Message, MessageId, Objective, ProfileName, PullRequest, PullRequestId, Session, SessionId,
    TargetName, Timestamp, Verification, Workspace, WorkspaceId, World, attempt::PaneId, message::Delivery, session,
    signal::Decision,
};

/// One effect with the rows it needs, as they were when it was wanted.
#[derive(Debug, Clone)]
pub(crate) enum Job {
    Prepare(Box<Whole>),
    Launch { whole: Box<Whole>, prompt: Option<MessageId>, begun: Option<Timestamp> },
    Paste { message: Box<Message>, attempt: AttemptId, pane: PaneId, profile: ProfileName },
    Enter { message: MessageId, attempt: AttemptId, pane: PaneId, profile: ProfileName, press: u8 },
    Stop { attempt: AttemptId, session: SessionId, pid: Option<u32>, politely: Option<ProfileName> },
    Bury { attempt: AttemptId, pane: PaneId, pid: u32 },
    Sweep { attempt: AttemptId },
    Reclaim { workspace: Box<Workspace>, reason: Option<String> },
    Restore { workspace: Box<Workspace>, to: Option<PathBuf> },
    Interrupt { attempt: AttemptId, pane: PaneId, profile: ProfileName },
    Reply { attempt: AttemptId, key: String, decision: Decision },
    Press(dialogs::Press),
    Check { attempt: AttemptId, profile: ProfileName, folder: PathBuf },
    Offer(Box<Offer>),
    Verify { verification: Box<Verification>, workspace: Box<Workspace> },
    Examine { session: SessionId, workspace: Box<Workspace> },
}

/// An effect, and where it is to be performed.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(super) job: Job,
    pub(super) target: TargetName,
}

impl Task {
    /// The effect with its rows and its place; `None` when they are gone, and with them the wish.
    pub(crate) fn of(effect: Effect, world: &World) -> Option<Self> {
        let job = Job::of(effect, world)?;
        let target = job.target(world)?;
        Some(Self { job, target })
    }
}

/// An attempt with everything it belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Whole {
    pub(crate) attempt: Attempt,
    pub(crate) session: Session,
    pub(crate) objective: Objective,
    pub(crate) workspace: Workspace,
    /// The pull request whose remarks it works on.
    pub(crate) offer: Option<PullRequest>,
}

impl Whole {
    fn of(world: &World, attempt: AttemptId) -> Option<Box<Self>> {
        let attempt = world.attempts.get(&attempt)?.clone();
        let session = world.sessions.get(&attempt.session)?.clone();
        let objective = world.objectives.get(&session.objective)?.clone();
        let workspace = world.workspaces.get(&session.workspace?)?.clone();
        let follows = session.follow_up.as_ref();
        let offer = follows.and_then(|follows| world.pull_requests.get(&follows.pull_request)).cloned();
        Some(Box::new(Self { attempt, session, objective, workspace, offer }))
    }
}

impl Job {
    /// The effect with its rows; `None` when they are gone, and with them the wish.
    fn of(effect: Effect, world: &World) -> Option<Job> {
        let profile_of = |attempt: &AttemptId| {
            let session = world.attempts.get(attempt)?.session;
            Some(world.sessions.get(&session)?.profile.clone())
        };
        Some(match effect {
            Effect::Prepare { attempt } => Job::Prepare(Whole::of(world, attempt)?),
            Effect::Launch { attempt, begun } => {
                let whole = Whole::of(world, attempt)?;
                let goes_out =
                    |delivery: &Delivery| matches!(delivery, Delivery::Launching { attempt: with } if *with == attempt);
                let prompt = world
                    .messages_of(whole.session.id)
                    .find(|message| goes_out(&message.delivery))
                    .map(|message| message.id);
                Job::Launch { whole, prompt, begun }
            }
            Effect::Paste { message, attempt, pane } => {
                let message = Box::new(world.messages.get(&message)?.clone());
                Job::Paste { message, profile: profile_of(&attempt)?, attempt, pane }
            }
            Effect::Enter { message, attempt, pane, press } => {
                Job::Enter { message, attempt, pane, profile: profile_of(&attempt)?, press }
            }
            Effect::Stop { attempt, pid, .. } => {
                let session = world.attempts.get(&attempt)?.session;
                let politely = done(world, attempt).then(|| profile_of(&attempt)).flatten();
                Job::Stop { attempt, session, pid, politely }
            }
            Effect::Bury { attempt, pane, pid, .. } => Job::Bury { attempt, pane, pid },
            Effect::Sweep { attempt } => Job::Sweep { attempt },
            Effect::Reclaim { workspace, reason } => {
                Job::Reclaim { workspace: Box::new(world.workspaces.get(&workspace)?.clone()), reason }
            }
            Effect::Restore { workspace, to } => {
                Job::Restore { workspace: Box::new(world.workspaces.get(&workspace)?.clone()), to }
            }
            Effect::Reply { attempt, key, decision } => Job::Reply { attempt, key, decision },
            Effect::Press { question, attempt, pane, fingerprint, option } => {
                let profile = profile_of(&attempt)?;
                Job::Press(dialogs::Press { question, attempt, pane, profile, fingerprint, option })
            }
            Effect::Check { attempt } => {
                let whole = Whole::of(world, attempt)?;
                Job::Check { attempt, profile: whole.session.profile, folder: whole.workspace.path }
            }
            Effect::Offer { pull_request } => Job::Offer(Box::new(Offer::of(world, pull_request)?)),
            Effect::Verify { verification } => {
                let verification = Box::new(world.verifications.get(&verification)?.clone());
                let workspace = Box::new(world.workspaces.get(&verification.workspace)?.clone());
                Job::Verify { verification, workspace }
            }
            Effect::Examine { session } => {
                let workspace = world.sessions.get(&session)?.workspace?;
                Job::Examine { session, workspace: Box::new(world.workspaces.get(&workspace)?.clone()) }
            }
            Effect::Interrupt { attempt, pane } => Job::Interrupt { profile: profile_of(&attempt)?, attempt, pane },
        })
    }

    /// It is not begun any more once its attempt is to be ended.
    pub(super) fn is_called_off(&self) -> bool {
        matches!(self, Job::Prepare(_) | Job::Launch { .. })
    }

    /// What becomes of an attempt that was never begun.
    pub(super) fn called_off(&self) -> Option<Outcome> {
        match self {
            Job::Prepare(whole) | Job::Launch { whole, .. } => Some(Outcome::NotStarted {
                attempt: whole.attempt.id,
                error: format!("it was called off before {} could be reached", whole.attempt.target),
            }),
            _ => None,
        }
    }

    /// It came to this end whatever became of the line meanwhile.
    pub(super) fn is_settled_by(&self, outcome: Option<&Outcome>) -> bool {
        match outcome {
            None => !matches!(self, Job::Bury { .. } | Job::Sweep { .. }),
            Some(Outcome::Offered { what, .. }) => !matches!(what, Offered::Not { .. }),
            Some(Outcome::Checked { verdict, .. }) => verdict.is_ok(),
            Some(
                Outcome::Stopped { .. }
                | Outcome::Verified { .. }
                | Outcome::Examined { .. }
                | Outcome::NotStarted { .. }
                | Outcome::NotSetUp { .. }
                | Outcome::NotReclaimed { .. }
                | Outcome::NotRestored { .. }
                | Outcome::NotPasted { .. }
                | Outcome::NotPressed { .. },
            ) => false,
            Some(
                Outcome::Prepared { .. }
                | Outcome::LaunchLost { .. }
                | Outcome::Launched { .. }
                | Outcome::Pasted { .. }
                | Outcome::NotEntered { .. }
                | Outcome::Entered { .. }
                | Outcome::Replied { .. }
                | Outcome::NotReplied { .. }
                | Outcome::Pressed { .. }
                | Outcome::Reclaimed { .. }
                | Outcome::Restored { .. },
            ) => true,
        }
    }

    /// It was tried before, first at this time, and is not known to have failed.
    pub(super) fn may_have_been_done(&mut self, first: Timestamp) {
        if let Job::Launch { begun, .. } = self {
            begun.get_or_insert(first);
        }
    }

    /// Nothing needs it once its attempt is to be ended, and it must not keep that waiting.
    pub(super) fn is_pointless_once_stopping(&self) -> bool {
        matches!(
            self,
            Job::Paste { .. }
                | Job::Enter { .. }
                | Job::Interrupt { .. }
                | Job::Press(_)
                | Job::Check { .. }
                | Job::Verify { .. }
        )
    }

    /// Where it is to be done. What waits here for an agent, and what concerns a repository of the person's, is done here.
    fn target(&self, world: &World) -> Option<TargetName> {
        let of = |attempt: &AttemptId| world.attempts.get(attempt).map(|attempt| attempt.target.clone());
        match self {
            Job::Prepare(whole) | Job::Launch { whole, .. } => Some(whole.attempt.target.clone()),
            Job::Paste { attempt, .. }
            | Job::Enter { attempt, .. }
            | Job::Stop { attempt, .. }
            | Job::Bury { attempt, .. }
            | Job::Sweep { attempt }
            | Job::Press(dialogs::Press { attempt, .. })
            | Job::Check { attempt, .. }
            | Job::Interrupt { attempt, .. } => of(attempt),
            Job::Reclaim { workspace, .. }
            | Job::Restore { workspace, .. }
            | Job::Verify { workspace, .. }
            | Job::Examine { workspace, .. } => Some(workspace.target.clone()),
            Job::Offer(offer) => Some(offer.target()),
            Job::Reply { .. } => Some(TargetName::local()),
        }
    }

    /// Jobs of one lane happen in order.
    pub(super) fn lane(&self) -> LaneName {
        match self {
            Job::Prepare(whole) | Job::Launch { whole, .. } => LaneName::Attempt(whole.attempt.id),
            Job::Paste { attempt, .. }
            | Job::Enter { attempt, .. }
            | Job::Stop { attempt, .. }
            | Job::Bury { attempt, .. }
            | Job::Sweep { attempt }
            | Job::Reply { attempt, .. }
            | Job::Press(dialogs::Press { attempt, .. })
            | Job::Interrupt { attempt, .. } => LaneName::Attempt(*attempt),
            Job::Check { attempt, .. } => LaneName::Check(*attempt),
            Job::Verify { verification, .. } => LaneName::Verification(verification.session),
            Job::Offer(offer) => LaneName::PullRequest(offer.pull_request.id),
            Job::Examine { workspace, .. } | Job::Reclaim { workspace, .. } | Job::Restore { workspace, .. } => {
                LaneName::Workspace(workspace.id)
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum LaneName {
    Attempt(AttemptId),
    /// It takes its time, and nothing that concerns the pane waits for it.
    Check(AttemptId),
    Workspace(WorkspaceId),
    PullRequest(PullRequestId),
    /// Its commands take their time.
    Verification(SessionId),
}

/// Its session's work is done, so its program may take its time to leave.
fn done(world: &World, attempt: AttemptId) -> bool {
    let session = world.attempts.get(&attempt).and_then(|attempt| world.sessions.get(&attempt.session));
    session.is_some_and(|session| matches!(session.state, session::State::Succeeded { .. }))
}
