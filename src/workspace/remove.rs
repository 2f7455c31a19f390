//! Removing a workspace, with proof that nothing is lost or with the person's reason against it.

use super::{
    Error, Repository, folders,
    git::{Git, failure, text},
    inspect::{inspect, look},
    keep::keep,
    probe,
    record::{Record, Stage},
    scratch, turns,
};
use crate::{
    domain::{Workspace, workspace::Kind},
    target::Host,
};

/// Removes a workspace and gives the proof: why nothing was lost, or what was given up and where it is kept. A call that
/// was interrupted is finished by the next.
///
/// # Errors
/// [`Error::AtRisk`] when something would be lost and no `reason` is given; [`Error::NotOurs`]; git's own.
pub async fn remove(host: &Host, workspace: &Workspace, reason: Option<&str>) -> Result<String, Error> {
    match workspace.kind {
        Kind::Shared => Ok("it is the person's own folder and was left as it is".into()),
        Kind::Scratch => scratch_folder(host, workspace, reason).await,
        Kind::Isolated | Kind::PullRequest => isolated(host, workspace, reason).await,
    }
}

async fn isolated(host: &Host, workspace: &Workspace, reason: Option<&str>) -> Result<String, Error> {
    let Some(repository) = workspace.repository.as_deref() else {
        return Err(Error::NotOurs { path: workspace.path.clone(), why: "it comes from no repository".into() });
    };
    let repository = probe(host, repository).await?;
    // Until it is gone no other workspace may count on its branch, nor it on theirs.
    let turn = turns::take(host, &repository.git_directory).await;
    let git = Git::new(host, &repository.folder).in_turn(&turn);
    let record = Record::read(host, &workspace.path).await?.filter(|record| record.workspace == workspace.id);
    let decided = matches!(record, Some(Record { stage: Stage::Removing { .. }, .. }));
    let seen = match look(host, workspace).await {
        // An interrupted removal has got as far as git's own file.
        Err(Error::NotOurs { .. }) if decided => return finish(&git, &repository, record, workspace).await,
        seen => seen?,
    };
    // What an interrupted removal has removed already looks like a change.
    let changed = seen.inspection.uncommitted.iter().map(String::as_bytes).collect();
    if decided && folders::those_there(host, &workspace.path, changed).await?.is_empty() {
        return finish(&git, &repository, record, workspace).await;
    }
    let risks = seen.inspection.risks();
    if !risks.is_empty() && reason.is_none() {
        return Err(Error::AtRisk { path: workspace.path.clone(), risks });
    }
    let reason = reason.filter(|_| !risks.is_empty());
    let kept = keep(&git, workspace, &seen, reason).await?;
    let mut proof = match reason {
        Some(reason) => format!("given up ({reason}): {}", seen.inspection.verdict),
        None => seen.inspection.verdict.clone(),
    };
    if let Some(reference) = kept {
        proof += &format!("; kept in {reference}");
    }
    let mut record = record.unwrap_or_else(|| Record {
        workspace: workspace.id,
        session: Some(workspace.owner),
        path: workspace.path.clone(),
        branch: workspace.branch.clone(),
        base: workspace.base.clone(),
        stage: Stage::Made,
    });
    record.stage = Stage::Removing { proof, tip: seen.tip };
    record.write(host).await?;
    // git looks once more, at the last moment, and refuses what is not clean.
    let force = !risks.is_empty() || seen.has_submodules;
    if let Some(path) = workspace.path.to_str().filter(|_| !force) {
        let removed = git.try_run(&["worktree", "remove", path]).await?;
        if !removed.succeeded() && folders::is_there(host, &workspace.path.join(".git")).await? {
            Record { stage: Stage::Made, ..record }.write(host).await?;
            return Err(match text(&removed.stderr).contains("modified or untracked") {
                true => Error::AtRisk {
                    path: workspace.path.clone(),
                    risks: vec!["files that were written while it was looked at".into()],
                },
                false => failure("remove the worktree", &removed),
            });
        }
    }
    finish(&git, &repository, Some(record), workspace).await
}

/// Removes what is left of a workspace whose removal was decided.
async fn finish(
    git: &Git<'_>,
    repository: &Repository,
    record: Option<Record>,
    workspace: &Workspace,
) -> Result<String, Error> {
    let host = git.host();
    let Some(Record { stage: Stage::Removing { proof, tip }, .. }) = &record else {
        return Err(Error::NotOurs { path: workspace.path.clone(), why: "its removal was not decided".into() });
    };
    if let Some(path) = workspace.path.to_str() {
        // Forced once: a worktree that the person has locked stays.
        let removed = git.try_run(&["worktree", "remove", "--force", path]).await?;
        if !removed.succeeded() && folders::is_there(host, &workspace.path.join(".git")).await? {
            let error = failure("remove the worktree", &removed);
            if let Some(record) = record {
                Record { stage: Stage::Made, ..record }.write(host).await?;
            }
            return Err(error);
        }
    }
    folders::remove(host, &workspace.path).await?;
    if let (Some(branch), Some(tip)) = (&workspace.branch, tip) {
        // Only where it stood when that was proven to be elsewhere or kept.
        let gone = git.try_run(&["update-ref", "-d", &format!("refs/heads/{branch}"), tip]).await?;
        // Only if there is one, because the file is written either way.
        if gone.succeeded() && repository.settings.has(&format!("branch.{branch}.")) {
            git.try_run(&["config", "--local", "--remove-section", &format!("branch.{branch}")]).await?;
        }
    }
    let proof = proof.clone();
    if let Some(record) = record {
        record.forget(host).await?;
    }
    Ok(proof)
}

async fn scratch_folder(host: &Host, workspace: &Workspace, reason: Option<&str>) -> Result<String, Error> {
    let ours = Record::read(host, &workspace.path).await?.filter(|record| record.workspace == workspace.id);
    let Some(record) = ours else {
        return match folders::is_there(host, &workspace.path).await? {
            false => Ok("it was gone already".into()),
            true => Err(Error::NotOurs { path: workspace.path.clone(), why: "there is no record of making it".into() }),
        };
    };
    let inspection = inspect(host, workspace).await?;
    let proof = match reason {
        None if !inspection.removable => {
            return Err(Error::AtRisk { path: workspace.path.clone(), risks: inspection.risks() });
        }
        Some(reason) if !inspection.removable => {
            let proof = format!("given up ({reason}): {}", inspection.verdict);
            let place = scratch::put_aside(host, &record, &proof).await?;
            format!("{proof}; kept in {}", place.display())
        }
        _ => {
            folders::remove(host, &workspace.path).await?;
            inspection.verdict
        }
    };
    record.forget(host).await?;
    Ok(proof)
}
