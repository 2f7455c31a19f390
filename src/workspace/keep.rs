//! What a removal takes away stays reachable for a while: one commit for each, below `refs/quarterdeck/removed/`, which
//! no branch list shows, which is no proof that anything exists elsewhere, and which git never collects.
//!
//! The commit's files are the worktree's as they were, untracked ones included; its message says what it is of
//! ([`Kept`]), and its parents are all else there was: where HEAD and the branch stood, what was staged, and commits
//! that were amended or reset away. It is made before anything goes, in one step.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{
    Error, folders,
    git::{Git, text},
    inspect::Seen,
    names,
};
use crate::domain::{SessionId, Timestamp, Workspace, WorkspaceId, workspace::Base};

/// Where all of it is kept.
const KEPT: &str = "refs/quarterdeck/removed/";

/// What was kept of a workspace that was removed. Commits are full object ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) workspace: WorkspaceId,
    /// Whose it was.
    pub(super) session: SessionId,
    /// Where it was.
    pub(super) path: PathBuf,
    /// The branch made for it, and where that stood; `None` when the branch stayed.
    pub(super) branch: Option<String>,
    pub(super) tip: Option<String>,
    /// What the branch started from.
    pub(super) base: Option<Base>,
    /// Where the worktree stood, and on which branch.
    pub(super) head: Option<String>,
    pub(super) on: Option<String>,
    /// A commit of what was staged.
    pub(super) staged: Option<String>,
    /// How many files were in no commit.
    pub(super) uncommitted: usize,
    /// References that hold the repositories that lay in it.
    pub(super) repositories: Vec<String>,
    /// Why nothing was lost, or what was given up.
    pub(super) verdict: String,
    /// The person's word against the risk, where there was one.
    pub(super) reason: Option<String>,
}

/// What was kept, as it is found again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) kept: Kept,
    pub(super) reference: String,
    pub(super) commit: String,
    /// When it was made: when the workspace was removed.
    pub(super) at: Timestamp,
}

/// Keeps what would go with a workspace; gives the reference made, or `None` where there is nothing.
pub(super) async fn keep(
    git: &Git<'_>,
    workspace: &Workspace,
    seen: &Seen,
    reason: Option<&str>,
) -> Result<Option<String>, Error> {
    if seen.head.is_none() && seen.tip.is_none() && seen.abandoned.is_empty() {
        return Ok(None);
    }
    let git = &git
        .clone()
        .with("GIT_AUTHOR_NAME", "quarterdeck")
        .with("GIT_AUTHOR_EMAIL", "quarterdeck@localhost")
        .with("GIT_COMMITTER_NAME", "quarterdeck")
        .with("GIT_COMMITTER_EMAIL", "quarterdeck@localhost");
    let name = free_name(git, workspace.id).await?;
    let earlier = if seen.abandoned.is_empty() { None } else { Some(bundle(git, &seen.abandoned).await?) };
    let uncommitted = seen.inspection.uncommitted.len();
    let (mut on, mut files, mut staged) = (None, None, None);
    if let Some(own) = seen.own.as_deref() {
        let worktree = git.at(&workspace.path);
        let said = worktree.try_run(&["symbolic-ref", "--quiet", "--short", "HEAD"]).await?;
        on = Some(text(&said.stdout).trim().to_owned()).filter(|name| said.succeeded() && !name.is_empty());
        if uncommitted > 0 {
            let picture = picture(&worktree, own, seen.head.as_deref()).await?;
            (files, staged) = (Some(picture.files), picture.staged);
        }
    }
    let files = match (files, seen.head.as_ref().or(seen.tip.as_ref())) {
        (Some(files), _) => files,
        (None, Some(commit)) => git.line("keep a commit", &["rev-parse", &format!("{commit}^{{tree}}")]).await?,
        (None, None) => text(&git.feed(&["mktree"], Vec::new()).await?.stdout).trim().to_owned(),
    };
    let kept = Kept {
        workspace: workspace.id,
        session: workspace.owner,
        path: workspace.path.clone(),
        branch: workspace.branch.clone().filter(|_| seen.tip.is_some()),
        tip: seen.tip.clone(),
        base: workspace.base.clone(),
        head: seen.head.clone(),
        on,
        staged,
        uncommitted,
        repositories: inner(git, &name, &seen.inner).await?,
        verdict: seen.inspection.verdict.clone(),
        reason: reason.map(str::to_owned),
    };
    let mut parents: Vec<&str> = Vec::new();
    for commit in [&kept.head, &kept.tip, &kept.staged, &earlier].into_iter().flatten() {
        if !parents.contains(&commit.as_str()) {
            parents.push(commit);
        }
    }
    let written = serde_json::to_string(&kept).unwrap_or_default();
    let message = format!("{} as it was when it was removed\n\n{written}\n", workspace.id);
    let mut arguments = vec!["commit-tree", &files];
    arguments.extend(parents.iter().flat_map(|parent| ["-p", parent]));
    let made = git.feed(&arguments, message.into_bytes()).await?;
    if !made.succeeded() {
        return Err(super::git::failure("keep what is removed", &made));
    }
    // It must be new: nothing that was kept is ever overwritten.
    git.run("keep what is removed", &["update-ref", &name, text(&made.stdout).trim(), ""]).await?;
    Ok(Some(name))
}

