//! One Markdown document of an objective: what was asked, who did what, what was asked back and answered, what was left
//! behind, what was offered for review, what it cost, and what happened when.
//!
//! It is made from the store alone, so that work that was put away is as good as work under way, and the same state gives
//! the same text.
//!
//! - [`write`](mod@write) lays it out; [`markdown`] keeps text that is not ours from becoming anything but text.

mod markdown;
mod write;

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderName, header},
};

use super::{
    answer::{Answer, No, id},
    wire,
};
use crate::{
    domain::{ObjectiveId, Refusal, Spending},
    engine::{Engine, private_file},
    store::UsageQuery,
};

pub(super) async fn report(
    State(engine): State<Engine>,
    Path(name): Path<String>,
) -> Result<([(HeaderName, &'static str); 1], String), No> {
    let text = written(&engine, id(&name)?).await?;
    Ok(([(header::CONTENT_TYPE, "text/markdown; charset=utf-8")], text))
}

/// Writes it into a file of our own.
pub(super) async fn save(State(engine): State<Engine>, Path(name): Path<String>) -> Answer<wire::Saved> {
    let id: ObjectiveId = id(&name)?;
    let text = written(&engine, id).await?;
    let now = jiff::Timestamp::now();
    let path = engine.rooms().paths.reports().join(format!("{id}-{}.md", now.strftime("%Y%m%d-%H%M%S")));
    let file = path.clone();
    let failed = |error: &dyn std::fmt::Display| {
        No(Refusal::failed(format!("{} could not be written: {error}", path.display())))
    };
    let done = tokio::task::spawn_blocking(move || private_file::write(&file, text)).await;
    done.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
    Ok(Json(wire::Saved { path }))
}

async fn written(engine: &Engine, id: ObjectiveId) -> Result<String, No> {
    let rooms = engine.rooms();
    let everything = rooms.store.everything(id).await?.ok_or_else(|| {
        No(Refusal::not_found(format!("there is no objective {id}")).hint("`qd ls` lists the objectives there are"))
    })?;
    let of = UsageQuery { objective: Some(id), session: None, profile: None, since: None };
    let usage: Vec<_> = rooms.store.usage(of.clone()).await?.into_iter().map(|(_, row)| row).collect();
    let metered: Vec<_> = rooms.store.metered(of).await?.into_iter().map(|(_, row)| row).collect();
    let whose = |session| {
        let found = everything.sessions.iter().find(|found| found.id == session)?;
        Some((&everything.objective, found))
    };
    let spending = Spending::of(&usage, &metered, whose, None, &rooms.config.prices);
    Ok(write::report(&everything, &spending))
}
