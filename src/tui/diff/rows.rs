//! What stands on which row of a file, in one of two layouts.

use std::{collections::BTreeMap, ops::Range};

use super::{
    comment::{Comment, Comments, Place},
    text::Text,
};
use crate::{domain::diff::LineKind, tui::text::wrap};

/// How lines before and now stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layout {
    /// Below each other.
    Unified,
    /// Beside each other.
    SideBySide,
}

/// A row. Lines, hunks and words are named by their places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// The head of a hunk.
    Hunk(usize),
    /// A line over the whole width.
    One(usize),
    /// A line before beside a line now.
    Two(Option<usize>, Option<usize>),
    /// A row of a comment.
    Comment {
        /// Which comment.
        number: u64,
        /// Its words, in [`Rows::words`].
        words: usize,
    },
    /// A row in which a comment is being written.
    Writing {
        /// Which comment.
        number: u64,
        /// Which row of it, from 0.
        row: u16,
    },
    /// More lines changed than are shown.
    Cut,
}

/// What the cursor is on, whatever the layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// A hunk.
    Hunk(usize),
    /// A line.
    Line(usize),
    /// A comment.
    Comment(u64),
}

/// What stands below each other.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    rows: Vec<Row>,
    words: Vec<String>,
}

/// Fewest and most rows in which a comment is written.
const WRITING: (usize, usize) = (3, 12);

impl Rows {
    /// The rows of `text` with the comments on the file at `path`, whose words have `columns`.
    pub fn new(text: &Text, layout: Layout, comments: &Comments, path: &str, columns: u16) -> Self {
        let mut rows = Self { rows: Vec::with_capacity(text.lines().len() + text.hunks().len()), words: Vec::new() };
        let mut remarks: BTreeMap<Place, Vec<&Comment>> = BTreeMap::new();
        for comment in comments.on(path) {
            remarks.entry(comment.place(text)).or_default().push(comment);
        }
        let mut below = |rows: &mut Self, place: Place| {
            for comment in remarks.remove(&place).into_iter().flatten() {
                rows.comment(comment, comments, columns);
            }
        };
        below(&mut rows, Place::Nowhere);
        for hunk in 0..text.hunks().len() {
            rows.rows.push(Row::Hunk(hunk));
            below(&mut rows, Place::Hunk(hunk));
            match layout {
                Layout::Unified => {
                    for line in text.lines_of(hunk) {
                        rows.rows.push(Row::One(line));
                        below(&mut rows, Place::Line(line));
                    }
                }
                Layout::SideBySide => {
                    for (left, right) in beside(text, hunk) {
                        rows.rows.push(Row::Two(left, right));
                        for line in left.into_iter().chain(right.filter(|_| left != right)) {
                            below(&mut rows, Place::Line(line));
                        }
                    }
                }
            }
        }
        if text.cut {
            rows.rows.push(Row::Cut);
        }
        rows
    }

    fn comment(&mut self, comment: &Comment, comments: &Comments, columns: u16) {
        let number = comment.number;
        if let Some((_, editor)) = comments.writing.as_ref().filter(|(writing, _)| *writing == number) {
            let rows = editor.line_count().clamp(WRITING.0, WRITING.1);
            self.rows.extend((0..).take(rows).map(|row| Row::Writing { number, row }));
            return;
        }
        for words in wrap(&comment.text, columns.max(2)) {
            self.rows.push(Row::Comment { number, words: self.words.len() });
            self.words.push(words);
        }
    }

    /// The rows, from the top.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The words of a comment's row.
    pub fn words(&self, at: usize) -> &str {
        self.words.get(at).map_or("", String::as_str)
    }

    /// What the cursor is on when it is on row `at`; nothing where it can't rest.
    pub fn spot(&self, at: usize, text: &Text) -> Option<Spot> {
        let rests = |line: &usize| text.lines()[*line].kind != LineKind::NoLineEnd;
        match *self.rows.get(at)? {
            Row::Hunk(hunk) => Some(Spot::Hunk(hunk)),
            Row::One(line) => Some(line).filter(rests).map(Spot::Line),
            Row::Two(left, right) => right.filter(rests).or(left.filter(rests)).map(Spot::Line),
            Row::Comment { number, .. } | Row::Writing { number, .. } => Some(Spot::Comment(number)),
            Row::Cut => None,
        }
    }

    /// The rows of a spot; of no length where it is not here.
    pub fn rows_of(&self, spot: Spot) -> Range<usize> {
        let is_of = |row: &Row| match (*row, spot) {
            (Row::Hunk(hunk), Spot::Hunk(wanted)) => hunk == wanted,
            (Row::One(line), Spot::Line(wanted)) => line == wanted,
            (Row::Two(left, right), Spot::Line(wanted)) => left == Some(wanted) || right == Some(wanted),
            (Row::Comment { number, .. } | Row::Writing { number, .. }, Spot::Comment(wanted)) => number == wanted,
            _ => false,
        };
        let start = self.rows.iter().position(is_of).unwrap_or(self.rows.len());
        let length = self.rows[start..].iter().take_while(|row| is_of(row)).count();
        start..start + length
    }
}