/// What was kept in a repository, the newest first.
pub(super) async fn all(git: &Git<'_>) -> Result<Vec<Found>, Error> {
    let format = "--format=%(refname)%00%(objectname)%00%(committerdate:unix)%00%(contents)%00";
    let listed = text(&git.run("list what is kept", &["for-each-ref", format, KEPT]).await?);
    let fields: Vec<&str> = listed.split('\0').collect();
    let mut found: Vec<Found> = fields
        .chunks_exact(4)
        .filter_map(|fields| {
            let (_, written) = fields[3].split_once("\n\n")?;
            let seconds: i64 = fields[2].parse().ok()?;
            Some(Found {
                kept: serde_json::from_str(written.trim()).ok()?,
                reference: fields[0].trim().to_owned(),
                commit: fields[1].to_owned(),
                at: Timestamp(seconds.saturating_mul(1000)),
            })
        })
        .collect();
    found.sort_by_key(|found| std::cmp::Reverse((found.at, names::number_of(&found.reference))));
    Ok(found)
}

/// Lets go of something that was kept.
pub(super) async fn forget(git: &Git<'_>, found: &Found) -> Result<(), Error> {
    for place in &found.kept.repositories {
        let below = format!("{place}/");
        let listed = text(&git.run("list what is kept", &["for-each-ref", "--format=%(refname)", &below]).await?);
        let gone: String = listed.lines().map(|name| format!("delete {name}\n")).collect();
        let output = git.feed(&["update-ref", "--stdin"], gone.into_bytes()).await?;
        if !output.succeeded() {
            return Err(super::git::failure("let go of what was kept", &output));
        }
    }
    git.run("let go of what was kept", &["update-ref", "-d", &found.reference, &found.commit]).await.map(drop)
}

/// A name that nothing of an earlier removal has.
async fn free_name(git: &Git<'_>, workspace: WorkspaceId) -> Result<String, Error> {
    let listed = text(&git.run("list what is kept", &["for-each-ref", "--format=%(refname)", KEPT]).await?);
    let taken = |name: &str| {
        listed
            .lines()
            .filter_map(|line| line.strip_prefix(KEPT)?.strip_prefix(name))
            .any(|rest| rest.is_empty() || rest.starts_with("-repository-"))
    };
    let name = names::numbered(&workspace.to_string()).find(|name| !taken(name)).unwrap_or_default();
    Ok(format!("{KEPT}{name}"))
}

/// One commit that has all of these as parents.
async fn bundle(git: &Git<'_>, commits: &[String]) -> Result<String, Error> {
    let tree = git.line("keep earlier commits", &["rev-parse", &format!("{}^{{tree}}", commits[0])]).await?;
    let mut arguments = vec!["commit-tree", &tree, "-m", "Commits that were amended or reset away"];
    arguments.extend(commits.iter().flat_map(|commit| ["-p", commit.as_str()]));
    git.line("keep earlier commits", &arguments).await
}

