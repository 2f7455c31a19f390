//! One watcher for all transcripts: it says which of the wanted files were written to.
//!
//! What is watched are folders, because a file that is replaced is another file. A folder that is not there yet is
//! awaited in the nearest one that is.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use notify::{EventKind, RecursiveMode, Watcher as _, event::ModifyKind};
use tokio::sync::Notify;

use crate::domain::AttemptId;

/// Something that is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Want {
    /// This file, whether it is there or not.
    File(PathBuf),
    /// Every file in this folder, whether it is there or not.
    Folder(PathBuf),
}

impl Want {
    /// The folder that tells of it.
    fn folder(&self) -> &Path {
        match self {
            Want::File(path) => path.parent().unwrap_or(path),
            Want::Folder(path) => path,
        }
    }
}

/// What has happened.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Touches {
    /// Wanted files that were made, written to, moved or deleted.
    pub(super) files: BTreeSet<PathBuf>,
    /// Folders have come or gone, or messages were lost: anything may have happened.
    pub(super) anything: bool,
}

/// Watches for as long as it lives.
pub(super) struct Watcher {
    watcher: notify::RecommendedWatcher,
    shared: Arc<Shared>,
    wants: BTreeMap<AttemptId, Vec<Want>>,
    /// Each folder that is watched, with what it was then: a folder can be replaced, too.
    watched: BTreeMap<PathBuf, Identity>,
}

/// Where touches are told.
#[derive(Debug)]
pub(super) struct Telling {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    told: Notify,
}

#[derive(Debug, Default)]
struct State {
    files: HashSet<PathBuf>,
    folders: HashSet<PathBuf>,
    /// Folders whose coming and going matters.
    structure: HashSet<PathBuf>,
    touches: Touches,
}

type Identity = (u64, u64);

/// Begins to watch, at first nothing.
///
/// # Errors
/// When the system can't watch (on Linux mostly: too many inotify instances).
pub(super) fn watch() -> notify::Result<(Watcher, Telling)> {
    let shared = Arc::new(Shared::default());
    let watcher = notify::recommended_watcher(Listener { shared: Arc::clone(&shared) })?;
    let watching = Watcher { watcher, shared: Arc::clone(&shared), wants: BTreeMap::new(), watched: BTreeMap::new() };
    Ok((watching, Telling { shared }))
}

impl Watcher {
    /// Watches this for an attempt, instead of what it wanted before. What is touched from now on will be told.
    pub(super) fn want(&mut self, attempt: AttemptId, wants: Vec<Want>) {
        let known = match wants.is_empty() {
            true => self.wants.remove(&attempt).is_none(),
            false => self.wants.insert(attempt, wants.clone()) == Some(wants),
        };
        if !known {
            self.settle();
        }
    }

    /// Folders have come or gone: watches those that are there.
    pub(super) fn settle(&mut self) {
        self.tell_the_listener();
        let wanted: BTreeSet<PathBuf> = self.wants.values().flatten().map(|want| want.folder().to_owned()).collect();
        loop {
            let there: BTreeMap<PathBuf, Identity> = wanted.iter().filter_map(|folder| nearest(folder)).collect();
            let gone: Vec<PathBuf> = self
                .watched
                .iter()
                .filter(|(path, was)| there.get(*path) != Some(*was))
                .map(|(path, _)| path.clone())
                .collect();
            for path in gone {
                self.watched.remove(&path);
                // The system forgets a folder that is deleted by itself.
                let _ = self.watcher.unwatch(&path);
            }
            let new: Vec<_> = there.into_iter().filter(|(path, _)| !self.watched.contains_key(path)).collect();
            let mut added = false;
            for (path, identity) in new {
                match self.watcher.watch(&path, RecursiveMode::NonRecursive) {
                    Ok(()) => {
                        added = true;
                        self.watched.insert(path, identity);
                    }
                    Err(error) => {
                        tracing::warn!(path = %path.display(), %error, "a folder of transcripts can't be watched")
                    }
                }
            }
            if !added {
                return;
            }
            // A folder may have come before the one above it was watched: look again.
        }
    }

    fn tell_the_listener(&self) {
        let mut state = self.shared.state();
        state.files.clear();
        state.folders.clear();
        state.structure.clear();
        for want in self.wants.values().flatten() {
            match want {
                Want::File(path) => state.files.insert(path.clone()),
                Want::Folder(path) => state.folders.insert(path.clone()),
            };
            state.structure.extend(want.folder().ancestors().map(Path::to_owned));
        }
    }
}

impl Telling {
    /// What was touched since this last returned, at least one thing.
    pub(super) async fn recv(&mut self) -> Touches {
        loop {
            let told = self.shared.told.notified();
            let touches = std::mem::take(&mut self.shared.state().touches);
            if touches != Touches::default() {
                return touches;
            }
            told.await;
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The deepest folder above, or at, `folder` that is there.
fn nearest(folder: &Path) -> Option<(PathBuf, Identity)> {
    folder.ancestors().find_map(|path| {
        let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_dir)?;
        Some((path.to_owned(), (metadata.dev(), metadata.ino())))
    })
}

/// Lives on the watcher's own thread.
struct Listener {
    shared: Arc<Shared>,
}

impl notify::EventHandler for Listener {
    fn handle_event(&mut self, event: notify::Result<notify::Event>) {
        let mut state = self.shared.state();
        match event {
            Ok(event) if !event.need_rescan() => state.take(event),
            Ok(_) | Err(_) => state.touches.anything = true,
        }
        if state.touches != Touches::default() {
            drop(state);
            self.shared.told.notify_one();
        }
    }
}

impl State {
    fn take(&mut self, event: notify::Event) {
        let comes_or_goes = match event.kind {
            EventKind::Create(_) | EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)) => true,
            EventKind::Modify(_) => false,
            // We read these files ourselves.
            EventKind::Access(_) | EventKind::Any | EventKind::Other => return,
        };
        for path in event.paths {
            let of_wanted_folder = path.parent().is_some_and(|folder| self.folders.contains(folder));
            if comes_or_goes && self.structure.contains(&path) {
                self.touches.anything = true;
            } else if of_wanted_folder || self.files.contains(&path) {
                self.touches.files.insert(path);
            }
        }
    }
}