/// The lines of a hunk beside each other: what did not change on both sides, a line beside the one that it became, and
/// what has no partner beside whatever else was replaced there.
fn beside(text: &Text, hunk: usize) -> Vec<(Option<usize>, Option<usize>)> {
    let (mut found, mut left, mut right) = (Vec::new(), Vec::new(), Vec::new());
    let mut before = LineKind::Context;
    for at in text.lines_of(hunk) {
        let kind = match text.lines()[at].kind {
            LineKind::NoLineEnd => before,
            kind => kind,
        };
        if kind == LineKind::Context || (kind == LineKind::Removed && before == LineKind::Added) {
            align(text, &mut left, &mut right, &mut found);
        }
        match kind {
            LineKind::Removed => left.push(at),
            LineKind::Added => right.push(at),
            LineKind::Context | LineKind::NoLineEnd => found.push((Some(at), Some(at))),
        }
        before = kind;
    }
    align(text, &mut left, &mut right, &mut found);
    found
}

fn align(text: &Text, left: &mut Vec<usize>, right: &mut Vec<usize>, found: &mut Vec<(Option<usize>, Option<usize>)>) {
    let (mut lefts, mut rights) = (left.as_slice(), right.as_slice());
    let partner = |at: &usize| text.lines()[*at].partner;
    while !lefts.is_empty() || !rights.is_empty() {
        let one = lefts.iter().position(|at| partner(at).is_some()).unwrap_or(lefts.len());
        let two = rights.iter().position(|at| partner(at).is_some()).unwrap_or(rights.len());
        let rows = one.max(two);
        found.extend((0..rows).map(|row| (lefts[..one].get(row).copied(), rights[..two].get(row).copied())));
        (lefts, rights) = (&lefts[one..], &rights[two..]);
        if let ([first, olds @ ..], [second, news @ ..]) = (lefts, rights) {
            found.push((Some(*first), Some(*second)));
            (lefts, rights) = (olds, news);
        }
    }
    left.clear();
    right.clear();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tui::diff::{comment::About, text::tests::text};

    fn rows(text: &Text, layout: Layout) -> Rows {
        Rows::new(text, layout, &Comments::default(), "a.rs", 40)
    }

    #[test]
    fn a_line_stands_beside_the_one_it_became() {
        let text = text("a.rs", 1, &[" a", "-let b = f(1);", "-c();", "+// new", "+let b = f(2);", " d"]);
        let two = |left, right| Row::Two(left, right);
        assert_eq!(
            rows(&text, Layout::SideBySide).rows(),
            [
                Row::Hunk(0),
                two(Some(0), Some(0)),
                two(None, Some(3)),
                two(Some(1), Some(4)),
                two(Some(2), None),
                two(Some(5), Some(5)),
            ]
        );
    }

    #[test]
    fn a_missing_line_end_stays_on_its_side() {
        let text = text("a.rs", 1, &["-a b c", "\\ No newline at end of file", "+a b d"]);
        let rows = rows(&text, Layout::SideBySide);
        assert_eq!(rows.rows()[1..], [Row::Two(Some(0), Some(2)), Row::Two(Some(1), None)]);
        assert_eq!(rows.spot(2, &text), None, "it is no line");
    }

    #[test]
    fn a_comment_stands_below_its_line_in_both_layouts() {
        let text = text("a.rs", 1, &[" a", "+b", " c"]);
        let mut comments = Comments::default();
        let number = comments.begin("a.rs", About::Line { old: 0, new: 2 }, vec![(LineKind::Added, "b".into())]);
        comments.writing.as_mut().expect("begun").1.paste("one two three");
        let writing = Rows::new(&text, Layout::Unified, &comments, "a.rs", 8);
        assert_eq!(writing.rows_of(Spot::Comment(number)), 3..6);
        comments.keep();
        for layout in [Layout::Unified, Layout::SideBySide] {
            let rows = Rows::new(&text, layout, &comments, "a.rs", 8);
            assert_eq!(rows.rows_of(Spot::Comment(number)), 3..5);
            assert_eq!((rows.words(0), rows.words(1)), ("one two", "three"));
        }
        assert_eq!(Rows::new(&text, Layout::Unified, &comments, "b.rs", 8).rows().len(), 4, "it is on another file");
    }

    proptest! {
        #[test]
        fn every_line_is_shown_once_on_its_side(lines in prop::collection::vec("[-+ ][ab ]{0,5}", 0..20)) {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let text = text("a.rs", 1, &lines);
            let rows = rows(&text, Layout::SideBySide);
            let pick = |side: fn(&Row) -> Option<usize>| rows.rows().iter().filter_map(side).collect::<Vec<_>>();
            let left = pick(|row| match row { Row::Two(left, _) => *left, _ => None });
            let right = pick(|row| match row { Row::Two(_, right) => *right, _ => None });
            let of = |out: LineKind| (0..lines.len()).filter(|at| text.lines()[*at].kind != out).collect::<Vec<_>>();
            prop_assert_eq!(left, of(LineKind::Added));
            prop_assert_eq!(right, of(LineKind::Removed));
        }
    }
}
