//! Answers that last: a stream of events that begins at once, and whose first event says where to come back to.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    http::header,
    response::{IntoResponse, Response},
};
use futures_util::{Stream, StreamExt, stream};
use serde_json::Value;

use super::place::Place;

/// How long the protocol may take to turn a message down, which is told by the status of the response.
const TURNED_DOWN: Duration = Duration::from_millis(500);
/// How long a client whose connection broke waits before it comes back. Claude Code does so only once, so it must not be
/// before another daemon answers; the person takes longer.
const COMES_BACK: Duration = Duration::from_secs(10);

/// What no client reads as an event.
const NOTHING_YET: &[u8] = b": it goes on\n\n";

const EVENTS: &str = "text/event-stream";

/// The answer of the protocol, begun at once even if that takes hours. Without a place, a client whose connection breaks
/// can't come back.
pub(super) async fn begin(place: Option<&Place>, answer: impl Future<Output = Response> + Send + 'static) -> Response {
    let mut answer = Box::pin(answer);
    let begun = tokio::time::timeout(TURNED_DOWN, &mut answer).await;
    let rest = match begun {
        Ok(turned_down) if !is_events(&turned_down) => return turned_down,
        Ok(begun) => begun.into_body().into_data_stream().boxed(),
        Err(_) => stream::once(answer).flat_map(|late| late.into_body().into_data_stream()).boxed(),
    };
    let first = place.map_or_else(|| Bytes::from_static(NOTHING_YET), first);
    respond(stream::once(async { Ok(first) }).chain(rest))
}

/// A stream of messages that goes on where another one broke off.
pub(super) fn go_on(place: &Place, messages: impl Stream<Item = Value> + Send + 'static) -> Response {
    let first = first(place);
    respond(stream::once(async { Ok(first) }).chain(messages.map(|message| Ok(event(&message)))))
}

fn respond(events: impl Stream<Item = Result<Bytes, axum::Error>> + Send + 'static) -> Response {
    ([(header::CONTENT_TYPE, EVENTS), (header::CACHE_CONTROL, "no-cache")], Body::from_stream(events)).into_response()
}

/// An event without a message: where to come back to, and when.
fn first(place: &Place) -> Bytes {
    format!("id: {}\nretry: {}\ndata: \n\n", place.event_id(), COMES_BACK.as_millis()).into()
}

fn event(message: &Value) -> Bytes {
    format!("data: {message}\n\n").into()
}

fn is_events(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(EVENTS.as_bytes()))
}
