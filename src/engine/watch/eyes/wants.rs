//! Who wants which folders.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::domain::WorkspaceId;

/// Who wants which folders. `Handle` is what the system calls a watched folder by.
#[derive(Debug)]
pub(super) struct Wants<Handle> {
    /// Folders that are watched.
    watched: BTreeMap<Arc<Path>, Watched<Handle>>,
    paths: HashMap<Handle, Arc<Path>>,
}

#[derive(Debug)]
struct Watched<Handle> {
    handle: Handle,
    who: BTreeSet<WorkspaceId>,
}

impl<Handle> Default for Wants<Handle> {
    fn default() -> Self {
        Self { watched: BTreeMap::new(), paths: HashMap::new() }
    }
}

impl<Handle: Copy + Eq + std::hash::Hash> Wants<Handle> {
    /// Lets go of all folders of `who` but these; gives those that nobody wants any more.
    pub(super) fn let_go(&mut self, who: WorkspaceId, but: &BTreeSet<PathBuf>) -> Vec<(PathBuf, Handle)> {
        let mut unwanted = Vec::new();
        self.watched.retain(|path, watched| {
            if !but.contains(&**path) && watched.who.remove(&who) && watched.who.is_empty() {
                unwanted.push((path.to_path_buf(), watched.handle));
            }
            !watched.who.is_empty()
        });
        unwanted.iter().for_each(|(_, handle)| drop(self.paths.remove(handle)));
        unwanted
    }

    /// This folder is watched for somebody already: now also for `who`.
    pub(super) fn join(&mut self, who: WorkspaceId, folder: &Path) -> bool {
        self.watched.get_mut(folder).map(|watched| watched.who.insert(who)).is_some()
    }

    /// This folder is watched from now on.
    pub(super) fn add(&mut self, who: WorkspaceId, folder: &Path, handle: Handle) {
        let path: Arc<Path> = folder.into();
        // The system knows a folder by itself, not by its name: one that was moved here comes with its old handle.
        let mut all = BTreeSet::from([who]);
        if let Some(old) = self.paths.insert(handle, Arc::clone(&path)).filter(|old| *old != path) {
            all.extend(self.watched.remove(&old).into_iter().flat_map(|watched| watched.who));
        }
        self.watched.insert(path, Watched { handle, who: all });
    }

    /// The folder of this handle and who wants it.
    pub(super) fn find(&self, handle: Handle) -> Option<(&Path, &BTreeSet<WorkspaceId>)> {
        let path = self.paths.get(&handle)?;
        Some((path, &self.watched.get(path)?.who))
    }

    /// The system has let go of it by itself.
    pub(super) fn gone(&mut self, handle: Handle) {
        if let Some(path) = self.paths.remove(&handle) {
            self.watched.remove(&path);
        }
    }

    /// A folder was moved away: it and all below it have other names now. Gives their handles.
    pub(super) fn moved(&mut self, folder: &Path) -> Vec<Handle> {
        let below: Vec<Arc<Path>> = self
            .watched
            .range::<Path, _>((std::ops::Bound::Included(folder), std::ops::Bound::Unbounded))
            .map(|(path, _)| Arc::clone(path))
            .take_while(|path| path.starts_with(folder))
            .collect();
        let handles: Vec<Handle> =
            below.iter().filter_map(|path| self.watched.remove(path)).map(|watched| watched.handle).collect();
        handles.iter().for_each(|handle| drop(self.paths.remove(handle)));
        handles
    }

    /// How many folders are watched.
    pub(super) fn count(&self) -> usize {
        self.watched.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_watched_as_long_as_somebody_wants_it() {
        let [one, other] = [1, 2].map(|number| WorkspaceId::from_number(number).expect("not zero"));
        let mut wants = Wants::<u32>::default();
        wants.add(one, Path::new("/a"), 1);
        wants.add(one, Path::new("/a/b"), 2);
        wants.add(one, Path::new("/a/b-c"), 3);
        assert!(wants.join(other, Path::new("/a")) && !wants.join(other, Path::new("/x")));
        assert_eq!(wants.let_go(one, &BTreeSet::from(["/a/b-c".into()])), [("/a/b".into(), 2)]);
        assert_eq!(wants.find(1), Some((Path::new("/a"), &BTreeSet::from([other]))));
        assert_eq!(wants.find(2), None);
        assert_eq!(wants.moved(Path::new("/a/b")), Vec::<u32>::new());
        assert_eq!(wants.moved(Path::new("/a")), [1, 3]);
        assert_eq!(wants.count(), 0);
        wants.add(one, Path::new("/old"), 1);
        wants.add(other, Path::new("/new"), 1);
        assert_eq!(
            (wants.count(), wants.find(1).map(|(path, who)| (path, who.len()))),
            (1, Some((Path::new("/new"), 2)))
        );
        wants.gone(1);
        assert_eq!(wants.count(), 0);
    }
}
