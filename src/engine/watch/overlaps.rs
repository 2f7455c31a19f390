//! Which live workspaces of one repository change the same files, and whether that would go together.
//!
//! Which files each one changed is known from the last look; only pairs that have some in common are tried, and only when
//! one of the two has changed.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::{Duration, Instant},
};

use crate::{
    domain::{Workspace, WorkspaceId, workspace::Overlap},
    engine::sites::Ground,
    target::Host,
    workspace::changes::{Merge, Shared, Trials},
};

/// How long after a change it is tried: agents write on.
const PATIENCE: Duration = Duration::from_secs(5);
/// After a trial there is a rest of so many times as long as it took.
const REST: u32 = 10;
/// How many files are named of one overlap.
const NAMED: usize = 20;

/// What the live workspaces of one repository on one machine have in common.
pub(super) struct Overlaps {
    host: Host,
    /// Where trial merges may write there.
    folder: PathBuf,
    members: BTreeMap<WorkspaceId, Member>,
    /// Those that have changed since they were tried.
    changed: BTreeSet<WorkspaceId>,
    due: Option<Instant>,
    rest: Option<Instant>,
    /// `None` while a trial is under way, and before the first.
    trials: Option<Trials>,
    trying: bool,
    known: BTreeMap<(WorkspaceId, WorkspaceId), Shared>,
}

struct Member {
    workspace: Workspace,
    paths: BTreeSet<Vec<u8>>,
    told: Vec<Overlap>,
}

/// Pairs to be tried.
pub(super) struct Round {
    /// What an earlier daemon has left there goes first.
    sweep: Option<(Host, PathBuf)>,
    trials: Trials,
    changed: BTreeSet<WorkspaceId>,
    pairs: Vec<(Workspace, Workspace)>,
    begun: Instant,
}

/// What came of it.
pub(super) struct Tried {
    trials: Trials,
    found: Vec<((WorkspaceId, WorkspaceId), Option<Shared>)>,
    begun: Instant,
}

impl Overlaps {
    /// Of workspaces that stand where this one does.
    pub(super) fn beside(ground: &Ground) -> Self {
        Self {
            host: ground.host.clone(),
            folder: ground.trials.clone(),
            members: BTreeMap::new(),
            changed: BTreeSet::new(),
            due: None,
            rest: None,
            trials: None,
            trying: false,
            known: BTreeMap::new(),
        }
    }

    /// A live workspace was looked at; its repository is given as it is on its machine.
    pub(super) fn seen(&mut self, workspace: &Workspace, paths: BTreeSet<Vec<u8>>, now: Instant) {
        let told = self.members.remove(&workspace.id).map(|member| member.told).unwrap_or_default();
        self.members.insert(workspace.id, Member { workspace: workspace.clone(), paths, told });
        self.changed.insert(workspace.id);
        self.due.get_or_insert(now + PATIENCE);
    }

    /// It is live no more. Gives whose overlaps are others now.
    pub(super) fn leave(&mut self, workspace: WorkspaceId) -> Vec<(WorkspaceId, Vec<Overlap>)> {
        let Some(member) = self.members.remove(&workspace) else { return Vec::new() };
        self.changed.remove(&workspace);
        self.known.retain(|(one, other), _| *one != workspace && *other != workspace);
        let own = (!member.told.is_empty()).then(|| (workspace, Vec::new()));
        own.into_iter().chain(self.news()).collect()
    }

