//! Codex's rollout, as measured with 0.169.0.
//!
//! Turns begin and end in it (`task_started`, `task_complete`, `turn_aborted`); that one failed is said nowhere else.
//! Each request has a `token_usage_record`. Older versions wrote only `token_count`, with running totals, of which the
//! growth is what a request used. Cached tokens are part of its input, and its thoughts are part of its output.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde_json::Value;

use super::{Diary, ledger::difference, plausible};
use crate::{
    agent::signals::{LINE_CHARACTERS, failures, line, resets, word},
    domain::{
        Failure, Meter, Timestamp,
        failure::Class,
        signal::Says,
        usage::{Context, Limit, Tokens},
    },
};

/// What is remembered of the rollout.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// The model of the turn.
    model: Option<String>,
    /// Requests have records of their own.
    has_records: bool,
    /// The running total at the last count.
    total: Tokens,
    /// The account's limits, as they were told last.
    limits: Vec<Limit>,
}

impl Page {
    pub(super) fn line(&mut self, line: &[u8], diary: &mut Diary) {
        let Some((record, at)) = record(line) else { return };
        let payload = &record["payload"];
        match word(&record, "type") {
            Some("turn_context") => self.model = word(payload, "model").map(str::to_owned).or(self.model.take()),
            Some("token_usage_record") => self.used(payload, at, diary),
            Some("event_msg") => match word(payload, "type") {
                Some(event @ "task_started") => {
                    let says = Says::Working { on: String::new(), subject: None };
                    diary.happened(at, event, "", says);
                }
                Some(event @ "task_complete") => self.ended(event, payload, at, diary),
                // Another turn takes its place at once.
                Some("turn_aborted") if word(payload, "reason") == Some("replaced") => {}
                Some(event @ "turn_aborted") => {
                    diary.happened(at, event, word(payload, "reason").unwrap_or_default(), Says::Interrupted);
                }
                Some("token_count") => self.counted(payload, at, diary),
                _ => {}
            },
            _ => {}
        }
    }

    fn ended(&self, event: &str, payload: &Value, at: Timestamp, diary: &mut Diary) {
        let error = &payload["error"];
        if error.is_null() {
            let last = word(payload, "last_agent_message").unwrap_or_default();
            diary.happened(at, event, last, Says::TurnEnded { background: Vec::new() });
            return;
        }
        let words = word(error, "message").or(error.as_str()).unwrap_or("its turn failed");
        let (code, status) = code_of(&error["codex_error_info"]);
        let class = failures::classify(code, status, words);
        let until = match class {
            Class::UsageLimit => self.used_up_until().or_else(|| resets::in_words(words, at)),
            _ => None,
        };
        let failure = Failure { class, text: line(words, LINE_CHARACTERS), until };
        diary.happened(at, event, words, Says::TurnFailed { failure });
    }

    /// When the last of the limits that are used up starts anew.
    fn used_up_until(&self) -> Option<Timestamp> {
        self.limits.iter().filter(|limit| limit.used_percent >= 100).filter_map(|limit| limit.resets_at).max()
    }

    /// A request was answered.
    fn used(&mut self, payload: &Value, at: Timestamp, diary: &mut Diary) {
        self.has_records = true;
        if let Some(id) = word(payload, "response_id") {
            diary.used(at, id, self.model(), tokens(&payload["usage"]));
        }
    }

    /// The running totals, the context and the limits.
    fn counted(&mut self, payload: &Value, at: Timestamp, diary: &mut Diary) {
        let figures = &payload["info"];
        let total = tokens(&figures["total_token_usage"]);
        if figures.is_object() {
            if !self.has_records {
                let begun_anew = total.total() < self.total.total();
                let used = match begun_anew {
                    true => tokens(&figures["last_token_usage"]),
                    false => difference(total, self.total),
                };
                let id = format!("{} at {total:?}", diary.conversation.as_deref().unwrap_or_default());
                diary.used(at, &id, self.model(), used);
            }
            self.total = total;
        }
        let limits = limits(&payload["rate_limits"]);
        if !limits.is_empty() {
            self.limits.clone_from(&limits);
        }
        let meter = Meter { model: self.model.clone(), cost_micros: None, context: context(figures), limits };
        diary.shows(at, meter);
    }

    fn model(&self) -> &str {
        self.model.as_deref().unwrap_or("unknown")
    }
}

/// The record on this line and its time, if it is of a kind that says something.
fn record(line: &[u8]) -> Option<(Value, Timestamp)> {
    static KINDS: LazyLock<[Finder; 6]> = LazyLock::new(|| {
        ["task_started", "task_complete", "turn_aborted", "token_count", "token_usage_record", "turn_context"]
            .map(Finder::new)
    });
    if !KINDS.iter().any(|kind| kind.find(line).is_some()) {
        return None;
    }
    let record: Value = serde_json::from_slice(line).ok()?;
    let at: jiff::Timestamp = word(&record, "timestamp")?.parse().ok()?;
    Some((record, Timestamp(at.as_millisecond())))
}

/// The class that Codex gives an error, and the status of the answer behind it: `"server_overloaded"`, or
/// `{"http_connection_failed": {"http_status_code": 401}}`.
fn code_of(told: &Value) -> (Option<&str>, Option<u16>) {
    if let Some(code) = told.as_str() {
        return (Some(code), None);
    }
    let Some((code, about)) = told.as_object().and_then(|told| told.iter().next()) else { return (None, None) };
    let status = about["http_status_code"].as_u64().and_then(|status| u16::try_from(status).ok());
    (Some(code), status)
}

fn tokens(usage: &Value) -> Tokens {
    let [input, cache_read, cache_write, output] =
        ["input_tokens", "cached_input_tokens", "cache_write_input_tokens", "output_tokens"]
            .map(|kind| plausible(&usage[kind]));
    let input = input.saturating_sub(cache_read).saturating_sub(cache_write);
    Tokens { input, output, cache_read, cache_write }
}

fn context(figures: &Value) -> Option<Context> {
    let size = plausible(&figures["model_context_window"]);
    let used = plausible(&figures["last_token_usage"]["total_tokens"]);
    (size > 0 && used > 0).then_some(Context { used, size })
}

fn limits(told: &Value) -> Vec<Limit> {
    let shown = ["primary", "secondary"].into_iter().filter_map(|which| {
        let limit = &told[which];
        let percent = limit["used_percent"].as_f64().filter(|percent| percent.is_finite())?;
        let span = limit["window_minutes"].as_u64().map_or_else(|| which.to_owned(), span);
        let name = word(told, "limit_name").map_or_else(|| span.clone(), |name| format!("{name}, {span}"));
        let resets_at = limit["resets_at"].as_i64().and_then(|seconds| seconds.checked_mul(1_000));
        Some(Limit {
            name: line(&name, LINE_CHARACTERS),
            used_percent: percent.clamp(0.0, 100.0).round() as u8,
            resets_at: resets_at.map(Timestamp),
        })
    });
    shown.collect()
}

/// `5 hours`, `7 days`.
fn span(minutes: u64) -> String {
    let (number, unit) = match minutes {
        minutes if minutes > 0 && minutes.is_multiple_of(24 * 60) => (minutes / (24 * 60), "day"),
        minutes if minutes > 0 && minutes.is_multiple_of(60) => (minutes / 60, "hour"),
        minutes => (minutes, "minute"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_said_in_its_largest_whole_unit() {
        assert_eq!([300, 10_080, 1_440, 60, 90].map(span), ["5 hours", "7 days", "1 day", "1 hour", "90 minutes"]);
    }
}
