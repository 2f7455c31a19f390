//! `qd reclaim`: remove workspaces that are no longer used.

use std::ops::ControlFlow;

use color_eyre::Result;
use serde::Serialize;

use super::{
    checkouts::{Looked, look_at},
    context::Context,
    door,
    failure::{Exit, Failure},
    ids::candidates,
    rows,
    terminal::{Cell, Paint, Table, age, bytes, count, line},
};
use crate::{
    api::Client,
    domain::{Command, Workspace, WorkspaceId, World, workspace::State},
};

/// Remove workspaces that are no longer used; refused when anything would be lost and no reason is given
///
/// Returns when they are gone, or when it is clear why they stay. What was removed can be brought back with `qd restore`
/// for a set time.
///
/// JSON of --unused: {"removed": […], "stay": […], "bytes": …}.
#[derive(Debug, clap::Args)]
pub(super) struct Reclaim {
    /// The workspace
    #[arg(value_name = "WORKSPACE", add = candidates("w"), required_unless_present = "unused")]
    workspace: Option<WorkspaceId>,
    /// Why what would be lost may go
    #[arg(long, conflicts_with = "unused")]
    reason: Option<String>,
    /// All workspaces whose sessions have ended and that can go without loss
    #[arg(long, conflicts_with = "workspace")]
    unused: bool,
    /// Only list what would go and what would stay, and why
    #[arg(long, requires = "unused")]
    dry_run: bool,
}

impl Reclaim {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        match self.workspace {
            Some(workspace) => one(context, workspace, self.reason).await,
            None => unused(context, self.dry_run).await,
        }
    }
}

async fn one(context: &mut Context, id: WorkspaceId, reason: Option<String>) -> Result<Exit> {
    let client = context.client().await?;
    let reply = client.command(&Command::Reclaim { workspace: id, reason }).await?;
    until_settled(&client, &[id]).await?;
    if client.world().await?.workspaces.contains_key(&id) {
        let verdict = client.workspace(id).await?.verdict;
        return Err(Failure::new(Exit::Refused, format!("{id} stays: {verdict}"))
            .hint(format!("`qd show {id}` lists what is in it; --reason WORDS removes it all the same"))
            .into());
    }
    if context.json() {
        context.output.json(&reply)?;
    } else {
        context.output.line(format!("{id} is removed; `qd restore {id}` brings it back"))?;
    }
    Ok(Exit::Done)
}

/// What came of removing all that is unused.
#[derive(Debug, Serialize)]
struct Outcome {
    removed: Vec<WorkspaceId>,
    stay: Vec<Stays>,
    /// What the removed ones had on disk.
    bytes: u64,
}

#[derive(Debug, Serialize)]
struct Stays {
    workspace: WorkspaceId,
    why: String,
}

async fn unused(context: &mut Context, dry_run: bool) -> Result<Exit> {
    let client = context.client().await?;
    let world = client.world().await?;
    let nobody = |workspace: &&Workspace| world.unused_since(workspace).is_some();
    let looked = look_at(context, &client, world.workspaces.values().filter(nobody).cloned().collect(), None).await;
    let go: Vec<&Looked> = looked.iter().filter(|looked| looked.can_go()).collect();
    let total: u64 = go.iter().filter_map(|looked| looked.bytes).sum();
    let ids: Vec<WorkspaceId> = go.iter().map(|looked| looked.workspace.id).collect();
    if !context.json() {
        list(context, &world, &looked)?;
    }
    let what = format!("{}, {}", count(ids.len(), "workspace"), bytes(total));
    let mut wanted = !dry_run && !ids.is_empty();
    if wanted && !context.json() && context.notices.can_ask() {
        context.output.flush()?;
        wanted = context.notices.ask(format!("remove {what}? They can be brought back for a set time."));
    }
    if wanted {
        client.command(&Command::ReclaimUnused { workspaces: ids.clone() }).await?;
        until_settled(&client, &ids).await?;
    }
    let left = client.world().await?;
    let removed: Vec<WorkspaceId> = ids.iter().copied().filter(|id| !left.workspaces.contains_key(id)).collect();
    if context.json() {
        let go = if dry_run { ids } else { removed };
        let stay = looked.iter().filter(|looked| !go.contains(&looked.workspace.id));
        let stay = stay.map(|looked| Stays { workspace: looked.workspace.id, why: looked.verdict() }).collect();
        context.output.json(&Outcome { removed: go, stay, bytes: total })?;
    } else if dry_run {
        context.output.line(format!("{what} can go without loss"))?;
    } else if wanted {
        context
            .output
            .line(format!("{} removed; `qd restore ID` brings one back", count(removed.len(), "workspace")))?;
        for id in ids.iter().filter(|id| !removed.contains(id)) {
            context.output.line(format!("{id} stays: `qd show {id}` says why"))?;
        }
    } else if ids.is_empty() {
        context.output.line("nothing can go without loss")?;
    }
    Ok(Exit::Done)
}

fn list(context: &mut Context, world: &World, looked: &[Looked]) -> Result<()> {
    let now = rows::now();
    let mut table = Table::new(&["ID", "SIZE", "UNUSED", "BRANCH", "REMOVAL"]);
    for looked in looked {
        let since = world.unused_since(&looked.workspace);
        let paint = if looked.can_go() { Paint::Good } else { Paint::Needs };
        let word = if looked.can_go() { "can go" } else { "stays" };
        table.row([
            Cell::plain(looked.workspace.id.to_string()),
            Cell::plain(looked.bytes.map_or_else(|| "?".into(), bytes)),
            Cell::plain(since.map_or_else(|| "-".into(), |since| age(now.since(since)))),
            Cell::plain(looked.workspace.branch.as_deref().unwrap_or("-")),
            Cell::painted(paint, format!("{word}: {}", line(&looked.verdict()))),
        ]);
    }
    table.write(&mut context.output, "no workspace is unused")?;
    Ok(())
}

/// Waits until nothing of these is being removed. Whether anything would be lost is looked at after the order, where the
/// checkout is.
async fn until_settled(client: &Client, ids: &[WorkspaceId]) -> Result<()> {
    let is_busy = |world: &World, id: &WorkspaceId| {
        let state = world.workspaces.get(id).map(|workspace| &workspace.state);
        matches!(state, Some(State::Removing { .. } | State::Restoring { .. } | State::Planned))
    };
    let look = |world: &World| match ids.iter().any(|id| is_busy(world, id)) {
        true => ControlFlow::Continue(()),
        false => ControlFlow::Break(()),
    };
    Ok(door::until(client, look).await?)
}
