//! Where sessions run.

use ratatui::{buffer::Buffer, layout::Rect};

use super::Strip;
use crate::{
    domain::{
        Target,
        target::{Link, State},
    },
    tui::{age, model::Model},
};

/// Draws them.
pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    Strip::new(buffer, area, 0)
        .skip(3)
        .left(&format!("{:<16}{:<14}{:<16}{}", "target", "state", "running", "since"), styles.dim());
    for (at, target) in (1..area.height).zip(model.world.targets.values()) {
        let row = Rect { y: area.y + at, height: 1, ..area };
        draw_one(model, target, row, buffer);
        if model.target.as_ref() == Some(&target.name) {
            buffer.set_style(row, styles.selected(true));
        }
    }
}

fn draw_one(model: &Model, target: &Target, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let sessions = model.world.sessions.values().filter(|session| session.target == target.name);
    let running = sessions.filter(|session| session.state.takes_a_place()).count();
    let places = target.capacity.map_or_else(|| running.to_string(), |most| format!("{running} of {most}"));
    let glyph = match (target.state, &target.link) {
        (State::Disabled, _) => "○",
        (_, Link::Unreachable { .. } | Link::Unfit { .. }) => "!",
        (_, Link::Untried | Link::Joining) => "…",
        (State::Draining, Link::Here | Link::Up { .. }) => "◌",
        (State::Online, Link::Here | Link::Up { .. }) => "●",
    };
    let mut strip = Strip::new(buffer, area, 0);
    strip.skip(1).left(glyph, styles.target(target)).skip(1);
    strip.left(&format!("{:<16}", target.name), styles.text());
    strip.left(&format!("{:<14}", target.label()), styles.target(target));
    strip.left(&format!("{places:<16}"), styles.text());
    strip.left(&target.since().map(|since| age::short(model.now, since)).unwrap_or_default(), styles.dim());
    if let Some(trouble) = target.trouble() {
        strip.skip(2).left(&trouble, styles.target(target));
    }
}
