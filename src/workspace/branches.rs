//! Where branches stand, and what was merged.

use std::path::Path;

use super::{
    Error,
    git::{Git, text},
};
use crate::{domain::PullRequestId, target::Host};

/// The heads of pull requests that were merged here or seen to be: what they hold is nowhere lost.
pub(super) const MERGED: &str = "refs/quarterdeck/merged/";

/// Where a branch stands; `None` where there is none.
///
/// # Errors
/// git's own.
pub async fn tip(host: &Host, repository: &Path, branch: &str) -> Result<Option<String>, Error> {
    Git::new(host, repository).commit(&format!("refs/heads/{branch}")).await
}

/// The commit that a checkout stands on, if it holds exactly this tree.
///
/// # Errors
/// git's own.
pub async fn head_with(host: &Host, checkout: &Path, tree: &str) -> Result<Option<String>, Error> {
    let git = Git::new(host, checkout);
    let held = git.try_run(&["rev-parse", "--verify", "--quiet", "HEAD^{tree}"]).await?;
    if text(&held.stdout).trim() != tree {
        return Ok(None);
    }
    git.commit("HEAD").await
}

/// Whether `within`, a branch or a commit, holds a commit; `false` where one of them is not there.
///
/// # Errors
/// git's own.
pub async fn contains(host: &Host, repository: &Path, within: &str, commit: &str) -> Result<bool, Error> {
    let output = Git::new(host, repository).try_run(&["merge-base", "--is-ancestor", commit, within]).await?;
    Ok(output.succeeded())
}

/// Keeps what a pull request offered when it was merged: its commits may be squashed or rebased away otherwise.
///
/// # Errors
/// git's own.
pub async fn keep_merged(host: &Host, repository: &Path, id: PullRequestId, head: &str) -> Result<(), Error> {
    let git = Git::new(host, repository);
    let reference = format!("{MERGED}{id}");
    let there = git.try_run(&["cat-file", "-e", head]).await?;
    if !there.succeeded() {
        // It was never here, so nothing of ours can be lost with it.
        return Ok(());
    }
    let stands = git.try_run(&["rev-parse", "--verify", "--quiet", &reference]).await?;
    if text(&stands.stdout).trim() == head {
        return Ok(());
    }
    git.run("keep what was merged", &["update-ref", &reference, head]).await.map(drop)
}
