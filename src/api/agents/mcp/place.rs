//! Where a client's call that waits stands, so that it can be found again after its connection was lost.
//!
//! It goes out as the id of the first event of the answer. A client whose connection breaks comes back with that id, as
//! Claude Code and Codex do, and finds its call even if another daemon answers by then.

use axum::http::HeaderMap;
use rmcp::model::{ProgressToken, RequestId};
use serde::{Deserialize, Serialize};
use serde_json::Map;

use super::session::Session;

/// The header in which a client shows the last id that it was given.
const LAST_EVENT: &str = "last-event-id";
/// Under which names clients say in `_meta` which of their model's tool calls this is.
const CALL_IDS: [&str; 2] = ["claudecode/toolUseId", "callId"];

/// A call that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// The client's own id of the request.
    pub(super) request: RequestId,
    /// How the client wants to be told that it goes on.
    pub(super) progress: Option<ProgressToken>,
    /// Names the call to the supervisor.
    pub(super) key: String,
}

impl Place {
    /// The place of a new call: named by the id that the agent itself gave it, or by the request of a session. A request
    /// without either can't be made again.
    pub(super) fn new(request: RequestId, meta: &Map<String, serde_json::Value>, session: Option<&Session>) -> Self {
        let named = CALL_IDS.iter().find_map(|&name| meta.get(name)?.as_str()).filter(|id| !id.is_empty());
        let key = match (named, session) {
            (Some(id), _) => format!("ask_user/{id}"),
            (None, Some(session)) => format!("ask_user/{}/{request}", session.as_str()),
            (None, None) => format!("ask_user/{}", uuid::Uuid::new_v4()),
        };
        Self { request, progress: progress(meta), key }
    }

    /// The place a client comes back to; `None` where it names none, or none of ours.
    pub(super) fn shown(headers: &HeaderMap) -> Option<Self> {
        let id = headers.get(LAST_EVENT)?.as_bytes();
        let digits = id.chunks_exact(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        let text: Vec<u8> = digits.collect::<Option<_>>()?;
        serde_json::from_slice(&text).ok()
    }

    /// Its name in an event: nothing but letters and digits, for clients hold an id to be opaque and put it in a header.
    pub(super) fn event_id(&self) -> String {
        let text = serde_json::to_vec(self).expect("names and numbers are JSON");
        text.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// How a client wants to be told that a call goes on, if it does.
pub(super) fn progress(meta: &Map<String, serde_json::Value>) -> Option<ProgressToken> {
    meta.get("progressToken").and_then(|token| serde_json::from_value(token.clone()).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn place(request: Value, meta: Value, session: Option<&Session>) -> Place {
        let Value::Object(meta) = meta else { panic!("an object") };
        Place::new(serde_json::from_value(request).expect("an id"), &meta, session)
    }

    #[test]
    fn a_client_finds_its_call_again() {
        let session = Session::new("a1".parse().expect("an id"));
        let places = [
            place(json!(2), json!({"claudecode/toolUseId": "toolu_05c5", "progressToken": 2}), None),
            place(json!("ü\n"), json!({"callId": "call_4563", "progressToken": "p"}), Some(&session)),
            place(json!(3), json!({}), Some(&session)),
            place(json!(3), json!({"callId": 7}), None),
        ];
        assert_eq!(places[0].key, "ask_user/toolu_05c5");
        assert_eq!(places[1].key, "ask_user/call_4563");
        assert_eq!(places[2].key, format!("ask_user/{}/3", session.as_str()));
        for place in places {
            let mut headers = HeaderMap::new();
            headers.insert(LAST_EVENT, place.event_id().parse().expect("a header"));
            assert_eq!(Place::shown(&headers), Some(place));
        }
    }

    #[test]
    fn what_we_did_not_give_out_is_no_place() {
        for made_up in ["", "0", "7b7d", "zz", "+1+1"] {
            let mut headers = HeaderMap::new();
            headers.insert(LAST_EVENT, made_up.parse().expect("a header"));
            assert_eq!(Place::shown(&headers), None, "{made_up:?}");
        }
        assert_eq!(Place::shown(&HeaderMap::new()), None);
    }
}
