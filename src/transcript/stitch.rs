//! Lines out of a series of pictures.
//!
//! A program on the alternate screen shows a window onto its text and repaints it. Between two pictures the text has
//! moved up by some rows, while a header, a footer or an input box stays. The move that explains the most rows is taken
//! for what happened, and the rows that left the top are the transcript's next lines. Where two pictures have nothing
//! in common, everything the first one showed has left.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::picture::Row;

/// Stands where one picture was replaced by another that has nothing in common with it.
pub(super) const CUT: &str = "\x1b[2m┄┄┄┄┄┄┄┄\x1b[m";

/// Lines out of a series of pictures.
#[derive(Debug, Default)]
pub(super) struct Stitch {
    lines: Vec<Row>,
    picture: Vec<Row>,
}

impl Stitch {
    /// These lines have scrolled off the top of the terminal itself since the last picture.
    pub(super) fn scrolled(&mut self, lines: Vec<String>) {
        let gone = lines.len().min(self.picture.len());
        self.picture.drain(..gone);
        self.picture.extend(std::iter::repeat_n(Row::of_text(""), gone));
        self.lines
            .extend(lines.into_iter().map(|line| Row { text: super::plain(&line).trim_end().into(), styled: line }));
    }

    /// The terminal shows this now.
    pub(super) fn show(&mut self, picture: Vec<Row>) {
        let before = std::mem::replace(&mut self.picture, picture);
        if before.iter().all(Row::is_blank) || self.picture.iter().all(Row::is_blank) {
            // A program that clears before it paints: what stood there is compared with what it paints.
            if self.picture.iter().all(Row::is_blank) {
                self.picture = before;
            }
            return;
        }
        match movement(&before, &self.picture) {
            Movement::Up { by, below } => self.lines.extend_from_slice(&before[below..below + by]),
            Movement::Down { by, below } => self.take_back(by, below),
            Movement::Replaced => {
                self.lines.extend(without_blanks_around(before));
                self.lines.push(Row { text: String::new(), styled: CUT.into() });
            }
        }
    }

    /// All lines: those that left, then those that are still there.
    pub(super) fn finish(mut self) -> Vec<String> {
        self.lines.extend(without_blanks_around(self.picture));
        self.lines.into_iter().map(|row| row.styled).collect()
    }

    /// Lines that come back into sight have not left after all.
    fn take_back(&mut self, by: usize, below: usize) {
        let back = &self.picture[below..below + by];
        let Some(kept) = self.lines.len().checked_sub(by) else { return };
        if self.lines[kept..].iter().zip(back).all(|(line, row)| line.text == row.text) {
            self.lines.truncate(kept);
        }
    }
}

/// What happened between two pictures.
#[derive(Debug, PartialEq, Eq)]
enum Movement {
    /// The text below the first `below` rows moved up by so many rows; zero when it stayed.
    Up { by: usize, below: usize },
    /// It moved down.
    Down { by: usize, below: usize },
    /// The pictures have nothing in common.
    Replaced,
}

fn movement(before: &[Row], after: &[Row]) -> Movement {
    let rows = before.len().min(after.len());
    let (old, new) = (digests(&before[..rows]), digests(&after[..rows]));
    // Rows that stayed at the top are a header, unless everything stayed.
    let below = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    if below == rows {
        return Movement::Up { by: 0, below: 0 };
    }
    let stayed = agreeing(&old, &new);
    let (old, new) = (&old[below..], &new[below..]);
    let best = |moved: &dyn Fn(usize) -> usize| {
        (1..old.len())
            .map(|by| (moved(by), by))
            .max_by_key(|&(rows, by)| (rows, std::cmp::Reverse(by)))
            .unwrap_or((0, 0))
    };
    let up = best(&|by| agreeing(&old[by..], new));
    let down = best(&|by| agreeing(old, &new[by..]));
    let still = agreeing(old, new);
    if up.0 > still && up.0 >= down.0 {
        return Movement::Up { by: up.1, below };
    }
    if down.0 > still {
        return Movement::Down { by: down.1, below };
    }
    // A frame around other contents (a header, a footer) is not enough to call it the same picture.
    let shown = old.iter().flatten().count();
    if stayed == 0 || (still == 0 && shown > 2) { Movement::Replaced } else { Movement::Up { by: 0, below } }
}

/// How many rows of text are the same in both, blank ones not counted.
fn agreeing(old: &[Option<u64>], new: &[Option<u64>]) -> usize {
    old.iter().zip(new).filter(|(old, new)| old.is_some() && old == new).count()
}

/// A number for each row's text; none for a blank row.
fn digests(rows: &[Row]) -> Vec<Option<u64>> {
    let digest = |row: &Row| {
        let mut hasher = DefaultHasher::new();
        row.text.hash(&mut hasher);
        hasher.finish()
    };
    rows.iter().map(|row| (!row.is_blank()).then(|| digest(row))).collect()
}

fn without_blanks_around(mut rows: Vec<Row>) -> Vec<Row> {
    let filled = rows.iter().rposition(|row| !row.is_blank()).map_or(0, |last| last + 1);
    rows.truncate(filled);
    let blank = rows.iter().take_while(|row| row.is_blank()).count();
    rows.drain(..blank);
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(rows: &[&str]) -> Vec<Row> {
        rows.iter().map(|row| Row::of_text(row)).collect()
    }

    fn stitched(pictures: &[&[&str]]) -> Vec<String> {
        let mut stitch = Stitch::default();
        for rows in pictures {
            stitch.show(picture(rows));
        }
        stitch.finish()
    }

    #[test]
    fn text_that_moves_under_a_header_and_over_an_input_box_is_told_once() {
        let lines = stitched(&[
            &["== crew ==", "one", "two", "three", "> _", "working 1s"],
            &["== crew ==", "two", "three", "four", "> _", "working 2s"],
            &["== crew ==", "four", "five", "six", "> x", "working 3s"],
        ]);
        assert_eq!(lines, ["one", "two", "three", "== crew ==", "four", "five", "six", "> x", "working 3s"]);
    }

    #[test]
    fn what_only_changes_in_place_has_not_left() {
        let lines = stitched(&[&["a", "b", "spin -"], &["a", "b", "spin /"], &["a", "b", "spin |"]]);
        assert_eq!(lines, ["a", "b", "spin |"]);
    }

    #[test]
    fn going_back_and_forth_tells_nothing_twice() {
        let down: &[&str] = &["1", "2", "3", "4"];
        let further: &[&str] = &["3", "4", "5", "6"];
        assert_eq!(stitched(&[down, further, down, further]), ["1", "2", "3", "4", "5", "6"]);
    }

    #[test]
    fn another_picture_comes_after_a_cut() {
        let lines = stitched(&[&["a", "b", "c"], &["x", "y", "z"]]);
        assert_eq!(lines, ["a", "b", "c", CUT, "x", "y", "z"]);
    }

    #[test]
    fn clearing_before_painting_loses_nothing() {
        let lines = stitched(&[&["a", "b", "c"], &["", "", ""], &["b", "c", "d"]]);
        assert_eq!(lines, ["a", "b", "c", "d"]);
    }

    #[test]
    fn what_the_terminal_scrolled_itself_is_taken_as_it_is() {
        let mut stitch = Stitch::default();
        stitch.show(picture(&["a", "b", "c"]));
        stitch.scrolled(vec!["a".into(), "b".into()]);
        stitch.show(picture(&["c", "d", "e"]));
        assert_eq!(stitch.finish(), ["a", "b", "c", "d", "e"]);
    }
}
