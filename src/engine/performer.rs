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
    core::{Effect, Input, Offered, Outcome},
    dialogs, launch,
    offering::{self, Offer},
    rooms::Rooms,
    sites::Site,
    stopping, typing, verifying,
};
use crate::{
    agent::Completion,
    domain::{
        Attempt, AttemptId, Message, MessageId, Objective, ProfileName, PullRequest, PullRequestId, Session, SessionId,
        TargetName, Timestamp, Verification, Workspace, WorkspaceId, World, attempt::PaneId, message::Delivery,
        session, signal::Decision,
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

/// An effect, and where it is to be performed.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    job: Job,
    target: TargetName,
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
    fn is_called_off(&self) -> bool {
        matches!(self, Job::Prepare(_) | Job::Launch { .. })
    }

    /// What becomes of an attempt that was never begun.
    fn called_off(&self) -> Option<Outcome> {
        match self {
            Job::Prepare(whole) | Job::Launch { whole, .. } => Some(Outcome::NotStarted {
                attempt: whole.attempt.id,
                error: format!("it was called off before {} could be reached", whole.attempt.target),
            }),
            _ => None,
        }
    }

    /// It came to this end whatever became of the line meanwhile.
    fn is_settled_by(&self, outcome: Option<&Outcome>) -> bool {
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
    jobs: mpsc::UnboundedSender<Task>,
    /// Its attempt is to be ended: what is typed into it no longer matters.
    stopping: CancellationToken,
}

/// Takes jobs until their sender is gone or `cancel`; what is under way is finished.
pub(crate) async fn run(
    rooms: Rooms,
    mut jobs: mpsc::UnboundedReceiver<Task>,
    outcomes: mpsc::Sender<Letter>,
    cancel: CancellationToken,
) {
    let tracker = TaskTracker::new();
    let mut lanes: HashMap<LaneName, Lane> = HashMap::new();
    loop {
        let task = tokio::select! {
            task = jobs.recv() => task,
            () = cancel.cancelled() => None,
        };
        let Some(task) = task else { break };
        lanes.retain(|_, lane| !lane.jobs.is_closed());
        let name = task.job.lane();
        if let Job::Stop { attempt, session, .. } = &task.job {
            let pointless = [LaneName::Attempt(*attempt), LaneName::Check(*attempt), LaneName::Verification(*session)];
            for name in pointless {
                if let Some(lane) = lanes.get(&name) {
                    lane.stopping.cancel();
                }
            }
        }
        let unsent = match lanes.get(&name) {
            // A lane closes when it has been empty for a moment; the job then opens a new one.
            Some(lane) => lane.jobs.send(task).err().map(|refused| refused.0),
            None => Some(task),
        };
        if let Some(task) = unsent {
            // Unbounded, because the core wants at most a handful of things of one attempt at a time.
            let (sender, receiver) = mpsc::unbounded_channel();
            let _ = sender.send(task);
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
    mut jobs: mpsc::UnboundedReceiver<Task>,
    outcomes: mpsc::Sender<Letter>,
    stopping: CancellationToken,
    cancel: CancellationToken,
) {
    const IDLE: Duration = Duration::from_secs(5);
    loop {
        let task = match tokio::time::timeout(IDLE, jobs.recv()).await {
            Ok(Some(task)) => task,
            Ok(None) => return,
            Err(_) => {
                // What was sent before the close is still in the channel.
                jobs.close();
                match jobs.recv().await {
                    Some(task) => task,
                    None => return,
                }
            }
        };
        tracing::debug!(?task, "performing");
        let waits_for_nobody = task.job.is_pointless_once_stopping();
        let outcome = tokio::select! {
            outcome = perform(&rooms, task, &stopping) => outcome,
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

/// Does it where it is to be done, once that place can be reached. When the line to it was cut meanwhile, an outcome says
/// nothing: it is done again, and looks first.
async fn perform(rooms: &Rooms, Task { job, target }: Task, stopping: &CancellationToken) -> Option<Outcome> {
    loop {
        let site = tokio::select! {
            site = rooms.sites.reached(&target) => site,
            () = stopping.cancelled(), if job.is_called_off() => return job.called_off(),
        };
        let outcome = perform_at(rooms, &site, job.clone(), stopping).await;
        if rooms.sites.has_held(&target, site.reached) || job.is_settled_by(outcome.as_ref()) {
            return outcome;
        }
        tracing::info!(%target, ?outcome, "the line was cut meanwhile; it is looked at again");
    }
}

async fn perform_at(rooms: &Rooms, site: &Site, job: Job, stopping: &CancellationToken) -> Option<Outcome> {
    match job {
        Job::Prepare(whole) => Some(launch::prepare(rooms, site, &whole, stopping).await),
        Job::Launch { whole, prompt, begun } => Some(launch::launch(rooms, site, &whole, prompt, begun).await),
        Job::Paste { message, attempt, pane, profile } => {
            typing::paste(rooms, site, &message, attempt, &pane, &profile).await
        }
        Job::Enter { message, attempt, pane, profile, press } => {
            typing::enter(rooms, site, message, attempt, &pane, &profile, press).await
        }
        Job::Stop { attempt, pid, politely, .. } => {
            Some(stopping::stop(rooms, site, attempt, pid, politely.as_ref()).await)
        }
        Job::Bury { attempt, pane, pid } => {
            stopping::bury(rooms, site, attempt, &pane, pid).await;
            None
        }
        Job::Sweep { attempt } => {
            stopping::sweep(rooms, site, attempt).await;
            None
        }
        Job::Reclaim { workspace, reason } => Some(reclaim(site, &workspace, reason.as_deref()).await),
        Job::Restore { workspace, to } => Some(restore(site, &workspace, to.as_deref()).await),
        Job::Reply { attempt, key, decision } => Some(if rooms.calls.reply(attempt, &key, decision) {
            Outcome::Replied { attempt, key }
        } else {
            Outcome::NotReplied { attempt, key }
        }),
        Job::Press(press) => Some(dialogs::press(rooms, site, &press).await),
        Job::Offer(offer) => Some(offering::take(rooms, &offer).await),
        Job::Verify { verification, workspace } => {
            Some(verifying::verify(rooms, site, &verification, &workspace).await)
        }
        Job::Examine { session, workspace } => Some(verifying::examine(site, session, &workspace).await),
        Job::Check { attempt, profile, folder } => check(rooms, site, attempt, &profile, folder).await,
        Job::Interrupt { pane, profile, .. } => {
            interrupt(rooms, site, &pane, &profile).await;
            None
        }
    }
}

async fn interrupt(rooms: &Rooms, site: &Site, pane: &PaneId, profile: &ProfileName) {
    let keys =
        rooms.profiles.find(profile).map_or_else(|| vec!["C-c".to_owned()], |profile| profile.keys.interrupt.clone());
    let keys: Vec<tmux::Key> = keys.into_iter().map(tmux::Key::Named).collect();
    if let Err(error) = site.tmux.press(pane, &keys, None).await {
        tracing::warn!(%error, pane = %pane.0, "the interrupt keys were not pressed");
    }
}

/// Runs the program by which the profile knows that the work is done.
async fn check(
    rooms: &Rooms,
    site: &Site,
    attempt: AttemptId,
    profile: &ProfileName,
    folder: PathBuf,
) -> Option<Outcome> {
    let Completion::Command(argv) = &rooms.profiles.find(profile)?.completion else { return None };
    let program = Program { directory: Some(folder), deadline: CHECK, ..Program::new(argv.iter().cloned()) };
    let verdict = match site.host.run(program).await {
        Ok(output) if output.succeeded() => Ok(()),
        Ok(output) => Err(format!("{} {}", argv.join(" "), output.status)),
        Err(error) => Err(super::describe::chain(&error)),
    };
    Some(Outcome::Checked { attempt, verdict })
}

async fn reclaim(site: &Site, workspace: &Workspace, reason: Option<&str>) -> Outcome {
    match checkouts::remove(&site.host, &site.workspace(workspace), reason).await {
        Ok(proof) => Outcome::Reclaimed { workspace: workspace.id, proof },
        Err(error) => Outcome::NotReclaimed { workspace: workspace.id, reason: super::describe::chain(&error) },
    }
}

async fn restore(site: &Site, workspace: &Workspace, to: Option<&Path>) -> Outcome {
    let id = workspace.id;
    match checkouts::restore(&site.host, &site.workspace(workspace), to).await {
        Ok(checkouts::Restored { path, branch, note }) => Outcome::Restored { workspace: id, path, branch, note },
        Err(error) => Outcome::NotRestored { workspace: id, reason: super::describe::chain(&error) },
    }
}
