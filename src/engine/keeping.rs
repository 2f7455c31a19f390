//! Commands that keep a workspace or bring it back: git does it first, and then the core hears of it. What git has kept
//! and nobody heard of stays reachable and hurts nobody.

use super::{
    core::{Kept, Resolved},
    describe::chain,
    rooms::Rooms,
    sites::Ground,
};
use crate::{
    domain::{Command, Refusal, Workspace, WorkspaceId, World, activity::Doing, workspace::State},
    workspace::{Error, changes},
};

/// Does what the command wants of git; any other command is passed on as it is.
pub(super) async fn carry_out(rooms: &Rooms, world: &World, command: Command) -> Result<Resolved, Refusal> {
    let kept = match &command {
        Command::Looked { workspace, fingerprint } => {
            let Ground { host, workspace, .. } = ground(rooms, there(world, *workspace)?)?;
            changes::looked(&host, &workspace, fingerprint).await.map_err(refusal)?;
            None
        }
        Command::Checkpoint { workspace, .. } => {
            let Ground { host, workspace, .. } = ground(rooms, there(world, *workspace)?)?;
            let kept = changes::checkpoint(&host, &workspace, "by-hand").await.map_err(refusal)?;
            Some(Kept { commit: kept.commit, proof: None })
        }
        Command::Rollback { checkpoint } => {
            let known = world.checkpoints.get(checkpoint).ok_or_else(|| {
                Refusal::not_found(format!("there is no checkpoint {checkpoint}"))
                    .hint("`qd checkpoints` lists the checkpoints there are")
            })?;
            let workspace = there(world, known.workspace)?;
            at_rest(world, workspace)?;
            let Ground { host, workspace, .. } = ground(rooms, workspace)?;
            let done = changes::rollback(&host, &workspace, &known.commit).await.map_err(refusal)?;
            Some(Kept { commit: done.before.commit, proof: Some(done.proof) })
        }
        // None of these.
        _ => None,
    };
    Ok(Resolved { command, in_repository: false, default_agent: None, removed: None, kept })
}

/// The workspace on its machine.
fn ground(rooms: &Rooms, workspace: &Workspace) -> Result<Ground, Refusal> {
    rooms.sites.ground(workspace).map_err(|error| Refusal::failed(error.to_string()))
}

/// The workspace, if its folder is there.
fn there(world: &World, id: WorkspaceId) -> Result<&Workspace, Refusal> {
    let known = world.workspaces.get(&id).ok_or_else(|| {
        Refusal::not_found(format!("there is no workspace {id}")).hint("`qd workspaces` lists the workspaces there are")
    })?;
    match known.state {
        State::Ready => Ok(known),
        State::Planned | State::Restoring { .. } => Err(Refusal::refused(format!("{id} is just being made"))),
        State::Left { .. } => Err(Refusal::refused(format!("{id} was left behind"))),
        State::Removing { .. } | State::Removed { .. } => Err(Refusal::refused(format!("{id} is being removed"))),
    }
}

/// Nobody is at work there: what an agent writes meanwhile would be mixed with what comes back.
fn at_rest(world: &World, workspace: &Workspace) -> Result<(), Refusal> {
    let Some(owner) = world.sessions.get(&workspace.owner) else { return Ok(()) };
    match owner.activity.doing {
        Doing::Working | Doing::Compacting | Doing::Background | Doing::Retrying => {
            let words = format!("{} is at work in {}: {}", owner.id, workspace.id, owner.activity.doing.label());
            Err(Refusal::refused(words).hint(format!("interrupt it first: `qd interrupt {}`", owner.id)))
        }
        Doing::Nothing
        | Doing::Starting
        | Doing::YourTurn
        | Doing::Asking
        | Doing::Parked
        | Doing::Unreachable
        | Doing::Unknown => Ok(()),
    }
}

fn refusal(error: Error) -> Refusal {
    let words = chain(&error);
    match error {
        Error::NotNow(_) | Error::UnknownFingerprint(_) | Error::NotOurs { .. } | Error::NotARepository(_) => {
            Refusal::refused(words)
        }
        Error::NoCheckpoint(_) | Error::NotThere(_) | Error::NothingKept { .. } => Refusal::not_found(words),
        Error::NoCommits(_)
        | Error::UnsafeOwner(_)
        | Error::UnknownBase { .. }
        | Error::AtRisk { .. }
        | Error::Taken(_)
        | Error::Git { .. }
        | Error::Program(_)
        | Error::File { .. } => Refusal::failed(words),
    }
}
