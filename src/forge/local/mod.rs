//! Merging on this machine, for repositories without a forge: git's object store does it, no checkout is touched.
//!
//! The result is made first ([`mod@combine`]) and then put onto the base, by comparing and swapping; if the base has moved
//! meanwhile, it is made again. The commits that were merged stay on their own branch whatever the method.
//!
//! A base that nobody has checked out simply moves. One that is checked out somewhere ([`mod@checkout`]) moves together with
//! the files there, if the caller says so and nothing there is uncommitted, under way or in the way. Otherwise the result
//! waits on the branch `qd/merged/BASE-NAME`, and [`Merged::Waiting`] says how to take it; [`taken`] finds out when that
//! has happened.
//!
//! New commits have the person's own name, and no signature: whatever signs may ask for a passphrase.

mod checkout;
mod combine;
mod objects;
mod place;

use std::path::{Path, PathBuf};

use super::Error;
use crate::{
    domain::pull_request::{Mergeable, Method},
    target::Host,
    workspace::{self, git::Git, turns},
};
use combine::{Combined, combine};
use place::{Placed, place};

/// How often the result is made again for a base that does not keep still.
const TRIES: usize = 5;

/// What is merged, and where to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merge<'a> {
    /// Any folder of the repository; a bare one is its own.
    pub repository: &'a Path,
    /// The branch that takes it, without `refs/heads/`.
    pub base: &'a str,
    /// The commit that is merged, with everything it is made of.
    pub head: &'a str,
    /// How.
    pub method: Method,
    /// The message of the merge or of the one commit; what is rebased keeps its own.
    pub message: &'a str,
    /// Distinguishes the branch on which it may have to wait: `p3`.
    pub name: &'a str,
    /// A checkout of the base may move with it, if it is clean.
    pub move_checkout: bool,
}

/// What became of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merged {
    /// The base has it now.
    Moved {
        /// Where the base stands.
        commit: String,
        /// The checkout that has moved with it.
        checkout: Option<PathBuf>,
    },
    /// It is merged on a branch of its own, because the base is checked out.
    Waiting {
        /// The merged commit.
        commit: String,
        /// The branch it waits on.
        branch: String,
        /// Where the base is checked out.
        checkout: PathBuf,
        /// Why that could not move with it.
        why: String,
        /// The command that takes it.
        take: String,
    },
    /// It conflicts with the base.
    Conflicts {
        /// In these files.
        files: Vec<String>,
    },
    /// The base has all of it already.
    Nothing {
        /// Where the base stands.
        commit: String,
    },
}

/// Merges.
///
/// # Errors
/// [`Error::NotFound`] without the branch or the commit; [`Error::Refused`] when git has another reason, for example
/// that the two have no common history, or that it is older than 2.38; [`Error::Moved`] when the base never kept still.
pub async fn merge(local: &Host, merge: Merge<'_>) -> Result<Merged, Error> {
    let repository = workspace::probe(local, merge.repository).await?;
    let turn = turns::take(local, &repository.git_directory).await;
    let git = Git::new(local, &repository.folder).in_turn(&turn);
    let head = commit(&git, merge.head).await?;
    for _ in 0..TRIES {
        let tip = commit(&git, &format!("refs/heads/{}", merge.base)).await?;
        let combined = match combine(&git, &tip, &head, merge.method, merge.message).await? {
            Combined::Commit(combined) => combined,
            Combined::Conflicts(files) => return Ok(Merged::Conflicts { files }),
            Combined::Nothing => return Ok(Merged::Nothing { commit: tip }),
        };
        match place(&git, &repository, &merge, &tip, combined).await? {
            Placed::There(merged) => return Ok(merged),
            Placed::BaseMoved => {}
        }
    }
    Err(Error::Moved(format!("{} moved {TRIES} times while it was merged into", merge.base)))
}

/// Whether a merge would conflict; changes nothing but git's object store.
///
/// # Errors
/// As [`merge`].
pub async fn mergeable(local: &Host, repository: &Path, base: &str, head: &str) -> Result<Mergeable, Error> {
    let git = Git::new(local, repository);
    let (base, head) = (commit(&git, &format!("refs/heads/{base}")).await?, commit(&git, head).await?);
    Ok(match objects::merge_trees(&git, &base, &head).await? {
        objects::Trees::Merged(_) => Mergeable::Clean,
        objects::Trees::Conflicts(files) => Mergeable::Conflicts { files },
    })
}

/// Whether the person has taken what waited for them. The branch on which it waited then goes.
///
/// # Errors
/// [`Error::NotFound`] without the base, and git's own.
pub async fn taken(local: &Host, repository: &Path, base: &str, branch: &str, waiting: &str) -> Result<bool, Error> {
    let repository = workspace::probe(local, repository).await?;
    let turn = turns::take(local, &repository.git_directory).await;
    let git = Git::new(local, &repository.folder).in_turn(&turn);
    let tip = commit(&git, &format!("refs/heads/{base}")).await?;
    if git.commit(waiting).await?.is_none() || !objects::contains(&git, &tip, waiting).await? {
        return Ok(false);
    }
    let reference = format!("refs/heads/{branch}");
    let free = checkout::holders(&git, &repository, branch).await?.is_empty();
    if branch.starts_with(place::WAITING) && free && git.commit(&reference).await?.as_deref() == Some(waiting) {
        // Where somebody has just moved it, it stays.
        git.try_run(&["update-ref", "-d", &reference, waiting]).await?;
    }
    Ok(true)
}

/// The commit behind a name, which must be there.
async fn commit(git: &Git<'_>, name: &str) -> Result<String, Error> {
    let shown = name.strip_prefix("refs/heads/").unwrap_or(name);
    git.commit(name).await?.ok_or_else(|| Error::NotFound(format!("{shown} in {}", git.folder().display())))
}
