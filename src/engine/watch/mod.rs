//! Keeps fresh what workspaces changed, by watching and not by asking git again and again.
//!
//! The folders of each workspace that git does not ignore are watched ([`eyes`]), with the few files of git that tell
//! where it stands. When something happened in them and it is quiet again, or now and then while it goes on ([`pace`]),
//! git is asked what changed ([`look`]): one question at a time for each repository, and the more seldom the longer it
//! takes. Where nothing happens nothing is done. Which live workspaces on one machine would not go together follows from
//! that ([`overlaps`]).
//!
//! On other machines, and where the system watches no more folders, it is the agents' printing that tells when to look, and
//! the figures say so. A machine that was away is looked at when it is back.

mod eyes;
mod look;
mod overlaps;
mod pace;
#[cfg(test)]
mod tests;
mod watched;

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    io,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    sync::{broadcast, mpsc, watch},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use self::{
    eyes::{Eyes, Glance, Sight},
    look::{Looked, Order, look, same},
    overlaps::{Overlaps, Tried},
    watched::Watched,
};
use super::{
    beat::Letter,
    clock::sleep_until_or_forever,
    core::Input,
    live::Grown,
    places::Place,
    sites::{Ground, Site},
};
use crate::{
    domain::{
        AttemptId, TargetName, Workspace, WorkspaceId,
        workspace::{Changed, Overlap},
    },
    workspace::{self, changes},
};

/// How many repositories are looked at in the same moment.
const AT_ONCE: usize = 2;
/// How often a workspace is looked at whose folders can't be watched.
const EVERY_WHEN_BLIND: Duration = Duration::from_secs(5);

/// What changed in a workspace, counted now; for one that can't be watched.
///
/// # Errors
/// Those of [`changes::changed`].
pub(super) async fn count(ground: &Ground) -> Result<Changed, workspace::Error> {
    let counted = changes::changed(&ground.host, &ground.workspace).await?;
    Ok(look::figures(&counted, (!ground.host.is_local()).then(|| look::ELSEWHERE.to_owned())))
}

/// What comes back from a task.
enum Back {
    Looked(PathBuf, Box<Looked>),
    Tried(Together, Box<Tried>),
}

/// A repository on one machine, by its git directory there: what may get in each other's way.
type Together = (TargetName, PathBuf);

/// Where a workspace is, if that can be reached.
pub(crate) type Grounds = Box<dyn Fn(&Workspace) -> io::Result<Ground> + Send + Sync>;

/// The watch and what it alone owns.
pub(crate) struct Watch {
    grounds: Grounds,
    sites: watch::Receiver<BTreeMap<TargetName, Site>>,
    places: watch::Receiver<Arc<Vec<Place>>>,
    grown: broadcast::Receiver<Grown>,
    inbox: mpsc::Sender<Letter>,
    eyes: Option<Eyes>,
    sight: Option<Sight>,
    watched: BTreeMap<WorkspaceId, Watched>,
    overlaps: BTreeMap<Together, Overlaps>,
    /// Machines on which merges have been tried.
    tried_on: BTreeSet<TargetName>,
    /// How often each machine was reached when that was last looked at.
    reached: BTreeMap<TargetName, u64>,
    /// Repositories that are being looked at.
    busy: HashSet<PathBuf>,
    tasks: JoinSet<Back>,
}

impl Watch {
    /// A watch on these places.
    pub(crate) fn new(
        grounds: Grounds,
        sites: watch::Receiver<BTreeMap<TargetName, Site>>,
        places: watch::Receiver<Arc<Vec<Place>>>,
        grown: broadcast::Receiver<Grown>,
        inbox: mpsc::Sender<Letter>,
    ) -> Self {
        let (eyes, sight) = match eyes::open() {
            Ok((eyes, sight)) => (Some(eyes), Some(sight)),
            Err(error) => {
                tracing::warn!(%error, "folders can't be watched: changes are counted when agents print");
                (None, None)
            }
        };
        Self {
            grounds,
            sites,
            places,
            grown,
            inbox,
            eyes,
            sight,
            watched: BTreeMap::new(),
            overlaps: BTreeMap::new(),
            tried_on: BTreeSet::new(),
            reached: BTreeMap::new(),
            busy: HashSet::new(),
            tasks: JoinSet::new(),
        }
    }

