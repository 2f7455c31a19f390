//! Accepts agents' connections within bounds, and lets go of them when the daemon stops.

use std::{io, sync::Arc, time::Duration};

use axum::{Router, extract::DefaultBodyLimit, middleware, routing::post};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
};

use super::{
    Door, guard,
    hearing::Hearing,
    mcp,
    told::{Telling, told},
};
use crate::engine::Engine;

/// How many connections are open at once. More wait until one is closed, and hooks among them give up and leave a note.
const CONNECTIONS: usize = 512;
/// How long a client may take to say what it wants.
const HEADERS: Duration = Duration::from_secs(5);
/// How long answers that are on their way may take when the daemon stops.
const ENDING: Duration = Duration::from_secs(1);
/// How long nothing is accepted when the system has no more files for us.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// Answers until the supervisor is told to stop.
///
/// # Errors
/// What the system says about the socket.
pub async fn serve(door: Door, engine: Engine) -> io::Result<()> {
    door.listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(door.listener)?;
    let hearing = Hearing::new(engine.clone())?;
    let router = router(&engine, hearing.clone());
    hearing.catch_up_with_all().await;
    let follower = tokio::spawn(async move { hearing.follow().await });
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    while let Some(place) = tokio::select! {
        place = Arc::clone(&places).acquire_owned() => place.ok(),
        () = engine.stopped() => None,
    } {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "an agent's connection was not accepted");
                    tokio::time::sleep(EXHAUSTED).await;
                    continue;
                }
            },
            () = engine.stopped() => break,
        };
        while connections.try_join_next().is_some() {}
        let (router, engine) = (router.clone(), engine.clone());
        connections.spawn(async move {
            answer(stream, router, engine).await;
            drop(place);
        });
    }
    drop(listener);
    // It ends when the supervisor is told to stop.
    let _ = follower.await;
    let ended = tokio::time::timeout(ENDING, async { while connections.join_next().await.is_some() {} });
    if ended.await.is_err() {
        tracing::debug!(left = connections.len(), "connections of agents were cut");
    }
    Ok(())
}

fn router(engine: &Engine, hearing: Hearing) -> Router {
    Router::new()
        .route("/hook/{dialect}", post(told))
        .route("/status-line/{dialect}", post(told))
        .route("/signal", post(told))
        .with_state(Telling { hearing, engine: engine.clone() })
        .nest("/mcp", mcp::router(engine.clone()))
        // The guard bounds bodies.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(guard::Guard::new(engine.clone()), guard::guard))
}

/// Answers one request. Connections are not kept: on loopback a new one costs less than the care for an idle one.
async fn answer(stream: TcpStream, router: Router, engine: Engine) {
    // An answer is one small packet, and the agent waits for it.
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = engine.stopped() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "an agent's connection broke");
    }
}
