//! How a pane's past looks.

use ratatui::{buffer::Buffer, layout::Rect, widgets::Widget};

use super::{Scroll, line::COLUMNS};
use crate::{
    screen::Grid,
    tui::{pane::PaneWidget, theme::Styles},
};

/// Draws what is seen of a pane's past, with what was searched for marked. Lines that are on their way are empty.
#[derive(Debug)]
pub struct ScrollWidget<'scroll> {
    scroll: &'scroll Scroll,
    styles: &'scroll Styles,
}

impl<'scroll> ScrollWidget<'scroll> {
    /// A widget that draws `scroll`.
    pub fn new(scroll: &'scroll Scroll, styles: &'scroll Styles) -> Self {
        Self { scroll, styles }
    }
}

impl Widget for ScrollWidget<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let rows: Vec<_> = self.scroll.rows().take(area.height.into()).collect();
        // Each line keeps to its row however wide it is.
        let widest = rows.iter().filter_map(|(_, line)| Some((*line)?.columns())).max().unwrap_or(0);
        let columns = u16::try_from(widest.min(COLUMNS)).unwrap_or(u16::MAX).max(area.width);
        let mut grid = Grid::new(columns, area.height);
        let contents: Vec<_> = rows.iter().map(|(_, line)| line.map_or("", |line| line.drawn())).collect();
        grid.load(&contents.join("\r\n"), None);
        PaneWidget::new(grid.screen(), self.styles.colors()).render(area, buffer);
        let Some(search) = self.scroll.search() else { return };
        for (row, (number, line)) in (area.y..).zip(&rows) {
            let found = *number == self.scroll.found().unwrap_or(u64::MAX);
            let style = if found { self.styles.marked() } else { self.styles.found() };
            for columns in line.iter().flat_map(|line| search.columns(line)) {
                let [start, end] = [columns.start, columns.end].map(|column| u16::try_from(column).unwrap_or(u16::MAX));
                let place = Rect::new(area.x.saturating_add(start), row, end - start, 1);
                buffer.set_style(place.intersection(area), style);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::{Color, Style};

    use super::*;
    use crate::{
        api::wire,
        tui::{
            pane::scroll::Message,
            theme::{Colors, Themes},
        },
    };

    #[test]
    fn lines_keep_their_rows_and_what_was_found_is_marked() {
        let (mut scroll, _) = Scroll::open(true, 3);
        let lines = ["first", "\x1b[31mred 日 hit and far more than fits", "still red hit", "\x1b[0mend"];
        scroll.update(Message::Recorded(wire::Transcript {
            first: 0,
            lines: lines.map(str::to_owned).into(),
            total: 4,
            source: "recorded lines".into(),
            truncated: false,
        }));
        scroll.update(Message::Search("hit".into()));
        scroll.update(Message::Next);
        let themes = Themes::built_in();
        let styles = Styles::new(themes.find("nord").expect("built in"), Colors::Shown);
        let area = Rect::new(0, 0, 13, 3);
        let mut buffer = Buffer::empty(area);
        ScrollWidget::new(&scroll, &styles).render(area, &mut buffer);

        let mut wanted = Buffer::with_lines(["red 日 hit and", "still red hit", "end          "]);
        wanted.set_style(Rect::new(0, 0, 13, 2), Style::new().fg(Color::Indexed(1)));
        wanted.set_style(Rect::new(7, 0, 3, 1), styles.marked());
        wanted.set_style(Rect::new(10, 1, 3, 1), styles.found());
        wanted[(11, 0)].set_symbol("a");
        wanted.set_style(Rect::new(0, 2, 13, 1), Style::reset());
        assert_eq!(scroll.found(), Some(1));
        assert_drawn(&buffer, &wanted);
    }

    /// The blank rest of a red line is not red.
    fn assert_drawn(buffer: &Buffer, wanted: &Buffer) {
        for (position, cell) in buffer.area.positions().zip(buffer.content()) {
            let expected = &wanted[position];
            assert_eq!(cell.symbol(), expected.symbol(), "{position}");
            assert_eq!((cell.bg, cell.modifier), (expected.bg, expected.modifier), "{position}");
            if cell.symbol() != " " {
                assert_eq!(cell.fg, expected.fg, "{position}");
            }
        }
    }
}
