//! Holds the names in a command against the world outside, before the core sees it: does the folder lie in a
//! repository, is there such an agent, can it be used?

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{core::Resolved, describe::chain, repositories, rooms::Rooms};
use crate::{
    domain::{Command, ProfileName, Refusal, TargetLabel, TargetName, message, workspace::Kind},
    workspace as checkouts,
};

/// The command with its names checked and made canonical.
pub(crate) async fn resolve(rooms: &Rooms, mut command: Command) -> Result<Resolved, Refusal> {
    match command {
        Command::NewObjective { prompt, title, repository, agent, target, labels, mode, workspace, base } => {
            check_size(&prompt)?;
            let repository = match repository.filter(|_| workspace != Some(Kind::Scratch)) {
                Some(folder) => Some(repository_of(rooms, &folder, workspace).await?),
                None => None,
            };
            not_shared_elsewhere(target.as_ref(), workspace)?;
            let default_agent = match &agent {
                Some(name) => {
                    let here = is_here(target.as_ref(), &labels);
                    usable(rooms, target.as_ref(), name, here).await.map(|()| None)?
                }
                None => default_agent(rooms, target.as_ref()).await?,
            };
            let in_repository = repository.is_some();
            let command =
                Command::NewObjective { prompt, title, repository, agent, target, labels, mode, workspace, base };
            Ok(Resolved { command, in_repository, default_agent, removed: None, kept: None })
        }
        Command::NewSession {
            ref agent, ref prompt, ref mut repository, ref target, ref labels, workspace, ..
        } => {
            check_size(prompt)?;
            not_shared_elsewhere(target.as_ref(), workspace)?;
            if let Some(folder) = repository.take().filter(|_| workspace != Some(Kind::Scratch)) {
                *repository = Some(repository_of(rooms, &folder, workspace).await?);
            }
            let default_agent = match agent {
                Some(name) => {
                    usable(rooms, target.as_ref(), name, is_here(target.as_ref(), labels)).await.map(|()| None)?
                }
                None => default_agent(rooms, target.as_ref()).await?,
            };
            Ok(Resolved { command, in_repository: false, default_agent, removed: None, kept: None })
        }
        Command::Restore { workspace, ref to } => {
            if let Some(folder) = to.as_ref().filter(|folder| !folder.is_absolute()) {
                return Err(Refusal::usage(format!("{} is not an absolute path", folder.display())));
            }
            let removed = rooms.store.workspace(workspace).await;
            let removed = removed.map_err(|error| Refusal::failed(chain(&error)))?.map(Box::new);
            Ok(Resolved { command, in_repository: false, default_agent: None, removed, kept: None })
        }
        command => Ok(Resolved { command, in_repository: false, default_agent: None, removed: None, kept: None }),
    }
}

fn check_size(prompt: &str) -> Result<(), Refusal> {
    if prompt.len() > message::BODY_BYTES {
        return Err(Refusal::usage(format!(
            "the prompt has {} bytes; at most {} are possible",
            prompt.len(),
            message::BODY_BYTES
        ))
        .hint("put it into a file and name the file in the prompt"));
    }
    Ok(())
}

/// The top folder of the repository that `given` names: its name, or any folder of it.
async fn repository_of(rooms: &Rooms, given: &Path, workspace: Option<Kind>) -> Result<PathBuf, Refusal> {
    let folder = match given.to_str() {
        Some(name) if !given.is_absolute() => repositories::called(rooms, name).await?,
        _ => given.to_owned(),
    };
    // The mirror of one that is given by its URL is made when it is first used.
    let is_mirror = rooms.repositories.of(&folder).is_some_and(|repository| repository.url.is_some());
    let (folder, bare, has_commits) = match is_mirror {
        true => (folder, true, true),
        false => {
            let probed = checkouts::probe(&rooms.local, &folder).await;
            let found = probed.map_err(|error| Refusal::refused(chain(&error)))?;
            (found.folder, found.bare, found.has_commits)
        }
    };
    if workspace == Some(Kind::Shared) && bare {
        return Err(Refusal::refused(format!("{} is a bare repository and has no checkout to share", given.display()))
            .hint("leave --workspace away: each session gets a worktree of its own"));
    }
    if workspace != Some(Kind::Shared) && !has_commits {
        return Err(Refusal::refused(chain(&checkouts::Error::NoCommits(folder))));
    }
    repositories::sound(rooms, &folder).map_err(|why| {
        Refusal::refused(why).hint("correct it there; `qd config show` says all that is wrong with what you wrote")
    })?;
    Ok(folder)
}

