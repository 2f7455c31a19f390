//! What is given up stays reachable: references below `refs/quarterdeck/removed/`, which no branch list shows and which
//! git never collects.

use std::path::Path;

use super::{
    Error,
    git::{Git, text},
    inspect::Seen,
    names,
};
use crate::domain::Workspace;

/// Where all of it is kept.
const KEPT: &str = "refs/quarterdeck/removed/";

/// Keeps the commits of a workspace that nothing else holds and, if there is a `reason` to give them up, its uncommitted
/// files and the repositories in it. Gives the references made.
pub(super) async fn keep(
    git: &Git<'_>,
    workspace: &Workspace,
    seen: &Seen,
    reason: bool,
) -> Result<Vec<String>, Error> {
    let listed = text(&git.run("list what is kept", &["for-each-ref", "--format=%(refname)", KEPT]).await?);
    let taken = |name: &str| {
        let below = |line: &str| line.strip_prefix(KEPT).and_then(|rest| rest.strip_prefix(name)).map(str::to_owned);
        let ours = ["", "-branch", "-uncommitted", "-earlier"];
        listed.lines().filter_map(below).any(|rest| ours.contains(&&*rest) || rest.starts_with("-repository"))
    };
    let name = names::numbered(&workspace.id.to_string()).find(|name| !taken(name)).unwrap_or_default();
    let name = format!("{KEPT}{name}");
    let git = git
        .clone()
        .with("GIT_AUTHOR_NAME", "quarterdeck")
        .with("GIT_AUTHOR_EMAIL", "quarterdeck@localhost")
        .with("GIT_COMMITTER_NAME", "quarterdeck")
        .with("GIT_COMMITTER_EMAIL", "quarterdeck@localhost");
    let mut kept = Vec::new();
    if reason && !seen.inspection.only_here.is_empty() {
        for (commit, suffix) in [(&seen.head, ""), (&seen.tip, "-branch")] {
            if let Some(commit) = commit.as_ref().filter(|_| suffix.is_empty() || seen.tip != seen.head) {
                kept.push(point(&git, format!("{name}{suffix}"), commit).await?);
            }
        }
    }
    if !seen.abandoned.is_empty() {
        let commit = bundle(&git, &seen.abandoned).await?;
        kept.push(point(&git, format!("{name}-earlier"), &commit).await?);
    }
    let Some(own) = seen.own.as_deref().filter(|_| reason) else { return Ok(kept) };
    for (number, place) in (1..).zip(&seen.inner) {
        let Some(from) = place.to_str() else { continue };
        let everything = format!("+refs/*:{name}-repository-{number}/*");
        let head = format!("+HEAD:{name}-repository-{number}/HEAD");
        let fetch = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", "--", from, &everything];
        git.run("keep the commits of a submodule", &fetch).await?;
        git.try_run(&[&fetch[..7], &[&head]].concat()).await?;
        kept.push(format!("{name}-repository-{number}"));
    }
    if !seen.inspection.uncommitted.is_empty() {
        let commit = snapshot(&git.at(&workspace.path), own, seen.head.as_deref()).await?;
        kept.push(point(&git, format!("{name}-uncommitted"), &commit).await?);
    }
    Ok(kept)
}

/// One commit that has all of these as parents.
async fn bundle(git: &Git<'_>, commits: &[String]) -> Result<String, Error> {
    let tree = git.line("keep earlier commits", &["rev-parse", &format!("{}^{{tree}}", commits[0])]).await?;
    let mut arguments = vec!["commit-tree", &tree, "-m", "Commits that were amended or reset away"];
    arguments.extend(commits.iter().flat_map(|commit| ["-p", commit.as_str()]));
    git.line("keep earlier commits", &arguments).await
}

/// A commit of the worktree as it is, untracked files included, with its parent and its index beside it, as a stash has
/// them. The real index is only read.
async fn snapshot(worktree: &Git<'_>, own: &Path, head: Option<&str>) -> Result<String, Error> {
    let doing = "keep what is uncommitted";
    // An index with conflicts can't become a tree; its sides are in commits, and the files are kept as they are.
    let staged = worktree.try_run(&["write-tree"]).await?;
    let index = own.join("quarterdeck-index").display().to_string();
    let aside = worktree.clone().with("GIT_INDEX_FILE", index.clone());
    aside.run(doing, &["read-tree", head.unwrap_or("--empty")]).await?;
    let added = aside.try_run(&["add", "--all", "--sparse"]).await?;
    if !added.succeeded() {
        aside.run(doing, &["add", "--all"]).await?;
    }
    let tree = aside.line(doing, &["write-tree"]).await?;
    let _ = std::fs::remove_file(index);
    let mut parents: Vec<String> = head.map(str::to_owned).into_iter().collect();
    if staged.succeeded() {
        let staged = text(&staged.stdout).trim().to_owned();
        let mut arguments = vec!["commit-tree", &staged, "-m", "What was staged"];
        arguments.extend(head.iter().flat_map(|head| ["-p", head]));
        parents.push(worktree.line(doing, &arguments).await?);
    }
    let mut arguments = vec!["commit-tree", &tree, "-m", "What was uncommitted when the workspace was removed"];
    arguments.extend(parents.iter().flat_map(|parent| ["-p", parent.as_str()]));
    worktree.line(doing, &arguments).await
}

/// Makes a reference, which must be new.
async fn point(git: &Git<'_>, name: String, commit: &str) -> Result<String, Error> {
    git.run("keep a commit", &["update-ref", &name, commit, ""]).await?;
    Ok(name)
}
