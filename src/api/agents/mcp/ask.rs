//! `ask_user`: waits for the person, for hours if need be.
//!
//! Clients give up on a server that says nothing: Claude Code after 60 seconds without a beginning of the response and
//! after five minutes without a sign of progress, Codex after five minutes or what it was told at its start. So the
//! response begins at once, and says now and then that it goes on.

use std::time::Duration;

use rmcp::{RoleServer, model::ProgressNotificationParam, service::RequestContext};
use sha2::{Digest, Sha256};

use super::{
    arguments::AskUser,
    endpoint::Speaker,
    server::{Server, Told},
    waiting::Name,
    words,
};
use crate::domain::{
    Signal, Timestamp,
    activity::Evidence,
    question::{Kind, Verdict, Via},
    signal::{Ask, AskOption, Channel, Part, Says},
};

/// How often a client is told that the call goes on: well below every limit that is known.
const SIGN_OF_LIFE: Duration = Duration::from_secs(20);

/// Under which names clients say in `_meta` which of their model's tool calls this is.
const CALL_IDS: [&str; 2] = ["claudecode/toolUseId", "callId"];

/// Asks, and waits until the person has answered, the client no longer wants to know, or the supervisor ends.
pub(super) async fn ask(
    server: &Server,
    speaker: Speaker,
    question: AskUser,
    context: RequestContext<RoleServer>,
) -> Told {
    let attempt = speaker.caller.attempt;
    let signal = signal(question, key(&context, &speaker));
    let name = Name { attempt, session: speaker.session, request: context.id.clone() };
    let waits = server.waiting.begin(name);
    let call = match server.engine.ask(attempt, signal, Via::Tool).await {
        Ok(Some(call)) => call,
        Ok(None) => return Ok(words::NO_ANSWER.to_owned()),
        Err(refusal) => return Err(words::refused(&refusal)),
    };
    tokio::select! {
        decision = call.decided() => {
            Ok(decision.as_ref().map_or_else(|| words::NO_ANSWER.to_owned(), words::answered))
        }
        // Nobody reads this.
        () = waits.taken_back() => Ok(words::NO_ANSWER.to_owned()),
        () = context.ct.cancelled() => Ok(words::NO_ANSWER.to_owned()),
        () = server.engine.stopped() => Ok(words::RESTARTS.to_owned()),
        never = signs_of_life(&context) => match never {},
    }
}

/// Tells the client again and again that the call goes on, where it said how it wants to be told.
async fn signs_of_life(context: &RequestContext<RoleServer>) -> std::convert::Infallible {
    let Some(token) = context.meta.get_progress_token() else { return std::future::pending().await };
    let mut beat = tokio::time::interval(SIGN_OF_LIFE);
    let mut told = 0.0;
    loop {
        beat.tick().await;
        let progress = ProgressNotificationParam::new(token.clone(), told).with_message(words::WAITS);
        // A client that is gone is noticed by its connection.
        let _ = context.peer.notify_progress(progress).await;
        told += 1.0;
    }
}

fn signal(question: AskUser, key: String) -> Signal {
    let subject = subject(&question);
    let text = question.question.chars().take(Evidence::TEXT_CHARACTERS).collect();
    let options = question.options.into_iter().map(|label| AskOption {
        label,
        description: String::new(),
        verdict: Verdict::Pick,
    });
    let part = Part {
        text: question.question,
        detail: question.context,
        options: options.collect(),
        multiple: false,
        free_text: true,
    };
    Signal {
        at: Timestamp(jiff::Timestamp::now().as_millisecond()),
        channel: Channel::Tool,
        name: "ask_user".to_owned(),
        text,
        conversation: None,
        says: Says::Asks(Ask { key, subject, kind: Kind::AskUser, parts: vec![part] }),
    }
}

/// Names the call: by the id that the agent itself gave it, or by the request of a session. A request without either
/// can't be made again.
fn key(context: &RequestContext<RoleServer>, speaker: &Speaker) -> String {
    let named = CALL_IDS.iter().find_map(|&name| context.meta.get(name)?.as_str());
    match (named, &speaker.session) {
        (Some(id), _) if !id.is_empty() => format!("ask_user/{id}"),
        (_, Some(session)) => format!("ask_user/{}/{}", session.as_str(), context.id),
        (_, None) => format!("ask_user/{}", uuid::Uuid::new_v4()),
    }
}

/// The same for the same question.
fn subject(question: &AskUser) -> String {
    let mut digest = Sha256::new();
    for words in [&question.question, &question.context].into_iter().chain(&question.options) {
        digest.update(words.len().to_le_bytes());
        digest.update(words.as_bytes());
    }
    let hash: String = digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("ask_user/{hash}")
}
