//! Claude Code's transcript, as measured with 2.1.329.
//!
//! A record for each block of a message, all with the same `message.id` and with the usage of the whole message. No hook
//! tells that the person interrupted; that is a `user` record with words of its own. A refused call is a `user` record
//! with `toolDenialKind`. A failed turn is an `assistant` record by `<synthetic>`, and the only place that says when a
//! usage limit starts anew.
//!
//! What the agent asks of its provider beside the conversation (a title, a summary for a compaction) is not in it. The
//! size of the context is not in it either, and is not guessed: the status line names it.

use std::{collections::VecDeque, sync::LazyLock};

use memchr::memmem::Finder;
use serde_json::Value;

use super::Diary;
use crate::{
    agent::signals::{LINE_CHARACTERS, failures, line, resets, subject_of_claudes_call, word},
    domain::{Failure, Timestamp, signal::Says, usage::Tokens},
};

/// The words that stand in the conversation where the person interrupted it.
const INTERRUPTED: [&str; 2] = ["[Request interrupted by user]", "[Request interrupted by user for tool use]"];
/// How many calls of tools are remembered until their results come.
const CALLS: usize = 128;

/// What is remembered of the transcript.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// The newest calls of tools, each by its id, with its subject.
    calls: VecDeque<(String, String)>,
}

impl Page {
    pub(super) fn line(&mut self, line: &[u8], diary: &mut Diary) {
        let Some((record, at)) = record(line) else { return };
        match word(&record, "type") {
            Some("assistant") => self.answered(&record, at, diary),
            Some("user") if is_main(&record) => self.was_told(&record, at, diary),
            _ => {}
        }
    }

    /// The model has answered, or its provider has failed.
    fn answered(&mut self, record: &Value, at: Timestamp, diary: &mut Diary) {
        let message = &record["message"];
        if record["isApiErrorMessage"] == true {
            if is_main(record) {
                fail(record, at, diary);
            }
            return;
        }
        count(record, at, diary);
        if !is_main(record) {
            return;
        }
        diary.went_on();
        for call in blocks(&message["content"]).filter(|block| word(block, "type") == Some("tool_use")) {
            let (Some(id), Some(tool)) = (word(call, "id"), word(call, "name")) else { continue };
            if self.calls.len() == CALLS {
                self.calls.pop_front();
            }
            self.calls.push_back((id.to_owned(), subject_of_claudes_call(tool, &call["input"])));
        }
    }

    /// Something was put into the conversation: a prompt, the result of a tool, an interrupt.
    fn was_told(&mut self, record: &Value, at: Timestamp, diary: &mut Diary) {
        let content = &record["message"]["content"];
        if word(record, "promptSource").is_some() {
            diary.went_on();
            return;
        }
        if let Some(kind) = word(record, "toolDenialKind") {
            let results = blocks(content).filter(|block| word(block, "type") == Some("tool_result"));
            for id in results.filter_map(|result| word(result, "tool_use_id")) {
                self.refused(id, kind, record, at, diary);
            }
        }
        let words = blocks(content).filter_map(|block| word(block, "text"));
        if let Some(words) = words.into_iter().find(|words| INTERRUPTED.contains(&words.trim())) {
            diary.happened(at, "interrupt", words, Says::Interrupted);
        }
    }

    fn refused(&mut self, id: &str, kind: &str, record: &Value, at: Timestamp, diary: &mut Diary) {
        let Some(place) = self.calls.iter().rposition(|(call, _)| call == id) else { return };
        let Some((_, subject)) = self.calls.remove(place) else { return };
        let outcome = match word(record, "userFeedback") {
            Some(feedback) => format!("refused in its pane: {}", line(feedback, LINE_CHARACTERS)),
            None if kind == "user-rejected" => "refused in its pane".to_owned(),
            None => "it was not allowed to run".to_owned(),
        };
        diary.happened(at, "refusal", &outcome.clone(), Says::AskSettled { subject, outcome });
    }
}

/// A line of the file of a subagent.
pub(super) fn subagent_line(line: &[u8], diary: &mut Diary) {
    if let Some((record, at)) = record(line)
        && word(&record, "type") == Some("assistant")
        && record["isApiErrorMessage"] != true
    {
        count(&record, at, diary);
    }
}

/// The record on this line and its time, if it may be one that says something. Most of a transcript's bytes are
/// instructions, results of tools and copies of requests, which are passed over unparsed.
fn record(line: &[u8]) -> Option<(Value, Timestamp)> {
    static ANSWERS: LazyLock<Finder> = LazyLock::new(|| Finder::new(r#""type":"assistant""#));
    static TOLD: LazyLock<[Finder; 3]> = LazyLock::new(|| {
        [r#""toolDenialKind":"#, r#""[Request interrupted by user"#, r#""promptSource":"#].map(Finder::new)
    });
    let says_something = ANSWERS.find(line).is_some() || TOLD.iter().any(|finder| finder.find(line).is_some());
    if !says_something {
        return None;
    }
    let record: Value = serde_json::from_slice(line).ok()?;
    let at: jiff::Timestamp = word(&record, "timestamp")?.parse().ok()?;
    Some((record, Timestamp(at.as_millisecond())))
}

/// It belongs to the conversation with the person, not to a subagent's.
fn is_main(record: &Value) -> bool {
    record["isSidechain"] != true
}

fn blocks(content: &Value) -> impl Iterator<Item = &Value> {
    content.as_array().into_iter().flatten()
}

fn count(record: &Value, at: Timestamp, diary: &mut Diary) {
    let message = &record["message"];
    let usage = &message["usage"];
    let Some(id) = word(message, "id").or_else(|| word(record, "uuid")) else { return };
    let tokens = Tokens {
        input: tokens(usage, "input_tokens"),
        output: tokens(usage, "output_tokens"),
        cache_read: tokens(usage, "cache_read_input_tokens"),
        cache_write: tokens(usage, "cache_creation_input_tokens"),
    };
    diary.used(at, id, word(message, "model").unwrap_or("unknown"), tokens);
}

fn tokens(usage: &Value, kind: &str) -> u64 {
    super::plausible(&usage[kind])
}

/// The turn has failed. What comes of it is told by classes, so the account's own figures go before words.
fn fail(record: &Value, at: Timestamp, diary: &mut Diary) {
    let words: Vec<&str> = blocks(&record["message"]["content"]).filter_map(|block| word(block, "text")).collect();
    let words = words.join("\n");
    let used_up = word(record, "apiError").filter(|code| *code == "usage_limit_reached");
    let code = used_up.or_else(|| word(record, "error"));
    let status = record["apiErrorStatus"].as_u64().and_then(|status| u16::try_from(status).ok());
    let resets = record["quotaLimits"]["resetsAt"].as_i64().and_then(|seconds| seconds.checked_mul(1_000));
    let failure = Failure {
        class: failures::classify(code, status, &words),
        text: line(if words.is_empty() { code.unwrap_or("its turn failed") } else { &words }, LINE_CHARACTERS),
        until: resets.map(Timestamp).or_else(|| resets::in_words(&words, at)),
    };
    diary.happened(at, "API error", &words, Says::TurnFailed { failure });
}
