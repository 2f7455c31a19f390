//! The keys that work here.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Strip, sheet};
use crate::tui::{
    action::Action,
    keymap::{Binding, Place},
    model::Model,
};

/// Draws it.
pub(super) fn draw(model: &Model, scroll: usize, body: Rect, buffer: &mut Buffer) {
    let lines = lines(model);
    let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let area = sheet::draw(model, "keys", "Esc closes", (74, rows), body, buffer);
    let scroll = scroll.min(lines.len().saturating_sub(usize::from(area.height)));
    for (at, line) in (0..area.height).zip(&lines[scroll..]) {
        let mut strip = Strip::new(buffer, area, at);
        match line {
            Line::Place(place) => strip.left(place, model.styles.heading()),
            Line::Warning(words) => strip.left(words, model.styles.warning()),
            Line::Binding(keys, name, words) => strip
                .left(&format!("{keys:<18}"), model.styles.key())
                .left(&format!("{words:<1} "), model.styles.text())
                .right(name, model.styles.dim()),
            Line::Blank => &mut strip,
        };
    }
}

enum Line {
    Place(&'static str),
    Warning(String),
    Binding(String, &'static str, &'static str),
    Blank,
}

fn lines(model: &Model) -> Vec<Line> {
    let mut lines: Vec<Line> = model.warnings().map(|words| Line::Warning(format!("! {words}"))).collect();
    let palette = model.keymap.key(Action::Palette);
    let places = [
        (Place::Session, "the selected session"),
        (Place::Lists, "lists"),
        (Place::Board, "the board"),
        (Place::Diff, "changes"),
        (Place::Question, "a question in front"),
        (Place::Screen, "a screen"),
        (Place::PullRequests, "pull requests"),
        (Place::Targets, "targets"),
        (Place::Workspaces, "workspaces"),
        (Place::Everywhere, "everywhere"),
        (Place::Writing, "writing"),
        (Place::Confirm, "when a yes is waited for"),
    ];
    for (place, words) in places {
        let bindings: Vec<&Binding> = model.keymap.bindings().iter().filter(|binding| binding.place == place).collect();
        if !lines.is_empty() {
            lines.push(Line::Blank);
        }
        lines.push(Line::Place(words));
        lines.extend(bindings.into_iter().map(|binding| {
            let keys: Vec<String> = binding.keys.iter().map(ToString::to_string).collect();
            let keys = if keys.is_empty() { format!("{palette} and its name") } else { keys.join(" ") };
            Line::Binding(keys, binding.action.name(), binding.action.words())
        }));
    }
    lines
}
