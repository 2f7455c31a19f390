//! Looking at workspaces for people: what is in them, how large they are, and what was removed. Off the loop, and never
//! at more than a few at once: a person who waits for a list must not slow down the agents who work.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use tokio::sync::Semaphore;

use super::{handle::Engine, rooms::Rooms, sites::Ground};
use crate::{
    domain::{Workspace, WorkspaceId, diff::Diff},
    target::Host,
    workspace::{
        self as checkouts, Error, Inspection, Removed,
        changes::{self, Wanted},
    },
};

/// How many workspaces are looked at at once.
const AT_ONCE: usize = 2;
/// How long a size is believed of a folder that seems not to have changed, at most: deep inside it may have.
const BELIEVED: Duration = Duration::from_secs(10 * 60);

/// The sizes that are known, and whose turn it is to look. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Checkouts {
    turns: Arc<Semaphore>,
    // Held for a moment, never across a wait.
    sizes: Arc<Mutex<HashMap<WorkspaceId, Size>>>,
}

#[derive(Debug, Clone, Copy)]
struct Size {
    bytes: u64,
    touched: Option<SystemTime>,
    seen: Instant,
}

impl Checkouts {
    pub(crate) fn new() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), sizes: Arc::default() }
    }

    async fn size(&self, host: &Host, workspace: &Workspace) -> Result<u64, Error> {
        let touched = checkouts::touched_at(host, workspace).await;
        let known = self.sizes().get(&workspace.id).copied();
        if let Some(known) = known.filter(|known| known.touched == touched && known.seen.elapsed() < BELIEVED) {
            return Ok(known.bytes);
        }
        let bytes = checkouts::size(host, workspace).await?;
        self.sizes().insert(workspace.id, Size { bytes, touched, seen: Instant::now() });
        Ok(bytes)
    }

    fn sizes(&self) -> std::sync::MutexGuard<'_, HashMap<WorkspaceId, Size>> {
        self.sizes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// What is in a workspace, and its size in bytes. Waits for its turn.
    ///
    /// # Errors
    /// Those of [`checkouts::inspect`].
    pub async fn inspect(&self, workspace: &Workspace) -> Result<(Inspection, u64), Error> {
        // It is never closed.
        let _turn = self.checkouts.turns.acquire().await.ok();
        let unreached = |source| Error::File { doing: "look at", path: workspace.path.clone(), source };
        let ground = self.rooms.sites.ground(workspace).map_err(unreached)?;
        if let Err(error) = ground.vouch(&self.rooms.local).await {
            tracing::info!(workspace = %workspace.id, %error, "it was not brought home");
        }
        let Ground { host, workspace, .. } = ground;
        let inspection = checkouts::inspect(&host, &workspace).await?;
        let size = self.checkouts.size(&host, &workspace).await?;
        Ok((inspection, size))
    }

    /// Compares two states of a workspace.
    ///
    /// # Errors
    /// Those of [`changes::diff`], and when its machine can't be reached.
    pub async fn compare(&self, workspace: &Workspace, wanted: &Wanted) -> Result<Diff, Error> {
        let unreached = |source| Error::File { doing: "look at", path: workspace.path.clone(), source };
        let Ground { host, workspace, .. } = self.rooms.sites.ground(workspace).map_err(unreached)?;
        changes::diff(&host, &workspace, wanted).await
    }

    /// Those of `workspaces`, which were removed, that can be brought back; in their order. What can't be looked at, for
    /// example because its repository is gone, can't be brought back either.
    pub async fn recoverable(&self, workspaces: Vec<Workspace>) -> Vec<(Workspace, Removed)> {
        let mut kept: BTreeMap<WorkspaceId, Removed> = BTreeMap::new();
        for (repository, of_it) in by_repository(&workspaces) {
            match checkouts::removed(&self.rooms.local, &of_it).await {
                Ok(found) => kept.extend(found.into_iter().map(|removed| (removed.workspace, removed))),
                Err(error) => tracing::info!(?repository, %error, "what was removed from there can't be looked at"),
            }
        }
        let with_it = |workspace: Workspace| kept.remove(&workspace.id).map(|removed| (workspace, removed));
        workspaces.into_iter().filter_map(with_it).collect()
    }
}

/// Lets go of what was removed longer ago than `kept_for`; says how much went.
pub(crate) async fn prune(rooms: &Rooms, kept_for: Duration) -> usize {
    let root = rooms.paths.workspaces();
    let mut gone = match checkouts::forget_scratch(&rooms.local, &root, kept_for).await {
        Ok(gone) => gone,
        Err(error) => {
            tracing::warn!(%error, "a scratch folder whose time is over stays");
            0
        }
    };
    let removed = match rooms.store.removed_workspaces().await {
        Ok(removed) => removed,
        Err(error) => {
            tracing::warn!(%error, "what was removed can't be listed");
            return gone;
        }
    };
    for repository in by_repository(&removed).into_keys().flatten() {
        match checkouts::forget_removed(&rooms.local, &repository, kept_for).await {
            Ok(forgotten) => gone += forgotten,
            Err(error) => tracing::info!(?repository, %error, "what was removed from there is not let go of"),
        }
    }
    gone
}

fn by_repository(workspaces: &[Workspace]) -> BTreeMap<Option<PathBuf>, Vec<Workspace>> {
    let mut grouped: BTreeMap<Option<PathBuf>, Vec<Workspace>> = BTreeMap::new();
    for workspace in workspaces {
        grouped.entry(workspace.repository.clone()).or_default().push(workspace.clone());
    }
    grouped
}
