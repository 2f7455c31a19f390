//! With what the crate for all systems offers.

use std::{
    collections::{BTreeSet, HashMap},
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use notify::{EventKind, RecursiveMode, Watcher as _, event::CreateKind, event::ModifyKind, event::RemoveKind};
use tokio::sync::mpsc;

use super::{Blind, Glance, wants::Wants};
use crate::domain::WorkspaceId;

/// How many glances may wait; when there are more, they are all one.
const WAITING: usize = 4_096;

/// Eyes on folders. Cheap to clone.
#[derive(Clone)]
pub(in super::super) struct Eyes {
    watcher: Arc<Mutex<notify::RecommendedWatcher>>,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    wants: Wants<u64>,
    handles: HashMap<PathBuf, u64>,
    lost: bool,
}

/// What they see.
pub(in super::super) struct Sight {
    glances: mpsc::Receiver<Glance>,
    seen: Arc<Mutex<Seen>>,
}

/// Opens eyes, at first on nothing.
///
/// # Errors
/// When the system can't watch.
pub(in super::super) fn open() -> io::Result<(Eyes, Sight)> {
    let seen = Arc::<Mutex<Seen>>::default();
    let (sender, glances) = mpsc::channel(WAITING);
    let listening = Arc::clone(&seen);
    let watcher = notify::recommended_watcher(move |event| listen(&listening, &sender, event));
    let watcher = Arc::new(Mutex::new(watcher.map_err(io::Error::other)?));
    Ok((Eyes { watcher, seen: Arc::clone(&seen) }, Sight { glances, seen }))
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

fn listen(seen: &Mutex<Seen>, glances: &mpsc::Sender<Glance>, event: notify::Result<notify::Event>) {
    let mut tell = Vec::new();
    match event {
        Ok(event) if !event.need_rescan() => {
            let is_folder = match event.kind {
                EventKind::Access(_) | EventKind::Any | EventKind::Other => return,
                EventKind::Create(kind) => kind != CreateKind::File,
                EventKind::Remove(kind) => kind != RemoveKind::File,
                // It does not say of what.
                EventKind::Modify(kind) => matches!(kind, ModifyKind::Name(_)),
            };
            let seen = lock(seen);
            for path in event.paths {
                let folder = path.parent().and_then(|folder| seen.handles.get(folder));
                if let Some((_, who)) = folder.and_then(|handle| seen.wants.find(*handle)) {
                    tell.push(Glance::At { who: who.clone(), path, is_folder });
                }
            }
        }
        Ok(_) | Err(_) => tell.push(Glance::Anything),
    }
    for glance in tell {
        if glances.try_send(glance).is_err() {
            lock(seen).lost = true;
        }
    }
}

impl Eyes {
    /// Watches these folders for somebody, instead of those before. Folders that are not there are left out.
    ///
    /// # Errors
    /// When they can't all be watched; then none of them is.
    pub(in super::super) fn want(&self, who: WorkspaceId, folders: &BTreeSet<PathBuf>) -> Result<(), Blind> {
        self.let_go(who, folders);
        let new: Vec<&PathBuf> = {
            let mut seen = lock(&self.seen);
            folders.iter().filter(|folder| folder.is_dir() && !seen.wants.join(who, folder)).collect()
        };
        for folder in new {
            let watched = lock(&self.watcher).watch(folder, RecursiveMode::NonRecursive);
            match watched.map_err(|error| error.kind) {
                Ok(()) => {
                    let mut seen = lock(&self.seen);
                    let handle = seen.handles.values().max().map_or(0, |last| last + 1);
                    seen.handles.insert(folder.clone(), handle);
                    seen.wants.add(who, folder, handle);
                }
                Err(notify::ErrorKind::PathNotFound) => {}
                Err(kind) => {
                    self.let_go(who, &BTreeSet::new());
                    return Err(match kind {
                        notify::ErrorKind::MaxFilesWatch => Blind::Full,
                        other => Blind::Failed(format!("{other:?}")),
                    });
                }
            }
        }
        Ok(())
    }

    /// How many folders are watched.
    pub(in super::super) fn count(&self) -> usize {
        lock(&self.seen).wants.count()
    }

    fn let_go(&self, who: WorkspaceId, but: &BTreeSet<PathBuf>) {
        let unwanted = lock(&self.seen).wants.let_go(who, but);
        for (folder, _) in unwanted {
            lock(&self.seen).handles.remove(&folder);
            let _ = lock(&self.watcher).unwatch(&folder);
        }
    }
}

impl Sight {
    /// What was seen since this last returned, at least one thing.
    pub(in super::super) async fn recv(&mut self) -> io::Result<Vec<Glance>> {
        let first = self.glances.recv().await.ok_or(io::ErrorKind::BrokenPipe)?;
        let mut glances = vec![first];
        while let Ok(next) = self.glances.try_recv() {
            glances.push(next);
        }
        if std::mem::take(&mut lock(&self.seen).lost) {
            glances.push(Glance::Anything);
        }
        Ok(glances)
    }
}
