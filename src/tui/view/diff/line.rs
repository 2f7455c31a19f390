//! One line of a file: its number, its sign, and its text in colours, cut to its room.

use std::ops::Range;

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::{
    domain::diff::LineKind,
    tui::{
        diff::{Text, text::Line},
        spelling::spell,
        theme::{Changes, Styles},
        view::Strip,
    },
};

/// What all lines of a file are drawn with.
pub(super) struct Draws<'frame> {
    pub(super) text: &'frame Text,
    pub(super) styles: &'frame Styles,
    pub(super) changes: Changes,
    /// Columns of every line that are out of view at the left.
    pub(super) left: u16,
    /// Columns of a number.
    pub(super) digits: u16,
    /// The keys go here.
    pub(super) focused: bool,
}

/// A line on one side of a row, or nothing.
pub(super) struct Half {
    pub(super) line: Option<usize>,
    /// The cursor is here.
    pub(super) current: bool,
    pub(super) area: Rect,
}

impl Draws<'_> {
    /// The head of a hunk.
    pub(super) fn hunk(&self, hunk: usize, current: bool, area: Rect, buffer: &mut Buffer) {
        let Some(head) = self.text.hunks().get(hunk) else { return };
        let rule = "─".repeat(usize::from(area.width));
        Strip::new(buffer, area, 0).left(&rule, self.styles.border(false));
        let range =
            |(first, count): (u32, u32)| if count == 1 { first.to_string() } else { format!("{first},{count}") };
        let words = format!(" @@ −{} +{} @@ ", range(head.old), range(head.new));
        let mut strip = Strip::new(buffer, area, 0);
        let style = self.styles.accent();
        strip.left(&words, if current { style.patch(self.styles.selected(self.focused)) } else { style });
        if !head.section.is_empty() {
            strip.left(&format!("{} ", head.section), self.styles.dim());
        }
    }

    /// A line over the whole width, with both its numbers and the bytes that changed.
    pub(super) fn unified(&self, at: usize, changed: &[Range<usize>], current: bool, area: Rect, buffer: &mut Buffer) {
        let line = &self.text.lines()[at];
        let digits = usize::from(self.digits);
        let number = |number: u32| if number == 0 { " ".repeat(digits) } else { format!("{number:>digits$}") };
        let numbers = format!("{} {} ", number(line.old), number(line.new));
        self.draw(at, line, &numbers, changed, current, area, buffer);
    }

    /// A line on its side, with its number there.
    pub(super) fn half(&self, half: &Half, changed: &[Range<usize>], number: fn(&Line) -> u32, buffer: &mut Buffer) {
        let Some(at) = half.line else {
            let dots = "╱".repeat(usize::from(half.area.width.saturating_sub(1)));
            Strip::new(buffer, half.area, 0).left(&dots, self.styles.border(false).dim());
            return;
        };
        let (line, digits) = (&self.text.lines()[at], usize::from(self.digits));
        let number = number(line);
        let numbers = if number == 0 { " ".repeat(digits + 1) } else { format!("{number:>digits$} ") };
        // A column stays free between both sides.
        let area = Rect { width: half.area.width.saturating_sub(1), ..half.area };
        self.draw(at, line, &numbers, changed, half.current, area, buffer);
    }

    #[expect(clippy::too_many_arguments, reason = "it is where one line of two layouts is put together")]
    fn draw(
        &self,
        at: usize,
        line: &Line,
        numbers: &str,
        changed: &[Range<usize>],
        current: bool,
        area: Rect,
        buffer: &mut Buffer,
    ) {
        let base = self.changes.line(line.kind);
        let sign = match line.kind {
            LineKind::Added => "+",
            LineKind::Removed => "-",
            LineKind::Context => " ",
            LineKind::NoLineEnd => "\\",
        };
        let gutter = self.styles.dim();
        let mut strip = Strip::new(buffer, area, 0);
        strip.left(numbers, if current { gutter.patch(self.styles.selected(self.focused)) } else { gutter });
        let used = area.width - strip.free();
        let room = Rect { x: area.x + used, width: area.width - used, ..area };
        buffer.set_style(room, base);
        Strip::new(buffer, room, 0).left(sign, base.patch(self.changes.sign(line.kind)));
        let room = Rect { x: room.x + room.width.min(1), width: room.width.saturating_sub(1), ..room };
        if line.kind == LineKind::NoLineEnd {
            Strip::new(buffer, room, 0).left("no line end", self.styles.dim());
            return;
        }
        self.text(at, line, changed, base, room, buffer);
    }

    fn text(&self, at: usize, line: &Line, changed: &[Range<usize>], base: Style, room: Rect, buffer: &mut Buffer) {
        let stretches = self.text.colored(at);
        let (mut stretches, mut changed) = (stretches.iter().peekable(), changed.iter().peekable());
        let (mut column, end) = (0_u16, self.left.saturating_add(room.width));
        for cell in spell(&line.text) {
            while stretches.next_if(|stretch| stretch.bytes.end <= cell.start).is_some() {}
            while changed.next_if(|stretch| stretch.end <= cell.start).is_some() {}
            let after = column.saturating_add(cell.columns);
            if after > end {
                // Something of it is out of view.
                if let Some(last) = room.right().checked_sub(1).filter(|_| room.width > 0) {
                    buffer[(last, room.y)].set_symbol("…").set_style(base.patch(self.styles.dim()));
                }
                return;
            }
            if column >= self.left {
                let token = stretches.peek().filter(|stretch| stretch.bytes.contains(&cell.start));
                let mut style = token.map_or(base, |stretch| base.patch(self.changes.token(stretch.token, line.kind)));
                if changed.peek().is_some_and(|stretch| stretch.contains(&cell.start)) {
                    style = style.patch(self.changes.words(line.kind));
                }
                if cell.odd {
                    style = base.patch(self.styles.warning()).reversed();
                }
                buffer.set_stringn(room.x + column - self.left, room.y, &cell.text, usize::from(cell.columns), style);
            }
            column = after;
        }
    }
}
