//! What was told, by where at the door it was told: a hook, a status line, or a word of `qd signal`.

use crate::{
    agent::signals::{self, Dialect},
    api::wire::agents::{Said, Told, Trouble},
    domain::{
        Failure, Signal, Timestamp,
        activity::Evidence,
        question,
        session::Outcome,
        signal::{Ask, Channel, Part, Says},
        tool::ToolCall,
        usage::Spent,
    },
};

/// What was told.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::api) enum Heard {
    /// A signal.
    Signal(Signal),
    /// A signal that is soon followed by another of its kind, and not kept.
    Passing(Signal),
    /// A question that the agent waits for.
    Waits(Signal),
    /// A call of a tool.
    Tool(ToolCall),
}

/// Why it is not understood.
#[derive(Debug, thiserror::Error)]
pub(in crate::api) enum NotUnderstood {
    #[error("nothing is told at {0}")]
    Path(String),
    #[error("that is no word of `qd signal`")]
    Word(#[source] serde_json::Error),
}

/// Reads what was told. What an agent's hook means is never refused; what a person types is.
pub(in crate::api) fn understand(told: &Told) -> Result<Heard, NotUnderstood> {
    let Told { call, at, path, payload } = told;
    let payload = payload.as_bytes();
    let mut parts = path.trim_start_matches('/').split('/');
    let place = (parts.next(), parts.next().and_then(Dialect::of_word), parts.next());
    match place {
        (Some("hook"), Some(dialect), None) => {
            let signal = signals::hook(dialect, payload, *at, call);
            Ok(if signals::waits(dialect, payload) { Heard::Waits(signal) } else { Heard::Signal(signal) })
        }
        (Some("status-line"), Some(dialect), None) => Ok(Heard::Passing(signals::status_line(dialect, payload, *at))),
        (Some("signal"), None, None) => {
            let said = serde_json::from_slice(payload).map_err(NotUnderstood::Word)?;
            Ok(of_word(said, told))
        }
        _ => Err(NotUnderstood::Path(path.clone())),
    }
}

fn of_word(said: Said, told: &Told) -> Heard {
    let name = said.word().to_owned();
    let (says, text) = match said {
        Said::Progress { note } => return Heard::Tool(ToolCall::ReportProgress { text: note }),
        Said::Done { note } => {
            let report = ToolCall::ReportResult { outcome: Outcome::Done, summary: note, evidence: None };
            return Heard::Tool(report);
        }
        Said::Working { note } => (Says::Working { on: note.clone(), subject: None }, note),
        Said::YourTurn { background } => {
            let text = background.join(", ");
            (Says::TurnEnded { background }, text)
        }
        Said::Asking { note } => (Says::Asks(asks(&told.call, note.clone())), note),
        Said::Compacting => (Says::Compacting, String::new()),
        Said::Retrying(trouble) => {
            let (until, text) = (trouble.until, trouble.note.clone());
            (Says::Retrying { attempt: None, of: None, until, failure: failure(trouble) }, text)
        }
        Said::Failed(trouble) => {
            let text = trouble.note.clone();
            (Says::TurnFailed { failure: failure(trouble) }, text)
        }
        Said::Interrupted => (Says::Interrupted, String::new()),
        Said::Ended { note } => (Says::Left { reason: note.clone() }, note),
        Said::Used { model, requests, tokens } => {
            let text = format!("{model}: {} tokens in {requests} requests", tokens.total());
            (Says::Spent(vec![Spent { day: day_of(told.at), model, tokens, requests }]), text)
        }
    };
    let text = text.chars().take(Evidence::TEXT_CHARACTERS).collect();
    Heard::Signal(Signal { at: told.at, channel: Channel::Command, name, text, conversation: None, says })
}

/// The person's day in which that was.
fn day_of(at: Timestamp) -> String {
    let moment = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    moment.to_zoned(jiff::tz::TimeZone::system()).date().to_string()
}

/// A question in the agent's own pane, which nothing of ours waits for.
fn asks(call: &str, text: String) -> Ask {
    let part = Part { text, detail: String::new(), options: Vec::new(), multiple: false, free_text: true };
    Ask { key: call.to_owned(), subject: call.to_owned(), kind: question::Kind::Asks, parts: vec![part] }
}

fn failure(trouble: Trouble) -> Failure {
    let Trouble { class, until, note } = trouble;
    Failure { class, text: note.chars().take(Evidence::TEXT_CHARACTERS).collect(), until }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{failure::Class, usage::Tokens};

    fn told(path: &str, payload: &str) -> Told {
        Told { call: "c1".into(), at: Timestamp(7), path: path.into(), payload: payload.into() }
    }

    #[test]
    fn every_word_that_can_be_typed_is_understood() {
        let words = [
            Said::Working { note: "tests".into() },
            Said::YourTurn { background: vec!["a build".into()] },
            Said::Asking { note: "which one?".into() },
            Said::Compacting,
            Said::Retrying(Trouble { class: Class::Overloaded, until: Some(Timestamp(9)), note: "529".into() }),
            Said::Failed(Trouble { class: Class::RateLimit, until: None, note: String::new() }),
            Said::Interrupted,
            Said::Ended { note: "bye".into() },
            Said::Used { model: "m".into(), requests: 1, tokens: Tokens { input: 7, ..Tokens::default() } },
        ];
        for said in words {
            let Ok(Heard::Signal(signal)) = understand(&told("/signal", &serde_json::to_string(&said).unwrap())) else {
                panic!("{said:?}");
            };
            assert_eq!(
                (signal.name.as_str(), signal.at, signal.channel),
                (said.word(), Timestamp(7), Channel::Command)
            );
        }
        let said = serde_json::to_string(&Said::Done { note: "all of it".into() }).unwrap();
        assert!(matches!(understand(&told("/signal", &said)), Ok(Heard::Tool(ToolCall::ReportResult { .. }))));
        let said = serde_json::to_string(&Said::Progress { note: "half".into() }).unwrap();
        assert!(matches!(understand(&told("/signal", &said)), Ok(Heard::Tool(ToolCall::ReportProgress { .. }))));
    }

    #[test]
    fn places_that_are_not_there_are_refused() {
        for path in ["/", "/hook", "/hook/none", "/hook/claude/more", "/signal/claude", "/status-line", "/other"] {
            assert!(matches!(understand(&told(path, "{}")), Err(NotUnderstood::Path(_))), "{path}");
        }
        assert!(matches!(understand(&told("/signal", r#"{"says":"dancing"}"#)), Err(NotUnderstood::Word(_))));
    }
}
