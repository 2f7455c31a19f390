//! Looks at every request to the agents' door before anything else does.
//!
//! Any program on this machine, and any web page in the person's browser, can reach a port on loopback; so can whoever
//! has an account on a host from which a port leads here. So a request must name loopback as its host (a page that
//! reaches us under a name of its own does not; the port is another one where a line from a host leads here), must not
//! come from a page at all, and must show the token of an attempt that is not over.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    api::wire::agents::BODY_BYTES,
    engine::{Caller, Engine},
};

/// How long a client may take to send it.
const BODY: Duration = Duration::from_secs(10);

/// What a request is held against.
#[derive(Clone)]
pub(super) struct Guard {
    engine: Engine,
}

/// Why a request goes no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum No {
    #[error("this door answers on loopback only")]
    Host,
    #[error("web pages are not answered")]
    Origin,
    #[error("no token of a running agent was shown: the session is over, or was never started here")]
    Token,
    #[error("the body is larger than 4 MiB, or broke off")]
    Body,
    #[error("the body took too long")]
    Slow,
}

impl Guard {
    pub(super) fn new(engine: Engine) -> Self {
        Self { engine }
    }

    fn caller(&self, headers: &HeaderMap) -> Result<Caller, No> {
        let named = one(headers, &header::HOST).ok_or(No::Host)?;
        if !is_loopback(named) {
            return Err(No::Host);
        }
        if headers.contains_key(header::ORIGIN) {
            return Err(No::Origin);
        }
        let (scheme, token) =
            one(headers, &header::AUTHORIZATION).and_then(|shown| shown.split_once(' ')).ok_or(No::Token)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(No::Token);
        }
        // Found by its hash, so how long this takes says nothing about tokens there are.
        self.engine.caller(token.trim()).ok_or(No::Token)
    }
}

/// Lets a request through with its whole body read and its [`Caller`] in its extensions.
pub(super) async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    match admit(&guard, request).await {
        Ok(request) => next.run(request).await,
        Err(no) => {
            tracing::debug!(%no, "a request of an agent was turned away");
            no.into_response()
        }
    }
}

async fn admit(guard: &Guard, request: Request) -> Result<Request, No> {
    let (mut parts, body) = request.into_parts();
    let caller = guard.caller(&parts.headers)?;
    let body = tokio::time::timeout(BODY, to_bytes(body, BODY_BYTES)).await.map_err(|_| No::Slow)?;
    parts.extensions.insert(caller);
    Ok(Request::from_parts(parts, Body::from(body.map_err(|_| No::Body)?)))
}

/// It is loopback, by number or name, at any port.
fn is_loopback(host: &str) -> bool {
    let Some((name, port)) = host.rsplit_once(':') else { return false };
    let is_port = port.parse::<u16>().is_ok() && port.bytes().all(|byte| byte.is_ascii_digit());
    is_port && (name == "127.0.0.1" || name.eq_ignore_ascii_case("localhost"))
}

/// A header that stands there once, as text.
fn one<'headers>(headers: &'headers HeaderMap, name: &header::HeaderName) -> Option<&'headers str> {
    let mut found = headers.get_all(name).iter();
    let only = found.next()?.to_str().ok()?;
    found.next().is_none().then_some(only)
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let status = match self {
            No::Host => StatusCode::MISDIRECTED_REQUEST,
            No::Origin => StatusCode::FORBIDDEN,
            No::Token => StatusCode::UNAUTHORIZED,
            No::Body => StatusCode::PAYLOAD_TOO_LARGE,
            No::Slow => StatusCode::REQUEST_TIMEOUT,
        };
        (status, format!("{self}\n")).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_loopback_is_this_door() {
        assert!(["127.0.0.1:4000", "localhost:1", "LOCALHOST:65535"].into_iter().all(is_loopback));
        let others =
            ["evil.example:4000", "127.0.0.1", "127.0.0.1.evil.example:4000", "127.0.0.1:", "127.0.0.1:+1", "[::1]:1"];
        assert!(!others.into_iter().any(is_loopback));
    }
}
