//! Bringing back what was removed, as it was: its branch, where it stood, what was staged, and all its files.

use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use super::{
    Error, changes,
    checkout::write_files,
    folders,
    git::{Git, failure, text},
    inspect::look,
    keep::{self, Found},
    names,
    prepare::{discard, is_registered},
    probe,
    record::{self, Record, Stage},
    scratch, submodules, turns,
};
use crate::{
    domain::{Timestamp, Workspace, WorkspaceId, workspace::Kind},
    target::Host,
};

/// Why what an interrupted call left was cleared away.
const HALF: &str = "it was only half brought back";

/// What was removed and can be brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Which workspace it was.
    pub workspace: WorkspaceId,
    /// When it was removed.
    pub at: Timestamp,
    /// How many of its files were in no commit.
    pub uncommitted: usize,
    /// Where it is kept: a reference of its repository, or a folder.
    pub place: String,
}

/// A workspace that is there again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Its folder.
    pub path: PathBuf,
    /// Its branch.
    pub branch: Option<String>,
    /// What is not as it was.
    pub note: Option<String>,
}

/// Brings back a workspace that was removed, where it was or at `to`. A call that was interrupted is done anew by the
/// next.
///
/// # Errors
/// [`Error::NothingKept`], [`Error::Taken`], and git's own.
pub async fn restore(host: &Host, workspace: &Workspace, to: Option<&Path>) -> Result<Restored, Error> {
    match workspace.kind {
        Kind::Shared => Err(nothing(workspace, "it is your own folder, and was never removed")),
        Kind::Scratch => scratch_folder(host, workspace, to).await,
        Kind::Isolated | Kind::PullRequest => isolated(host, workspace, to).await,
    }
}

/// What was removed of `workspaces`, which are all of one repository or all scratch folders, and can be brought back:
/// the newest of each.
///
/// # Errors
/// Those of [`probe`], and git's own.
pub async fn removed(host: &Host, workspaces: &[Workspace]) -> Result<Vec<Removed>, Error> {
    let Some(first) = workspaces.first() else { return Ok(Vec::new()) };
    let Some(repository) = &first.repository else { return removed_folders(host, workspaces).await };
    let repository = probe(host, repository).await?;
    let kept = keep::all(&Git::new(host, &repository.folder)).await?;
    let newest = |workspace: &Workspace| {
        let found = kept.iter().find(|found| is_of(found, workspace))?;
        Some(Removed {
            workspace: workspace.id,
            at: found.at,
            uncommitted: found.kept.uncommitted,
            place: found.reference.clone(),
        })
    };
    Ok(workspaces.iter().filter_map(newest).collect())
}

/// Lets go of what was removed from `repository` longer ago than `kept_for`; says how much went.
///
/// # Errors
/// Those of [`probe`], and git's own.
pub async fn forget_removed(host: &Host, repository: &Path, kept_for: Duration) -> Result<usize, Error> {
    let repository = probe(host, repository).await?;
    let turn = turns::take(host, &repository.git_directory).await;
    let git = Git::new(host, &repository.folder).in_turn(&turn);
    let mut gone = 0;
    for found in keep::all(&git).await?.iter().filter(|found| is_over(system_time(found.at), kept_for)) {
        changes::forget_checkpoints(&git, found).await?;
        keep::forget(&git, found).await?;
        gone += 1;
    }
    Ok(gone)
}

/// The same for scratch folders below `root`.
///
/// # Errors
/// [`Error::File`] when one can't be removed.
pub async fn forget_scratch(host: &Host, root: &Path, kept_for: Duration) -> Result<usize, Error> {
    let mut gone = 0;
    for aside in scratch::all_aside(host, &scratch::place(root, WorkspaceId::FIRST)).await? {
        if is_over(aside.at, kept_for) {
            scratch::forget(host, &aside).await?;
            gone += 1;
        }
    }
    Ok(gone)
}

