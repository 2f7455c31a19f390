//! Whether the work of two workspaces would go together: tried, without touching either.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use super::{
    super::{
        Error,
        git::{Git, failure, text},
    },
    checkout::Checkout,
    listing, sides,
    snapshot::{Care, take},
};
use crate::{
    domain::{Workspace, WorkspaceId},
    target::{Host, Status},
};

/// After so many states the objects are let go of: most of them belong to nothing any more.
const MOST_STATES: usize = 200;

/// What a trial merge came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merge {
    /// It goes together.
    Clean,
    /// It does not, in these files.
    Conflicts(Vec<String>),
    /// It could not be tried, for this reason.
    Untried(String),
}

/// Two workspaces that changed the same files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// The files, in the order of their paths.
    pub files: Vec<String>,
    /// What a merge of both would come to.
    pub merge: Merge,
}

/// Trial merges of the workspaces of one repository. What git writes for them goes into a store of objects of our own,
/// which goes with this; the repository's own is only read.
#[derive(Debug)]
pub struct Trials {
    folder: PathBuf,
    states: BTreeMap<WorkspaceId, State>,
    taken: usize,
}

/// A workspace as it was when it was looked at.
#[derive(Debug, Clone)]
struct State {
    commit: String,
    /// What it changed against its base; of a renamed file both names.
    paths: BTreeSet<Vec<u8>>,
}

impl Trials {
    /// Trials that write into this folder, which is ours alone.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, states: BTreeMap::new(), taken: 0 }
    }

    /// This workspace has changed: it is looked at anew before the next trial.
    pub fn forget(&mut self, workspace: WorkspaceId) {
        self.states.remove(&workspace);
    }

    /// Tries to merge what one workspace has with what another one of the same repository has. `None` for those that did
    /// not change the same files.
    ///
    /// # Errors
    /// Those of [`super::snapshot`].
    pub async fn between(&mut self, host: &Host, one: &Workspace, other: &Workspace) -> Result<Option<Shared>, Error> {
        if self.taken >= MOST_STATES {
            self.states.clear();
            self.taken = 0;
            let _ = fs::remove_dir_all(&self.folder);
        }
        let checkout = self.checkout(host, one).await?;
        let (first, second) = (self.state(host, one).await?, self.state(host, other).await?);
        let files: Vec<String> = first.paths.intersection(&second.paths).map(|name| text(name)).collect();
        if files.is_empty() {
            return Ok(None);
        }
        let merge = attempt(&checkout.git, &first.commit, &second.commit).await?;
        Ok(Some(Shared { files, merge }))
    }

    /// Tries to merge what a workspace has now with the newest commit of its base that is known here. `None` where it has
    /// no base, or has all of it already.
    ///
    /// # Errors
    /// Those of [`super::snapshot`].
    pub async fn with_base(&mut self, host: &Host, workspace: &Workspace) -> Result<Option<Merge>, Error> {
        let checkout = self.checkout(host, workspace).await?;
        let left = sides::base(&checkout, workspace).await?;
        let Some(newest) = left.newest.filter(|newest| left.commit.as_ref() != Some(newest)) else { return Ok(None) };
        self.forget(workspace.id);
        let now = self.state(host, workspace).await?;
        Ok(Some(attempt(&checkout.git, &now.commit, &newest).await?))
    }

    async fn state(&mut self, host: &Host, workspace: &Workspace) -> Result<State, Error> {
        if let Some(known) = self.states.get(&workspace.id) {
            return Ok(known.clone());
        }
        let checkout = self.checkout(host, workspace).await?;
        let now = take(&checkout, Care::Lenient).await?;
        let base = sides::base(&checkout, workspace).await?;
        let base = checkout.tree(base.commit.as_deref()).await?;
        let arguments = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", &base, &now.tree];
        let paths = listing::names(&checkout.git.run("compare with the base", &arguments).await?).collect();
        let parents: Vec<&str> = now.head.as_deref().into_iter().collect();
        let state = State { commit: checkout.commit(&now.tree, &parents, "As it is now").await?, paths };
        self.taken += 1;
        self.states.insert(workspace.id, state.clone());
        Ok(state)
    }

    /// The checkout with our store of objects before the repository's.
    async fn checkout<'a>(&self, host: &'a Host, workspace: &Workspace) -> Result<Checkout<'a>, Error> {
        let checkout = Checkout::find(host, workspace).await?;
        let shared = checkout.common.join("objects");
        store(&self.folder, &shared).map_err(|source| Error::File {
            doing: "make",
            path: self.folder.clone(),
            source,
        })?;
        let git = checkout.git.clone().with("GIT_OBJECT_DIRECTORY", self.folder.display().to_string());
        Ok(Checkout { git, ..checkout })
    }
}

impl Drop for Trials {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Makes a store of objects that has another one behind it.
fn store(folder: &Path, behind: &Path) -> std::io::Result<()> {
    let alternates = folder.join("info/alternates");
    if alternates.exists() {
        return Ok(());
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder.join("info"))?;
    fs::write(alternates, format!("{}\n", behind.display()))
}

/// Merges two commits without a checkout; git exits with 1 where they conflict, and lists those files after the tree.
async fn attempt(git: &Git<'_>, one: &str, other: &str) -> Result<Merge, Error> {
    let arguments = ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", one, other];
    let output = git.try_run(&arguments).await?;
    match output.status {
        Status::Exited(0) => Ok(Merge::Clean),
        Status::Exited(1) => {
            let names: Vec<Vec<u8>> = listing::names(&output.stdout).skip(1).collect();
            Ok(Merge::Conflicts(names.iter().map(|name| text(name)).collect()))
        }
        // It came with git 2.38; two histories without a common commit can't be merged either.
        Status::Exited(_) | Status::Signaled(_) => Ok(Merge::Untried(failure("try the merge", &output).to_string())),
    }
}
