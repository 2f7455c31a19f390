//! A worktree on a branch that is there already: that of a pull request whose own workspace is gone.

use std::time::Instant;

use super::{
    Error, Repository, base, branches, folders,
    git::{Git, text},
    names,
    prepare::{Prepared, Request, discard, is_registered},
    probe,
    record::{Record, Stage},
    submodules, turns,
};
use crate::target::Host;

/// Makes a worktree on `branch`, or finishes what an interrupted call began. The branch comes from the remote where it is
/// not here, and is brought up to it where the remote has more; `request.base` is what it is compared with.
///
/// # Errors
/// Those of [`super::prepare`]; [`Error::UnknownBase`] when the branch is nowhere; git's own, for example when somebody
/// has it checked out.
pub async fn rejoin(host: &Host, request: Request, branch: &str) -> Result<Prepared, Error> {
    let since = Instant::now();
    let repository = probe(host, &request.repository).await?;
    let mut turn = turns::take(&repository.git_directory).await;
    let git = Git::new(host, &repository.folder);
    let home = request.root.join(names::repository(&repository.folder));
    let mut free = None;
    for name in names::numbered(&names::folder(request.workspace, &request.title)) {
        let path = home.join(name);
        match Record::read(&path)? {
            Some(record) if record.stage == Stage::Making => {
                discard(&git, &record).await?;
                free = Some(path);
            }
            Some(Record { session, branch: Some(made), base: Some(base), stage: Stage::Made, .. })
                if session == Some(request.session) && made == branch && path.join(".git").exists() =>
            {
                return Ok(Prepared { path, branch: made, base });
            }
            Some(_) => {}
            None if folders::is_free(&path) && !is_registered(&path, &repository) => free = Some(path),
            None => {}
        }
        if free.is_some() {
            break;
        }
    }
    let path = free.unwrap_or(home);
    let base = base::resolve(&git, &repository, request.base.as_deref(), &mut turn, since).await?;
    stand(host, &git, &repository, branch, &mut turn, since).await?;
    let mut record = Record {
        workspace: request.workspace,
        session: Some(request.session),
        path,
        branch: Some(branch.to_owned()),
        base: Some(base.clone()),
        stage: Stage::Making,
    };
    record.write()?;
    let made = async {
        let place = record
            .path
            .to_str()
            .ok_or_else(|| Error::NotOurs { path: record.path.clone(), why: "its name is not UTF-8".into() })?;
        git.run("make a worktree", &["worktree", "add", "--quiet", place, branch]).await?;
        submodules::fill(&git.at(&record.path), &repository).await
    };
    match made.await {
        Ok(_) => {
            record.stage = Stage::Made;
            record.write()?;
            Ok(Prepared { path: record.path, branch: branch.to_owned(), base })
        }
        Err(error) => {
            // What can't be cleared now is cleared by the next attempt, which finds the record.
            let _ = discard(&git, &record).await;
            Err(error)
        }
    }
}

/// The branch is here, with what the remote has on top of it.
async fn stand(
    host: &Host,
    git: &Git<'_>,
    repository: &Repository,
    branch: &str,
    turn: &mut turns::Turn,
    since: Instant,
) -> Result<(), Error> {
    let here = branches::tip(host, &repository.folder, branch).await?;
    let there = base::resolve(git, repository, Some(branch), turn, since).await;
    let reference = format!("refs/heads/{branch}");
    match (here, there) {
        (None, there) => git.run("take the branch", &["update-ref", &reference, &there?.commit, ""]).await.map(drop),
        (Some(here), Ok(there)) if here != there.commit => {
            let behind = git.try_run(&["merge-base", "--is-ancestor", &here, &there.commit]).await?;
            let held = git.run("look at the branch", &["for-each-ref", "--format=%(worktreepath)", &reference]).await?;
            // Where somebody has it checked out, git will say so.
            if behind.succeeded() && text(&held).trim().is_empty() {
                git.run("bring the branch up", &["update-ref", &reference, &there.commit, &here]).await?;
            }
            Ok(())
        }
        (Some(_), _) => Ok(()),
    }
}
