//! `qd restore`: bring back a workspace that was removed.

use std::{ops::ControlFlow, path::PathBuf};

use color_eyre::Result;

use super::{
    context::Context,
    door,
    failure::{Exit, Failure},
    ids::candidates,
    terminal::home,
};
use crate::domain::{Command, Workspace, WorkspaceId, World, event, workspace::State};

/// Bring back a workspace that was removed: its branch, what was staged, and what was in no commit
///
/// `qd workspaces --removed` lists those that can be brought back. Returns when it is there, or when it is clear why not.
///
/// JSON: the workspace.
#[derive(Debug, clap::Args)]
pub(super) struct Restore {
    /// The workspace
    #[arg(value_name = "WORKSPACE", add = candidates("w"))]
    workspace: WorkspaceId,
    /// To another folder than the one it was in; nothing may be there
    #[arg(long, value_name = "PATH")]
    to: Option<PathBuf>,
}

impl Restore {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let Self { workspace: id, to } = self;
        let to = to.map(std::path::absolute).transpose()?;
        let client = context.client().await?;
        let before = client.world().await?.log.last().map_or(0, |event| event.sequence);
        client.command(&Command::Restore { workspace: id, to }).await?;
        let look = |world: &World| match world.workspaces.get(&id) {
            Some(Workspace { state: State::Restoring { .. }, .. }) => ControlFlow::Continue(()),
            found => ControlFlow::Break((found.cloned(), said(world, id, before))),
        };
        let (found, said) = door::until(&client, look).await?;
        let Some(workspace) = found else {
            return Err(Failure::new(Exit::Refused, said.unwrap_or_else(|| format!("{id} was not brought back")))
                .hint("`qd workspaces --removed` lists what can be brought back")
                .into());
        };
        if context.json() {
            context.output.json(&workspace)?;
        } else {
            context.output.line(said.unwrap_or_else(|| format!("{id} is back at {}", home(&workspace.path))))?;
        }
        Ok(Exit::Done)
    }
}

/// What the log says came of it.
fn said(world: &World, id: WorkspaceId, after: u64) -> Option<String> {
    let about = |event: &&crate::domain::Event| {
        event.sequence > after && event.kind == event::Kind::Workspace && event.text.starts_with(&format!("{id} "))
    };
    world.log.iter().rfind(about).map(|event| super::terminal::line(&event.text))
}
