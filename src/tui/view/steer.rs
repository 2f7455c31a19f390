//! Where a text to the session is written.

use ratatui::{buffer::Buffer, layout::Rect};

use super::Strip;
use crate::tui::{
    action::Action,
    model::{Focus, Model},
};

/// Draws it.
pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let Focus::Steer(session) = model.focus else { return };
    let Some(editor) = model.steers.get(&session) else { return };
    if area.height < 2 {
        return;
    }
    let styles = &model.styles;
    let line = "─".repeat(usize::from(area.width));
    Strip::new(buffer, area, 0).left(&line, styles.border(true));
    let mut strip = Strip::new(buffer, area, 0);
    strip.skip(1).left(&format!(" to {session} "), styles.title(true));
    let keys = format!(
        " Enter or {} sends · {} new line · Up earlier texts ",
        model.keymap.key(Action::Submit),
        model.keymap.key(Action::NewLine)
    );
    strip.right(&keys, styles.hint());
    let inner = Rect { x: area.x + 1, y: area.y + 1, width: area.width.saturating_sub(2), height: area.height - 1 };
    editor.draw(inner, true, styles.input(), styles.cursor(), buffer);
}
