//! Requests that change something.

use axum::{
    Json,
    extract::{Path, State, rejection::JsonRejection},
};

use super::{
    answer::{Answer, No, id},
    server,
    wire::Size,
};
use crate::{
    domain::{Command, Refusal, Reply},
    engine::Engine,
};

pub(super) async fn command(State(engine): State<Engine>, body: Result<Json<Command>, JsonRejection>) -> Answer<Reply> {
    let Json(command) = body.map_err(|rejection| No(Refusal::usage(rejection.body_text())))?;
    Ok(Json(engine.command(command).await?))
}

pub(super) async fn stop(State(engine): State<Engine>) -> Answer<()> {
    // First, so that nobody who knows of the end comes to a door behind which nobody answers.
    if let Err(error) = server::close(&engine.rooms().paths.socket()) {
        tracing::warn!(%error, "the socket stays behind");
    }
    engine.stop();
    Ok(Json(()))
}

pub(super) async fn size(
    State(engine): State<Engine>,
    Path(session): Path<String>,
    body: Result<Json<Size>, JsonRejection>,
) -> Answer<()> {
    let Json(size) = body.map_err(|rejection| No(Refusal::usage(rejection.body_text())))?;
    if !(2..=1_000).contains(&size.columns) || !(1..=1_000).contains(&size.rows) {
        return Err(No(Refusal::usage("a pane has 2 to 1000 columns and 1 to 1000 rows")));
    }
    engine.resize(id(&session)?, size.columns, size.rows).await?;
    Ok(Json(()))
}