    /// Nobody is left.
    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty() && !self.trying
    }

    /// When the next round is due.
    pub(super) fn due(&self) -> Option<Instant> {
        let due = self.due.filter(|_| !self.trying)?;
        Some(self.rest.map_or(due, |rest| due.max(rest)))
    }

    /// Begins a round, on a machine where none has been since the start (`is_first`) or one has; `None` when no pair has
    /// anything in common. Gives whose overlaps are others without a trial, too.
    pub(super) fn begin(&mut self, is_first: bool, now: Instant) -> (Option<Round>, Vec<(WorkspaceId, Vec<Overlap>)>) {
        self.due = None;
        let changed = std::mem::take(&mut self.changed);
        let mut pairs = BTreeSet::new();
        for &one in &changed {
            for &other in self.members.keys().filter(|other| **other != one) {
                let pair = (one.min(other), one.max(other));
                if self.have_in_common(pair) {
                    pairs.insert(pair);
                } else {
                    self.known.remove(&pair);
                }
            }
        }
        let news = self.news();
        if pairs.is_empty() {
            return (None, news);
        }
        let row = |id: WorkspaceId| self.members.get(&id).map(|member| member.workspace.clone());
        let pairs = pairs.into_iter().filter_map(|(one, other)| row(one).zip(row(other))).collect();
        let sweep = is_first.then(|| (self.host.clone(), self.folder.clone()));
        let own = || self.folder.join(uuid::Uuid::new_v4().simple().to_string());
        let trials = self.trials.take().unwrap_or_else(|| Trials::new(self.host.clone(), own()));
        self.trying = true;
        (Some(Round { sweep, trials, changed, pairs, begun: now }), news)
    }

    /// Takes in what came of a round; gives whose overlaps are others now.
    pub(super) fn end(&mut self, tried: Tried, now: Instant) -> Vec<(WorkspaceId, Vec<Overlap>)> {
        self.trying = false;
        self.rest = Some(now + now.saturating_duration_since(tried.begun) * REST);
        for (pair, shared) in tried.found {
            match shared.filter(|_| self.have_in_common(pair)) {
                Some(shared) => drop(self.known.insert(pair, shared)),
                None => drop(self.known.remove(&pair)),
            }
        }
        // Without a pair in common there is nothing to keep its objects for.
        self.trials = Some(tried.trials).filter(|_| !self.known.is_empty());
        self.news()
    }

    fn have_in_common(&self, (one, other): (WorkspaceId, WorkspaceId)) -> bool {
        let paths = |id| self.members.get(&id).map(|member: &Member| &member.paths);
        paths(one).zip(paths(other)).is_some_and(|(one, other)| !one.is_disjoint(other))
    }

    fn news(&mut self) -> Vec<(WorkspaceId, Vec<Overlap>)> {
        let mut news = Vec::new();
        for (&id, member) in &mut self.members {
            let overlaps: Vec<Overlap> = self
                .known
                .iter()
                .filter_map(|((one, other), shared)| match id {
                    id if id == *one => Some(overlap(*other, shared)),
                    id if id == *other => Some(overlap(*one, shared)),
                    _ => None,
                })
                .collect();
            if overlaps != member.told {
                member.told = overlaps.clone();
                news.push((id, overlaps));
            }
        }
        news
    }
}

fn overlap(with: WorkspaceId, shared: &Shared) -> Overlap {
    let named = |files: &[String]| files.iter().take(NAMED).cloned().collect();
    Overlap {
        with,
        files: named(&shared.files),
        total: u32::try_from(shared.files.len()).unwrap_or(u32::MAX),
        conflicts: match &shared.merge {
            Merge::Conflicts(files) => named(files),
            Merge::Clean | Merge::Untried(_) => Vec::new(),
        },
    }
}

/// Tries all pairs of a round.
pub(super) async fn attempt(round: Round) -> Tried {
    let Round { sweep, mut trials, changed, pairs, begun } = round;
    if let Some((host, folder)) = sweep
        && let Err(error) = host.remove_folder(&folder).await
    {
        tracing::debug!(?folder, %error, "what earlier trial merges have left stays");
    }
    changed.iter().for_each(|&workspace| trials.forget(workspace));
    let mut found = Vec::new();
    for (one, other) in pairs {
        match trials.between(&one, &other).await {
            Ok(shared) => {
                if let Some(Merge::Untried(why)) = shared.as_ref().map(|shared| &shared.merge) {
                    tracing::debug!(one = %one.id, other = %other.id, why, "a merge could not be tried");
                }
                found.push(((one.id, other.id), shared));
            }
            Err(error) => tracing::debug!(one = %one.id, other = %other.id, %error, "a merge could not be tried"),
        }
    }
    Tried { trials, found, begun }
}
