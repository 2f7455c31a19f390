//! `qd rollback`: make a workspace as it was kept.

use color_eyre::Result;

use super::{context::Context, failure::Exit, ids::candidates, terminal::line};
use crate::domain::{CheckpointId, Command, Reply};

/// Make a workspace as a checkpoint kept it: its branch, its files and what was staged
///
/// What is there now is kept first, as a checkpoint of its own; files that git ignores stay as they are.
#[derive(Debug, clap::Args)]
pub(super) struct Rollback {
    /// The checkpoint, for example c3
    #[arg(value_name = "CHECKPOINT", add = candidates("c"))]
    checkpoint: CheckpointId,
}

impl Rollback {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let Self { checkpoint } = self;
        let reply = context.client().await?.command(&Command::Rollback { checkpoint }).await?;
        if context.json() {
            context.output.json(&reply)?;
        } else if let Reply::RolledBack { before, proof } = reply {
            context.output.line(format!("back to {checkpoint}; what was there before is {before}"))?;
            context.output.line(line(&proof))?;
        }
        Ok(Exit::Done)
    }
}
