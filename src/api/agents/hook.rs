//! What an agent's hooks tell.

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use jiff::Timestamp as Clock;

use crate::{
    agent::signals::{self, Dialect},
    domain::{Signal, Timestamp, question::Via, signal::Says},
    engine::{Caller, Engine},
};

/// Names the process of the hook: the same when it asks again after a connection was lost.
const CALL: &str = "x-qd-call";
/// When the hook ran, in milliseconds since 1970.
const AT: &str = "x-qd-at";

/// A hook ran. Answered at once, or, where the hook waits for the person, when the person has decided.
pub(super) async fn hook(
    State(engine): State<Engine>,
    Extension(caller): Extension<Caller>,
    Path(dialect): Path<String>,
    headers: HeaderMap,
    payload: Bytes,
) -> Response {
    let Some(dialect) = dialect_of(&dialect) else {
        return (StatusCode::NOT_FOUND, "no such dialect\n").into_response();
    };
    let call = call_of(&headers);
    let signal = signals::hook(dialect, &payload, at(&headers), &call);
    let waits = matches!(signal.says, Says::Asks(_)) && signals::waits(dialect, &payload);
    if waits { ask(&engine, &caller, signal).await } else { tell(engine, caller, signal).await }
}

/// Taken whole even if the client goes away meanwhile.
async fn tell(engine: Engine, caller: Caller, signal: Signal) -> Response {
    let told = tokio::spawn(async move { engine.signal(caller.attempt, signal).await }).await;
    match told {
        Ok(Ok(())) => StatusCode::NO_CONTENT.into_response(),
        Ok(Err(_)) | Err(_) => stopping(),
    }
}

/// Waits for as long as the client does.
async fn ask(engine: &Engine, caller: &Caller, signal: Signal) -> Response {
    let Ok(Some(call)) = engine.ask(caller.attempt, signal, Via::Hook).await else { return stopping() };
    let decided = tokio::select! {
        decided = call.decided() => decided,
        () = engine.stopped() => return stopping(),
    };
    decided.map_or_else(|| StatusCode::NO_CONTENT.into_response(), |decision| Json(decision).into_response())
}

fn stopping() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, "the daemon stops; ask the next one\n").into_response()
}

fn dialect_of(word: &str) -> Option<Dialect> {
    [Dialect::Claude, Dialect::Codex, Dialect::Plain].into_iter().find(|dialect| dialect.word() == word)
}

fn call_of(headers: &HeaderMap) -> String {
    let named = headers.get(CALL).and_then(|call| call.to_str().ok()).filter(|call| !call.is_empty());
    named.map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned)
}

/// When it happened by the client's word, which can't lie ahead.
fn at(headers: &HeaderMap) -> Timestamp {
    let now = Timestamp(Clock::now().as_millisecond());
    let said = headers.get(AT).and_then(|at| at.to_str().ok()).and_then(|at| at.parse().ok());
    said.map_or(now, |said| Timestamp(said).min(now))
}
