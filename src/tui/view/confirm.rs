//! A yes that is waited for, and one line that is asked for.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Strip, sheet};
use crate::tui::{
    action::Action,
    keymap::Key,
    model::{
        Model,
        overlay::{Confirm, Line},
    },
    text,
};

/// Draws what is asked, and what a yes would do.
pub(super) fn draw(model: &Model, confirm: &Confirm, body: Rect, buffer: &mut Buffer) {
    let width = body.width.saturating_sub(4).min(64);
    let lines: Vec<String> = confirm.lines.iter().flat_map(|line| text::wrap(line, width)).collect();
    let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
    let area = sheet::draw(model, &confirm.title, "", (width, rows), body, buffer);
    let last = area.height.saturating_sub(1);
    for (at, line) in (0..last).zip(&lines) {
        Strip::new(buffer, area, at).left(line, model.styles.text());
    }
    let keys = |action| {
        let binding = model.keymap.binding(action);
        binding.map(|binding| binding.keys.iter().map(Key::to_string).collect::<Vec<_>>().join(" ")).unwrap_or_default()
    };
    let mut strip = Strip::new(buffer, area, last);
    strip.left(&keys(Action::Confirm), model.styles.key()).left(" yes, do it   ", model.styles.text());
    strip.left(&model.keymap.key(Action::Decline), model.styles.key()).left(" no, leave it", model.styles.text());
}

/// Draws the line that is asked for.
pub(super) fn draw_line(model: &Model, line: &Line, body: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let width = body.width.saturating_sub(4).min(72);
    let mut above: Vec<String> = Vec::new();
    if let Some(problem) = &line.problem {
        above.extend(text::wrap(&problem.what, width));
        above.extend(problem.hint.iter().flat_map(|hint| text::wrap(hint, width)));
    }
    let rows = u16::try_from(above.len()).unwrap_or(u16::MAX).saturating_add(1);
    let area = sheet::draw(model, &line.wanted.title(), "Enter does it, Esc leaves", (width, rows), body, buffer);
    let last = area.height.saturating_sub(1);
    for (at, words) in (0..last).zip(&above) {
        Strip::new(buffer, area, at).left(words, styles.warning());
    }
    let input = Rect { y: area.y + last, height: area.height.min(1), ..area };
    line.editor.draw(input, true, styles.input(), styles.cursor(), buffer);
}
