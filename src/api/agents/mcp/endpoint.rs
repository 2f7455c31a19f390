//! Takes requests: finds out in whose name, and keeps the ways in which the generations of the protocol differ from
//! whoever carries a call out.

use std::sync::Arc;

use axum::{
    Extension,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use rmcp::{
    model::RequestId,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
    },
};
use serde::Deserialize;

use super::{
    server::Server,
    session::{self, NotYours, Session},
    waiting::{Name, Waiting},
};
use crate::{
    domain::artifact,
    engine::{Caller, Engine},
};

/// The largest body that is read, in bytes: the largest note, as JSON with every character escaped, and room for the rest.
const BODY_BYTES: usize = 6 * artifact::BODY_BYTES + (64 << 10);

/// Who makes a request, and in which session.
#[derive(Debug, Clone)]
pub(super) struct Speaker {
    pub(super) caller: Caller,
    pub(super) session: Option<Session>,
}

/// What requests are answered with. Cheap to clone.
#[derive(Clone)]
pub(super) struct Endpoint {
    protocol: StreamableHttpService<Server, NeverSessionManager>,
    waiting: Waiting,
}

/// What is read of a message before its protocol is known.
#[derive(Debug, Default, Deserialize)]
struct Glance {
    #[serde(default)]
    method: String,
    #[serde(default)]
    params: Params,
}

#[derive(Debug, Default, Deserialize)]
struct Params {
    #[serde(default, rename = "requestId")]
    request: Option<RequestId>,
}

impl Endpoint {
    pub(super) fn new(engine: Engine) -> Self {
        let waiting = Waiting::default();
        let server = Server::new(engine, waiting.clone());
        let config = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_max_request_body_bytes(BODY_BYTES);
        let protocol =
            StreamableHttpService::new(move || Ok(server.clone()), Arc::new(NeverSessionManager::default()), config);
        Self { protocol, waiting }
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
        // Which tells a client to initialize anew.
        Err(NotYours) => return (StatusCode::NOT_FOUND, "no such session\n").into_response(),
    };
    let Ok(body) = to_bytes(body, BODY_BYTES).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "the message is too large\n").into_response();
    };
    // What can't be read is answered by the protocol.
    let glance: Glance = serde_json::from_slice(&body).unwrap_or_default();
    if glance.method == "notifications/cancelled" {
        if let Some(request) = glance.params.request {
            endpoint.waiting.take_back(&Name { attempt, session, request });
        }
        return StatusCode::ACCEPTED.into_response();
    }
    parts.extensions.insert(Speaker { caller, session });
    let mut response = endpoint.protocol.handle(Request::from_parts(parts, Body::from(body))).await;
    if glance.method == "initialize" && response.status().is_success() {
        response.headers_mut().insert(session::HEADER, Session::new(attempt).header());
    }
    response.map(Body::new)
}
