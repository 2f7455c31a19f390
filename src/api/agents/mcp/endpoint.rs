//! Takes requests: finds out in whose name, and keeps from whoever carries a call out how the generations of the protocol
//! differ and that connections break.

use std::sync::Arc;

use axum::{
    Extension,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use rmcp::{
    model::{JsonObject, RequestId},
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
    },
};
use serde::Deserialize;

use super::{
    ask, events,
    place::Place,
    server::Server,
    session::{self, NotYours, Session},
    tools,
    waiting::{Name, Waiting},
};
use crate::{
    domain::artifact,
    engine::{Caller, Engine},
};

/// The largest body that is read, in bytes: the largest note, as JSON with every character escaped, and room for the rest.
const BODY_BYTES: usize = 6 * artifact::BODY_BYTES + (64 << 10);

/// The header in which a client says what it speaks.
const HEADER_PROTOCOL: &str = "mcp-protocol-version";
/// The first version without sessions, whose results say of what kind they are.
const NEWER: &str = "2026-07-28";

/// Who makes a request, in which session, and, where it is one that waits, which.
#[derive(Debug, Clone)]
pub(super) struct Speaker {
    pub(super) caller: Caller,
    pub(super) session: Option<Session>,
    pub(super) place: Option<Place>,
}

/// What requests are answered with. Cheap to clone.
#[derive(Clone)]
pub(super) struct Endpoint {
    server: Server,
    protocol: StreamableHttpService<Server, NeverSessionManager>,
    waiting: Waiting,
}

/// What is read of a message before the protocol reads it.
#[derive(Debug, Default, Deserialize)]
struct Glance {
    #[serde(default)]
    method: String,
    #[serde(default)]
    id: Option<RequestId>,
    #[serde(default)]
    params: Params,
}

#[derive(Debug, Default, Deserialize)]
struct Params {
    /// Of a call that is taken back.
    #[serde(default, rename = "requestId")]
    request: Option<RequestId>,
    /// Of the tool that is called.
    #[serde(default)]
    name: String,
    #[serde(default, rename = "_meta")]
    meta: JsonObject,
}

impl Endpoint {
    pub(super) fn new(engine: Engine) -> Self {
        let waiting = Waiting::default();
        let server = Server::new(engine, waiting.clone());
        let config = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_max_request_body_bytes(BODY_BYTES);
        let each = server.clone();
        let protocol =
            StreamableHttpService::new(move || Ok(each.clone()), Arc::new(NeverSessionManager::default()), config);
        Self { server, protocol, waiting }
    }
}

/// Answers one message.
pub(super) async fn post(
    State(endpoint): State<Endpoint>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let attempt = caller.attempt;
    let session = match Session::shown(&parts.headers, attempt) {
        Ok(session) => session,
        Err(NotYours) => return no_such_session(),
    };
    let Ok(body) = to_bytes(body, BODY_BYTES).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "the message is too large\n").into_response();
    };
    // What can't be read is answered by the protocol.
    let Glance { method, id, params } = serde_json::from_slice(&body).unwrap_or_default();
    if method == "notifications/cancelled" {
        if let Some(request) = params.request {
            endpoint.waiting.take_back(&Name { attempt, session, request });
        }
        return StatusCode::ACCEPTED.into_response();
    }
    let call = (method == "tools/call").then_some(params.name.as_str());
    let (waits, lasts) = (call == Some(tools::ASK_USER), call.is_some_and(tools::lasts));
    let place = id.filter(|_| waits).map(|id| Place::new(id, &params.meta, session.as_ref()));
    parts.extensions.insert(Speaker { caller, session, place: place.clone() });
    let request = Request::from_parts(parts, Body::from(body));
    let protocol = endpoint.protocol;
    let answer = async move { protocol.handle(request).await.map(Body::new) };
    if place.is_none() && !lasts {
        let mut response = answer.await;
        if method == "initialize" && response.status().is_success() {
            response.headers_mut().insert(session::HEADER, Session::new(attempt).header());
        }
        return response;
    }
    events::begin(place.as_ref(), answer).await
}

/// Goes on with the answer to a call whose connection was lost. There is nothing else to be had in this way.
pub(super) async fn get(
    State(endpoint): State<Endpoint>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Response {
    let session = match Session::shown(&headers, caller.attempt) {
        Ok(session) => session,
        Err(NotYours) => return no_such_session(),
    };
    let Some(place) = Place::shown(&headers) else {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "POST")]).into_response();
    };
    let newer = headers.get(HEADER_PROTOCOL).is_some_and(|version| version.as_bytes() >= NEWER.as_bytes());
    let messages = ask::go_on(endpoint.server, caller.attempt, session, place.clone(), newer);
    events::go_on(&place, messages)
}

/// Which tells a client to initialize anew.
fn no_such_session() -> Response {
    (StatusCode::NOT_FOUND, "no such session\n").into_response()
}
