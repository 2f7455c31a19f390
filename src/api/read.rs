//! Requests that only read.

use axum::{
    Json,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::Uri,
};
use serde::Deserialize;

use super::{
    answer::{Answer, No, id, session},
    wire,
};
use crate::{
    agent,
    domain::{
        Artifact, ArtifactId, Event, MessageId, PullRequestId, Refusal, Repository, SessionId, TargetName, TargetSight,
        Timestamp, WorkspaceId, World,
    },
    engine::Engine,
    store::{EventQuery, Found},
    transcript, workspace as checkouts,
};

/// How many lines, events or hits are given when nothing is said, and at most.
const USUAL: usize = 200;
const MOST: usize = 10_000;
/// How many lines of a transcript at most. Each stretch costs a replay of the whole, so a reader of all of it should
/// need few.
const MOST_TRANSCRIPT: usize = 100_000;
/// How much scrollback one picture may carry, in lines.
const MOST_HISTORY: u32 = 20_000;

pub(super) async fn status(State(engine): State<Engine>) -> Answer<wire::Status> {
    let world = engine.world().await?;
    Ok(Json(wire::Status {
        version: env!("CARGO_PKG_VERSION").into(),
        protocol: wire::PROTOCOL,
        build: super::build::fingerprint(),
        pid: std::process::id(),
        started_at: engine.started_at(),
        state: engine.rooms().paths.state.clone(),
        revision: world.revision,
        tmux: engine.terminal(),
        live_sessions: engine.live_sessions(),
        agents_door: Some(wire::AgentsDoor {
            address: engine.rooms().door,
            moved_from: engine.rooms().door_moved_from,
        }),
    }))
}

pub(super) async fn world(State(engine): State<Engine>) -> Answer<World> {
    Ok(Json(*engine.world().await?))
}

pub(super) async fn session_detail(engine: &Engine, name: &str) -> Result<wire::SessionDetail, No> {
    let (objective, session) = session(engine, name).await?;
    let store = &engine.rooms().store;
    let query = EventQuery { after: None, before: None, session: Some(session.id), limit: 50 };
    let workspaces = store.workspaces(session.id).await?;
    let artifacts = store.artifacts(objective.id).await?;
    Ok(wire::SessionDetail {
        attempts: store.attempts(session.id).await?,
        messages: store.messages(session.id).await?,
        questions: store.questions(session.id).await?,
        artifacts: artifacts.into_iter().filter(|artifact| artifact.session == session.id).collect(),
        workspace: workspaces.into_iter().find(|workspace| Some(workspace.id) == session.workspace),
        events: store.events(query).await?,
        session,
        objective,
    })
}

pub(super) async fn session_route(
    State(engine): State<Engine>,
    Path(name): Path<String>,
) -> Answer<wire::SessionDetail> {
    Ok(Json(session_detail(&engine, &name).await?))
}

#[derive(Debug, Deserialize)]
pub(super) struct History {
    #[serde(default)]
    history: u32,
}

