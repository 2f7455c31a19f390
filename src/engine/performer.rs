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
    clock::now,
    core::{Input, Outcome},
    dialogs,
    job::{Job, LaneName, Task},
    launch, offering, remains,
    rooms::Rooms,
    sites::Site,
    stopping, typing, verifying,
};
use crate::{
    agent::Completion,
    domain::{AttemptId, ProfileName, Workspace, attempt::PaneId},
    target::{Host, Program},
    tmux, workspace as checkouts,
};

/// How long the program may take that says whether work is done.
const CHECK: Duration = Duration::from_secs(600);

/// How long it takes at most until it is known everywhere that a line is lost, once something has failed for that.
const SOON_SAID: Duration = Duration::from_secs(2);

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
async fn perform(rooms: &Rooms, Task { mut job, target }: Task, stopping: &CancellationToken) -> Option<Outcome> {
    loop {
        let site = tokio::select! {
            site = rooms.sites.reached(&target) => site,
            () = stopping.cancelled(), if job.is_called_off() => return job.called_off(),
        };
        let (line, tried) = (site.host.line(), now());
        let outcome = perform_at(rooms, &site, job.clone(), stopping).await;
        if job.is_settled_by(outcome.as_ref())
            || site.host.holds(&line).await && rooms.sites.has_held(&target, site.reached)
        {
            if let Some(Outcome::NotStarted { attempt, .. } | Outcome::NotSetUp { attempt, .. }) = outcome {
                remains::forget_launch(&rooms.paths, attempt);
            }
            return outcome;
        }
        tracing::info!(%target, ?outcome, "the line was cut meanwhile; it is looked at again");
        job.may_have_been_done(tried);
        // That the line is lost is soon said; and where it is not, there is nothing to wait for.
        let _ = tokio::time::timeout(SOON_SAID, rooms.sites.left(&target, site.reached)).await;
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
    let ground = site.ground(workspace);
    if let Err(error) = ground.vouch(&Host::local()).await {
        // Then what is only there is not known to be anywhere else, and stays.
        tracing::info!(workspace = %workspace.id, error = super::describe::chain(&error), "it was not brought home");
    }
    match checkouts::remove(&ground.host, &ground.workspace, reason).await {
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
