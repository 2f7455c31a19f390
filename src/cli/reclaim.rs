//! `qd reclaim`: remove a workspace that is no longer used.

use std::ops::ControlFlow;

use color_eyre::Result;

use super::{
    context::Context,
    door,
    failure::{Exit, Failure},
    ids::candidates,
};
use crate::domain::{Command, WorkspaceId, World, workspace::State};

/// Remove a workspace; refused when anything would be lost and no reason is given
///
/// Returns when it is gone, or when it is clear why it stays.
#[derive(Debug, clap::Args)]
pub(super) struct Reclaim {
    /// The workspace
    #[arg(value_name = "WORKSPACE", add = candidates("w"))]
    workspace: WorkspaceId,
    /// Why what would be lost may go
    #[arg(long)]
    reason: Option<String>,
}

impl Reclaim {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let Self { workspace: id, reason } = self;
        let client = context.client().await?;
        let reply = client.command(&Command::Reclaim { workspace: id, reason }).await?;
        // Whether anything would be lost is looked at after the order, where the checkout is.
        let look = |world: &World| match world.workspaces.get(&id).map(|workspace| &workspace.state) {
            None | Some(State::Removed { .. }) => ControlFlow::Break(true),
            Some(State::Ready) => ControlFlow::Break(false),
            Some(State::Planned | State::Removing { .. }) => ControlFlow::Continue(()),
        };
        if !door::until(&client, look).await? {
            let verdict = client.workspace(id).await?.verdict;
            return Err(Failure::new(Exit::Refused, format!("{id} stays: {verdict}"))
                .hint(format!("`qd show {id}` lists what is in it; --reason WORDS removes it all the same"))
                .into());
        }
        if context.json() {
            context.output.json(&reply)?;
        } else {
            context.output.line(format!("{id} is removed"))?;
        }
        Ok(Exit::Done)
    }
}
