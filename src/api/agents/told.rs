//! Requests that tell something.

use axum::{
    Extension, Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderName, StatusCode, Uri},
    response::{IntoResponse, Response},
};

use super::{
    hearing::{Hearing, NotTaken, Taken},
    patience::{Patience, Words},
};
use crate::{
    api::wire::agents::{AT, CALL, SPOOLED, Told},
    domain::{Timestamp, command::RefusalKind},
    engine::{Caller, Engine, clock},
};

/// What the handler of such a request has.
#[derive(Clone)]
pub(super) struct Telling {
    pub(super) hearing: Hearing,
    pub(super) engine: Engine,
}

/// Something is told. Answered once it is written, or, where a hook waits for the person, when the person has decided.
pub(super) async fn told(
    State(Telling { hearing, engine }): State<Telling>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
    headers: HeaderMap,
    payload: Bytes,
) -> Response {
    let call = text(&headers, CALL).map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned);
    let payload = String::from_utf8_lossy(&payload).into_owned();
    let told = Told { call, at: at(&headers), path: uri.path().to_owned(), payload };
    let words = match (Patience::of(&headers), Words::wanted_by(&told)) {
        (Some(Patience::Brief), Some(_)) => return StatusCode::ACCEPTED.into_response(),
        (Some(Patience::Over), _) => {
            engine.call_over(caller.attempt, told.call).await;
            return StatusCode::NO_CONTENT.into_response();
        }
        (Some(Patience::Patient), words) => words,
        (Some(Patience::Brief), None) | (None, _) => None,
    };
    let spooled = text(&headers, SPOOLED).is_some();
    // Taken whole even if the client goes away meanwhile.
    let taken = tokio::spawn(async move { hearing.take(caller.attempt, told, spooled).await }).await;
    let call = match taken {
        Ok(Ok(Taken::Waits(call))) => call,
        Ok(Ok(Taken::Written)) => return StatusCode::NO_CONTENT.into_response(),
        Ok(Err(NotTaken::NotUnderstood(error))) => {
            return (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response();
        }
        Ok(Err(NotTaken::Refused(refusal))) => return refused(&refusal),
        Err(error) => return (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    };
    if let Some(words) = words {
        return words.when_decided(call.over_a_line(), engine);
    }
    // Waits for as long as the client does: when that goes away, this is dropped, and the call with it.
    let decided = tokio::select! {
        biased;
        decided = call.decided() => decided,
        () = engine.stopped() => return stopping(),
    };
    match decided {
        Some(decision) => Json(decision).into_response(),
        // The same call was made again, and that one gets the answer.
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

fn refused(refusal: &crate::domain::Refusal) -> Response {
    match refusal.kind {
        RefusalKind::Usage | RefusalKind::NotFound | RefusalKind::Refused => {
            (StatusCode::CONFLICT, format!("{}\n", refusal.message)).into_response()
        }
        RefusalKind::Failed => stopping(),
    }
}

fn stopping() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, "the daemon is being stopped; tell the next one\n").into_response()
}

pub(super) fn text<'headers>(headers: &'headers HeaderMap, name: &'static str) -> Option<&'headers str> {
    headers.get(HeaderName::from_static(name))?.to_str().ok().filter(|text| !text.is_empty())
}

/// When it happened by the client's word, which can't lie ahead.
fn at(headers: &HeaderMap) -> Timestamp {
    let now = clock::now();
    let said = text(headers, AT).and_then(|at| at.parse().ok());
    said.map_or(now, |said| Timestamp(said).min(now))
}
