//! How a search moves through what is held and what is not.

use std::ops::Range;

use super::{
    Effect, Fetch, Scroll, line,
    search::{Direction, Search},
    state::{Purpose, State},
    window::PAGE,
};
use crate::api::wire;

impl Scroll {
    pub(super) fn search_for(&mut self, text: &str) -> Option<Effect> {
        self.notice = None;
        self.search = Search::new(text);
        let State::Open(window) = &self.state else { return None };
        let from = window.seen(self.height).end.saturating_sub(1);
        self.search_from(from, Direction::Older)
    }

    pub(super) fn search_on(&mut self, direction: Direction) -> Option<Effect> {
        self.notice = None;
        let (State::Open(window), Some(search)) = (&self.state, &self.search) else { return None };
        let seen = window.seen(self.height);
        let from = match (search.at.filter(|line| seen.contains(line)), direction) {
            (Some(line), Direction::Older) => line.checked_sub(1),
            (Some(line), Direction::Newer) => Some(line + 1),
            (None, Direction::Older) => seen.end.checked_sub(1),
            (None, Direction::Newer) => Some(seen.start),
        };
        match from {
            Some(from) => self.search_from(from, direction),
            None => self.find_nothing(direction),
        }
    }

    /// Looks through what is held, then fetches what is not.
    pub(super) fn search_from(&mut self, from: u64, direction: Direction) -> Option<Effect> {
        let (State::Open(window), Some(search)) = (&mut self.state, &mut self.search) else { return None };
        let held = window.held();
        if let Some(line) = search.find(window.lines(), held.start, from, direction) {
            return self.find(line);
        }
        let frontier = match direction {
            Direction::Older => from.saturating_add(1).min(held.start),
            Direction::Newer => from.max(held.end),
        };
        self.search_beyond(frontier, direction)
    }

    /// Fetches the page that lies beyond `frontier`, the line that was looked at last when going up, and the first that
    /// was not when going down.
    pub(super) fn search_beyond(&mut self, frontier: u64, direction: Direction) -> Option<Effect> {
        let (State::Open(window), Some(search)) = (&self.state, &mut self.search) else { return None };
        let all = window.all();
        let wanted = match direction {
            Direction::Older => frontier.saturating_sub(PAGE).max(all.start)..frontier,
            Direction::Newer => frontier..(frontier + PAGE).min(all.end),
        };
        if wanted.is_empty() {
            return self.find_nothing(direction);
        }
        search.going = Some((direction, frontier));
        if self.waiting.is_some() {
            // The answer that is on its way comes first; see `take_recorded`.
            return None;
        }
        let fetch = Fetch::Recording { before: Some(wanted.end), lines: wanted.end - wanted.start };
        self.ask(fetch, Purpose::Search)
    }

    fn find(&mut self, line: u64) -> Option<Effect> {
        if let (State::Open(window), Some(search)) = (&mut self.state, &mut self.search) {
            (search.at, search.going) = (Some(line), None);
            if !window.seen(self.height).contains(&line) {
                window.move_to(line.saturating_sub(self.height / 2), self.height);
            }
        }
        self.fetch_missing()
    }

    fn find_nothing(&mut self, direction: Direction) -> Option<Effect> {
        if let Some(search) = &mut self.search {
            search.going = None;
            self.notice = Some(format!("nothing {} has “{}”", direction.label(), search.text()));
        }
        self.fetch_missing()
    }

    pub(super) fn search_through(
        &mut self,
        transcript: &wire::Transcript,
        asked: &Range<u64>,
        direction: Direction,
    ) -> Option<Effect> {
        let (State::Open(window), Some(search)) = (&mut self.state, &self.search) else { return None };
        let lines = line::read(transcript.lines.iter().map(String::as_str));
        let after = transcript.first + lines.len() as u64;
        let from = if direction == Direction::Older { after } else { transcript.first };
        if let Some(line) = search.find(lines.iter(), transcript.first, from, direction) {
            window.add(transcript, asked);
            return self.find(line);
        }
        match direction {
            _ if lines.is_empty() => self.find_nothing(direction),
            Direction::Older => self.search_beyond(transcript.first, direction),
            Direction::Newer => self.search_beyond(after, direction),
        }
    }
}
