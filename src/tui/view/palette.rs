//! Every action by name; and the themes, tried on while the cursor moves.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Strip, sheet};
use crate::tui::{
    action::Action,
    keymap::Key,
    model::{Model, palette::Palette},
};

/// Draws the palette.
pub(super) fn draw(model: &Model, palette: &Palette, body: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let area = sheet::draw(model, "do", "Enter does it", (64, 18), body, buffer);
    let input = Rect { height: area.height.min(1), x: area.x + 2, width: area.width.saturating_sub(2), ..area };
    Strip::new(buffer, area, 0).left(": ", styles.key());
    palette.query.draw(input, true, styles.input(), styles.cursor(), buffer);
    let list = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let first = (palette.chosen() + 1).saturating_sub(usize::from(list.height.max(1)));
    for (at, action) in (0..list.height).zip(palette.found().iter().skip(first)) {
        let keys =
            model.keymap.binding(*action).map(|binding| binding.keys.iter().map(Key::to_string).collect::<Vec<_>>());
        let row = Rect { y: list.y + at, height: 1, ..list };
        let mut strip = Strip::new(buffer, row, 0);
        strip.right(&keys.unwrap_or_default().join(" "), styles.key());
        strip.left(&format!("{:<22}", action.name()), styles.text()).left(action.words(), styles.dim());
        if first + usize::from(at) == palette.chosen() {
            buffer.set_style(row, styles.selected(true));
        }
    }
    if palette.found().is_empty() {
        Strip::new(buffer, list, 0).left("no action is called that", styles.dim());
    }
}

/// Draws the themes.
pub(super) fn draw_themes(model: &Model, body: Rect, buffer: &mut Buffer) {
    let names: Vec<&str> = model.themes.names().collect();
    let rows = u16::try_from(names.len()).unwrap_or(u16::MAX);
    let hint = format!("Enter takes it until you leave, {} for good", model.keymap.key(Action::KeepTheme));
    let area = sheet::draw(model, "theme", &hint, (44, rows), body, buffer);
    let here = names.iter().position(|name| *name == model.styles.theme().name()).unwrap_or(0);
    let first = (here + 1).saturating_sub(usize::from(area.height.max(1)));
    for (at, name) in (0..area.height).zip(names.iter().skip(first)) {
        let row = Rect { y: area.y + at, height: 1, ..area };
        Strip::new(buffer, row, 0).left(name, model.styles.text());
        if first + usize::from(at) == here {
            buffer.set_style(row, model.styles.selected(true));
        }
    }
}
