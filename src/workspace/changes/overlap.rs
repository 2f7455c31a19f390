//! Whether the work of two workspaces would go together: tried, without touching either.

use std::collections::BTreeSet;

use super::{
    super::{
        Error,
        git::{Git, failure, text},
    },
    aside::Aside,
    checkout::Checkout,
    listing, sides,
    snapshot::{Care, take},
};
use crate::{domain::Workspace, target::Local};

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

/// Tries to merge what one workspace has now with what another one of the same repository has now. `None` for those that
/// did not change the same files.
///
/// # Errors
/// Those of [`super::snapshot`].
pub async fn between(local: &Local, one: &Workspace, other: &Workspace) -> Result<Option<(Vec<String>, Merge)>, Error> {
    let (one_checkout, other_checkout) = (Checkout::find(local, one).await?, Checkout::find(local, other).await?);
    let aside = Aside::new(&one_checkout)?;
    let one_checkout = aside.objects(&one_checkout)?;
    let other_checkout = Checkout { git: one_checkout.git.at(other_checkout.folder()), ..other_checkout };
    let (first, second) = (State::of(&one_checkout, one).await?, State::of(&other_checkout, other).await?);
    let both: Vec<String> = first.paths.intersection(&second.paths).map(|name| text(name)).collect();
    if both.is_empty() {
        return Ok(None);
    }
    let merge = attempt(&one_checkout.git, &first.commit, &second.commit).await?;
    Ok(Some((both, merge)))
}

/// Tries to merge what a workspace has now with the newest commit of its base that is known here. `None` where it has no
/// base, or has it already.
///
/// # Errors
/// Those of [`super::snapshot`].
pub async fn with_base(local: &Local, workspace: &Workspace) -> Result<Option<Merge>, Error> {
    let checkout = Checkout::find(local, workspace).await?;
    let left = sides::base(&checkout, workspace).await?;
    let Some(newest) = left.newest.filter(|newest| left.commit.as_ref() != Some(newest)) else { return Ok(None) };
    let aside = Aside::new(&checkout)?;
    let checkout = aside.objects(&checkout)?;
    let now = State::of(&checkout, workspace).await?;
    Ok(Some(attempt(&checkout.git, &now.commit, &newest).await?))
}

/// A workspace as it is now, as a commit.
struct State {
    commit: String,
    /// What it changed against its base; of a renamed file both names.
    paths: BTreeSet<Vec<u8>>,
}

impl State {
    async fn of(checkout: &Checkout<'_>, workspace: &Workspace) -> Result<Self, Error> {
        let now = take(checkout, Care::Lenient).await?;
        let base = sides::base(checkout, workspace).await?;
        let base = checkout.tree(base.commit.as_deref()).await?;
        let arguments = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", &base, &now.tree];
        let paths = listing::names(&checkout.git.run("compare with the base", &arguments).await?).collect();
        let parents: Vec<&str> = now.head.as_deref().into_iter().collect();
        Ok(Self { commit: checkout.commit(&now.tree, &parents, "As it is now").await?, paths })
    }
}

/// Merges two commits without a checkout; git exits with 1 where they conflict, and lists those files after the tree.
async fn attempt(git: &Git<'_>, one: &str, other: &str) -> Result<Merge, Error> {
    let arguments = ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", one, other];
    let output = git.try_run(&arguments).await?;
    match output.status {
        crate::target::Status::Exited(0) => Ok(Merge::Clean),
        crate::target::Status::Exited(1) => {
            let names: Vec<Vec<u8>> = listing::names(&output.stdout).skip(1).collect();
            Ok(Merge::Conflicts(names.iter().map(|name| text(name)).collect()))
        }
        // It came with git 2.38; two histories without a common commit can't be merged either.
        _ => Ok(Merge::Untried(failure("try the merge", &output).to_string())),
    }
}
