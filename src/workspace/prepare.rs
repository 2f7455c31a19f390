//! Making an isolated workspace: a linked worktree in a folder of our own, on a branch of its own, on a fresh base; or on
//! a branch that is there already.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use super::{
    Error, Repository, base,
    checkout::{self, Wanted},
    existing, folders,
    git::{Git, failure, text},
    names, probe,
    record::{Record, Stage},
    setup, submodules, turns,
};
use crate::{
    domain::{ObjectiveId, SessionId, WorkspaceId, workspace::Base},
    target::Host,
};

/// A workspace that shall be made.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its id.
    pub workspace: WorkspaceId,
    /// Who will work in it.
    pub session: SessionId,
    /// What for.
    pub objective: ObjectiveId,
    /// What the work is called, for names that a person can read.
    pub title: String,
    /// The repository, or any folder of it.
    pub repository: PathBuf,
    /// What the work starts from, or is compared with where it goes on.
    pub start: Start,
    /// The branch on which it goes on. It comes from the remote where it is not here, and is brought up to it where the
    /// remote has more. `None`: a new one.
    pub branch: Option<String>,
    /// Only these folders are checked out; all, or what the person's checkout has, when empty.
    pub sparse: Vec<String>,
    /// The folder below which all workspaces lie.
    pub root: PathBuf,
}

/// What work starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// This branch, tag or commit as the remote or the repository has it now; `None`: the default branch.
    Named(Option<String>),
    /// This one, which was found out elsewhere. The repository has its commit.
    Found(Base),
}

/// A workspace that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// Its folder.
    pub path: PathBuf,
    /// Its branch.
    pub branch: String,
    /// What the branch started from.
    pub base: Base,
}

/// Makes a workspace, or finishes what an interrupted call began.
///
/// # Errors
/// Those of [`probe`], [`Error::NoCommits`], [`Error::UnknownBase`] also for a branch that is nowhere, and git's own, for
/// example when somebody has the branch checked out.
pub async fn prepare(host: &Host, request: Request) -> Result<Prepared, Error> {
    let since = Instant::now();
    let repository = probe(host, &request.repository).await?;
    if !repository.has_commits {
        return Err(Error::NoCommits(repository.folder));
    }
    let mut turn = turns::take(host, &repository.git_directory).await;
    let git = Git::new(host, &repository.folder).in_turn(&turn);
    let path = match settle(&git, &request, &repository).await? {
        Settled::There(prepared) => return Ok(prepared),
        Settled::Free(path) => path,
    };
    let base = match &request.start {
        Start::Named(name) => base::resolve(&git, &repository, name.as_deref(), &mut turn, since).await?,
        Start::Found(base) => base.clone(),
    };
    let (branch, commit) = match &request.branch {
        Some(name) => (name.clone(), existing::bring_up(&git, &repository, name, &mut turn, since).await?),
        None => (free_branch(&git, &names::branch(request.session, &request.title)).await?, base.commit.clone()),
    };
    let is_new = request.branch.is_none();
    let mut record = Record {
        workspace: request.workspace,
        session: Some(request.session),
        path,
        branch: Some(branch.clone()),
        // Until it is made it says which branch goes with it: one that was there before stays.
        base: is_new.then(|| base.clone()),
        stage: Stage::Making,
    };
    record.write(host).await?;
    let wanted = Wanted { path: &record.path, branch: &branch, is_new, commit: &commit, sparse: &request.sparse };
    match make(&git, &repository, wanted, &base).await {
        Ok(base) => {
            record.base = Some(base.clone());
            record.stage = Stage::Made;
            record.write(host).await?;
            Ok(Prepared { path: record.path, branch, base })
        }
        Err(error) => {
            // What can't be cleared now is cleared by the next attempt, which finds the record.
            let _ = discard(&git, &record).await;
            Err(error)
        }
    }
}

async fn make(git: &Git<'_>, repository: &Repository, wanted: Wanted<'_>, base: &Base) -> Result<Base, Error> {
    let notes = checkout::make(git, repository, wanted).await?;
    let missing = submodules::fill(&git.at(wanted.path), repository).await?;
    let note = base.note.iter().cloned().chain(notes).chain(missing).collect::<Vec<_>>().join("; ");
    Ok(Base { note: Some(note).filter(|note| !note.is_empty()), ..base.clone() })
}

/// What earlier calls have left.
enum Settled {
    /// A finished workspace in which nobody has worked yet.
    There(Prepared),
    /// A folder that can be used.
    Free(PathBuf),
}

async fn settle(git: &Git<'_>, request: &Request, repository: &Repository) -> Result<Settled, Error> {
    let host = git.host();
    let home = request.root.join(names::repository(&repository.folder));
    for name in names::numbered(&names::folder(request.workspace, &request.title)) {
        let path = home.join(name);
        match Record::read(host, &path).await? {
            Some(record) if record.stage == Stage::Making => {
                discard(git, &record).await?;
                return Ok(Settled::Free(path));
            }
            Some(record) if record.stage == Stage::Made && record.session == Some(request.session) => {
                if let Some(prepared) = made_before(git, request, record).await? {
                    return Ok(Settled::There(prepared));
                }
            }
            Some(_) => {}
            None => {
                if folders::is_free(host, &path).await? && !is_registered(host, &path, repository).await? {
                    return Ok(Settled::Free(path));
                }
            }
        }
    }
    unreachable!("numbered names never end")
}

