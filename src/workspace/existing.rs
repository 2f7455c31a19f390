//! A branch that is there already, on which work goes on: that of a pull request whose own workspace is gone.

use std::time::Instant;

use super::{
    Error, Repository, base,
    git::{Git, text},
    turns,
};

/// Brings the branch here where it is only on the remote, and up to it where the remote has more; gives where it stands.
pub(super) async fn bring_up(
    git: &Git<'_>,
    repository: &Repository,
    branch: &str,
    turn: &mut turns::Turn,
    since: Instant,
) -> Result<String, Error> {
    let reference = format!("refs/heads/{branch}");
    let here = git.commit(&reference).await?;
    let there = base::resolve(git, repository, Some(branch), turn, since).await;
    match (here, there) {
        (None, there) => {
            let commit = there?.commit;
            git.run("take the branch", &["update-ref", &reference, &commit, ""]).await?;
            Ok(commit)
        }
        (Some(here), Ok(there)) if here != there.commit => {
            let behind = git.try_run(&["merge-base", "--is-ancestor", &here, &there.commit]).await?;
            let held = git.run("look at the branch", &["for-each-ref", "--format=%(worktreepath)", &reference]).await?;
            // Where somebody has it checked out, git will say so.
            if !behind.succeeded() || !text(&held).trim().is_empty() {
                return Ok(here);
            }
            git.run("bring the branch up", &["update-ref", &reference, &there.commit, &here]).await?;
            Ok(there.commit)
        }
        (Some(here), _) => Ok(here),
    }
}
