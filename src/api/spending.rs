//! What was used.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};

use super::{
    answer::{Answer, No},
    wire,
};
use crate::{
    domain::{Objective, Refusal, Session, SessionId, Spending},
    engine::Engine,
    store::UsageQuery,
};

pub(super) async fn usage(
    State(engine): State<Engine>,
    query: Result<Query<wire::UsageOf>, QueryRejection>,
) -> Answer<Spending> {
    let Query(wire::UsageOf { objective, session, agent, since }) =
        query.map_err(|rejection| No(Refusal::usage(rejection.body_text())))?;
    if since.as_deref().is_some_and(|day| day.parse::<jiff::civil::Date>().is_err()) {
        return Err(No(Refusal::usage("a day is written 2026-11-21")));
    }
    let store = &engine.rooms().store;
    // All days: what an agent says that it cost is said of all of them.
    let of = UsageQuery { objective, session, profile: agent, since: None };
    let (usage, metered) = (store.usage(of.clone()).await?, store.metered(of).await?);
    let (usage, metered): (Vec<_>, Vec<_>) =
        (usage.into_iter().map(|(_, row)| row).collect(), metered.into_iter().map(|(_, row)| row).collect());
    let mut sessions: BTreeMap<SessionId, (Objective, Session)> = BTreeMap::new();
    for id in usage.iter().map(|row| row.session).chain(metered.iter().map(|row| row.session)) {
        if !sessions.contains_key(&id)
            && let Some(found) = store.session(id).await?
        {
            sessions.insert(id, found);
        }
    }
    let whose = |id| sessions.get(&id).map(|(objective, session)| (objective, session));
    Ok(Json(Spending::of(&usage, &metered, whose, since.as_deref(), &engine.rooms().config.prices)))
}
