//! Words in recordings.
//!
//! Recordings are no index: each one is replayed to be searched. So a search takes the newest first, and ends after
//! [`TIME`] or [`BYTES`], whatever it has not looked into yet.

use std::{
    fs,
    time::{Duration, Instant, UNIX_EPOCH},
};

use regex::{Regex, RegexBuilder};

use super::{plain, reading::Size, recordings::Recordings, replay::replay, tail};
use crate::domain::{AttemptId, Timestamp};

/// So much of all recordings together is searched, in bytes.
const BYTES: u64 = 64 << 20;
/// So much of each, in bytes: its newest part.
const BYTES_OF_EACH: u64 = 8 << 20;
/// When so much time has passed, no further recording is begun.
const TIME: Duration = Duration::from_secs(2);
/// So many lines of one recording are found at most: a chatty one leaves room for the others.
const LINES_OF_EACH: usize = 10;
/// A search uses so many words at most; what comes after them is left out.
const WORDS: usize = 16;
/// How much of a line is shown before the first match and from there on, in characters.
const AROUND: (usize, usize) = (40, 120);

/// A line of a recording that holds what was looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Whose recording.
    pub attempt: AttemptId,
    /// The text around the first match, without escapes, with each match between `[` and `]`.
    pub excerpt: String,
    /// When the recording was last written to.
    pub at: Timestamp,
}

/// At most `limit` lines that hold every one of `words`, whatever their case; of `attempts` in their order, the newest
/// lines of each first. Recordings that can't be read are passed over. Blocks, for about two seconds at most.
pub fn search(
    recordings: &Recordings,
    attempts: impl IntoIterator<Item = AttemptId>,
    words: &str,
    limit: usize,
    size: Size,
) -> Vec<Found> {
    let Some(words) = Words::parse(words) else { return Vec::new() };
    let until = Instant::now() + TIME;
    let mut room = BYTES;
    let mut found = Vec::new();
    for attempt in attempts {
        let wanted = LINES_OF_EACH.min(limit - found.len());
        if wanted == 0 || room == 0 || Instant::now() >= until {
            break;
        }
        let tail = match tail::read(recordings, attempt, BYTES_OF_EACH.min(room)) {
            Ok(tail) => tail,
            Err(error) => {
                tracing::warn!(%attempt, %error, "the recording could not be searched");
                continue;
            }
        };
        room = room.saturating_sub(tail.bytes.len() as u64);
        let at = written_at(recordings, attempt);
        let replayed = replay(&tail.bytes, size.columns, size.rows);
        let lines = replayed.lines.iter().rev().filter_map(|line| words.excerpt(&plain(line)));
        found.extend(lines.take(wanted).map(|excerpt| Found { attempt, excerpt, at }));
    }
    found
}

/// What is looked for.
struct Words {
    each: Vec<Regex>,
    any: Regex,
}

impl Words {
    /// `None` where there is no word.
    fn parse(words: &str) -> Option<Self> {
        let words: Vec<String> = words.split_whitespace().take(WORDS).map(regex::escape).collect();
        if words.is_empty() {
            return None;
        }
        let whatever_case = |pattern: &str| RegexBuilder::new(pattern).case_insensitive(true).build().ok();
        let each = words.iter().map(|word| whatever_case(word)).collect::<Option<_>>()?;
        Some(Self { each, any: whatever_case(&words.join("|"))? })
    }

    /// The part of a line that holds all words, around the first match.
    fn excerpt(&self, line: &str) -> Option<String> {
        if !self.each.iter().all(|word| word.is_match(line)) {
            return None;
        }
        let first = self.any.find(line)?.start();
        let begin = line[..first].char_indices().rev().take(AROUND.0).last().map_or(first, |(at, _)| at);
        let end = line[first..].char_indices().nth(AROUND.1).map_or(line.len(), |(at, _)| first + at);
        let marked = self.any.replace_all(&line[begin..end], "[$0]");
        let cut = |is_cut: bool| if is_cut { "…" } else { "" };
        let words: Vec<&str> = marked.split_whitespace().collect();
        Some(format!("{}{}{}", cut(begin > 0), words.join(" "), cut(end < line.len())))
    }
}

fn written_at(recordings: &Recordings, attempt: AttemptId) -> Timestamp {
    let written = fs::metadata(recordings.file(attempt)).and_then(|file| file.modified()).ok();
    let since = written.and_then(|written| written.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { columns: 80, rows: 24 };

    fn attempt(number: u64) -> AttemptId {
        format!("a{number}").parse().expect("an id")
    }

    #[test]
    fn the_newest_lines_of_each_recording_are_found_in_the_order_asked_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let recordings = Recordings::new(folder.path(), 1 << 20);
        let lines: String = (0..100).map(|line| format!("\x1b[1mWarning\x1b[m: unused {line}\r\n")).collect();
        fs::write(recordings.file(attempt(1)), lines).expect("written");
        fs::write(recordings.file(attempt(3)), "no match\r\none warning, and an UNUSED one").expect("written");
        let asked = [attempt(3), attempt(2), attempt(1)];
        let found = |words: &str, limit| {
            let found = search(&recordings, asked, words, limit, SIZE);
            found.into_iter().map(|found| (found.attempt.number(), found.excerpt)).collect::<Vec<_>>()
        };
        let all = found("unused  warning", 50);
        assert_eq!(all.len(), 1 + LINES_OF_EACH);
        assert_eq!(all[0], (3, "one [warning], and an [UNUSED] one".into()));
        assert_eq!(all[1], (1, "[Warning]: [unused] 99".into()));
        assert_eq!(found("unused  warning", 2), all[..2]);
        assert_eq!(found("unused elsewhere", 50), []);
        assert_eq!(found(" ", 50), []);
        assert_eq!(found("unused .", 50), [], "words are no patterns");
    }

    #[test]
    fn a_long_line_is_shown_around_its_first_match() {
        let words = Words::parse("needle").expect("a word");
        let line = format!("{}é needle {}", "x".repeat(500), "ü".repeat(500));
        let excerpt = words.excerpt(&line).expect("found");
        assert!(
            excerpt.starts_with("…xxx") && excerpt.contains("xé [needle] ü") && excerpt.ends_with("ü…"),
            "{excerpt}"
        );
        assert!(excerpt.chars().count() < 170);
    }
}