    /// Runs until `cancel`.
    pub(crate) async fn run(mut self, cancel: CancellationToken) {
        self.take_places().await;
        loop {
            self.begin_what_is_due().await;
            let due = self.due().map(tokio::time::Instant::from_std);
            tokio::select! {
                () = cancel.cancelled() => return,
                changed = self.places.changed() => match changed {
                    Ok(()) => self.take_places().await,
                    Err(_) => return,
                },
                changed = self.sites.changed() => match changed {
                    Ok(()) => self.take_sites(),
                    Err(_) => return,
                },
                glances = see(&mut self.sight) => self.take_glances(glances),
                grown = self.grown.recv() => match grown {
                    Ok(attempts) => attempts.iter().for_each(|&attempt| self.printed(Some(attempt))),
                    Err(broadcast::error::RecvError::Lagged(_)) => self.printed(None),
                    Err(broadcast::error::RecvError::Closed) => return,
                },
                Some(back) = self.tasks.join_next(), if !self.tasks.is_empty() => match back {
                    Ok(back) => self.take_back(back).await,
                    Err(error) => tracing::error!(%error, "a look at a workspace ended early"),
                },
                () = sleep_until_or_forever(due) => {}
            }
        }
    }

    /// Takes over which workspaces are there.
    async fn take_places(&mut self) {
        let places = Arc::clone(&self.places.borrow_and_update());
        let now = Instant::now();
        let there: BTreeSet<WorkspaceId> = places.iter().map(|place| place.workspace.id).collect();
        let gone: Vec<WorkspaceId> = self.watched.keys().filter(|id| !there.contains(id)).copied().collect();
        for id in gone {
            self.leave(id).await;
            self.watched.remove(&id);
            if let Some(eyes) = self.eyes.clone() {
                // Deleted folders are let go of by the system; this only forgets them here.
                let _ = tokio::task::spawn_blocking(move || eyes.want(id, &BTreeSet::new())).await;
            }
            self.watched.values_mut().filter(|watched| watched.blind.is_some()).for_each(|watched| {
                watched.stale = true;
                watched.pace.touch(now);
            });
        }
        for place in places.iter() {
            let id = place.workspace.id;
            let Some(watched) = self.watched.get_mut(&id) else {
                self.watched.insert(id, Watched::new(place.clone(), now));
                continue;
            };
            let was_live = watched.place.live;
            if watched.place.workspace != place.workspace {
                watched.stale = true;
                watched.pace.touch(now);
            }
            watched.place = place.clone();
            match (was_live, place.live) {
                (true, false) => self.leave(id).await,
                (false, true) => watched.pace.touch(now),
                (true, true) | (false, false) => {}
            }
        }
    }

    /// Of a machine that is back nobody has told what happened meanwhile.
    fn take_sites(&mut self) {
        let now = Instant::now();
        let known = self.sites.borrow_and_update();
        for site in known.values().filter(|site| site.is_reached && !site.host.is_local()) {
            if self.reached.insert(site.target.clone(), site.reached) != Some(site.reached) {
                let there = self.watched.values_mut().filter(|watched| watched.place.workspace.target == site.target);
                there.for_each(|watched| watched.pace.touch_anew(now));
            }
        }
    }

    /// It takes part in no overlap any more.
    async fn leave(&mut self, id: WorkspaceId) {
        let Some(together) = self.watched.get(&id).and_then(Watched::together) else { return };
        let Some(overlaps) = self.overlaps.get_mut(&together) else { return };
        let news = overlaps.leave(id);
        if overlaps.is_empty() {
            self.overlaps.remove(&together);
        }
        self.tell_overlaps(news).await;
    }

    fn take_glances(&mut self, glances: std::io::Result<Vec<Glance>>) {
        let now = Instant::now();
        match glances {
            Ok(glances) => {
                for glance in glances {
                    self.take_glance(glance, now);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "folders can't be watched any more: changes are counted when agents print");
                (self.eyes, self.sight) = (None, None);
                self.watched.values_mut().for_each(|watched| watched.start_over(now));
            }
        }
    }

    fn take_glance(&mut self, glance: Glance, now: Instant) {
        match glance {
            Glance::At { who, path, is_folder } => {
                for id in who {
                    if let Some(watched) = self.watched.get_mut(&id) {
                        watched.take(&path, is_folder, now);
                    }
                }
            }
            Glance::Anything => self.watched.values_mut().for_each(|watched| watched.start_over(now)),
        }
    }

    /// An agent has printed something, or any of them (`None`): what can't be watched is looked at.
    fn printed(&mut self, attempt: Option<AttemptId>) {
        let now = Instant::now();
        let blind = self.watched.values_mut().filter(|watched| watched.blind.is_some());
        blind.filter(|watched| attempt.is_none() || watched.place.attempt == attempt).for_each(|watched| {
            watched.pace.touch(now);
        });
    }

    fn due(&self) -> Option<Instant> {
        let free = self.busy.len() < AT_ONCE;
        let looks = self.watched.values().filter(|watched| free && !self.busy.contains(watched.key()));
        let looks = looks.filter_map(|watched| watched.pace.due());
        looks.chain(self.overlaps.values().filter_map(Overlaps::due)).min()
    }

