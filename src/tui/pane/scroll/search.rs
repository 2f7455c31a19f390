//! What is looked for in a pane's past.

use std::ops::Range;

use regex::{Regex, RegexBuilder};

use super::line::Line;

/// Where a search goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Upwards, to what was printed before: where one looks first, coming from the end.
    Older,
    /// Downwards.
    Newer,
}

impl Direction {
    /// The word for it.
    pub fn label(self) -> &'static str {
        match self {
            Direction::Older => "older",
            Direction::Newer => "newer",
        }
    }
}

/// A text that is looked for, and how far that has come.
#[derive(Debug, Clone)]
pub struct Search {
    text: String,
    pattern: Regex,
    /// The line of the match that was found last.
    pub(super) at: Option<u64>,
    /// While lines are being fetched for it: which way it goes, and the first line that was not looked at.
    pub(super) going: Option<(Direction, u64)>,
}

impl Search {
    /// Looks for `text` as it stands. Large and small letters are the same unless it has a large one.
    pub fn new(text: &str) -> Option<Self> {
        let same = !text.chars().any(char::is_uppercase);
        let pattern = RegexBuilder::new(&regex::escape(text)).case_insensitive(same).build().ok()?;
        (!text.is_empty()).then(|| Self { text: text.into(), pattern, at: None, going: None })
    }

    /// What is looked for.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where it is in a line, in columns.
    pub fn columns<'line>(&'line self, line: &'line Line) -> impl Iterator<Item = Range<usize>> + 'line {
        self.pattern.find_iter(line.plain()).map(|found| line.column(found.start())..line.column(found.end()))
    }

    /// Which of `lines`, numbered from `first`, has it: the one that comes first in this direction, beginning at
    /// `from`.
    pub(super) fn find<'line>(
        &self,
        lines: impl DoubleEndedIterator<Item = &'line Line> + ExactSizeIterator,
        first: u64,
        from: u64,
        direction: Direction,
    ) -> Option<u64> {
        let mut numbered = lines.enumerate().map(|(place, line)| (first + place as u64, line));
        let is_it = |(_, line): &(u64, &Line)| self.pattern.is_match(line.plain());
        match direction {
            Direction::Older => numbered.rev().filter(|(number, _)| *number <= from).find(is_it),
            Direction::Newer => numbered.by_ref().filter(|(number, _)| *number >= from).find(is_it),
        }
        .map(|(number, _)| number)
    }
}

#[cfg(test)]
mod tests {
    use super::super::line;
    use super::*;

    #[test]
    fn a_text_is_found_as_it_stands_in_columns() {
        let lines = line::read(["日本 a.b A.B", "axb"]);
        let search = Search::new("a.b").expect("a text");
        assert_eq!(search.columns(&lines[0]).collect::<Vec<_>>(), [5..8, 9..12]);
        assert_eq!(search.columns(&lines[1]).count(), 0);
        assert_eq!(
            Search::new("A.B").expect("a text").columns(&lines[0]).map(|found| found.start).collect::<Vec<_>>(),
            [9]
        );
        assert!(Search::new("").is_none());
    }
}