/// Keeps the repositories that lie in the worktree, with what is uncommitted in them; gives the references' beginnings.
async fn inner(git: &Git<'_>, name: &str, places: &[PathBuf]) -> Result<Vec<String>, Error> {
    let mut kept = Vec::new();
    for (number, place) in (1..).zip(places) {
        let Some(from) = place.to_str() else { continue };
        let inside = git.at(place);
        if let Some(folder) = worktree_of(&inside, place).await? {
            let head = inside.commit("HEAD").await?;
            let picture = picture(&git.at(&folder), place, head.as_deref()).await?;
            let mut arguments = vec!["commit-tree", &picture.files, "-m", "As it was when it was removed"];
            let parents: Vec<&str> = head.iter().chain(&picture.staged).map(String::as_str).collect();
            arguments.extend(parents.iter().flat_map(|parent| ["-p", parent]));
            let commit = inside.line("keep what is uncommitted", &arguments).await?;
            inside.run("keep what is uncommitted", &["update-ref", "refs/quarterdeck/as-it-was", &commit]).await?;
        }
        let target = format!("{name}-repository-{number}");
        let everything = format!("+refs/*:{target}/*");
        let head = format!("+HEAD:{target}/HEAD");
        let fetch = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", "--", from, &everything];
        git.run("keep the commits of a repository inside it", &fetch).await?;
        git.try_run(&[&fetch[..7], &[&head]].concat()).await?;
        kept.push(target);
    }
    Ok(kept)
}

/// The files of a repository whose git directory this is.
async fn worktree_of(inside: &Git<'_>, place: &Path) -> Result<Option<PathBuf>, Error> {
    if place.file_name().is_some_and(|name| name == ".git") {
        return Ok(place.parent().map(Path::to_owned));
    }
    let said = inside.try_run(&["config", "--get", "core.worktree"]).await?;
    let folder = place.join(text(&said.stdout).trim_end_matches('\n'));
    let is_there = said.succeeded() && folders::is_there(inside.host(), &folder.join(".git")).await?;
    Ok(is_there.then_some(folder))
}

/// A worktree as it is.
struct Picture {
    /// The tree of its files.
    files: String,
    /// A commit of its index; `None` with conflicts, whose sides are in commits.
    staged: Option<String>,
}

/// Takes the picture of a worktree, untracked files included. The real index is only read.
async fn picture(worktree: &Git<'_>, own: &Path, head: Option<&str>) -> Result<Picture, Error> {
    let doing = "keep what is uncommitted";
    let index = own.join("quarterdeck-index");
    // A copy knows what was looked at before, so that only what has changed is read.
    let host = worktree.host();
    let copied = host.copy(&own.join("index"), &index).await.map_err(Error::file("copy", &index))?;
    let aside = worktree.clone().with("GIT_INDEX_FILE", index.display().to_string());
    let mut staged = None;
    if copied {
        let tree = aside.try_run(&["write-tree"]).await?;
        if tree.succeeded() {
            let tree = text(&tree.stdout).trim().to_owned();
            let mut arguments = vec!["commit-tree", &tree, "-m", "What was staged"];
            arguments.extend(head.iter().flat_map(|head| ["-p", head]));
            staged = Some(aside.line(doing, &arguments).await?);
        }
        heed_hidden(&aside).await?;
    } else {
        aside.run(doing, &["read-tree", head.unwrap_or("--empty")]).await?;
    }
    let added = aside.try_run(&["-c", "core.safecrlf=false", "add", "--all", "--sparse"]).await?;
    if !added.succeeded() {
        aside.run(doing, &["-c", "core.safecrlf=false", "add", "--all"]).await?;
    }
    let files = aside.line(doing, &["write-tree"]).await?;
    let _ = host.remove_file(&index).await;
    Ok(Picture { files, staged })
}

/// Has git look at files it was told not to look at, where they are there.
async fn heed_hidden(aside: &Git<'_>) -> Result<(), Error> {
    let flagged = aside.run("list the worktree's files", &["ls-files", "-v", "-z"]).await?;
    let hidden = |wanted: fn(u8) -> bool| -> Vec<&[u8]> {
        let entries = flagged.split(|&byte| byte == 0).filter(|entry| entry.len() > 2 && wanted(entry[0]));
        entries.map(|entry| &entry[2..]).collect()
    };
    for (names, flag) in [
        (hidden(|mark| mark.is_ascii_lowercase()), "--no-assume-unchanged"),
        (hidden(|mark| mark.eq_ignore_ascii_case(&b's')), "--no-skip-worktree"),
    ] {
        let names = folders::those_there(aside.host(), aside.folder(), names).await?;
        if !names.is_empty() {
            let names = names.iter().flat_map(|name| [name, &b"\0"[..]].concat()).collect();
            aside.feed(&["update-index", flag, "-z", "--stdin"], names).await?;
        }
    }
    Ok(())
}