/// It may run on this machine. What another one has is known there.
fn is_here(target: Option<&TargetName>, labels: &[TargetLabel]) -> bool {
    labels.is_empty() && target.is_none_or(|target| *target == TargetName::local())
}

/// A folder of the person's is on this machine.
fn not_shared_elsewhere(target: Option<&TargetName>, workspace: Option<Kind>) -> Result<(), Refusal> {
    match target.filter(|target| **target != TargetName::local() && workspace == Some(Kind::Shared)) {
        Some(target) => Err(Refusal::refused(format!("your own checkout can't be shared with {target}: it is here"))
            .hint("leave --workspace away: the session gets a checkout of its own there")),
        None => Ok(()),
    }
}

/// The agents that were found on another machine; `None` for this one, and for one that was not reached yet.
fn found_there(rooms: &Rooms, target: Option<&TargetName>) -> Option<Arc<Vec<ProfileName>>> {
    rooms.sites.of(target.filter(|target| **target != TargetName::local())?).and_then(|site| site.agents)
}

async fn usable(rooms: &Rooms, target: Option<&TargetName>, name: &ProfileName, here: bool) -> Result<(), Refusal> {
    let Some(profile) = rooms.profiles.find(name) else {
        let refusal = match rooms.profiles.problem(name) {
            Some(error) => Refusal::refused(format!("the agent {name} can't be used: {}", chain(error))),
            None => Refusal::not_found(format!("there is no agent {name}")),
        };
        return Err(refusal.hint("`qd agents` lists the agents there are"));
    };
    if let Some((target, found)) = target.zip(found_there(rooms, target)) {
        return match found.contains(name) {
            true => Ok(()),
            false => Err(Refusal::refused(format!("the agent {name} was not found on {target}"))
                .hint(format!("`qd doctor {target}` says what is there; to get it: {}", profile.install))),
        };
    }
    if !here {
        // It is looked for when that machine is reached.
        return Ok(());
    }
    let program = profile.program.resolve();
    if is_there(rooms, &program).await? {
        return Ok(());
    }
    Err(Refusal::refused(format!("the agent {name} can't be used: there is no program {program} in PATH"))
        .hint(format!("to get it: {}", profile.install)))
}

/// The person's choice, or the first agent that can be used.
async fn default_agent(rooms: &Rooms, target: Option<&TargetName>) -> Result<Option<ProfileName>, Refusal> {
    if let Some(name) = &rooms.config.agent.default {
        return Ok(Some(name.clone()));
    }
    if let Some(found) = found_there(rooms, target) {
        let known = rooms.profiles.iter().map(|(name, ..)| name).find(|name| found.contains(name));
        return Ok(known.cloned());
    }
    for (name, profile, _) in rooms.profiles.iter() {
        let Ok(profile) = profile else { continue };
        if !profile.hidden && is_there(rooms, &profile.program.resolve()).await? {
            return Ok(Some(name.clone()));
        }
    }
    Ok(None)
}

async fn is_there(rooms: &Rooms, program: &str) -> Result<bool, Refusal> {
    let found = rooms.local.find(program).await;
    found.map(|found| found.is_some()).map_err(|error| Refusal::failed(chain(&error)))
}
