//! A terminal's picture as rows of text.

use std::fmt::Write;

use crate::screen::{Cell, Color, Screen};

/// One row of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Its characters, without blanks at the end. Two rows with the same text are the same row, whatever their colours:
    /// a spinner that shimmers has not scrolled.
    pub(super) text: String,
    /// The same with SGR escapes, starting and ending with plain attributes.
    pub(super) styled: String,
}

impl Row {
    /// Nothing but blanks.
    pub(super) fn is_blank(&self) -> bool {
        self.text.is_empty()
    }

    /// Text without colours.
    pub(super) fn of_text(text: &str) -> Self {
        Self { text: text.into(), styled: text.into() }
    }
}

/// The rows that `screen` shows.
pub(super) fn rows(screen: &Screen) -> Vec<Row> {
    let (rows, columns) = screen.size();
    (0..rows.get()).map(|row| one_row(screen, row, columns.get())).collect()
}

/// What `screen` shows as lines, wrapped rows put together, without blank lines at the end.
pub(super) fn lines(screen: &Screen) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut goes_on = false;
    for (index, row) in (0..).zip(rows(screen)) {
        match lines.last_mut().filter(|_| goes_on) {
            Some(line) => line.push_str(&row.styled),
            None => lines.push(row.styled),
        }
        goes_on = screen.row_wrapped(index);
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

fn one_row(screen: &Screen, row: u16, columns: u16) -> Row {
    let cells = (0..columns).filter_map(|column| screen.cell(row, column)).filter(|cell| !cell.is_wide_continuation());
    let (mut text, mut styled, mut style) = (String::new(), String::new(), Style::default());
    let (mut text_end, mut styled_end) = (0, 0);
    for cell in cells {
        let contents = if cell.has_contents() { cell.contents() } else { " " };
        text.push_str(contents);
        let wanted = Style::of(cell);
        if wanted != style {
            wanted.write(&mut styled);
            style = wanted;
        }
        styled.push_str(contents);
        if contents != " " {
            text_end = text.len();
        }
        // A coloured blank is part of the picture, a plain one at the end is not.
        if contents != " " || style != Style::default() {
            styled_end = styled.len();
        }
    }
    text.truncate(text_end);
    styled.truncate(styled_end);
    if styled.contains('\x1b') {
        styled.push_str("\x1b[m");
    }
    Row { text, styled }
}

/// A cell's attributes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Style {
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    inverse: bool,
    foreground: Color,
    background: Color,
}

impl Style {
    fn of(cell: &Cell) -> Self {
        Self {
            bold: cell.bold(),
            dim: cell.dim(),
            italic: cell.italic(),
            underline: cell.underline(),
            inverse: cell.inverse(),
            foreground: cell.fgcolor(),
            background: cell.bgcolor(),
        }
    }

    /// The SGR sequence that sets these attributes, whatever they were.
    fn write(self, out: &mut String) {
        if self == Self::default() {
            out.push_str("\x1b[m");
            return;
        }
        out.push_str("\x1b[0");
        let flags = [(self.bold, 1), (self.dim, 2), (self.italic, 3), (self.underline, 4), (self.inverse, 7)];
        for (_, number) in flags.into_iter().filter(|(set, _)| *set) {
            let _ = write!(out, ";{number}");
        }
        write_color(out, 30, self.foreground);
        write_color(out, 40, self.background);
        out.push('m');
    }
}

fn write_color(style: &mut String, base: u8, color: Color) {
    let _ = match color {
        Color::Default => Ok(()),
        Color::Idx(index @ 0..=7) => write!(style, ";{}", base + index),
        Color::Idx(index @ 8..=15) => write!(style, ";{}", base + 52 + index),
        Color::Idx(index) => write!(style, ";{};5;{index}", base + 8),
        Color::Rgb(red, green, blue) => write!(style, ";{};2;{red};{green};{blue}", base + 8),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::Grid;

    #[test]
    fn a_row_keeps_its_colours_and_starts_plain() {
        let mut grid = Grid::new(12, 3);
        grid.feed("a\x1b[1;91mb日\x1b[0m c\r\n\x1b[44m  \x1b[m\r\n1234567890abcdef".as_bytes());
        assert_eq!(lines(grid.screen()), ["\x1b[0;44m  \x1b[m", "1234567890abcdef"], "one row has scrolled away");
        let texts: Vec<_> = rows(grid.screen()).into_iter().map(|row| row.text).collect();
        assert_eq!(texts, ["", "1234567890ab", "cdef"]);
        grid.feed(b"\x1b[H\x1b[Ja\x1b[1;91mb\x1b[0m c");
        assert_eq!(lines(grid.screen()), ["a\x1b[0;1;91mb\x1b[m c\x1b[m"]);
    }
}
