//! `qd checkpoints`: kept states of workspaces.

use color_eyre::Result;

use super::{
    checkpoint,
    context::Context,
    failure::Exit,
    ids::{AnyId, candidates},
    rows,
    terminal::{Cell, Table, age, line},
};
use crate::domain::Checkpoint;

/// List kept states of workspaces, newest last
///
/// JSON: a list of checkpoints.
#[derive(Debug, clap::Args)]
pub(super) struct Checkpoints {
    /// Only those of this session or workspace
    #[arg(value_name = "ID", add = candidates("sw"))]
    id: Option<AnyId>,
}

impl Checkpoints {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let world = context.client().await?.world().await?;
        let only = self.id.map(|id| checkpoint::workspace(&world, Some(id))).transpose()?;
        let of_it = |kept: &&Checkpoint| only.is_none_or(|workspace| kept.workspace == workspace);
        let kept: Vec<&Checkpoint> = world.checkpoints.values().filter(of_it).collect();
        if context.json() {
            context.output.json(&kept)?;
            return Ok(Exit::Done);
        }
        let mut table = Table::new(&["ID", "WORKSPACE", "SESSION", "AGE", "COMMIT", "REASON"]);
        let now = rows::now();
        for kept in kept {
            table.row([
                Cell::plain(kept.id.to_string()),
                Cell::plain(kept.workspace.to_string()),
                Cell::plain(kept.session.to_string()),
                Cell::plain(age(now.since(kept.created_at))),
                Cell::plain(kept.commit.get(..10).unwrap_or(&kept.commit)),
                Cell::plain(line(&kept.reason)),
            ]);
        }
        table.write(&mut context.output, "there is no checkpoint")?;
        Ok(Exit::Done)
    }
}
