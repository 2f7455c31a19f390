//! Answers for the script on a host, which can read neither payloads nor decisions: the door says whether a hook waits,
//! and words the person's decision for the agent itself.
//!
//! It asks briefly first. Where the hook waits it is told so (202), nothing is taken, and it asks again patiently: then the
//! answer begins at once and says every few seconds that it goes on, so that a line that was cut is known on both sides.
//! It ends with a line `reply WORDS`; one that ends otherwise was cut, and the call is made again, by the same name.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use tokio::time::{Instant, interval_at};

use super::told::text;
use crate::{
    agent::signals::{self, Dialect},
    api::wire::agents::{PATIENCE, Told},
    domain::signal::Decision,
    engine::{Engine, WaitingCall},
};

/// How often an answer that lasts says that it goes on.
const GOES_ON: Duration = Duration::from_secs(5);

/// How long the script has come to stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// It tells something, or wants to know whether to wait.
    Brief,
    /// Until the person has decided.
    Patient,
    /// It waited, and its agent has ended it.
    Over,
}

impl Patience {
    /// `None` for a client that reads payloads and decisions itself.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        match text(headers, PATIENCE)? {
            "patient" => Some(Patience::Patient),
            "over" => Some(Patience::Over),
            _ => Some(Patience::Brief),
        }
    }
}

/// What a decision has to be worded for.
#[derive(Debug)]
pub(super) struct Words {
    dialect: Dialect,
    payload: String,
}

impl Words {
    /// `None` for what does not wait.
    pub(super) fn wanted_by(told: &Told) -> Option<Self> {
        let dialect = Dialect::of_word(told.path.strip_prefix("/hook/")?)?;
        let waits = signals::waits(dialect, told.payload.as_bytes());
        waits.then(|| Self { dialect, payload: told.payload.clone() })
    }

    /// The answer, begun now and finished when the person has decided. When the client goes away it is dropped, and the
    /// call with it.
    pub(super) fn when_decided(self, call: WaitingCall, engine: Engine) -> Response {
        let goes_on = interval_at(Instant::now(), GOES_ON);
        let decided = Box::pin(call.decided());
        let lines = stream::unfold(Some((decided, goes_on, self, engine)), |waiting| async move {
            let (mut decided, mut goes_on, words, engine) = waiting?;
            tokio::select! {
                biased;
                decision = decided.as_mut() => Some((Ok(words.line(decision)), None)),
                () = engine.stopped() => Some((Err(std::io::Error::other("the daemon is being stopped")), None)),
                _ = goes_on.tick() => {
                    let line = Bytes::from_static(b"it waits for the person\n");
                    Some((Ok(line), Some((decided, goes_on, words, engine))))
                }
            }
        });
        ([(header::CONTENT_TYPE, "text/plain")], Body::from_stream(lines)).into_response()
    }

    /// Without a decision, the same call was made again or the agent's own dialog has to do.
    fn line(&self, decision: Option<Decision>) -> Bytes {
        let reply = decision.map(|decision| signals::reply(self.dialect, self.payload.as_bytes(), &decision));
        format!("reply {}\n", reply.unwrap_or_default()).into()
    }
}
