//! Refusals as HTTP, and ids as they stand in paths.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::{
    domain::{Refusal, Session, SessionId, command::RefusalKind},
    engine::Engine,
};

/// What a handler gives.
pub(super) type Answer<Body> = Result<Json<Body>, No>;

/// A refusal on its way to the client.
#[derive(Debug)]
pub(super) struct No(pub(super) Refusal);

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        No(refusal)
    }
}

impl From<crate::store::Error> for No {
    fn from(error: crate::store::Error) -> Self {
        No(Refusal::failed(format!("the database could not be read: {error}")))
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let status = match self.0.kind {
            RefusalKind::Usage => StatusCode::BAD_REQUEST,
            RefusalKind::NotFound => StatusCode::NOT_FOUND,
            RefusalKind::Refused => StatusCode::CONFLICT,
            RefusalKind::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, Json(self.0)).into_response()
    }
}

/// An id from a path.
pub(super) fn id<Id: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<Id, No> {
    text.parse().map_err(|error: Id::Err| No(Refusal::usage(error.to_string())))
}

/// The session that a path names, with its objective's rows; also one that was put away.
pub(super) async fn session(engine: &Engine, text: &str) -> Result<(crate::domain::Objective, Session), No> {
    let id: SessionId = id(text)?;
    engine.rooms().store.session(id).await?.ok_or_else(|| {
        No(Refusal::not_found(format!("there is no session {id}")).hint("`qd ps` lists the sessions there are"))
    })
}
