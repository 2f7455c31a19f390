//! `qd reclaim`: remove a workspace that is no longer used.

use color_eyre::Result;

use super::{act::act, context::Context, failure::Exit, ids::candidates};
use crate::domain::{Command, WorkspaceId};

/// Remove a workspace; refused when anything would be lost and no reason is given
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
        let Self { workspace, reason } = self;
        act(context, &Command::Reclaim { workspace, reason }, format!("{workspace} is being removed")).await
    }
}
