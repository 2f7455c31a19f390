//! A pane's picture on the dashboard.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::{Modifier, Style},
    widgets::Widget,
};

use super::paint;
use crate::{screen::Screen, tui::theme::Colors};

/// Draws a terminal's screen. It keeps the terminal's own default colours whatever the theme's background is: the agent
/// chose its colours for those.
///
/// A screen that is larger than its place shows the part with the cursor and the last lines; of one that is smaller the
/// rest of the place stays empty.
#[derive(Debug)]
pub struct PaneWidget<'screen> {
    screen: &'screen Screen,
    colors: Colors,
    cursor_drawn: bool,
}

impl<'screen> PaneWidget<'screen> {
    /// A widget that draws `screen`.
    pub fn new(screen: &'screen Screen, colors: Colors) -> Self {
        Self { screen, colors, cursor_drawn: false }
    }

    /// Draws the cursor as a reversed cell: for panes that the keys do not go to.
    #[must_use]
    pub fn with_cursor(mut self) -> Self {
        self.cursor_drawn = true;
        self
    }

    /// Where the cursor is when the screen is drawn in `area`; `None` while it is hidden or outside. For
    /// `Frame::set_cursor_position`, where the keys go to this pane.
    pub fn cursor(&self, area: Rect) -> Option<Position> {
        if self.screen.hide_cursor() {
            return None;
        }
        let (row, column) = self.screen.cursor_position();
        // After the last column is written the cursor waits behind it; a terminal shows it on that column.
        let column = column.min(self.screen.size().1.get() - 1);
        let row = row.checked_sub(self.first_row(area.height))?;
        (row < area.height && column < area.width).then(|| Position::new(area.x + column, area.y + row))
    }

    /// The first row of the screen that is drawn in a place of this height.
    fn first_row(&self, height: u16) -> u16 {
        let rows = self.screen.size().0.get();
        if rows <= height {
            return 0;
        }
        let cursor = (!self.screen.hide_cursor()).then(|| self.screen.cursor_position().0);
        let last = (0..rows).rev().find(|row| self.is_written(*row)).unwrap_or(0);
        let end = last.max(cursor.unwrap_or(0)) + 1;
        end.saturating_sub(height).min(cursor.unwrap_or(rows))
    }

    fn is_written(&self, row: u16) -> bool {
        (0..self.screen.size().1.get()).any(|column| {
            self.screen.cell(row, column).is_some_and(|cell| cell.has_contents() && cell.contents() != " ")
        })
    }
}

