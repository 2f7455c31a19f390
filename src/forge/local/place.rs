//! Puts a merged commit onto its base, or beside it where the base can't move.

use super::{
    Merge, Merged,
    checkout::{self, Holder},
    objects::{contains, tree},
};
use crate::{
    domain::pull_request::Method,
    forge::Error,
    workspace::{
        Repository,
        git::{Git, failure},
    },
};

/// Where merged commits wait: branches below this.
pub(super) const WAITING: &str = "qd/merged/";
/// How many branches of one name are tried.
const NAMES: usize = 50;

/// Whether the commit is where it shall be.
pub(super) enum Placed {
    /// It is, or it waits.
    There(Merged),
    /// The base no longer stands where the commit was made for.
    BaseMoved,
}

/// Puts `commit` onto the base that stands at `tip`, or on a branch of its own.
pub(super) async fn place(
    git: &Git<'_>,
    repository: &Repository,
    merge: &Merge<'_>,
    tip: &str,
    commit: String,
) -> Result<Placed, Error> {
    let holders = checkout::holders(git, repository, merge.base).await?;
    let action = format!("quarterdeck: {} {}", merge.method.label(), merge.name);
    let (holder, why) = match holders.as_slice() {
        [] => return onto_free_base(git, merge, tip, commit, &action).await,
        [holder] => match why_not(git, merge, holder).await? {
            Some(why) => (holder, why),
            None => {
                let refused = holder.advance(git, merge.base, &commit, &action).await?;
                let Some(why) = refused else {
                    let checkout = Some(holder.folder.clone());
                    return Ok(Placed::There(Merged::Moved { commit, checkout }));
                };
                if git.commit(&format!("refs/heads/{}", merge.base)).await?.as_deref() != Some(tip) {
                    return Ok(Placed::BaseMoved);
                }
                (holder, why)
            }
        },
        [holder, ..] => (holder, "it is checked out in more than one place".into()),
    };
    let (branch, commit) = wait(git, repository, merge, tip, commit, &action).await?;
    let checkout = holder.folder.clone();
    let folder = checkout.to_string_lossy();
    let take = shell_words::join(["git", "-C", folder.as_ref(), "merge", "--ff-only", &branch]);
    Ok(Placed::There(Merged::Waiting { commit, branch, checkout, why, take }))
}

async fn why_not(git: &Git<'_>, merge: &Merge<'_>, holder: &Holder) -> Result<Option<String>, Error> {
    if merge.move_checkout {
        return holder.in_the_way(git, merge.base).await;
    }
    Ok(Some("it is checked out there, and nobody said that it may move".into()))
}

async fn onto_free_base(
    git: &Git<'_>,
    merge: &Merge<'_>,
    tip: &str,
    commit: String,
    action: &str,
) -> Result<Placed, Error> {
    let reference = format!("refs/heads/{}", merge.base);
    let updated = git.try_run(&["update-ref", "--create-reflog", "-m", action, &reference, &commit, tip]).await?;
    if updated.succeeded() {
        return Ok(Placed::There(Merged::Moved { commit, checkout: None }));
    }
    match git.commit(&reference).await?.as_deref() == Some(tip) {
        true => Err(failure("move the base", &updated).into()),
        false => Ok(Placed::BaseMoved),
    }
}

/// Puts the commit on a branch of its own; gives the branch and the commit on it, which may be from an earlier try.
async fn wait(
    git: &Git<'_>,
    repository: &Repository,
    merge: &Merge<'_>,
    tip: &str,
    commit: String,
    action: &str,
) -> Result<(String, String), Error> {
    let name = format!("{WAITING}{}-{}", merge.base, merge.name);
    for number in 1..=NAMES {
        let branch = if number == 1 { name.clone() } else { format!("{name}-{number}") };
        let reference = format!("refs/heads/{branch}");
        let there = git.commit(&reference).await?;
        let expected = match &there {
            None => String::new(),
            Some(there) if is_the_same(git, merge, tip, there, &commit).await? => return Ok((branch, there.clone())),
            // Somebody works on it, or it holds what the new one lacks.
            Some(_) if !checkout::holders(git, repository, &branch).await?.is_empty() => continue,
            Some(there) if !contains(git, &commit, there).await? => continue,
            Some(there) => there.clone(),
        };
        let arguments = ["update-ref", "--create-reflog", "-m", action, &reference, &commit, &expected];
        let updated = git.try_run(&arguments).await?;
        if updated.succeeded() {
            return Ok((branch, commit));
        }
        if git.commit(&reference).await? == there {
            return Err(failure("make the branch on which it waits", &updated).into());
        }
    }
    Err(Error::Refused(format!("{NAMES} merges wait on branches {name}-N; take or remove them")))
}

/// What waits is what would be made now: the same files on the same base, with the same history behind it.
async fn is_the_same(git: &Git<'_>, merge: &Merge<'_>, tip: &str, there: &str, commit: &str) -> Result<bool, Error> {
    let alike = tree(git, there).await? == tree(git, commit).await? && contains(git, there, tip).await?;
    match merge.method {
        Method::Merge => Ok(alike && contains(git, there, merge.head).await?),
        Method::Squash | Method::Rebase => Ok(alike),
    }
}
