//! What of a workspace on another host is in the repository here.

use std::path::Path;

use super::super::{
    Error, branches,
    git::{Git, failure, text},
    probe,
};
use crate::{
    domain::{Workspace, WorkspaceId},
    target::Host,
};

/// Where a mirror notes what of a workspace is in the repository it mirrors.
pub(in super::super) fn home(workspace: WorkspaceId) -> String {
    format!("refs/quarterdeck/home/{workspace}")
}

/// Finds out which commits of a workspace on another host are on some branch, tag or remote-tracking branch here, and
/// notes it in the mirror, in the place of what was noted before. `workspace.repository` is the mirror.
///
/// # Errors
/// Those of [`probe`], and git's own.
pub async fn vouch(here: &Host, repository: &Path, there: &Host, workspace: &Workspace) -> Result<(), Error> {
    let Some(mirror) = workspace.repository.as_deref() else { return Ok(()) };
    let mirror = Git::new(there, mirror);
    let repository = probe(here, repository).await?;
    let git = Git::new(here, &repository.folder);
    let branch = workspace.branch.as_deref().unwrap_or_default();
    let mut ends = ends(&mirror, workspace, branch).await?;
    // Of a branch that has gone on there, what is here already is no risk.
    ends.extend(git.commit(&format!("refs/heads/{branch}")).await?.filter(|_| !branch.is_empty()));
    ends.sort();
    ends.dedup();
    let mut vouched = Vec::new();
    for commit in ends {
        if is_held(&git, &commit).await? && mirror.try_run(&["cat-file", "-e", &commit]).await?.succeeded() {
            vouched.push(commit);
        }
    }
    note(&mirror, workspace.id, &vouched).await
}

/// Where the workspace and its branch stand there.
async fn ends(mirror: &Git<'_>, workspace: &Workspace, branch: &str) -> Result<Vec<String>, Error> {
    let listed = text(&mirror.run("list its worktrees", &["worktree", "list", "--porcelain"]).await?);
    let place = format!("worktree {}", workspace.path.display());
    let own = listed.split("\n\n").find(|entry| entry.lines().next() == Some(place.as_str()));
    let head = own.and_then(|entry| entry.lines().find_map(|line| line.strip_prefix("HEAD ")));
    let mut ends: Vec<String> = head.map(str::to_owned).into_iter().collect();
    if !branch.is_empty() {
        ends.extend(mirror.commit(&format!("refs/heads/{branch}")).await?);
    }
    Ok(ends)
}

/// Something that stays holds the commit here.
async fn is_held(git: &Git<'_>, commit: &str) -> Result<bool, Error> {
    let contains = format!("--contains={commit}");
    let places = ["refs/heads", "refs/tags", "refs/remotes", branches::MERGED.trim_end_matches('/')];
    let asked = [&["for-each-ref", "--count=1", "--format=%(refname)", &contains], &places[..]].concat();
    // It fails where the commit is not here at all.
    let said = git.try_run(&asked).await?;
    Ok(said.succeeded() && !said.stdout.is_empty())
}

async fn note(mirror: &Git<'_>, workspace: WorkspaceId, vouched: &[String]) -> Result<(), Error> {
    let home = home(workspace);
    let listed = ["for-each-ref", "--format=%(refname)", &home];
    let listed = text(&mirror.run("list what is noted", &listed).await?);
    let name = |commit: &String| format!("{home}/{commit}");
    let stale = listed.lines().filter(|noted| !vouched.iter().any(|commit| name(commit) == *noted));
    let mut moves: String = stale.map(|noted| format!("delete {noted}\n")).collect();
    moves.extend(vouched.iter().map(|commit| format!("update {} {commit}\n", name(commit))));
    if moves.is_empty() {
        return Ok(());
    }
    let noted = mirror.feed(&["update-ref", "--stdin"], moves.into_bytes()).await?;
    if noted.succeeded() { Ok(()) } else { Err(failure("note what is here", &noted)) }
}
