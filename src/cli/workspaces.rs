//! `qd workspaces`: checkouts and who owns them.

use color_eyre::Result;

use super::{
    context::Context,
    failure::Exit,
    terminal::{Cell, Table, home},
};
use crate::domain::Workspace;

/// List workspaces; `qd show w2` says what is in one
///
/// JSON: a list of workspaces.
#[derive(Debug, clap::Args)]
pub(super) struct Workspaces {}

impl Workspaces {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let world = context.client().await?.world().await?;
        let workspaces: Vec<&Workspace> = world.workspaces.values().collect();
        if context.json() {
            context.output.json(&workspaces)?;
            return Ok(Exit::Done);
        }
        let mut table = Table::new(&["ID", "KIND", "STATE", "OWNER", "TARGET", "BRANCH", "PATH"]);
        for workspace in workspaces {
            table.row([
                Cell::plain(workspace.id.to_string()),
                Cell::plain(workspace.kind.label()),
                Cell::plain(workspace.state.label()),
                Cell::plain(workspace.owner.to_string()),
                Cell::plain(workspace.target.as_str()),
                Cell::plain(workspace.branch.as_deref().unwrap_or("-")),
                Cell::plain(home(&workspace.path)),
            ]);
        }
        table.write(&mut context.output, "there is no workspace")?;
        Ok(Exit::Done)
    }
}
