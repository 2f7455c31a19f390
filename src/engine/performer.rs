//! Does what the core wants: one queue an attempt, so that what concerns one pane happens in order, and one slow
//! repository or one stubborn process holds up nobody else.
//!
//! Every performer looks before it acts, because the same effect comes again after a crash.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    beat::Letter,
    core::{Effect, Input, Outcome},
    dialogs, launch,
    offering::{self, Offer},
    rooms::Rooms,
    stopping, typing, verifying,
};
use crate::{
    agent::Completion,
    domain::{
        Attempt, AttemptId, Message, MessageId, Objective, ProfileName, PullRequest, PullRequestId, Session, SessionId,
        Timestamp, Verification, Workspace, WorkspaceId, World, attempt::PaneId, message::Delivery, session,
        signal::Decision,
    },
    target::Program,
    tmux, workspace as checkouts,
};

/// How long the program may take that says whether work is done.
const CHECK: Duration = Duration::from_secs(600);

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
    pub(crate) fn of(effect: Effect, world: &World) -> Option<Job> {
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
            // Whoever keeps the connection of a target hears of it there.
            Effect::CheckTarget { .. } => return None,
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

    /// Nothing needs it once its attempt is to be ended, and it must not keep that waiting.
    fn is_pointless_once_stopping(&self) -> bool {
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

    /// Jobs of one lane happen in order.
    fn lane(&self) -> LaneName {
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
enum LaneName {
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

/// One queue.
struct Lane {
    jobs: mpsc::UnboundedSender<Job>,
    /// Its attempt is to be ended: what is typed into it no longer matters.
    stopping: CancellationToken,
}

/// Takes jobs until their sender is gone or `cancel`; what is under way is finished.
pub(crate) async fn run(
    rooms: Rooms,
    mut jobs: mpsc::UnboundedReceiver<Job>,
    outcomes: mpsc::Sender<Letter>,
    cancel: CancellationToken,
) {
    let tracker = TaskTracker::new();
    let mut lanes: HashMap<LaneName, Lane> = HashMap::new();
    loop {
        let job = tokio::select! {
            job = jobs.recv() => job,
            () = cancel.cancelled() => None,
        };
        let Some(job) = job else { break };
        lanes.retain(|_, lane| !lane.jobs.is_closed());
        let name = job.lane();
        if let Job::Stop { attempt, session, .. } = &job {
            let pointless = [LaneName::Attempt(*attempt), LaneName::Check(*attempt), LaneName::Verification(*session)];
            for name in pointless {
                if let Some(lane) = lanes.get(&name) {
                    lane.stopping.cancel();
                }
            }
        }
        let unsent = match lanes.get(&name) {
            // A lane closes when it has been empty for a moment; the job then opens a new one.
            Some(lane) => lane.jobs.send(job).err().map(|refused| refused.0),
            None => Some(job),
        };
        if let Some(job) = unsent {
            // Unbounded, because the core wants at most a handful of things of one attempt at a time.
            let (sender, receiver) = mpsc::unbounded_channel();
            let _ = sender.send(job);
            let lane = Lane { jobs: sender, stopping: CancellationToken::new() };
            let stopping = lane.stopping.clone();
            lanes.insert(name, lane);
            tracker.spawn(work(rooms.clone(), receiver, outcomes.clone(), stopping, cancel.clone()));
        }
    }
    drop(lanes);
    tracker.close();
    tracker.wait().await;
}

/// Does the jobs of one lane. Ends when there is none for a while.
async fn work(
    rooms: Rooms,
    mut jobs: mpsc::UnboundedReceiver<Job>,
    outcomes: mpsc::Sender<Letter>,
    stopping: CancellationToken,
    cancel: CancellationToken,
) {
    const IDLE: Duration = Duration::from_secs(5);
    loop {
        let job = match tokio::time::timeout(IDLE, jobs.recv()).await {
            Ok(Some(job)) => job,
            Ok(None) => return,
            Err(_) => {
                // What was sent before the close is still in the channel.
                jobs.close();
                match jobs.recv().await {
                    Some(job) => job,
                    None => return,
                }
            }
        };
        tracing::debug!(?job, "performing");
        let waits_for_nobody = job.is_pointless_once_stopping();
        let outcome = tokio::select! {
            outcome = perform(&rooms, job, &stopping) => outcome,
            () = stopping.cancelled(), if waits_for_nobody => None,
            () = cancel.cancelled() => return,
        };
        if let Some(outcome) = outcome
            && outcomes.send(Letter::Input(Input::Outcome(outcome))).await.is_err()
        {
            return;
        }
    }
}

async fn perform(rooms: &Rooms, job: Job, stopping: &CancellationToken) -> Option<Outcome> {
    match job {
        Job::Prepare(whole) => Some(launch::prepare(rooms, &whole, stopping).await),
        Job::Launch { whole, prompt, begun } => Some(launch::launch(rooms, &whole, prompt, begun).await),
        Job::Paste { message, attempt, pane, profile } => {
            typing::paste(rooms, &message, attempt, &pane, &profile).await
        }
        Job::Enter { message, attempt, pane, profile, press } => {
            typing::enter(rooms, message, attempt, &pane, &profile, press).await
        }
        Job::Stop { attempt, pid, politely, .. } => Some(stopping::stop(rooms, attempt, pid, politely.as_ref()).await),
        Job::Bury { attempt, pane, pid } => {
            stopping::bury(rooms, attempt, &pane, pid).await;
            None
        }
        Job::Sweep { attempt } => {
            stopping::sweep(rooms, attempt).await;
            None
        }
        Job::Reclaim { workspace, reason } => Some(reclaim(rooms, &workspace, reason.as_deref()).await),
        Job::Restore { workspace, to } => Some(restore(rooms, &workspace, to.as_deref()).await),
        Job::Reply { attempt, key, decision } => Some(if rooms.calls.reply(attempt, &key, decision) {
            Outcome::Replied { attempt, key }
        } else {
            Outcome::NotReplied { attempt, key }
        }),
        Job::Press(press) => Some(dialogs::press(rooms, &press).await),
        Job::Offer(offer) => Some(offering::take(rooms, &offer).await),
        Job::Verify { verification, workspace } => Some(verifying::verify(rooms, &verification, &workspace).await),
        Job::Examine { session, workspace } => Some(verifying::examine(rooms, session, &workspace).await),
        Job::Check { attempt, profile, folder } => check(rooms, attempt, &profile, folder).await,
        Job::Interrupt { pane, profile, .. } => {
            interrupt(rooms, &pane, &profile).await;
            None
        }
    }
}

async fn interrupt(rooms: &Rooms, pane: &PaneId, profile: &ProfileName) {
    let keys =
        rooms.profiles.find(profile).map_or_else(|| vec!["C-c".to_owned()], |profile| profile.keys.interrupt.clone());
    let keys: Vec<tmux::Key> = keys.into_iter().map(tmux::Key::Named).collect();
    if let Err(error) = rooms.tmux.press(pane, &keys, None).await {
        tracing::warn!(%error, pane = %pane.0, "the interrupt keys were not pressed");
    }
}

/// Runs the program by which the profile knows that the work is done.
async fn check(rooms: &Rooms, attempt: AttemptId, profile: &ProfileName, folder: PathBuf) -> Option<Outcome> {
    let Completion::Command(argv) = &rooms.profiles.find(profile)?.completion else { return None };
    let program = Program { directory: Some(folder), deadline: CHECK, ..Program::new(argv.iter().cloned()) };
    let verdict = match rooms.local.run(program).await {
        Ok(output) if output.succeeded() => Ok(()),
        Ok(output) => Err(format!("{} {}", argv.join(" "), output.status)),
        Err(error) => Err(super::describe::chain(&error)),
    };
    Some(Outcome::Checked { attempt, verdict })
}

async fn reclaim(rooms: &Rooms, workspace: &Workspace, reason: Option<&str>) -> Outcome {
    match checkouts::remove(&rooms.local, workspace, reason).await {
        Ok(proof) => Outcome::Reclaimed { workspace: workspace.id, proof },
        Err(error) => Outcome::NotReclaimed { workspace: workspace.id, reason: super::describe::chain(&error) },
    }
}

async fn restore(rooms: &Rooms, workspace: &Workspace, to: Option<&Path>) -> Outcome {
    let id = workspace.id;
    match checkouts::restore(&rooms.local, workspace, to).await {
        Ok(checkouts::Restored { path, branch, note }) => Outcome::Restored { workspace: id, path, branch, note },
        Err(error) => Outcome::NotRestored { workspace: id, reason: super::describe::chain(&error) },
    }
}
