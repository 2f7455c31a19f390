//! With inotify itself: the crate that watches on all systems is also told of every file that is opened.

use std::{
    collections::BTreeSet,
    io,
    os::fd::{AsFd, OwnedFd},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use nix::{
    errno::Errno,
    sys::inotify::{AddWatchFlags, InitFlags, Inotify, InotifyEvent, WatchDescriptor},
};
use tokio::io::unix::AsyncFd;

use super::{Blind, Glance, wants::Wants};
use crate::domain::WorkspaceId;

/// How many folders are added before whoever reads gets a turn.
const STRETCH: usize = 64;

/// Eyes on folders. Cheap to clone.
#[derive(Clone)]
pub(in super::super) struct Eyes {
    inotify: Arc<Inotify>,
    wants: Arc<Mutex<Wants<WatchDescriptor>>>,
}

/// What they see.
pub(in super::super) struct Sight {
    eyes: Eyes,
    readable: AsyncFd<OwnedFd>,
}

/// Opens eyes, at first on nothing.
///
/// # Errors
/// When the system has none left (`fs.inotify.max_user_instances`).
pub(in super::super) fn open() -> io::Result<(Eyes, Sight)> {
    let inotify = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK)?;
    #[expect(
        deprecated,
        reason = "what is deprecated is to give it a descriptor that is not owned; its successor is unsafe"
    )]
    let readable = AsyncFd::new(inotify.as_fd().try_clone_to_owned()?)?;
    let eyes = Eyes { inotify: Arc::new(inotify), wants: Arc::default() };
    Ok((eyes.clone(), Sight { eyes, readable }))
}

impl Eyes {
    /// Watches these folders for somebody, instead of those before. Folders that are not there are left out. Blocks for
    /// as long as the system takes.
    ///
    /// # Errors
    /// When they can't all be watched; then none of them is.
    pub(in super::super) fn want(&self, who: WorkspaceId, folders: &BTreeSet<PathBuf>) -> Result<(), Blind> {
        self.let_go(who, folders);
        let folders: Vec<&PathBuf> = folders.iter().collect();
        for stretch in folders.chunks(STRETCH) {
            let mut wants = self.wants();
            for folder in stretch {
                if wants.join(who, folder) {
                    continue;
                }
                match self.inotify.add_watch(folder.as_path(), flags()) {
                    Ok(handle) => wants.add(who, folder, handle),
                    Err(Errno::ENOENT | Errno::ENOTDIR | Errno::EACCES | Errno::ELOOP) => {}
                    Err(errno) => {
                        drop(wants);
                        self.let_go(who, &BTreeSet::new());
                        return Err(match errno {
                            Errno::ENOSPC => Blind::Full,
                            other => Blind::Failed(other.desc().into()),
                        });
                    }
                }
            }
        }
        Ok(())
    }

    /// How many folders are watched.
    pub(in super::super) fn count(&self) -> usize {
        self.wants().count()
    }

    fn let_go(&self, who: WorkspaceId, but: &BTreeSet<PathBuf>) {
        for (_, handle) in self.wants().let_go(who, but) {
            // One that was deleted is gone already.
            let _ = self.inotify.rm_watch(handle);
        }
    }

    fn wants(&self) -> MutexGuard<'_, Wants<WatchDescriptor>> {
        self.wants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn glance(&self, event: InotifyEvent) -> Option<Glance> {
        if event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW) {
            return Some(Glance::Anything);
        }
        let mut wants = self.wants();
        let (folder, who) = wants.find(event.wd).map(|(folder, who)| (folder.to_owned(), who.clone()))?;
        if event.mask.contains(AddWatchFlags::IN_IGNORED) {
            wants.gone(event.wd);
            // It was deleted; perhaps there is another one of this name by now.
            return Some(Glance::At { who, path: folder, is_folder: true });
        }
        let path = folder.join(event.name.as_deref()?);
        let is_folder = event.mask.contains(AddWatchFlags::IN_ISDIR);
        if is_folder && event.mask.contains(AddWatchFlags::IN_MOVED_FROM) {
            self.forget(&mut wants, &path);
        }
        Some(Glance::At { who, path, is_folder })
    }

    fn forget(&self, wants: &mut Wants<WatchDescriptor>, folder: &Path) {
        for handle in wants.moved(folder) {
            let _ = self.inotify.rm_watch(handle);
        }
    }
}

impl Sight {
    /// What was seen since this last returned, at least one thing.
    pub(in super::super) async fn recv(&mut self) -> io::Result<Vec<Glance>> {
        loop {
            let mut ready = self.readable.readable().await?;
            match self.eyes.inotify.read_events() {
                Ok(events) => {
                    let glances: Vec<Glance> = events.into_iter().filter_map(|event| self.eyes.glance(event)).collect();
                    if !glances.is_empty() {
                        return Ok(glances);
                    }
                }
                Err(Errno::EAGAIN) => ready.clear_ready(),
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }
}

fn flags() -> AddWatchFlags {
    AddWatchFlags::IN_CREATE
        | AddWatchFlags::IN_DELETE
        | AddWatchFlags::IN_MODIFY
        | AddWatchFlags::IN_CLOSE_WRITE
        | AddWatchFlags::IN_ATTRIB
        | AddWatchFlags::IN_MOVED_FROM
        | AddWatchFlags::IN_MOVED_TO
        | AddWatchFlags::IN_ONLYDIR
        | AddWatchFlags::IN_DONT_FOLLOW
}
