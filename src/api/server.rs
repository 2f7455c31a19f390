//! Serves the door: accepts on the unix socket, and routes.

use std::{io, os::unix::fs::PermissionsExt, path::Path};

use axum::{
    Router,
    routing::{get, post},
};
use tokio::net::UnixListener;

use super::{changes, read, report, spending, stream, why, write};
use crate::engine::Engine;

/// The largest body that is read, in bytes: a prompt of 1 MiB as JSON, escaped.
const BODY_BYTES: usize = 8 << 20;

/// A socket that only its owner can open. What stood there before is removed: the caller holds the daemon's lock.
///
/// # Errors
/// What the system says about it.
pub fn listen(socket: &Path) -> io::Result<UnixListener> {
    close(socket)?;
    // Its folder is ours alone, so nobody can connect before the mode is set.
    let listener = UnixListener::bind(socket)?;
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Nobody finds the door any more; whoever is inside is still answered.
///
/// # Errors
/// When the socket can't be removed; that it is gone already is none.
pub fn close(socket: &Path) -> io::Result<()> {
    match std::fs::remove_file(socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Answers until the supervisor is told to stop and open requests have ended.
///
/// # Errors
/// What the system says about the socket.
pub async fn serve(listener: UnixListener, engine: Engine) -> io::Result<()> {
    let stopping = engine.clone();
    axum::serve(listener, router(engine)).with_graceful_shutdown(async move { stopping.stopped().await }).await
}

fn router(engine: Engine) -> Router {
    Router::new()
        .route("/v1/status", get(read::status))
        .route("/v1/stop", post(write::stop))
        .route("/v1/world", get(read::world))
        .route("/v1/changes", get(stream::changes))
        .route("/v1/commands", post(write::command))
        .route("/v1/sessions/{id}", get(read::session_route))
        .route("/v1/sessions/{id}/screen", get(read::screen))
        .route("/v1/sessions/{id}/screens", get(stream::screens))
        .route("/v1/sessions/{id}/size", post(write::size))
        .route("/v1/sessions/{id}/transcript", get(read::transcript))
        .route("/v1/sessions/{id}/attach", get(read::attach))
        .route("/v1/sessions/{id}/why", get(why::why).post(why::save))
        .route("/v1/messages/{id}", get(read::message))
        .route("/v1/objectives/{id}/report", get(report::report).post(report::save))
        .route("/v1/artifacts", get(read::artifacts))
        .route("/v1/artifacts/{id}", get(read::artifact))
        .route("/v1/pull_requests/{id}", get(read::pull_request))
        .route("/v1/events", get(read::events))
        .route("/v1/search", get(read::search))
        .route("/v1/usage", get(spending::usage))
        .route("/v1/repositories", get(read::repositories))
        .route("/v1/agents", get(read::agents))
        .route("/v1/targets", get(read::targets))
        .route("/v1/targets/{name}", get(read::target))
        .route("/v1/workspaces/removed", get(read::removed))
        .route("/v1/workspaces/{id}", get(read::workspace))
        .route("/v1/workspaces/{id}/diff", get(changes::diff))
        .fallback(read::unknown)
        .layer(axum::extract::DefaultBodyLimit::max(BODY_BYTES))
        .with_state(engine)
}
