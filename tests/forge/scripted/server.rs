//! The socket that `gh` speaks HTTP to.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Method, Response, Uri},
};
use serde_json::Value;
use tokio::{net::UnixListener, sync::oneshot};

use super::{Request, State, Trouble, graph, rest, trouble::Answer};

/// The running server; it ends when this is dropped.
pub(super) struct Server {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(super) fn start(socket: &Path, state: Arc<Mutex<State>>) -> Self {
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let listener = {
            let _inside = runtime.enter();
            UnixListener::bind(socket).expect("a socket")
        };
        let thread = std::thread::spawn(move || {
            let answer = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
                let state = Arc::clone(&state);
                async move { take(&state, &method, &uri, &headers, &body).await }
            };
            runtime.spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
            let _ = stopped.blocking_recv();
            runtime.shutdown_background();
        });
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

async fn take(
    state: &Arc<Mutex<State>>,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Response<Body> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let request = Request {
        line: format!("{method} {}", uri.path()),
        host: header("host"),
        authorization: header("authorization"),
        body: serde_json::from_slice(body).unwrap_or(Value::Null),
    };
    let trouble = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.requests.push(request.clone());
        state.trouble(&request)
    };
    match &trouble {
        Some(Trouble::Slow(time)) => tokio::time::sleep(*time).await,
        Some(Trouble::Cut) => return cut(),
        Some(_) | None => {}
    }
    let (code, headers, body) = match trouble.as_ref().and_then(Trouble::answer) {
        Some(answer) => answer,
        None => {
            let state = Arc::clone(state);
            let answer = tokio::task::spawn_blocking(move || {
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                state.refresh();
                let answer = usual(&mut state, &request);
                state.remaining = state.remaining.saturating_sub(1);
                answer
            });
            answer.await.unwrap_or_else(|error| (500, Vec::new(), error.to_string()))
        }
    };
    let mut response = Response::builder().status(code).header("content-type", "application/json; charset=utf-8");
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Body::from(body)).expect("a response")
}

fn usual(state: &mut State, request: &Request) -> Answer {
    let (method, path) = request.line.split_once(' ').unwrap_or_default();
    // An enterprise host keeps its interfaces below /api.
    let path = path.strip_prefix("/api/v3").or(path.strip_prefix("/api")).unwrap_or(path);
    let (code, body) = match path {
        "/graphql" => (200, graph::answer(state, &request.body)),
        path => rest::answer(state, method, path, &request.body),
    };
    let body = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
    (code, vec![("x-ratelimit-remaining", state.remaining.to_string())], body)
}

/// A response whose body breaks off.
fn cut() -> Response<Body> {
    let broken = futures_util::stream::once(async { Err::<Bytes, _>(std::io::Error::other("cut")) });
    Response::new(Body::from_stream(broken))
}

impl State {
    fn trouble(&mut self, request: &Request) -> Option<Trouble> {
        let body = request.body.to_string();
        let hit = |part: &str| request.line.contains(part) || body.contains(part);
        let awaited = self.troubles.iter_mut().find(|awaited| awaited.times > 0 && hit(&awaited.part))?;
        awaited.times -= 1;
        Some(awaited.trouble.clone())
    }
}
