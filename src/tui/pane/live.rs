//! The picture of the pane that is being looked at, as the daemon sends it.

use std::time::Duration;

use super::PaneWidget;
use crate::{
    api::wire,
    domain::{SessionId, Timestamp},
    screen::{Grid, Screen},
    tui::theme::Colors,
};

/// The newest picture of a session's pane.
#[derive(Debug)]
pub struct LiveScreen {
    session: SessionId,
    grid: Grid,
    title: String,
    captured_at: Timestamp,
    alternate: bool,
    ended: bool,
}

impl LiveScreen {
    /// Starts with the first picture that came.
    pub fn new(first: &wire::Screen) -> Self {
        let mut screen = Self {
            session: first.session,
            grid: Grid::new(first.columns, first.rows),
            title: String::new(),
            captured_at: first.captured_at,
            alternate: false,
            ended: false,
        };
        screen.show(first);
        screen
    }

    /// Replaces the picture by a newer one; one of another session replaces everything.
    pub fn show(&mut self, next: &wire::Screen) {
        self.grid.resize(next.columns, next.rows);
        self.grid.load(&next.contents, next.cursor);
        self.session = next.session;
        self.title.clone_from(&next.title);
        self.captured_at = next.captured_at;
        self.alternate = next.alternate;
        self.ended = next.ended;
    }

    /// Whose pane it is.
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// The pane's size.
    pub fn size(&self) -> wire::Size {
        let (rows, columns) = self.grid.screen().size();
        wire::Size { columns: columns.get(), rows: rows.get() }
    }

    /// The pane's title, which the agent sets. Text from the agent: to be drawn, never printed.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The program draws on the alternate screen, which has no scrollback.
    pub fn alternate(&self) -> bool {
        self.alternate
    }

    /// The program has ended; this is its last picture.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// When the picture was taken.
    pub fn captured_at(&self) -> Timestamp {
        self.captured_at
    }

    /// How old the picture is; nothing when the daemon's clock is ahead of ours.
    pub fn age(&self, now: Timestamp) -> Duration {
        now.since(self.captured_at)
    }

    /// The cells.
    pub fn screen(&self) -> &Screen {
        self.grid.screen()
    }

    /// Draws it.
    pub fn widget(&self, colors: Colors) -> PaneWidget<'_> {
        PaneWidget::new(self.grid.screen(), colors)
    }
}

#[cfg(test)]
mod tests {
    use ratatui::{buffer::Buffer, layout::Rect, widgets::Widget};

    use super::*;

    fn picture(contents: &str, columns: u16, rows: u16) -> wire::Screen {
        wire::Screen {
            session: SessionId::FIRST,
            columns,
            rows,
            contents: contents.into(),
            history: 0,
            cursor: None,
            alternate: true,
            title: "a title".into(),
            captured_at: Timestamp(2_000),
            ended: false,
        }
    }

    #[test]
    fn each_picture_replaces_the_one_before_and_its_size() {
        let mut live = LiveScreen::new(&picture("old old\r\nold", 7, 2));
        live.show(&wire::Screen { ended: true, ..picture("new\r\n1\r\n2", 4, 3) });
        let area = Rect::new(0, 0, 7, 3);
        let mut buffer = Buffer::empty(area);
        live.widget(Colors::Shown).render(area, &mut buffer);
        assert_eq!(buffer, Buffer::with_lines(["new    ", "1      ", "2      "]));
        assert!(live.ended() && live.alternate());
        assert_eq!((live.title(), live.size()), ("a title", wire::Size { columns: 4, rows: 3 }));
        assert_eq!(live.age(Timestamp(2_500)), Duration::from_millis(500));
        assert_eq!(live.age(Timestamp(0)), Duration::ZERO);
    }
}