async fn isolated(host: &Host, workspace: &Workspace, to: Option<&Path>) -> Result<Restored, Error> {
    let Some(repository) = workspace.repository.as_deref() else {
        return Err(nothing(workspace, "it comes from no repository"));
    };
    let repository = probe(host, repository).await?;
    let turn = turns::take(host, &repository.git_directory).await;
    let git = Git::new(host, &repository.folder).in_turn(&turn);
    let kept = keep::all(&git).await?;
    let found = kept.into_iter().find(|found| is_of(found, workspace)).ok_or_else(|| {
        nothing(
            workspace,
            "what is removed is kept for a set time (the setting retention.removed_days), and that is over",
        )
    })?;
    let path = to.unwrap_or(&workspace.path).to_owned();
    if let Some(left) = Record::read(host, &path).await?.filter(|record| record.workspace == workspace.id) {
        match left.stage {
            Stage::Making => clear(host, &git, workspace, &left).await?,
            // It was finished, and nobody heard of it.
            Stage::Made if folders::is_there(host, &left.path.join(".git")).await? => {
                return finished(&git, left).await;
            }
            Stage::Made | Stage::Removing { .. } => {}
        }
    }
    let is_free = folders::is_free(host, &path).await? && !record::is_there(host, &path).await?;
    if !is_free || is_registered(host, &path, &repository).await? {
        return Err(Error::Taken(path));
    }
    let record = Record {
        workspace: workspace.id,
        session: Some(workspace.owner),
        path,
        branch: found.kept.branch.clone(),
        // What an interrupted call has made is a branch that was there before, or one that the next call takes over.
        base: None,
        stage: Stage::Making,
    };
    record.write(host).await?;
    match bring_back(&git, &found, &record.path).await {
        Ok((branch, mut notes)) => {
            notes.extend(submodules::fill(&git.at(&record.path), &repository).await?);
            let record = Record { branch: branch.clone(), base: found.kept.base, stage: Stage::Made, ..record };
            // Beside a folder of the person's own nothing of ours stays.
            if to.is_some() {
                record.forget(host).await?
            } else {
                record.write(host).await?
            }
            let note = Some(notes.join("; ")).filter(|note| !note.is_empty());
            Ok(Restored { path: record.path, branch, note })
        }
        Err(error) => {
            // What can't be cleared now is cleared by the next attempt, which finds the record.
            let _ = discard(&git, &record).await;
            Err(error)
        }
    }
}

/// Clears what an interrupted call left. The person waited for it and may have begun to work in it: that is kept.
async fn clear(host: &Host, git: &Git<'_>, workspace: &Workspace, left: &Record) -> Result<(), Error> {
    let half = Workspace { path: left.path.clone(), branch: None, ..workspace.clone() };
    if let Ok(seen) = look(host, &half).await
        && seen.own.is_some()
    {
        keep::keep(git, &half, &seen, Some(HALF)).await?;
    }
    discard(git, left).await
}

/// Makes the worktree; gives its branch, and what is not as it was.
async fn bring_back(git: &Git<'_>, found: &Found, path: &Path) -> Result<(Option<String>, Vec<String>), Error> {
    let Found { kept, commit, .. } = found;
    let doing = "bring back the worktree";
    let not_text = || Error::NotOurs { path: path.into(), why: "its name is not UTF-8".into() };
    let place = path.to_str().ok_or_else(not_text)?;
    let mut notes = Vec::new();
    let mut branch = None;
    if let (Some(name), Some(tip)) = (&kept.branch, &kept.tip) {
        let name_now = branch_at(git, name, tip).await?;
        if name_now != *name {
            notes.push(format!("its branch is {name_now}, because {name} is somewhere else now"));
        }
        branch = Some(name_now);
    }
    let head = kept.head.as_ref().or(kept.tip.as_ref());
    // The branch it was on: its own, or another that still stands where it stood.
    let on = match (&kept.on, &branch) {
        (Some(on), _) if Some(on) == kept.branch.as_ref() => branch.clone(),
        (Some(on), _) if head.is_some() && stands_free(git, on).await? == head.cloned() => Some(on.clone()),
        (Some(on), _) => {
            notes.push(format!("it stands on no branch: {on} is somewhere else now"));
            None
        }
        (None, branch) if kept.head.is_none() => branch.clone(),
        (None, _) => None,
    };
    let Some(head) = head else {
        return Err(Error::NothingKept { workspace: kept.workspace, why: "it had no commit".into() });
    };
    let mut arguments = vec!["worktree", "add", "--quiet", "--no-checkout"];
    match &on {
        Some(on) => arguments.extend([place, on.as_str()]),
        None => arguments.extend(["--detach", place, head]),
    }
    git.run(doing, &arguments).await?;
    let worktree = git.at(path);
    let tree = if kept.uncommitted > 0 { format!("{commit}^{{tree}}") } else { "HEAD".into() };
    let filled = write_files(&worktree, &[], &tree).await?;
    if !filled.succeeded() {
        return Err(failure(doing, &filled));
    }
    if kept.uncommitted > 0 {
        // Only the index: the files stay as they are.
        let staged = kept.staged.as_ref().unwrap_or(head);
        worktree.run(doing, &["read-tree", &format!("{staged}^{{tree}}")]).await?;
        worktree.try_run(&["update-index", "--quiet", "--refresh"]).await?;
    }
    for place in &kept.repositories {
        notes.push(format!("commits of a repository inside it are in {place}"));
    }
    Ok((branch.or(on), notes))
}

