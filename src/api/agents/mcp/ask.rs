//! `ask_user`: waits for the person, for hours if need be.
//!
//! Clients give up on a server that says nothing: Claude Code after 60 seconds without a beginning of the response and
//! after five minutes without a sign of progress, Codex after five minutes or what it was told at its start. So the
//! response begins at once, and says now and then that it goes on.

use std::{collections::BTreeMap, convert::Infallible, time::Duration};

use futures_util::{Stream, stream};
use rmcp::{
    RoleServer,
    model::{ProgressNotificationParam, ProgressToken},
    service::RequestContext,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::{
    arguments::AskUser,
    endpoint::Speaker,
    place::Place,
    server::{Server, Told, result},
    session::Session,
    tools,
    waiting::Name,
    words,
};
use crate::{
    domain::{
        AttemptId, Question, Signal, Timestamp, World,
        activity::Evidence,
        question::{Action, Kind, Verdict, Via},
        signal::{Ask, AskOption, Channel, Part, Says},
    },
    engine::clock::now,
};

/// How often a client is told that the call goes on: well below every limit that is known.
const SIGN_OF_LIFE: Duration = Duration::from_secs(20);

/// Asks, and waits until the person has answered, the client no longer wants to know, or the supervisor ends.
pub(super) async fn ask(
    server: &Server,
    speaker: Speaker,
    question: AskUser,
    context: RequestContext<RoleServer>,
) -> Told {
    let Speaker { caller, session, place } = speaker;
    let place = place.unwrap_or_else(|| Place::new(context.id.clone(), &context.meta, session.as_ref()));
    let name = Name { attempt: caller.attempt, session, request: context.id.clone() };
    let since = now();
    let signs = signs_of_life(place.progress, since, words::WAITS, |progress| async {
        // A client that is gone is noticed by its connection.
        let _ = context.peer.notify_progress(progress).await;
    });
    tokio::select! {
        told = wait(server, asks(question, place.key, since), name) => told,
        // Nobody reads this.
        () = context.ct.cancelled() => Ok(words::NO_ANSWER.to_owned()),
        never = signs => match never {},
    }
}

/// Goes on to wait in the name of a client that has come back: gives the messages it would have got, the answer last.
pub(super) fn go_on(
    server: Server,
    attempt: AttemptId,
    session: Option<Session>,
    place: Place,
    newer: bool,
) -> impl Stream<Item = Value> + Send + 'static {
    let (messages, told) = mpsc::channel(4);
    tokio::spawn(async move {
        tokio::select! {
            () = messages.closed() => {}
            () = wait_again(&server, attempt, session, place, newer, &messages) => {}
        }
    });
    stream::unfold(told, |mut told| async move { Some((told.recv().await?, told)) })
}

async fn wait_again(
    server: &Server,
    attempt: AttemptId,
    session: Option<Session>,
    place: Place,
    newer: bool,
    messages: &mpsc::Sender<Value>,
) {
    let Place { request, progress, key } = place;
    let world = server.engine.world().await.ok();
    let asked = world.and_then(|world| asked_before(&world, attempt, &key));
    let told = match asked {
        // It is settled, or the agent has asked the same again.
        None => Ok(words::NO_ANSWER.to_owned()),
        Some((signal, since)) => {
            let name = Name { attempt, session, request: request.clone() };
            let signs = signs_of_life(progress, since, words::WAITS, |progress| {
                let told = json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": progress});
                async {
                    let _ = messages.send(told).await;
                }
            });
            tokio::select! {
                told = wait(server, signal, name) => told,
                never = signs => match never {},
            }
        }
    };
    let mut result = result(told);
    if !newer {
        result.result_type = None;
    }
    let _ = messages.send(json!({"jsonrpc": "2.0", "id": request, "result": result})).await;
}

async fn wait(server: &Server, signal: Signal, name: Name) -> Told {
    let attempt = name.attempt;
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
        () = server.engine.stopped() => Ok(words::RESTARTS.to_owned()),
    }
}

/// Tells the client again and again that the call goes on, where it said how it wants to be told.
pub(super) async fn signs_of_life<Told: Future<Output = ()> + Send>(
    token: Option<ProgressToken>,
    since: Timestamp,
    why: &str,
    tell: impl Fn(ProgressNotificationParam) -> Told,
) -> Infallible {
    let Some(token) = token else { return std::future::pending().await };
    let mut beat = tokio::time::interval(SIGN_OF_LIFE);
    loop {
        beat.tick().await;
        // Progress grows, also over connections.
        let seconds = now().since(since).as_secs_f64();
        tell(ProgressNotificationParam::new(token.clone(), seconds).with_message(why)).await;
    }
}

/// What was asked through a call that nobody waits in, and when.
fn asked_before(world: &World, attempt: AttemptId, key: &str) -> Option<(Signal, Timestamp)> {
    let mut parts: BTreeMap<u8, &Question> = BTreeMap::new();
    for question in world.questions.values().filter(|question| !question.state.is_settled()) {
        let call = question.call.as_ref();
        if let Some(call) = call.filter(|call| call.attempt == attempt && call.key == key && call.via == Via::Tool) {
            parts.insert(call.part, question);
        }
    }
    let first = *parts.values().next()?;
    let subject = first.call.as_ref()?.subject.clone();
    let asked = parts.values().map(|question| part_of(question)).collect();
    Some((says(Ask { key: key.to_owned(), subject, kind: first.kind, parts: asked }, now()), first.created_at))
}

fn part_of(question: &Question) -> Part {
    let Question { text, detail, choices, multiple, free_text, .. } = question.clone();
    let options = choices.into_iter().filter_map(|choice| match choice.action {
        Action::Reply(verdict) => Some(AskOption { label: choice.label, description: choice.description, verdict }),
        Action::Resume
        | Action::MarkDone
        | Action::MarkFailed
        | Action::SendAgain(_)
        | Action::DropMessage(_)
        | Action::GoOn
        | Action::Compact
        | Action::SendBack
        | Action::VerifyAgain
        | Action::Overrule
        | Action::PublishAgain(_)
        | Action::Leave => None,
    });
    Part { text, detail, options: options.collect(), multiple, free_text }
}

fn asks(question: AskUser, key: String, at: Timestamp) -> Signal {
    let subject = subject(&question);
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
    says(Ask { key, subject, kind: Kind::AskUser, parts: vec![part] }, at)
}

fn says(ask: Ask, at: Timestamp) -> Signal {
    let text = ask.parts.iter().flat_map(|part| part.text.chars()).take(Evidence::TEXT_CHARACTERS).collect();
    let name = tools::ASK_USER.to_owned();
    Signal { at, channel: Channel::Tool, name, text, conversation: None, says: Says::Asks(ask) }
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
