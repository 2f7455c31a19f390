//! What workspaces changed.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use serde::Deserialize;

use super::answer::{Answer, No, id};
use crate::{
    domain::{
        Refusal, WorkspaceId,
        diff::{Diff, Side},
        workspace,
    },
    engine::Engine,
    workspace::changes::Wanted,
};

#[derive(Debug, Deserialize)]
pub(super) struct Between {
    from: Option<Side>,
    to: Option<Side>,
    path: Option<String>,
}

pub(super) async fn diff(
    State(engine): State<Engine>,
    Path(name): Path<String>,
    Query(between): Query<Between>,
) -> Answer<Diff> {
    let id: WorkspaceId = id(&name)?;
    let world = engine.world().await?;
    let Some(workspace) = world.workspaces.get(&id) else {
        return Err(No(Refusal::not_found(format!("there is no workspace {id}"))));
    };
    match workspace.state {
        workspace::State::Ready | workspace::State::Removing { .. } => {}
        workspace::State::Planned => return Err(No(Refusal::refused(format!("{id} is just being made")))),
        workspace::State::Left { .. } => {
            return Err(No(Refusal::refused(format!("{id} was left behind when its target was removed"))));
        }
        workspace::State::Removed { .. } | workspace::State::Restoring { .. } => {
            return Err(No(Refusal::refused(format!("{id} has been removed"))));
        }
    }
    let checkpoints = world.checkpoints_of(id).map(|checkpoint| (checkpoint.id, checkpoint.commit.clone())).collect();
    let wanted = Wanted { from: between.from, to: between.to, file: between.path, checkpoints };
    let compared = engine.compare(workspace, &wanted).await;
    compared.map(Json).map_err(|error| No(Refusal::failed(crate::engine::chain(&error))))
}
