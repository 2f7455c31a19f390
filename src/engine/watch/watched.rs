//! What is remembered of one workspace that is watched, and what of it counts.

use std::{
    collections::{BTreeSet, HashSet},
    path::{Path, PathBuf},
    time::Instant,
};

use super::{Together, look::Listed, pace::Pace};
use crate::{domain::workspace::Changed, engine::places::Place};

/// How many touched paths are remembered until the next look.
const TOUCHED: usize = 64;
/// How many ignored paths are remembered of one workspace.
const IGNORED: usize = 20_000;

/// What is remembered of one workspace.
pub(super) struct Watched {
    pub(super) place: Place,
    pub(super) pace: Pace,
    /// Which folders there are must be asked again.
    pub(super) stale: bool,
    pub(super) touched: BTreeSet<PathBuf>,
    pub(super) ignored: HashSet<PathBuf>,
    pub(super) signs: BTreeSet<PathBuf>,
    /// Folders in which only those signs count.
    pub(super) of_git: BTreeSet<PathBuf>,
    pub(super) blind: Option<String>,
    pub(super) told: Option<Changed>,
    /// The git directory of its repository, once it was looked at.
    pub(super) repository: Option<PathBuf>,
}

impl Watched {
    pub(super) fn new(place: Place, now: Instant) -> Self {
        let mut pace = Pace::default();
        pace.touch(now);
        Self {
            place,
            pace,
            stale: true,
            touched: BTreeSet::new(),
            ignored: HashSet::new(),
            signs: BTreeSet::new(),
            of_git: BTreeSet::new(),
            blind: None,
            told: None,
            repository: None,
        }
    }

    /// Looks at the same repository take turns.
    pub(super) fn key(&self) -> &Path {
        let workspace = &self.place.workspace;
        workspace.repository.as_deref().unwrap_or(&workspace.path)
    }

    /// What it may get in the way of others in; known once it was looked at.
    pub(super) fn together(&self) -> Option<Together> {
        Some((self.place.workspace.target.clone(), self.repository.clone()?))
    }

    /// Something happened at this path.
    pub(super) fn take(&mut self, path: &Path, is_folder: bool, now: Instant) {
        let folder = path.parent().unwrap_or(path);
        if self.of_git.contains(folder) {
            if self.signs.contains(path) {
                self.pace.touch(now);
            }
            return;
        }
        if path.file_name().is_some_and(|name| name == ".git") || self.ignored.contains(path) {
            return;
        }
        self.stale |= is_folder || path.file_name().is_some_and(|name| name == ".gitignore");
        if self.touched.len() < TOUCHED {
            self.touched.insert(path.to_owned());
        }
        self.pace.touch(now);
    }

    /// Anything may have happened.
    pub(super) fn start_over(&mut self, now: Instant) {
        self.stale = true;
        self.pace.touch(now);
    }

    /// Takes over what a look has found out about what counts.
    pub(super) fn learn(&mut self, listed: Option<Listed>, ignored: HashSet<PathBuf>) {
        if let Some(listed) = listed {
            self.ignored = listed.ignored.into_iter().take(IGNORED).collect();
            self.of_git = listed.signs.iter().filter_map(|sign| sign.parent().map(Path::to_owned)).collect();
            self.signs = listed.signs;
        }
        if self.ignored.len() < IGNORED {
            self.ignored.extend(ignored);
        }
    }
}