/// The workspace that an earlier call has made for this request, if that is what lies here and nobody has worked in it.
async fn made_before(git: &Git<'_>, request: &Request, record: Record) -> Result<Option<Prepared>, Error> {
    if !folders::is_there(git.host(), &record.path.join(".git")).await? {
        return Ok(None);
    }
    let is_ours = record.workspace == request.workspace;
    if let Some(branch) = &request.branch {
        let there = Some(record).filter(|record| is_ours && record.branch.as_ref() == Some(branch));
        return Ok(
            there.and_then(|record| Some(Prepared { path: record.path, branch: record.branch?, base: record.base? }))
        );
    }
    let state = setup::State::find(git.host(), &request.root, request.workspace, &record.path).await?;
    if let Some(state) = state.filter(|_| is_ours)
        && let Some(prepared) = set_up_before(git, &record, &state).await?
    {
        return Ok(Some(prepared));
    }
    untouched(git, record).await
}

/// A workspace whose setup has not ended well, or that is as its setup left it: no agent was there.
async fn set_up_before(git: &Git<'_>, record: &Record, state: &setup::State) -> Result<Option<Prepared>, Error> {
    let (Some(branch), Some(base)) = (&record.branch, &record.base) else { return Ok(None) };
    let here = git.at(&record.path);
    let stands = here.commit("HEAD").await?.as_deref() == Some(&base.commit);
    let is_ours = match &state.stage {
        setup::Stage::Begun => stands,
        setup::Stage::Done { .. } => setup::is_as_left(&here, state).await?,
    };
    let prepared = || Prepared { path: record.path.clone(), branch: branch.clone(), base: base.clone() };
    Ok(is_ours.then(prepared))
}

/// A finished workspace, if it is as it was made: on its branch, at its base, nothing changed. Anything else is somebody's
/// work, perhaps of an earlier life with the same ids.
async fn untouched(git: &Git<'_>, record: Record) -> Result<Option<Prepared>, Error> {
    let (Some(branch), Some(base)) = (record.branch, record.base) else { return Ok(None) };
    let status =
        git.at(&record.path).try_run(&["status", "--porcelain=v2", "--branch", "--untracked-files=all"]).await?;
    let said = text(&status.stdout);
    let expected = [format!("# branch.oid {}", base.commit), format!("# branch.head {branch}")];
    let as_made = status.succeeded()
        && expected.iter().all(|line| said.lines().any(|said| said == line))
        && said.lines().all(|line| line.starts_with('#'));
    Ok(as_made.then_some(Prepared { path: record.path, branch, base }))
}

/// Clears what an interrupted call left. Nobody has worked in it: only a finished workspace is handed out.
pub(super) async fn discard(git: &Git<'_>, record: &Record) -> Result<(), Error> {
    folders::remove(git.host(), &record.path).await?;
    // Twice forced, because git locks a worktree while it makes it. It fails when there is none, which is as well.
    if let Some(path) = record.path.to_str() {
        git.try_run(&["worktree", "remove", "--force", "--force", path]).await?;
    }
    if let (Some(branch), Some(base)) = (&record.branch, &record.base) {
        // Only if it still stands where we put it.
        let reference = format!("refs/heads/{branch}");
        let removed = git.try_run(&["update-ref", "-d", &reference, &base.commit]).await?;
        if !removed.succeeded() && git.commit(&reference).await?.as_ref() == Some(&base.commit) {
            return Err(failure("remove what an interrupted attempt left", &removed));
        }
    }
    record.forget(git.host()).await
}

/// git knows a worktree at this place, though perhaps no folder is there any more.
pub(super) async fn is_registered(host: &Host, path: &Path, repository: &Repository) -> Result<bool, Error> {
    let home = repository.git_directory.join("worktrees");
    let registered = async {
        let entries = host.list(&home).await?.unwrap_or_default();
        let places: Vec<PathBuf> = entries.into_iter().map(|entry| home.join(entry.name)).collect();
        let files: Vec<PathBuf> = places.iter().map(|place| place.join("gitdir")).collect();
        let said = host.read_all(&files).await?.into_iter().map(Option::unwrap_or_default);
        Ok(places
            .iter()
            .zip(said)
            .any(|(place, said)| place.join(super::git::path(said.trim_ascii_end())) == path.join(".git")))
    };
    registered.await.map_err(Error::file("look into", &home))
}

/// The first form of a branch's name that nobody has.
async fn free_branch(git: &Git<'_>, name: &str) -> Result<String, Error> {
    let listed =
        git.run("list its branches", &["for-each-ref", "--format=%(refname)", "refs/heads/qd*", "refs/heads/qd"]);
    let listed = text(&listed.await?).to_lowercase();
    let taken: Vec<&str> = listed.lines().filter_map(|line| line.strip_prefix("refs/heads/")).collect();
    // Where a branch is called `qd`, none can lie below it.
    let name = if taken.contains(&"qd") { name.replacen('/', "-", 1) } else { name.to_owned() };
    let free = |candidate: &String| {
        let lower = candidate.to_lowercase();
        !taken
            .iter()
            .any(|taken| *taken == lower || taken.strip_prefix(&*lower).is_some_and(|rest| rest.starts_with('/')))
    };
    Ok(names::numbered(&name).find(free).unwrap_or(name))
}
