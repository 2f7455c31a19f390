//! Brings home what attempts on hosts leave there: what their panes print, what their agents write down, and what those
//! told while nobody answered. Everything downstream reads the copies and does not know the difference.
//!
//! - Only bytes are copied, and only new ones: a recording is appended to the one of its attempt here, a transcript to its
//!   copy at the same path below a folder of the attempt ([`place`]). A file that was cut short or written anew begins
//!   anew.
//! - One program for each host and round, however many files there are ([`gather`]). A round is due soon after something
//!   was printed or told there, every few seconds while something lives there, and until all is home when an attempt has
//!   left; bytes are bounded, so that one flood delays nobody for long.
//! - What is wanted of transcripts the follower says, which would watch them if they were here.
//! - Each host has a [`lane`]: one that hangs delays only itself, one that can't be reached is waited for, and then all is
//!   asked for again.
//! - What was brought home is let go of there: a long recording's head, and all of it when its attempt is over.

mod copy;
mod gather;
mod lane;
mod place;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    sync::{Notify, broadcast, oneshot, watch},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use self::{copy::Copied, lane::Lane};
use super::{
    live::{Grown, LivePane},
    sites::Folders,
};
use crate::{
    config::Paths,
    domain::{AttemptId, TargetName},
    target::Host,
    transcript::Recordings,
};
pub(crate) use lane::Pace;
pub(crate) use place::Copies;

/// A host that can be reached now.
#[derive(Debug, Clone)]
pub(crate) struct There {
    pub(crate) host: Host,
    pub(crate) folders: Folders,
}

/// Looks up a host; `None` while it can't be reached.
pub(crate) type Reach = Arc<dyn Fn(&TargetName) -> Option<There> + Send + Sync>;

/// Something that is wanted of a host, by its path there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// This file.
    File(PathBuf),
    /// The transcripts in this folder.
    Folder(PathBuf),
}

/// Where it is said that something is to be brought home. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Replicas(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Counts what was said.
    said: watch::Sender<u64>,
    spools_came: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// What was said of each attempt on a host.
    hints: BTreeMap<AttemptId, Hints>,
    wanted: BTreeMap<AttemptId, Vec<Wanted>>,
    /// Whose spool was brought home.
    spools: BTreeSet<AttemptId>,
}

/// What was said of an attempt since its lane heard of it last.
#[derive(Debug, Default)]
struct Hints {
    printed: bool,
    told: bool,
    /// Who waits until everything is home that is there now.
    asked: Vec<oneshot::Sender<()>>,
}

impl Default for Replicas {
    fn default() -> Self {
        let said = watch::Sender::new(0);
        Self(Arc::new(Shared { state: Mutex::default(), said, spools_came: Notify::new() }))
    }
}

impl Replicas {
    /// The pane of an attempt printed something; who is not on a host is not meant.
    pub(crate) fn printed(&self, attempt: AttemptId) {
        self.say(attempt, |hints| hints.printed = true);
    }

    /// An agent told something, so it has probably written something down.
    pub(crate) fn told(&self, attempt: AttemptId) {
        self.say(attempt, |hints| hints.told = true);
    }

    /// These are the transcripts of an attempt on a host, instead of those named before.
    pub(crate) fn want(&self, attempt: AttemptId, wanted: Vec<Wanted>) {
        let known = match wanted.is_empty() {
            true => self.state().wanted.remove(&attempt).is_none(),
            false => self.state().wanted.insert(attempt, wanted.clone()) == Some(wanted),
        };
        if !known {
            self.told(attempt);
        }
    }

    /// Returns once everything is home that an attempt has left on its host by now; at once for one that is not on a host.
    pub(crate) async fn bring_home(&self, attempt: AttemptId) {
        let (sender, home) = oneshot::channel();
        self.say(attempt, |hints| hints.asked.push(sender));
        // The lane ends with the daemon.
        let _ = home.await;
    }

    /// The attempts whose spool was brought home since this last returned, at least one.
    pub(crate) async fn spools(&self) -> BTreeSet<AttemptId> {
        loop {
            let came = self.0.spools_came.notified();
            let spools = std::mem::take(&mut self.state().spools);
            if !spools.is_empty() {
                return spools;
            }
            came.await;
        }
    }

    fn say(&self, attempt: AttemptId, what: impl FnOnce(&mut Hints)) {
        let mut state = self.state();
        let Some(hints) = state.hints.get_mut(&attempt) else { return };
        what(hints);
        drop(state);
        self.0.said.send_modify(|count| *count += 1);
    }

    fn spool_came(&self, attempt: AttemptId) {
        self.state().spools.insert(attempt);
        self.0.spools_came.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Brings things home until `cancel`.
pub(crate) async fn run(
    replicas: Replicas,
    (paths, recordings): (Paths, Recordings),
    reach: Reach,
    pace: Pace,
    (mut live, mut grown): (watch::Receiver<Arc<Vec<LivePane>>>, broadcast::Receiver<Grown>),
    cancel: CancellationToken,
) {
    let mut lanes: BTreeMap<TargetName, watch::Sender<BTreeSet<AttemptId>>> = BTreeMap::new();
    let mut tasks = JoinSet::new();
    let mut left = left_by_an_earlier_daemon(&paths);
    loop {
        let mut on_hosts: BTreeMap<TargetName, BTreeSet<AttemptId>> = BTreeMap::new();
        for pane in live.borrow_and_update().iter().filter(|pane| pane.target != TargetName::local()) {
            on_hosts.entry(pane.target.clone()).or_default().insert(pane.attempt);
        }
        for target in left.keys().chain(on_hosts.keys()) {
            lanes.entry(target.clone()).or_insert_with(|| {
                let (sender, live) = watch::channel(BTreeSet::new());
                let (replicas, reach) = (replicas.clone(), (Arc::clone(&reach), pace));
                let lane = Lane::new(target.clone(), replicas, (paths.clone(), recordings.clone()), reach, live);
                let left = left.get(target).cloned().unwrap_or_default();
                tasks.spawn(lane.run(left, cancel.child_token()));
                sender
            });
        }
        left.clear();
        for (target, lane) in &lanes {
            let now = on_hosts.remove(target).unwrap_or_default();
            lane.send_if_modified(|known| std::mem::replace(known, now.clone()) != now);
        }
        loop {
            tokio::select! {
                () = cancel.cancelled() => {
                    while tasks.join_next().await.is_some() {}
                    return;
                }
                changed = live.changed() => match changed {
                    Ok(()) => break,
                    Err(_) => return,
                },
                printed = grown.recv() => match printed {
                    Ok(attempts) => attempts.iter().for_each(|&attempt| replicas.printed(attempt)),
                    // Every few seconds it is looked anyway.
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return,
                },
            }
        }
    }
}

/// The attempts of which not all was brought home yet, by their targets.
fn left_by_an_earlier_daemon(paths: &Paths) -> BTreeMap<TargetName, BTreeSet<AttemptId>> {
    let folders = std::fs::read_dir(paths.replicas()).into_iter().flatten().flatten();
    let attempts = folders.filter_map(|folder| folder.file_name().to_str()?.parse::<AttemptId>().ok());
    let mut left: BTreeMap<TargetName, BTreeSet<AttemptId>> = BTreeMap::new();
    for attempt in attempts {
        if let Some(target) = Copied::unfinished(&Copies::of(paths, attempt)) {
            left.entry(target).or_default().insert(attempt);
        }
    }
    left
}
