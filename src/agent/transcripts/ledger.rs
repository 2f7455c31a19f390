//! What was used, by day and model, each request once.

use std::{
    collections::{BTreeSet, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
};

use jiff::tz::TimeZone;

use crate::{
    agent::signals::line,
    domain::{
        Timestamp,
        usage::{Spent, Tokens},
    },
};

/// The longest name of a model that is kept, in characters.
const MODEL_CHARACTERS: usize = 100;

/// What was used. It grows by some fifty bytes a request.
#[derive(Debug)]
pub(super) struct Ledger {
    zone: TimeZone,
    rows: Vec<Spent>,
    /// Each request that was counted, by the hash of its id.
    requests: HashMap<u64, Request>,
    /// The rows that have changed since they were last asked for.
    changed: BTreeSet<usize>,
    /// When the newest of them did.
    at: Timestamp,
}

#[derive(Debug)]
struct Request {
    row: usize,
    tokens: Tokens,
}

impl Ledger {
    pub(super) fn new(zone: TimeZone) -> Self {
        let (rows, requests) = (Vec::new(), HashMap::new());
        Self { zone, rows, requests, changed: BTreeSet::new(), at: Timestamp::default() }
    }

    /// A request was answered with `tokens` so far. It stands in several records, and its figures grow from one to the
    /// next: the largest count.
    pub(super) fn add(&mut self, request: &str, at: Timestamp, model: &str, tokens: Tokens) {
        if tokens.total() == 0 {
            return;
        }
        let id = hash(request);
        if let Some(known) = self.requests.get_mut(&id) {
            let largest = largest(known.tokens, tokens);
            let more = difference(largest, known.tokens);
            if more.total() > 0 {
                known.tokens = largest;
                self.rows[known.row].tokens += more;
                self.changed.insert(known.row);
                self.at = self.at.max(at);
            }
            return;
        }
        let Some(day) = self.day(at) else { return };
        let row = self.row(day, line(model, MODEL_CHARACTERS));
        self.requests.insert(id, Request { row, tokens });
        self.rows[row].tokens += tokens;
        self.rows[row].requests += 1;
        self.changed.insert(row);
        self.at = self.at.max(at);
    }

    pub(super) fn has_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// The rows that have changed since this was last asked, and when the newest did.
    pub(super) fn changed(&mut self) -> Option<(Timestamp, Vec<Spent>)> {
        let changed = std::mem::take(&mut self.changed);
        let rows: Vec<Spent> = changed.into_iter().map(|row| self.rows[row].clone()).collect();
        (!rows.is_empty()).then_some((self.at, rows))
    }

    fn day(&self, at: Timestamp) -> Option<String> {
        let moment = jiff::Timestamp::from_millisecond(at.0).ok()?;
        Some(moment.to_zoned(self.zone.clone()).date().to_string())
    }

    fn row(&mut self, day: String, model: String) -> usize {
        let known = self.rows.iter().rposition(|row| row.day == day && row.model == model);
        known.unwrap_or_else(|| {
            self.rows.push(Spent { day, model, tokens: Tokens::default(), requests: 0 });
            self.rows.len() - 1
        })
    }
}

fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

fn largest(one: Tokens, other: Tokens) -> Tokens {
    Tokens {
        input: one.input.max(other.input),
        output: one.output.max(other.output),
        cache_read: one.cache_read.max(other.cache_read),
        cache_write: one.cache_write.max(other.cache_write),
    }
}

/// How much `more` is than `less`, kind by kind.
pub(super) fn difference(more: Tokens, less: Tokens) -> Tokens {
    Tokens {
        input: more.input.saturating_sub(less.input),
        output: more.output.saturating_sub(less.output),
        cache_read: more.cache_read.saturating_sub(less.cache_read),
        cache_write: more.cache_write.saturating_sub(less.cache_write),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(input: u64, output: u64) -> Tokens {
        Tokens { input, output, cache_read: 0, cache_write: 0 }
    }

    fn at(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().expect("a time").as_millisecond())
    }

    #[test]
    fn a_request_counts_once_and_with_its_largest_figures() {
        let mut ledger = Ledger::new(TimeZone::UTC);
        let now = at("2026-11-21T12:00:00Z");
        ledger.add("one", now, "opus", tokens(10, 1));
        ledger.add("two", now, "opus", tokens(10, 5));
        ledger.add("one", now, "opus", tokens(10, 7));
        ledger.add("one", now, "opus", tokens(3, 2));
        let (_, rows) = ledger.changed().expect("changed");
        assert_eq!((rows[0].tokens, rows[0].requests, rows.len()), (tokens(20, 12), 2, 1));
        ledger.add("two", now, "opus", tokens(10, 5));
        assert_eq!(ledger.changed(), None, "what was heard before is no news");
    }

    #[test]
    fn a_day_is_the_persons_and_each_model_has_a_row() {
        let mut ledger = Ledger::new(TimeZone::get("America/New_York").expect("a zone"));
        ledger.add("one", at("2026-11-21T04:59:59Z"), "opus", tokens(1, 1));
        ledger.add("two", at("2026-11-21T05:00:00Z"), "opus", tokens(1, 1));
        ledger.add("three", at("2026-11-21T05:00:00Z"), "haiku", tokens(1, 1));
        let (_, rows) = ledger.changed().expect("changed");
        let rows: Vec<_> = rows.iter().map(|row| (row.day.as_str(), row.model.as_str())).collect();
        assert_eq!(rows, [("2026-11-20", "opus"), ("2026-11-21", "opus"), ("2026-11-21", "haiku")]);
    }
}
