//! What a wish to publish leaves open: where the pull request belongs, and what it says of itself. Only the world outside
//! the core knows: the remotes of the repository, and the agent's own report.

use std::path::Path;

use super::{beat::Letter, core::Input, describe::chain, handle::Engine, rooms::Rooms, watch};
use crate::{
    domain::{
        ArtifactId, AttemptId, Command, PullRequest, Refusal, SessionId, TargetName, Workspace, World, artifact,
        pull_request::{BODY_BYTES, Forge},
        repository,
        tool::ToolCall,
    },
    forge::Github,
    workspace as checkouts,
};

/// What somebody has said of a pull request that is to be opened.
#[derive(Debug, Default)]
struct Said {
    body: Option<String>,
    forge: Option<Forge>,
}

/// A person's command with what it left open; any other command as it is.
///
/// # Errors
/// It can't be found out where the pull request belongs.
pub(super) async fn complete_command(engine: &Engine, command: Command) -> Result<Command, Refusal> {
    let Command::PublishPullRequest { session, title, body, base, forge, force } = command else {
        return Ok(command);
    };
    let world = engine.world().await?;
    count_elsewhere(engine, &world, session).await?;
    let hint = "to keep it on this machine, say so: --forge local";
    let Said { body, forge } = complete(engine.rooms(), &world, session, Said { body, forge }, hint).await?;
    let base = match base {
        Some(base) => Some(base),
        None => base_of(engine.rooms(), &world, session).await,
    };
    Ok(Command::PublishPullRequest { session, title, body, base, forge, force })
}

/// An agent's call with what it left open; a call of any other tool as it is.
///
/// # Errors
/// It can't be found out where the pull request belongs.
pub(super) async fn complete_call(engine: &Engine, attempt: AttemptId, call: ToolCall) -> Result<ToolCall, Refusal> {
    let ToolCall::PublishPr { title, body, forge } = call else { return Ok(call) };
    let world = engine.world().await?;
    let Some(session) = world.attempts.get(&attempt).map(|attempt| attempt.session) else {
        return Ok(ToolCall::PublishPr { title, body, forge });
    };
    count_elsewhere(engine, &world, session).await?;
    let hint = "say so in your report; the person can publish it";
    let Said { body, forge } = complete(engine.rooms(), &world, session, Said { body, forge }, hint).await?;
    Ok(ToolCall::PublishPr { title, body, forge })
}

/// What was counted on another machine may be old, and it is what decides whether there is anything to publish.
///
/// # Errors
/// Nothing was committed when it was counted last, and it can't be counted now.
async fn count_elsewhere(engine: &Engine, world: &World, session: SessionId) -> Result<(), Refusal> {
    let workspace = world.sessions.get(&session).and_then(|session| world.workspaces.get(&session.workspace?));
    let elsewhere = |workspace: &&Workspace| workspace.target != TargetName::local() && workspace.repository.is_some();
    let Some(workspace) = workspace.filter(elsewhere) else { return Ok(()) };
    let Workspace { id, target, changed, .. } = workspace;
    let counted = match engine.rooms().sites.ground(workspace) {
        Ok(ground) => watch::count(&ground).await.map_err(|error| chain(&error)),
        Err(error) => Err(error.to_string()),
    };
    match counted {
        Ok(changed) => {
            let input = Input::Changed { workspace: *id, changed };
            // The loop has ended: so will whoever asked.
            let _ = engine.inbox.send(Letter::Input(input)).await;
            Ok(())
        }
        Err(why) if changed.as_ref().is_some_and(|changed| changed.commits == 0) => {
            let refusal =
                Refusal::refused(format!("it is not known what is committed in {id} on {target} by now: {why}"));
            Err(refusal.hint(format!("publish it when {target} answers again")))
        }
        Err(why) => {
            tracing::debug!(workspace = %id, why, "what changed was not counted anew");
            Ok(())
        }
    }
}