/// What was brought back by a call of which nobody heard.
async fn finished(git: &Git<'_>, record: Record) -> Result<Restored, Error> {
    let said = git.at(&record.path).try_run(&["symbolic-ref", "--quiet", "--short", "HEAD"]).await?;
    let on = Some(text(&said.stdout).trim().to_owned()).filter(|name| !name.is_empty());
    Ok(Restored { path: record.path, branch: record.branch.or(on), note: None })
}

/// A branch of this name, or of the first form of it that can be had, at `tip`.
async fn branch_at(git: &Git<'_>, name: &str, tip: &str) -> Result<String, Error> {
    for name in names::numbered(name).take(99) {
        if stands_free(git, &name).await?.as_deref() == Some(tip) {
            return Ok(name);
        }
        let made = git.try_run(&["update-ref", &format!("refs/heads/{name}"), tip, ""]).await?;
        if made.succeeded() {
            return Ok(name);
        }
    }
    Err(Error::Git { doing: format!("make the branch {name}"), said: "no form of its name is free".into() })
}

/// Where a branch stands that no worktree has checked out.
async fn stands_free(git: &Git<'_>, name: &str) -> Result<Option<String>, Error> {
    let full = format!("refs/heads/{name}");
    let arguments = ["for-each-ref", "--format=%(objectname) %(worktreepath)", &full];
    let listed = text(&git.run("look at the branch", &arguments).await?);
    let found = listed.lines().next().and_then(|line| line.split_once(' '));
    Ok(found.filter(|(_, checked_out)| checked_out.is_empty()).map(|(commit, _)| commit.to_owned()))
}

async fn scratch_folder(host: &Host, workspace: &Workspace, to: Option<&Path>) -> Result<Restored, Error> {
    let path = to.unwrap_or(&workspace.path).to_owned();
    let asides = scratch::all_aside(host, &workspace.path).await?;
    let aside = asides.into_iter().find(|aside| aside.record.workspace == workspace.id);
    let restored = Restored { path: path.clone(), branch: None, note: None };
    let record = scratch::new_record(workspace.id, &path);
    let Some(aside) = aside else {
        let there =
            to.is_none() && Record::read(host, &path).await?.is_some_and(|record| record.workspace == workspace.id);
        return if there { Ok(restored) } else { Err(nothing(workspace, "it was empty, or its time is over")) };
    };
    if !folders::is_free(host, &path).await? {
        return Err(Error::Taken(path));
    }
    if to.is_none() {
        record.write(host).await?;
    }
    scratch::bring_back(host, &aside, &path).await?;
    Ok(restored)
}

async fn removed_folders(host: &Host, workspaces: &[Workspace]) -> Result<Vec<Removed>, Error> {
    let mut found = Vec::new();
    for workspace in workspaces.iter().filter(|workspace| workspace.kind == Kind::Scratch) {
        let asides = scratch::all_aside(host, &workspace.path).await?;
        let Some(aside) = asides.into_iter().find(|aside| aside.record.workspace == workspace.id) else { continue };
        let folder = &aside.record.path;
        let files = host.files_below(folder).await.map_err(Error::file("look into", folder))?;
        let at = aside.at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
        found.push(Removed {
            workspace: workspace.id,
            at: Timestamp(i64::try_from(at).unwrap_or(i64::MAX)),
            uncommitted: files.len(),
            place: aside.record.path.display().to_string(),
        });
    }
    Ok(found)
}

/// It was removed as this workspace, and whole.
fn is_of(found: &Found, workspace: &Workspace) -> bool {
    let kept = &found.kept;
    kept.workspace == workspace.id && kept.session == workspace.owner && kept.reason.as_deref() != Some(HALF)
}

fn is_over(removed: SystemTime, kept_for: Duration) -> bool {
    SystemTime::now().duration_since(removed).is_ok_and(|age| age >= kept_for)
}

fn system_time(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(at.0).unwrap_or_default())
}

fn nothing(workspace: &Workspace, why: &str) -> Error {
    Error::NothingKept { workspace: workspace.id, why: why.into() }
}
