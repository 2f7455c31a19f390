//! Whether the work of two workspaces would go together: tried, without touching either.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use super::{
    super::{
        Error, folders,
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
    host: Host,
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
    /// Trials on the workspaces' host that write into this folder there, which is ours alone.
    pub fn new(host: Host, folder: PathBuf) -> Self {
        Self { host, folder, states: BTreeMap::new(), taken: 0 }
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
    pub async fn between(&mut self, one: &Workspace, other: &Workspace) -> Result<Option<Shared>, Error> {
        if self.taken >= MOST_STATES {
            self.states.clear();
            self.taken = 0;
            self.host.abandon(&self.folder, false);
        }
        let (first, second) = (self.state(one).await?, self.state(other).await?);
        let files: Vec<String> = first.paths.intersection(&second.paths).map(|name| text(name)).collect();
        if files.is_empty() {
            return Ok(None);
        }
        let checkout = self.checkout(one).await?;
        let merge = attempt(&checkout.git, &first.commit, &second.commit).await?;
        Ok(Some(Shared { files, merge }))
    }

    async fn state(&mut self, workspace: &Workspace) -> Result<State, Error> {
        if let Some(known) = self.states.get(&workspace.id) {
            return Ok(known.clone());
        }
        let checkout = self.checkout(workspace).await?;
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
    async fn checkout(&self, workspace: &Workspace) -> Result<Checkout<'_>, Error> {
        let checkout = Checkout::find(&self.host, workspace).await?;
        let shared = checkout.common.join("objects");
        store(&self.host, &self.folder, &shared).await?;
        let git = checkout.git.clone().with("GIT_OBJECT_DIRECTORY", self.folder.display().to_string());
        Ok(Checkout { git, ..checkout })
    }
}

impl Drop for Trials {
    fn drop(&mut self) {
        self.host.abandon(&self.folder, false);
    }
}

/// Makes a store of objects that has another one behind it.
async fn store(host: &Host, folder: &Path, behind: &Path) -> Result<(), Error> {
    let alternates = folder.join("info/alternates");
    if folders::is_there(host, &alternates).await? {
        return Ok(());
    }
    let line = format!("{}\n", behind.display());
    host.write(&alternates, line.as_bytes()).await.map_err(Error::file("write", &alternates))
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
