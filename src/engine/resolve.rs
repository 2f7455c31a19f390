//! Holds the names in a command against the world outside, before the core sees it: does the folder lie in a
//! repository, is there such an agent, can it be used?

use std::path::{Path, PathBuf};

use super::{core::Resolved, describe::chain, rooms::Rooms};
use crate::{
    domain::{Command, ProfileName, Refusal, message, workspace::Kind},
    workspace as checkouts,
};

/// The command with its names checked and made canonical.
pub(crate) async fn resolve(rooms: &Rooms, command: Command) -> Result<Resolved, Refusal> {
    match command {
        Command::NewObjective { prompt, title, repository, agent, target, mode, workspace, base } => {
            check_size(&prompt)?;
            let repository = match repository.filter(|_| workspace != Some(Kind::Scratch)) {
                Some(folder) => Some(repository_of(rooms, &folder, workspace).await?),
                None => None,
            };
            let default_agent = match &agent {
                Some(name) => usable(rooms, name).map(|()| None)?,
                None => default_agent(rooms),
            };
            let in_repository = repository.is_some();
            let command = Command::NewObjective { prompt, title, repository, agent, target, mode, workspace, base };
            Ok(Resolved { command, in_repository, default_agent })
        }
        Command::NewSession { ref agent, ref prompt, .. } => {
            check_size(prompt)?;
            let default_agent = match agent {
                Some(name) => usable(rooms, name).map(|()| None)?,
                None => default_agent(rooms),
            };
            Ok(Resolved { command, in_repository: false, default_agent })
        }
        command => Ok(Resolved { command, in_repository: false, default_agent: None }),
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

async fn repository_of(rooms: &Rooms, folder: &Path, workspace: Option<Kind>) -> Result<PathBuf, Refusal> {
    if !folder.is_absolute() {
        return Err(Refusal::usage(format!("{} is not an absolute path", folder.display())));
    }
    let repository = checkouts::probe(&rooms.local, folder).await.map_err(|error| Refusal::refused(chain(&error)))?;
    if workspace == Some(Kind::Shared) && repository.bare {
        return Err(Refusal::refused(format!(
            "{} is a bare repository and has no checkout to share",
            folder.display()
        ))
        .hint("leave --workspace away: each session gets a worktree of its own"));
    }
    if workspace != Some(Kind::Shared) && !repository.has_commits {
        return Err(Refusal::refused(chain(&checkouts::Error::NoCommits(repository.folder))));
    }
    Ok(repository.folder)
}

fn usable(rooms: &Rooms, name: &ProfileName) -> Result<(), Refusal> {
    let Some(profile) = rooms.profiles.find(name) else {
        let refusal = match rooms.profiles.problem(name) {
            Some(error) => Refusal::refused(format!("the agent {name} can't be used: {}", chain(error))),
            None => Refusal::not_found(format!("there is no agent {name}")),
        };
        return Err(refusal.hint("`qd agents` lists the agents there are"));
    };
    if rooms.local.find(&profile.program.resolve()).is_some() {
        return Ok(());
    }
    let program = profile.program.resolve();
    Err(Refusal::refused(format!("the agent {name} can't be used: there is no program {program} in PATH"))
        .hint(format!("to get it: {}", profile.install)))
}

/// The person's choice, or the first agent that can be used.
fn default_agent(rooms: &Rooms) -> Option<ProfileName> {
    if let Some(name) = &rooms.config.agent.default {
        return Some(name.clone());
    }
    for (name, profile, _) in rooms.profiles.iter() {
        let Ok(profile) = profile else { continue };
        if !profile.hidden && rooms.local.find(&profile.program.resolve()).is_some() {
            return Some(name.clone());
        }
    }
    None
}