impl Widget for PaneWidget<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let visible = area.intersection(buffer.area);
        let first_row = self.first_row(area.height);
        let columns = self.screen.size().1.get();
        for position in visible.positions() {
            let (row, column) = (position.y - area.y + first_row, position.x - area.x);
            let Some(from) = self.screen.cell(row, column) else {
                buffer[position].reset();
                continue;
            };
            if from.is_wide_continuation() {
                // The parser keeps the colours of both halves in the left one.
                let left = column.checked_sub(1).and_then(|left| self.screen.cell(row, left)).unwrap_or(from);
                paint::half(left, &mut buffer[position], self.colors);
            } else if from.is_wide() && (column + 1 >= columns || position.x + 1 >= visible.right()) {
                paint::half(from, &mut buffer[position], self.colors);
            } else {
                paint::cell(from, &mut buffer[position], self.colors);
            }
        }
        let cursor = if self.cursor_drawn { self.cursor(area) } else { None };
        if let Some(cell) = cursor.and_then(|position| buffer.cell_mut(position)) {
            // On a reversed cell the cursor is the one that is not.
            let reversed = cell.modifier.contains(Modifier::REVERSED);
            cell.set_style(if reversed { Style::new().not_reversed() } else { Style::new().reversed() });
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;
    use crate::screen::Grid;

    fn grid(columns: u16, rows: u16, bytes: &str) -> Grid {
        let mut grid = Grid::new(columns, rows);
        grid.feed(bytes.as_bytes());
        grid
    }

    fn drawn(grid: &Grid, width: u16, height: u16, colors: Colors) -> Buffer {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::filled(area, ratatui::buffer::Cell::new("~"));
        buffer.set_style(area, Style::new().fg(Color::Red).bg(Color::Blue));
        PaneWidget::new(grid.screen(), colors).render(area, &mut buffer);
        buffer
    }

    /// A buffer of unstyled text in the terminal's own colours.
    fn expected(lines: &[&str]) -> Buffer {
        Buffer::with_lines(lines.to_vec())
    }

    #[test]
    fn colours_and_attributes_are_drawn_exactly() {
        let grid = grid(
            8,
            2,
            "\x1b[31;44ma\x1b[0;91;100mb\x1b[0;38;5;208mc\x1b[0;38;2;1;2;3;48;2;4;5;6md\x1b[0;1me\x1b[0;2;3mf\x1b[0;4;7mg\x1b[0mh",
        );
        let mut wanted = expected(&["abcdefgh", "        "]);
        let styles = [
            Style::new().fg(Color::Indexed(1)).bg(Color::Indexed(4)),
            Style::new().fg(Color::Indexed(9)).bg(Color::Indexed(8)),
            Style::new().fg(Color::Indexed(208)),
            Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::Rgb(4, 5, 6)),
            Style::new().bold(),
            Style::new().dim().italic(),
            Style::new().underlined().reversed(),
        ];
        for (column, style) in (0..).zip(styles) {
            wanted[(column, 0)].set_style(style);
        }
        assert_eq!(drawn(&grid, 8, 2, Colors::Shown), wanted);
    }

    #[test]
    fn without_colours_attributes_alone_are_drawn() {
        let grid = grid(4, 1, "\x1b[1;31;44mab\x1b[0;7mc");
        let mut wanted = expected(&["abc "]);
        wanted[(0, 0)].set_style(Style::new().bold());
        wanted[(1, 0)].set_style(Style::new().bold());
        wanted[(2, 0)].set_style(Style::new().reversed());
        assert_eq!(drawn(&grid, 4, 1, Colors::Hidden), wanted);
    }

    #[test]
    fn wide_and_combined_characters_keep_their_columns() {
        let grid = grid(10, 2, "日本🦀e\u{301}x\r\n👩\u{200d}🔬❤\u{fe0f}y");
        let mut wanted = expected(&["日本🦀e\u{301}x  ", "👩🔬❤y    "]);
        // tmux and the parser give each half of a joined emoji two columns, and so do we.
        wanted[(0, 1)].set_symbol("👩\u{200d}");
        let buffer = drawn(&grid, 10, 2, Colors::Shown);
        assert_eq!(buffer, wanted);
        assert_eq!(buffer[(6, 0)].symbol(), "e\u{301}");
    }

    #[test]
    fn a_wide_character_cut_by_the_edge_becomes_a_space_of_its_colour() {
        let grid = grid(8, 1, "a\x1b[45m日本");
        let mut wanted = expected(&["a日 "]);
        for column in 1..4 {
            wanted[(column, 0)].set_style(Style::new().bg(Color::Indexed(5)));
        }
        assert_eq!(drawn(&grid, 4, 1, Colors::Shown), wanted);
    }

    #[test]
    fn what_a_smaller_screen_leaves_free_is_empty() {
        assert_eq!(drawn(&grid(2, 1, "ab"), 4, 2, Colors::Shown), expected(&["ab  ", "    "]));
    }

    #[test]
    fn of_a_larger_screen_the_last_lines_and_the_cursor_are_seen() {
        let at_the_end = grid(4, 6, "1\r\n2\r\n3\r\n4\r\n5");
        assert_eq!(drawn(&at_the_end, 2, 2, Colors::Shown), expected(&["4 ", "5 "]));
        let above = grid(4, 6, "1\r\n2\r\n3\r\n4\r\n5\x1b[2;1H");
        assert_eq!(drawn(&above, 2, 2, Colors::Shown), expected(&["2 ", "3 "]));
        let widget = PaneWidget::new(above.screen(), Colors::Shown);
        assert_eq!(widget.cursor(Rect::new(10, 5, 2, 2)), Some(Position::new(10, 5)));
        let hidden = grid(4, 6, "1\r\n2\r\n3\x1b[?25l\x1b[H");
        assert_eq!(drawn(&hidden, 2, 2, Colors::Shown), expected(&["2 ", "3 "]));
        assert_eq!(PaneWidget::new(hidden.screen(), Colors::Shown).cursor(Rect::new(0, 0, 2, 2)), None);
    }

    #[test]
    fn the_cursor_is_drawn_where_it_is_also_behind_the_last_column() {
        let grid = grid(3, 1, "abc");
        let area = Rect::new(0, 0, 3, 1);
        let mut buffer = Buffer::empty(area);
        PaneWidget::new(grid.screen(), Colors::Shown).with_cursor().render(area, &mut buffer);
        let mut wanted = expected(&["abc"]);
        wanted[(2, 0)].set_style(Style::new().reversed());
        assert_eq!(buffer, wanted);
    }

    #[test]
    fn nothing_that_a_terminal_would_obey_reaches_a_cell() {
        let mut hostile = String::new();
        for number in (0..0xa0).chain([0xad, 0x200e, 0x202e, 0x2066, 0x2028, 0xfeff, 0xfe0e]) {
            hostile.extend(['x', char::from_u32(number).unwrap_or(' ')]);
        }
        for bytes in [hostile.as_str(), "\x1b]52;c;aGk=\x07\x1b]0;title\x07ok\u{9b}31m\u{90}q\u{9c}"] {
            let buffer = drawn(&grid(40, 20, bytes), 40, 20, Colors::Shown);
            for cell in buffer.content() {
                assert!(cell.symbol().chars().all(paint_allows), "{:?}", cell.symbol());
            }
        }
    }

    fn paint_allows(character: char) -> bool {
        !character.is_control() && !"\u{ad}\u{200e}\u{202e}\u{2066}\u{2028}\u{feff}\u{fe0e}".contains(character)
    }

    #[test]
    fn an_area_beyond_the_buffer_is_cut() {
        let grid = grid(10, 5, "0123456789");
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 2));
        PaneWidget::new(grid.screen(), Colors::Shown).render(Rect::new(2, 1, 10, 5), &mut buffer);
        assert_eq!(buffer, expected(&["    ", "  01"]));
    }
}
