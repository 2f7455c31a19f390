//! `qd workspaces`: checkouts, who owns them, how large they are, and whether they can go.

use std::time::Duration;

use color_eyre::Result;
use serde::Serialize;

use super::{
    checkouts::{Looked, look_at},
    context::Context,
    failure::Exit,
    rows,
    terminal::{Cell, Paint, Table, age, bytes, clock, count, home},
};
use crate::domain::{Workspace, World};

/// How long sizes may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// List workspaces with their sizes; `qd show w2` says what is in one
///
/// REMOVAL says what `qd reclaim` would do: an unused workspace can go when nothing would be lost with it.
///
/// JSON: a list of workspaces; with bytes, removable and verdict, as far as these were found out within ten seconds.
#[derive(Debug, clap::Args)]
pub(super) struct Workspaces {
    /// Those that were removed and can be brought back
    #[arg(long)]
    removed: bool,
}

#[derive(Debug, Serialize)]
struct Row<'looked> {
    #[serde(flatten)]
    workspace: &'looked Workspace,
    bytes: Option<u64>,
    removable: Option<bool>,
    verdict: String,
}

impl Workspaces {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        if self.removed {
            return removed(context).await;
        }
        let client = context.client().await?;
        let world = client.world().await?;
        let all = world.workspaces.values().cloned().collect();
        let looked = look_at(context, &client, all, Some(PATIENCE)).await;
        if context.json() {
            let row = |looked: &'_ Looked| serde_json::to_value(row(looked));
            context.output.json(&looked.iter().map(row).collect::<Result<Vec<_>, _>>()?)?;
            return Ok(Exit::Done);
        }
        let mut table = Table::new(&["ID", "KIND", "OWNER", "TARGET", "SIZE", "REMOVAL", "BRANCH", "PATH"]);
        for looked in &looked {
            let workspace = &looked.workspace;
            table.row([
                Cell::plain(workspace.id.to_string()),
                Cell::plain(workspace.kind.label()),
                Cell::plain(workspace.owner.to_string()),
                Cell::plain(workspace.target.as_str()),
                Cell::plain(looked.bytes.map_or_else(|| "?".into(), bytes)),
                removal(&world, looked),
                Cell::plain(workspace.branch.as_deref().unwrap_or("-")),
                Cell::plain(home(&workspace.path)),
            ]);
        }
        table.write(&mut context.output, "there is no workspace")?;
        let go: Vec<&Looked> = looked.iter().filter(|looked| offered(&world, looked)).collect();
        if !go.is_empty() {
            let total = bytes(go.iter().filter_map(|looked| looked.bytes).sum());
            let what = count(go.len(), "workspace");
            context.output.note(format!("{what} with {total} can go without loss: `qd reclaim --unused`"))?;
        }
        Ok(Exit::Done)
    }
}

fn row(looked: &Looked) -> Row<'_> {
    Row { workspace: &looked.workspace, bytes: looked.bytes, removable: looked.removable(), verdict: looked.verdict() }
}

fn offered(world: &World, looked: &Looked) -> bool {
    looked.can_go() && world.unused_since(&looked.workspace).is_some()
}

fn removal(world: &World, looked: &Looked) -> Cell {
    match (world.unused_since(&looked.workspace), looked.removable()) {
        (None, _) => Cell::faint(if looked.workspace.kind == crate::domain::workspace::Kind::Shared {
            "yours"
        } else {
            "in use"
        }),
        (Some(_), Some(true)) => Cell::painted(Paint::Good, "can go"),
        (Some(_), Some(false)) => Cell::painted(Paint::Needs, "at risk"),
        (Some(_), None) => Cell::faint("?"),
    }
}

async fn removed(context: &mut Context) -> Result<Exit> {
    let found = context.client().await?.removed_workspaces().await?;
    if context.json() {
        context.output.json(&found)?;
        return Ok(Exit::Done);
    }
    let now = rows::now();
    let mut table = Table::new(&["ID", "OWNER", "REMOVED", "UNTIL", "UNCOMMITTED", "BRANCH", "KEPT IN"]);
    for removed in found {
        table.row([
            Cell::plain(removed.workspace.id.to_string()),
            Cell::plain(removed.workspace.owner.to_string()),
            Cell::plain(age(now.since(removed.removed_at))),
            Cell::plain(clock(removed.until, now)),
            Cell::plain(count(removed.uncommitted, "file")),
            Cell::plain(removed.workspace.branch.as_deref().unwrap_or("-")),
            Cell::plain(removed.kept_in),
        ]);
    }
    table.write(&mut context.output, "nothing that was removed can be brought back")?;
    Ok(Exit::Done)
}