pub(super) async fn screen(
    State(engine): State<Engine>,
    Path(name): Path<String>,
    Query(query): Query<History>,
) -> Answer<wire::Screen> {
    let (_, session) = session(&engine, &name).await?;
    match engine.picture(&session, query.history.min(MOST_HISTORY)).await {
        Some(picture) => Ok(Json(picture)),
        None => Err(No(match engine.attachable(session.id) {
            Some((_, site)) if !site.is_reached => {
                Refusal::refused(format!("the pane of {} can't be seen: {} can't be reached", session.id, site.target))
                    .hint("`qd transcript` prints what it had shown before")
            }
            Some(_) | None => {
                Refusal::not_found(format!("{} has no picture: its program has not drawn one", session.id))
            }
        })),
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Stretch {
    before: Option<u64>,
    lines: Option<usize>,
}

pub(super) async fn transcript(
    State(engine): State<Engine>,
    Path(name): Path<String>,
    Query(query): Query<Stretch>,
) -> Answer<wire::Transcript> {
    let (_, session) = session(&engine, &name).await?;
    let attempts: Vec<_> =
        engine.rooms().store.attempts(session.id).await?.into_iter().map(|attempt| attempt.id).collect();
    let recordings = engine.rooms().recordings.clone();
    let lines = query.lines.unwrap_or(USUAL).min(MOST_TRANSCRIPT);
    let size = match engine.picture(&session, 0).await {
        Some(picture) => transcript::Size { columns: picture.columns, rows: picture.rows },
        None => {
            let sessions = &engine.rooms().config.sessions;
            transcript::Size { columns: sessions.columns, rows: sessions.rows }
        }
    };
    let unread =
        |error: &dyn std::fmt::Display| No(Refusal::failed(format!("the recording could not be read: {error}")));
    let read = tokio::task::spawn_blocking(move || transcript::read(&recordings, &attempts, query.before, lines, size))
        .await
        .map_err(|error| unread(&error))?
        .map_err(|error| unread(&error))?;
    Ok(Json(wire::Transcript {
        first: read.first,
        lines: read.lines,
        total: read.total,
        source: read.source.to_string(),
        truncated: read.truncated,
    }))
}

pub(super) async fn attach(State(engine): State<Engine>, Path(name): Path<String>) -> Answer<wire::Attach> {
    let (_, session) = session(&engine, &name).await?;
    let refusal = || No(Refusal::refused(format!("{} does not run, so there is nothing to attach to", session.id)));
    let (attempt, site) = engine.attachable(session.id).ok_or_else(refusal)?;
    if !site.is_reached {
        let away = format!("{} can't be reached now, so there is no way into the pane of {}", site.target, session.id);
        return Err(No(Refusal::refused(away).hint(format!("`qd target check {}` tries it at once", site.target))));
    }
    let picture = engine.picture(&session, 0).await.ok_or_else(|| {
        // Only its line can be asked whether it still runs.
        No(Refusal::refused(format!("the pane of {} does not answer", session.id))
            .hint(format!("`qd why {}` says what is known of it", session.id)))
    })?;
    let tmux = &site.tmux;
    let name = attempt.to_string();
    Ok(Json(wire::Attach {
        read_only_argv: tmux.attach_argv(&name, true),
        argv: tmux.attach_argv(&name, false),
        line: tmux.attach_line(&name),
        size: wire::Size { columns: picture.columns, rows: picture.rows },
    }))
}

pub(super) async fn repositories(State(engine): State<Engine>) -> Answer<Vec<Repository>> {
    Ok(Json(engine.repositories().await?))
}

pub(super) async fn message(State(engine): State<Engine>, Path(name): Path<String>) -> Answer<wire::MessageBody> {
    let id: MessageId = id(&name)?;
    let store = &engine.rooms().store;
    match (store.message(id).await?, store.body(id).await?) {
        (Some(message), Some(body)) => Ok(Json(wire::MessageBody { message, body })),
        _ => Err(No(Refusal::not_found(format!("there is no message {id}")))),
    }
}

pub(super) async fn artifacts(
    State(engine): State<Engine>,
    query: Result<Query<wire::ArtifactsOf>, QueryRejection>,
) -> Answer<Vec<Artifact>> {
    let Query(wire::ArtifactsOf { objective, session, kind }) =
        query.map_err(|rejection| No(Refusal::usage(rejection.body_text())))?;
    Ok(Json(engine.rooms().store.artifacts_of(objective, session, kind).await?))
}

pub(super) async fn artifact(State(engine): State<Engine>, Path(name): Path<String>) -> Answer<wire::ArtifactBody> {
    let id: ArtifactId = id(&name)?;
    match engine.rooms().store.artifact(id).await? {
        Some((artifact, body)) => Ok(Json(wire::ArtifactBody { artifact, body })),
        None => Err(No(Refusal::not_found(format!("there is no artifact {id}")))),
    }
}

pub(super) async fn pull_request(
    State(engine): State<Engine>,
    Path(name): Path<String>,
) -> Answer<wire::PullRequestDetail> {
    let id: PullRequestId = id(&name)?;
    let store = &engine.rooms().store;
    let Some(pull_request) = store.pull_request(id).await? else {
        return Err(No(Refusal::not_found(format!("there is no pull request {id}"))));
    };
    Ok(Json(wire::PullRequestDetail { pull_request, remarks: store.remarks(id).await? }))
}

#[derive(Debug, Deserialize)]
pub(super) struct Events {
    after: Option<u64>,
    before: Option<u64>,
    session: Option<SessionId>,
    limit: Option<usize>,
}

pub(super) async fn events(State(engine): State<Engine>, Query(query): Query<Events>) -> Answer<Vec<Event>> {
    let Events { after, before, session, limit } = query;
    let limit = limit.unwrap_or(USUAL).min(MOST);
    Ok(Json(engine.rooms().store.events(EventQuery { after, before, session, limit }).await?))
}

#[derive(Debug, Deserialize)]
pub(super) struct Search {
    q: String,
    limit: Option<usize>,
}

pub(super) async fn search(State(engine): State<Engine>, Query(query): Query<Search>) -> Answer<Vec<wire::Hit>> {
    let limit = query.limit.unwrap_or(50).min(MOST);
    let mut hits: Vec<_> = engine.rooms().store.search(&query.q, limit).await?.into_iter().map(hit).collect();
    hits.extend(search_transcripts(&engine, query.q, limit - hits.len()).await?);
    Ok(Json(hits))
}

/// Looks into the newest recordings of the sessions that are not archived, as far as time allows.
async fn search_transcripts(engine: &Engine, words: String, limit: usize) -> Result<Vec<wire::Hit>, No> {
    let world = engine.world().await?;
    let recordings = engine.rooms().recordings.clone();
    let sessions = &engine.rooms().config.sessions;
    let size = transcript::Size { columns: sessions.columns, rows: sessions.rows };
    let newest_first: Vec<_> = world.attempts.keys().rev().copied().collect();
    let found = tokio::task::spawn_blocking(move || transcript::search(&recordings, newest_first, &words, limit, size));
    let found = found.await.map_err(|error| No(Refusal::failed(format!("the search ended early: {error}"))))?;
    let hit = |found: transcript::Found| {
        let session = world.attempts.get(&found.attempt)?.session;
        let place = "transcript".to_owned();
        Some(wire::Hit { place, id: session.to_string(), session: Some(session), excerpt: found.excerpt, at: found.at })
    };
    Ok(found.into_iter().filter_map(hit).collect())
}

fn hit(found: Found) -> wire::Hit {
    wire::Hit {
        place: found.place.to_string(),
        id: found.id,
        session: found.session,
        excerpt: found.excerpt,
        at: found.at,
    }
}

pub(super) async fn targets(State(engine): State<Engine>) -> Answer<Vec<TargetSight>> {
    Ok(Json(engine.sights().await?))
}

#[derive(Debug, Deserialize)]
pub(super) struct Looked {
    examined_after: Option<i64>,
}

pub(super) async fn target(
    State(engine): State<Engine>,
    Path(name): Path<String>,
    Query(looked): Query<Looked>,
) -> Answer<wire::TargetDetail> {
    let name: TargetName = id(&name)?;
    let (target, sight) = engine.target(&name, looked.examined_after.map(Timestamp)).await?;
    Ok(Json(wire::TargetDetail { target, sight }))
}

pub(super) async fn agents(State(engine): State<Engine>) -> Answer<Vec<wire::Agent>> {
    let rooms = engine.rooms();
    let mut agents = Vec::new();
    let search = std::env::var("PATH").unwrap_or_default();
    for (name, profile, origin) in rooms.profiles.iter() {
        let (title, install, found) = match profile {
            Ok(profile) if profile.hidden => continue,
            Ok(profile) => {
                let found = match agent::detect(profile, &search).await {
                    agent::Found::Usable { path, version } => wire::Found::Usable { path, version },
                    agent::Found::Unusable { reason } => wire::Found::Unusable { reason },
                };
                (profile.title.clone(), profile.install.clone(), found)
            }
            Err(error) => (name.to_string(), String::new(), wire::Found::Unusable { reason: error.to_string() }),
        };
        agents.push(wire::Agent {
            name: name.clone(),
            title,
            found,
            origin: origin.to_string(),
            install,
            default: false,
        });
    }
    let usable = |agent: &&mut wire::Agent| matches!(agent.found, wire::Found::Usable { .. });
    let wanted = rooms.config.agent.default.clone();
    let chosen = match &wanted {
        Some(name) => agents.iter_mut().find(|agent| agent.name == *name),
        None => agents.iter_mut().find(usable),
    };
    if let Some(chosen) = chosen {
        chosen.default = true;
    }
    Ok(Json(agents))
}

pub(super) async fn workspace(State(engine): State<Engine>, Path(name): Path<String>) -> Answer<wire::WorkspaceDetail> {
    let id: WorkspaceId = id(&name)?;
    let world = engine.world().await?;
    let workspace = world
        .workspaces
        .get(&id)
        .cloned()
        .ok_or_else(|| No(Refusal::not_found(format!("there is no workspace {id}"))))?;
    let (inspection, bytes) =
        engine.inspect(&workspace).await.map_err(|error| No(Refusal::failed(error.to_string())))?;
    Ok(Json(wire::WorkspaceDetail {
        workspace,
        uncommitted: inspection.uncommitted,
        only_here: inspection.only_here,
        bytes,
        verdict: inspection.verdict,
        removable: inspection.removable,
    }))
}

pub(super) async fn removed(State(engine): State<Engine>) -> Answer<Vec<wire::RemovedWorkspace>> {
    let rooms = engine.rooms();
    let kept_for = i64::try_from(rooms.config.retention.removed.as_millis()).unwrap_or(i64::MAX);
    let found = engine.recoverable(rooms.store.removed_workspaces().await?).await;
    let row = |(workspace, removed): (_, checkouts::Removed)| wire::RemovedWorkspace {
        workspace,
        removed_at: removed.at,
        until: Timestamp(removed.at.0.saturating_add(kept_for)),
        uncommitted: removed.uncommitted,
        kept_in: removed.place,
    };
    Ok(Json(found.into_iter().map(row).collect()))
}

pub(super) async fn unknown(uri: Uri) -> No {
    No(Refusal::not_found(format!("there is nothing at {}", uri.path())).hint("every path starts with /v1"))
}