/// What is refused anyway, and what there is already, stays as it was said.
async fn complete(rooms: &Rooms, world: &World, session: SessionId, said: Said, hint: &str) -> Result<Said, Refusal> {
    let workspace = world.sessions.get(&session).and_then(|session| world.workspaces.get(&session.workspace?));
    let Some((workspace, repository)) = workspace.and_then(|found| Some((found, found.repository.as_deref()?))) else {
        return Ok(said);
    };
    if offered(world, workspace) {
        return Ok(said);
    }
    let body = match said.body {
        Some(body) => Some(body),
        None => report(rooms, world, session).await?,
    };
    let forge = match said.forge {
        Some(forge) => forge,
        None => belongs(rooms, repository).await.map_err(|refusal| refusal.hint(hint))?,
    };
    Ok(Said { body, forge: Some(forge) })
}

/// The branch of a workspace is, or was, offered already.
fn offered(world: &World, workspace: &Workspace) -> bool {
    let of_branch = |offer: &PullRequest| {
        Some(&offer.repository) == workspace.repository.as_ref() && Some(&offer.branch) == workspace.branch.as_ref()
    };
    world.pull_requests.values().any(of_branch)
}

/// The branch that a session's work started from, where it was a remote's: without the remote's name, which is only known
/// by looking, for branches may hold slashes too.
async fn base_of(rooms: &Rooms, world: &World, session: SessionId) -> Option<String> {
    let workspace = world.workspaces.get(&world.sessions.get(&session)?.workspace?)?;
    let (reference, repository) = (&workspace.base.as_ref()?.reference, workspace.repository.as_deref()?);
    let remotes = checkouts::probe(&rooms.local, repository).await.ok()?.remotes;
    remotes.iter().find_map(|remote| reference.strip_prefix(remote.as_str())?.strip_prefix('/')).map(str::to_owned)
}

/// What the agent of a session has last reported, as much of it as a pull request can say.
async fn report(rooms: &Rooms, world: &World, session: SessionId) -> Result<Option<String>, Refusal> {
    let is_report = |found: &&artifact::Artifact| found.session == session && found.kind == artifact::Kind::Report;
    let Some(newest) = world.artifacts.values().rfind(is_report).map(|found| found.id) else { return Ok(None) };
    let text = body_of(rooms, newest).await?;
    Ok(text.map(|text| bounded(text, BODY_BYTES)))
}

async fn body_of(rooms: &Rooms, id: ArtifactId) -> Result<Option<String>, Refusal> {
    let found = rooms.store.artifact(id).await;
    let failed = |error| Refusal::failed(format!("the report {id} could not be read: {}", chain(&error)));
    Ok(found.map_err(failed)?.map(|(_, body)| body))
}

/// Where a repository's pull requests belong: as the person set it up, else on GitHub if it has a remote there.
async fn belongs(rooms: &Rooms, repository: &Path) -> Result<Forge, Refusal> {
    match rooms.repositories.of(repository).map(|found| found.forge) {
        Some(repository::Forge::Github) => return Ok(Forge::Github),
        Some(repository::Forge::Local) => return Ok(Forge::Local),
        Some(repository::Forge::Auto) | None => {}
    }
    match Github::open(&rooms.local, repository).await {
        Ok(Some(_)) => Ok(Forge::Github),
        Ok(None) => Ok(Forge::Local),
        Err(error) => {
            let why = format!("it is not known whether this repository is on GitHub: {}", chain(&error));
            Err(Refusal::refused(why))
        }
    }
}

/// `text` in at most `most` bytes, with a sign where something is missing.
fn bounded(mut text: String, most: usize) -> String {
    const CUT: &str = "\n\n…";
    if text.len() > most {
        let mut end = most - CUT.len();
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push_str(CUT);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_that_is_too_long_is_cut_between_characters_and_says_so() {
        assert_eq!(bounded("short".into(), 64), "short");
        for most in 60..64 {
            let cut = bounded("é".repeat(40), most);
            assert!(cut.len() <= most && cut.len() + 2 > most && cut.ends_with("é\n\n…"), "{most}: {}", cut.len());
        }
    }
}
