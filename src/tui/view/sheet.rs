//! A sheet that lies over the view, with a border, a title, and what its keys do.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    widgets::{Block, BorderType, Clear, Widget},
};

use super::Strip;
use crate::tui::model::Model;

/// Draws a sheet of at most `columns` and `rows` of contents in the middle of `body`; gives the room for its contents.
pub(super) fn draw(model: &Model, title: &str, hint: &str, size: (u16, u16), body: Rect, buffer: &mut Buffer) -> Rect {
    let (columns, rows) = (size.0.saturating_add(4).min(body.width), size.1.saturating_add(2).min(body.height));
    let area = Rect {
        x: body.x + (body.width - columns) / 2,
        y: body.y + (body.height - rows) / 3,
        width: columns,
        height: rows,
    };
    Clear.render(area, buffer);
    buffer.set_style(area, model.styles.frame());
    Block::bordered().border_type(BorderType::Rounded).border_style(model.styles.border(true)).render(area, buffer);
    let inner = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area };
    Strip::new(buffer, inner, 0).left(&format!(" {title} "), model.styles.title(true));
    if area.height > 1 && !hint.is_empty() {
        Strip::new(buffer, inner, area.height - 1).left(&format!(" {hint} "), model.styles.hint());
    }
    Rect { y: area.y + 1, height: area.height.saturating_sub(2), ..inner }
}
