//! Which two states are compared, to be chosen.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    domain::diff::Side,
    tui::{
        model::{Model, overlay::Sides},
        text,
        view::{Strip, sheet},
    },
};

/// Draws both columns, or the one with the cursor where only that fits.
pub(in crate::tui::view) fn draw(model: &Model, sides: &Sides, body: Rect, buffer: &mut Buffer) {
    let rows = u16::try_from(sides.from.len().max(sides.to.len())).unwrap_or(u16::MAX).saturating_add(1);
    let width = body.width.saturating_sub(4).min(110);
    let area =
        sheet::draw(model, "what is compared", "Tab the other side · Enter compares", (width, rows), body, buffer);
    let columns = [("from", &sides.from), ("to", &sides.to)];
    if area.width < 60 {
        let (title, offered) = columns[sides.column];
        return column(model, sides, sides.column, (title, offered), area, buffer);
    }
    for (place, (title, offered)) in columns.into_iter().enumerate() {
        let half = area.width / 2;
        let x = if place == 0 { area.x } else { area.x + half };
        column(model, sides, place, (title, offered), Rect { x, width: half, ..area }, buffer);
    }
}

fn column(
    model: &Model,
    sides: &Sides,
    place: usize,
    (title, offered): (&str, &[(Side, String)]),
    area: Rect,
    buffer: &mut Buffer,
) {
    let styles = &model.styles;
    Strip::new(buffer, area, 0).left(title, styles.title(sides.column == place));
    let height = usize::from(area.height.saturating_sub(1)).max(1);
    let first = (sides.chosen[place] + 1).saturating_sub(height);
    for (at, (offer, (side, words))) in (1..area.height).zip(offered.iter().enumerate().skip(first)) {
        let row = Rect { y: area.y + at, height: 1, width: area.width.saturating_sub(2), ..area };
        let mut strip = Strip::new(buffer, row, 0);
        let chosen = offer == sides.chosen[place];
        strip.left(if chosen { "▸ " } else { "  " }, styles.key());
        strip.left(&format!("{:<5} ", side.to_string()), styles.accent());
        let room = strip.free();
        strip.left(&text::cut(words, room), styles.dim());
        if chosen {
            buffer.set_style(row, styles.selected(sides.column == place));
        }
    }
}
