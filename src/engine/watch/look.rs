//! One look at a workspace: which folders there are to watch, if that may have changed, and then what changed in it. In
//! this order, so that nothing happens between the two unseen.

use std::{
    collections::{BTreeSet, HashSet},
    path::{Path, PathBuf},
};

use super::eyes::{Blind, Eyes};
use crate::{
    domain::{WorkspaceId, workspace::Changed},
    engine::{clock::now, describe::chain, sites::Ground},
    target::Host,
    workspace::changes::{self, Counted, Folders},
};

/// Why nothing tells of files on another machine.
pub(super) const ELSEWHERE: &str = "its folders are on another machine: counted when its agent has printed something";

/// What is to be looked at.
pub(super) struct Order {
    /// Folders may have come or gone.
    pub(super) stale: bool,
    /// What was touched since the last look.
    pub(super) touched: Vec<PathBuf>,
    /// What the last look said.
    pub(super) told: Option<Changed>,
    /// What it could not see.
    pub(super) blind: Option<String>,
}

/// What a look has found.
pub(super) struct Looked {
    pub(super) ground: Ground,
    /// What git ignores and which of its files tell of changes, where that was asked.
    pub(super) listed: Option<Listed>,
    /// Why its folders are not watched.
    pub(super) blind: Option<String>,
    /// The figures.
    pub(super) changed: Option<Changed>,
    /// What they were taken from; `None` when that failed.
    pub(super) counted: Option<Counted>,
    /// What was touched and is ignored by git.
    pub(super) ignored: HashSet<PathBuf>,
}

/// What a listing of the folders has found.
pub(super) struct Listed {
    pub(super) ignored: HashSet<PathBuf>,
    pub(super) signs: BTreeSet<PathBuf>,
}

/// Looks.
pub(super) async fn look(ground: Ground, eyes: Option<Eyes>, order: Order) -> Looked {
    let host = &ground.host;
    let workspace = &ground.workspace;
    let Order { stale, touched, told, mut blind } = order;
    let mut listed = None;
    if !host.is_local() {
        blind = Some(ELSEWHERE.into());
    } else if stale {
        match changes::folders(host, workspace).await {
            Ok(folders) => {
                blind = watch(eyes, workspace.id, &folders).await;
                listed = Some(Listed { ignored: folders.ignored, signs: folders.signs });
            }
            Err(error) => blind = Some(format!("its folders could not be listed: {}", chain(&error))),
        }
    }
    let counted = changes::changed(host, workspace).await;
    let commits = counted.as_ref().map_or(0, |counted| counted.commits);
    if commits > 0
        && told.as_ref().is_none_or(|told| usize::try_from(told.commits) != Ok(commits))
        && let Err(error) = ground.bring_home(&Host::local()).await
    {
        tracing::info!(workspace = %workspace.id, error = chain(&error), "what was committed did not come home");
    }
    let (counted, changed) = match counted {
        Ok(counted) => {
            let changed = figures(&counted, blind.clone());
            (Some(counted), Some(changed))
        }
        Err(error) => {
            tracing::debug!(workspace = %workspace.id, %error, "what changed could not be counted");
            let note = Some(format!("could not be looked at again: {}", chain(&error)));
            (None, told.clone().map(|told| Changed { note, at: now(), ..told }))
        }
    };
    // Something that never counts, it seems: a log that an agent writes, for example.
    let in_vain = told.is_some() && changed.as_ref().is_some_and(|changed| same(Some(changed), told.as_ref()));
    let ignored = match in_vain && counted.is_some() && !touched.is_empty() {
        true => changes::ignored(host, workspace, &touched).await.unwrap_or_default(),
        false => HashSet::new(),
    };
    Looked { listed, blind, changed, counted, ignored, ground }
}

/// They say the same, whenever they were taken.
pub(super) fn same(one: Option<&Changed>, other: Option<&Changed>) -> bool {
    let figures = |changed: &Changed| Changed { at: crate::domain::Timestamp::default(), ..changed.clone() };
    one.map(figures) == other.map(figures)
}

/// Watches the folders; says why not, if they can't be watched. What git itself writes is watched all the same, if it can.
async fn watch(eyes: Option<Eyes>, who: WorkspaceId, folders: &Folders) -> Option<String> {
    let Some(eyes) = eyes else { return Some(words(&Blind::Failed("it has no eyes left".into()))) };
    let of_git: BTreeSet<PathBuf> = folders.signs.iter().filter_map(|sign| sign.parent().map(Path::to_owned)).collect();
    let all: BTreeSet<PathBuf> = folders.files.union(&of_git).cloned().collect();
    let watched =
        tokio::task::spawn_blocking(move || eyes.want(who, &all).inspect_err(|_| drop(eyes.want(who, &of_git))));
    match watched.await {
        Ok(Ok(())) => None,
        Ok(Err(blind)) => Some(words(&blind)),
        Err(error) => Some(words(&Blind::Failed(error.to_string()))),
    }
}

fn words(blind: &Blind) -> String {
    let why = match blind {
        Blind::Full => "the system watches no more folders (fs.inotify.max_user_watches)".to_owned(),
        Blind::Failed(why) => format!("its folders can't be watched ({why})"),
    };
    format!("{why}: counted when its agent has printed something")
}

pub(super) fn figures(counted: &Counted, note: Option<String>) -> Changed {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let lines = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    Changed {
        files: number(counted.files),
        added: lines(counted.added),
        removed: lines(counted.removed),
        uncommitted: number(counted.uncommitted),
        commits: number(counted.commits),
        note,
        at: now(),
    }
}
