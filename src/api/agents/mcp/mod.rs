//! The tools that agents call: MCP over HTTP, at `/mcp` of the agents' door.
//!
//! One endpoint serves both generations of the protocol. A client of 2026-07-28 asks `server/discover` and says with
//! every request what it speaks; an older one says it once, with `initialize`, and shows the session id it was given
//! from then on. Nothing is kept for either: who calls is told by the token that every request shows, and a session id
//! names its attempt itself. So a client notices nothing of a daemon that was started anew.
//!
//! A tool that can't do what it was asked says so in its result, where the model reads it, never as an error of the
//! protocol.
//!
//! - [`endpoint`] takes requests, [`session`] is the id that older clients show.
//! - [`server`] says who we are, and carries calls out.
//! - [`tools`] is what there is to call, [`arguments`] reads what it was called with.
//! - [`ask`] waits for the person, [`waiting`] are the calls that do. An answer that lasts begins at once ([`events`]) and
//!   says where to come back to ([`place`]): a client whose connection broke, or whose daemon was killed, goes on to wait.
//! - [`offers`] waits for what a forge does, for a while.
//! - [`words`] is what agents read.

mod arguments;
mod ask;
mod endpoint;
mod events;
mod offers;
mod place;
mod server;
mod session;
mod tools;
mod waiting;
mod words;

use axum::{Router, routing::get};

use crate::engine::Engine;

/// What is served at `/mcp`. The guard has let the request through, read its body, and left the
/// [`Caller`](crate::engine::Caller) in its extensions.
pub(super) fn router(engine: Engine) -> Router {
    Router::new().route("/", get(endpoint::get).post(endpoint::post)).with_state(endpoint::Endpoint::new(engine))
}
