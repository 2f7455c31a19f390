//! One line of cells, filled from both ends; what does not fit is cut with `…`.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::tui::text;

/// One line of cells, filled from both ends.
pub struct Strip<'buffer> {
    buffer: &'buffer mut Buffer,
    row: u16,
    start: u16,
    end: u16,
}

impl<'buffer> Strip<'buffer> {
    /// The line `line` of `area`; of no width where that lies outside.
    pub fn new(buffer: &'buffer mut Buffer, area: Rect, line: u16) -> Self {
        let area = area.intersection(buffer.area);
        let row = area.y.saturating_add(line);
        let end = if line < area.height { area.right() } else { area.x };
        Self { buffer, row, start: area.x, end }
    }

    /// Columns that are still free.
    pub fn free(&self) -> u16 {
        self.end - self.start
    }

    /// Puts text at the left of what is free, in at most `columns`.
    pub fn left_in(&mut self, columns: u16, text: &str, style: Style) -> &mut Self {
        let text = text::clean(text);
        let text = text::cut(&text, columns.min(self.free()));
        let wide = text::width(&text).min(self.free());
        if wide > 0 {
            self.buffer.set_stringn(self.start, self.row, &text, usize::from(wide), style);
            self.start += wide;
        }
        self
    }

    /// Puts text at the left of what is free.
    pub fn left(&mut self, text: &str, style: Style) -> &mut Self {
        self.left_in(u16::MAX, text, style)
    }

    /// Puts text at the right of what is free, if all of it fits with one column to spare.
    pub fn right(&mut self, text: &str, style: Style) -> &mut Self {
        let text = text::clean(text);
        let wide = text::width(&text);
        if wide > 0 && wide < self.free() {
            self.end -= wide;
            self.buffer.set_stringn(self.end, self.row, &text, usize::from(wide), style);
        }
        self
    }

    /// Leaves columns free at the left.
    pub fn skip(&mut self, columns: u16) -> &mut Self {
        self.start = self.start.saturating_add(columns).min(self.end);
        self
    }

    /// Leaves columns free at the right.
    pub fn skip_right(&mut self, columns: u16) -> &mut Self {
        self.end = self.end.saturating_sub(columns).max(self.start);
        self
    }
}
