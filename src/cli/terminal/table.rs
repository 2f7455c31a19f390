//! Aligned columns.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Output, Unwritable, text};

/// One field of a row.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    text: String,
    paint: Paint,
}

/// What a field means, for those who see colours. The text says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    Plain,
    Strong,
    Faint,
    Busy,
    Good,
    Needs,
    Bad,
    /// Words in a line that is good.
    GoodWords,
    /// Words in a line that is bad.
    BadWords,
}

impl Cell {
    /// Text in the terminal's own colour, on one line, without control characters.
    pub(crate) fn plain(text: impl AsRef<str>) -> Self {
        Self::painted(Paint::Plain, text)
    }

    /// Text that matters less.
    pub(crate) fn faint(text: impl AsRef<str>) -> Self {
        Self::painted(Paint::Faint, text)
    }

    /// Text that belongs to the row above.
    pub(crate) fn indented(text: impl AsRef<str>) -> Self {
        Self { text: format!("  {}", text::line(text.as_ref())), paint: Paint::Plain }
    }

    /// Text with a meaning.
    pub(crate) fn painted(paint: Paint, text: impl AsRef<str>) -> Self {
        Self { text: text::line(text.as_ref()), paint }
    }
}

impl Paint {
    /// The SGR parameters: the terminal's own sixteen colours only.
    pub(super) fn parameters(self) -> Option<&'static str> {
        match self {
            Paint::Plain => None,
            Paint::Strong => Some("1"),
            Paint::Faint => Some("2"),
            Paint::Busy => Some("36"),
            Paint::Good => Some("32"),
            Paint::Needs => Some("1;33"),
            Paint::Bad => Some("31"),
            Paint::GoodWords => Some("32;7"),
            Paint::BadWords => Some("31;7"),
        }
    }
}

/// Rows whose fields stand below each other, two spaces apart. On a terminal the last column ends at its edge; in a
/// pipe nothing is cut.
#[derive(Debug)]
pub(crate) struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table with these headings in its first line.
    pub(crate) fn new(headings: &[&'static str]) -> Self {
        Self { headings: headings.into(), rows: Vec::new() }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl Into<Vec<Cell>>) {
        self.rows.push(cells.into());
    }

    /// Writes it; `nothing` is said when there is no row.
    pub(crate) fn write(mut self, output: &mut Output, nothing: &str) -> Result<(), Unwritable> {
        if self.rows.is_empty() {
            return output.note(nothing);
        }
        let headings = self.headings.iter().map(Cell::faint).collect();
        self.rows.insert(0, headings);
        let columns = self.headings.len();
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.text.width()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.rows {
            let mut line = String::new();
            let mut used = 0;
            for (column, cell) in row.iter().enumerate() {
                let last = column + 1 == row.len();
                let room = output.columns().filter(|_| last).map(|columns| columns.saturating_sub(used).max(8));
                let text = room.map_or_else(|| cell.text.clone(), |room| cut(&cell.text, room));
                line.push_str(&output.paint(cell.paint, &text));
                if !last {
                    let gap = widths[column] - cell.text.width() + 2;
                    line.extend(std::iter::repeat_n(' ', gap));
                    used += widths[column] + 2;
                }
            }
            output.line(line.trim_end())?;
        }
        Ok(())
    }
}

/// `text` in at most `columns` columns.
fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.into();
    }
    let mut used = 1;
    let fits = |character: &char| {
        used += character.width().unwrap_or(0);
        used <= columns
    };
    let mut kept: String = text.chars().take_while(fits).collect();
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_are_cut_at_their_edge() {
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
    }

    #[test]
    fn columns_stand_below_each_other_and_nothing_is_cut_in_a_pipe() {
        let mut table = Table::new(&["ID", "TITLE"]);
        table.row([Cell::plain("s1"), Cell::plain("x".repeat(300))]);
        table.row([Cell::plain("s100"), Cell::painted(Paint::Bad, "a\u{1b}[31m\nb")]);
        let mut output = Output::captured();
        table.write(&mut output, "none").expect("written");
        let lines: Vec<_> = output.text().lines().map(str::to_owned).collect();
        assert_eq!(lines, ["ID    TITLE".into(), format!("s1    {}", "x".repeat(300)), "s100  a[31m b".into()]);
    }
}
