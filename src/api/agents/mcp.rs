//! The tools that agents call: none yet.

use axum::Router;

use crate::engine::Engine;

/// What is served at `/mcp`. The guard has let the request through, read its body, and left the
/// [`Caller`](crate::engine::Caller) in its extensions.
pub(super) fn router(engine: Engine) -> Router {
    Router::new().with_state(engine)
}
