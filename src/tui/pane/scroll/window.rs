//! The lines of a pane's past that are held, and which to fetch next.

use std::{collections::VecDeque, ops::Range};

use super::{
    Fetch,
    line::{self, Line},
};
use crate::api::wire;

/// How many lines of a recording are fetched at once, and the most that are held.
pub const PAGE: u64 = 1_000;
const HELD: usize = 6_000;

/// A stretch of a pane's past, and the part of it that is seen.
#[derive(Debug)]
pub struct Window {
    lines: VecDeque<Line>,
    /// The number of the first line that is held.
    first: u64,
    /// The number of the oldest line there is, as far as is known.
    begin: u64,
    /// The number after the newest line; what came later is not looked at.
    end: u64,
    /// The number of the line at the top of what is seen.
    top: u64,
    source: String,
    truncated: bool,
}

impl Window {
    /// All of tmux's history of a pane, with the screen below it.
    pub fn of_history(screen: &wire::Screen) -> Self {
        let lines: VecDeque<Line> = line::read(screen.contents.split("\r\n")).into();
        let end = lines.len() as u64;
        Self { lines, first: 0, begin: 0, end, top: end, source: "history".into(), truncated: false }
    }

    /// The end of a recording.
    pub fn of_recording(transcript: &wire::Transcript) -> Self {
        let lines: VecDeque<Line> = line::read(transcript.lines.iter().map(String::as_str)).into();
        let end = transcript.first + lines.len() as u64;
        let source = transcript.source.strip_suffix(" lines").unwrap_or(&transcript.source).into();
        let begin = if (lines.len() as u64) < PAGE { transcript.first } else { 0 };
        Self { lines, first: transcript.first, begin, end, top: end, source, truncated: transcript.truncated }
    }

    /// Takes in more of a recording: what came when `asked` was asked for.
    pub fn add(&mut self, transcript: &wire::Transcript, asked: &Range<u64>) {
        self.learn(transcript, asked);
        let lines = line::read(transcript.lines.iter().map(String::as_str));
        let after = transcript.first + lines.len() as u64;
        if after == self.first {
            self.first = transcript.first;
            lines.into_iter().rev().for_each(|line| self.lines.push_front(line));
        } else if transcript.first == self.held().end {
            self.lines.extend(lines);
        } else if !lines.is_empty() {
            (self.first, self.lines) = (transcript.first, lines.into());
        }
        self.let_go();
    }

    /// Takes note of where the recording begins and ends, from what came when `asked` was asked for. A daemon that
    /// keeps its recordings bounded may have less than it had.
    pub fn learn(&mut self, transcript: &wire::Transcript, asked: &Range<u64>) {
        self.truncated |= transcript.truncated;
        let (held, after) = (self.held(), transcript.first + transcript.lines.len() as u64);
        if !transcript.lines.is_empty() {
            if transcript.first > asked.start {
                self.begin = self.begin.max(transcript.first);
            }
            if after < asked.end {
                self.end = self.end.min(after.max(held.end));
            }
        } else if (asked.end..held.start).contains(&transcript.first) {
            self.begin = self.begin.max(transcript.first);
        } else if asked.start < held.start {
            self.begin = self.begin.max(held.start);
        } else {
            // The lines after those that are held are gone: what is held is all there is, also where the recording
            // was known to begin later.
            (self.begin, self.end) = (self.begin.min(held.start), self.end.min(held.end));
        }
        self.begin = self.begin.min(self.end);
    }

    /// What is missing to show `height` lines, with some to spare on both sides.
    pub fn missing(&self, height: u64) -> Option<Fetch> {
        let (seen, held, spare) = (self.seen(height), self.held(), 2 * height);
        let before = if seen.start + PAGE < held.start || seen.start > held.end + PAGE {
            // Far away: a page around what is seen takes the place of what is held.
            seen.end + PAGE / 2
        } else if seen.start.saturating_sub(spare).max(self.begin) < held.start {
            held.start
        } else if (seen.end + spare).min(self.end) > held.end {
            let before = (held.end + PAGE).min(self.end);
            return Some(Fetch::Recording { before: Some(before), lines: before - held.end });
        } else {
            return None;
        };
        let before = before.min(self.end);
        Some(Fetch::Recording { before: Some(before), lines: PAGE.min(before - self.begin) })
    }

    /// Puts a line at the top of what is seen, as far as there are lines.
    pub fn move_to(&mut self, top: u64, height: u64) {
        self.top = top.clamp(self.begin, self.lowest(height));
    }

    /// The line at the top of what is seen.
    pub fn top(&self) -> u64 {
        self.top
    }

    /// The top of what is seen when the newest line is at its bottom.
    pub fn lowest(&self, height: u64) -> u64 {
        self.end.saturating_sub(height).max(self.begin)
    }

    /// The numbers of the lines that are seen.
    pub fn seen(&self, height: u64) -> Range<u64> {
        self.top..(self.top + height).min(self.end)
    }

    /// The numbers of the lines that are held.
    pub fn held(&self) -> Range<u64> {
        self.first..self.first + self.lines.len() as u64
    }

    /// The numbers of the lines there are.
    pub fn all(&self) -> Range<u64> {
        self.begin..self.end
    }

    /// The lines that are held.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &Line> + ExactSizeIterator {
        self.lines.iter()
    }

    /// A line, when it is held.
    pub fn line(&self, number: u64) -> Option<&Line> {
        self.lines.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    /// Where the lines come from, in a word or two.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Older lines existed and are gone.
    pub fn truncated(&self) -> bool {
        self.truncated
    }

    /// Keeps what is held bounded, around what is seen.
    fn let_go(&mut self) {
        while self.lines.len() > HELD {
            let held = self.held();
            if self.top.abs_diff(held.start) > self.top.abs_diff(held.end) {
                self.lines.pop_front();
                self.first += 1;
            } else {
                self.lines.pop_back();
            }
        }
    }
}