    async fn begin_what_is_due(&mut self) {
        let now = Instant::now();
        let is_due = |watched: &Watched| watched.pace.due().is_some_and(|due| due <= now);
        let mut due: Vec<(bool, Option<Instant>, WorkspaceId)> = self
            .watched
            .iter()
            .filter(|(_, watched)| is_due(watched))
            .map(|(&id, watched)| (!watched.place.live, watched.pace.due(), id))
            .collect();
        // Those at which somebody works come first, then those that wait longest.
        due.sort();
        for (_, _, id) in due {
            self.begin_look(id, now);
        }
        let due: Vec<Together> = self
            .overlaps
            .iter()
            .filter(|(_, overlaps)| overlaps.due().is_some_and(|due| due <= now))
            .map(|(together, _)| together.clone())
            .collect();
        for together in due {
            self.begin_round(together, now).await;
        }
    }

    fn begin_look(&mut self, id: WorkspaceId, now: Instant) {
        let Some(watched) = self.watched.get_mut(&id) else { return };
        let key = watched.key().to_owned();
        if self.busy.len() >= AT_ONCE || !self.busy.insert(key.clone()) {
            return;
        }
        watched.pace.begin(now);
        let ground = match (self.grounds)(&watched.place.workspace) {
            Ok(ground) => ground,
            Err(error) => {
                tracing::debug!(workspace = %id, %error, "it is looked at later");
                self.busy.remove(&key);
                watched.pace.end(now, EVERY_WHEN_BLIND);
                return;
            }
        };
        let order = Order {
            stale: std::mem::take(&mut watched.stale),
            touched: std::mem::take(&mut watched.touched).into_iter().collect(),
            told: watched.told.clone(),
            blind: watched.blind.clone(),
        };
        let looking = look(ground, self.eyes.clone(), order);
        self.tasks.spawn(async move { Back::Looked(key, Box::new(looking.await)) });
    }

    async fn begin_round(&mut self, together: Together, now: Instant) {
        let Some(overlaps) = self.overlaps.get_mut(&together) else { return };
        let (round, news) = overlaps.begin(!self.tried_on.contains(&together.0), now);
        if let Some(round) = round {
            self.tried_on.insert(together.0.clone());
            let trying = overlaps::attempt(round);
            self.tasks.spawn(async move { Back::Tried(together, Box::new(trying.await)) });
        }
        self.tell_overlaps(news).await;
    }

    async fn take_back(&mut self, back: Back) {
        match back {
            Back::Looked(key, looked) => {
                self.busy.remove(&key);
                self.looked(*looked).await;
            }
            Back::Tried(together, tried) => {
                let Some(overlaps) = self.overlaps.get_mut(&together) else { return };
                let news = overlaps.end(*tried, Instant::now());
                if overlaps.is_empty() {
                    self.overlaps.remove(&together);
                }
                self.tell_overlaps(news).await;
            }
        }
    }

    async fn looked(&mut self, looked: Looked) {
        let Looked { ground, listed, blind, changed, counted, ignored } = looked;
        let workspace = ground.workspace.id;
        let Some(watched) = self.watched.get_mut(&workspace) else { return };
        let now = Instant::now();
        match &blind {
            Some(_) => watched.pace.end(now, EVERY_WHEN_BLIND),
            None => watched.pace.end_usual(now),
        }
        if ground.host.is_local() && blind.is_some() && watched.blind.is_none() {
            let folders = self.eyes.as_ref().map_or(0, Eyes::count);
            tracing::warn!(%workspace, folders, note = ?blind, "not all folders are watched");
        }
        watched.blind = blind;
        watched.learn(listed, ignored);
        let is_news = !same(changed.as_ref(), watched.told.as_ref());
        watched.told = changed.clone();
        if let Some(counted) = counted {
            watched.repository = Some(counted.common);
            // Trial merges need the objects of both, so only workspaces on one machine are held against each other.
            if let Some(together) = watched.together().filter(|_| watched.place.live) {
                let overlaps = self.overlaps.entry(together).or_insert_with(|| Overlaps::beside(&ground));
                overlaps.seen(&ground.workspace, counted.paths, now);
            }
        }
        if let Some(changed) = changed.filter(|_| is_news) {
            self.tell(Input::Changed { workspace, changed }).await;
        }
    }

    async fn tell_overlaps(&self, news: Vec<(WorkspaceId, Vec<Overlap>)>) {
        for (workspace, overlaps) in news {
            self.tell(Input::Overlaps { workspace, overlaps }).await;
        }
    }

    async fn tell(&self, input: Input) {
        // The loop is gone only when the supervisor ends.
        let _ = self.inbox.send(Letter::Input(input)).await;
    }
}

/// What was seen; never anything without eyes.
async fn see(sight: &mut Option<Sight>) -> std::io::Result<Vec<Glance>> {
    match sight {
        Some(sight) => sight.recv().await,
        None => std::future::pending().await,
    }
}
