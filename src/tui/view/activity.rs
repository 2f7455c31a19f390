//! The log, newest at the bottom. It follows what happens unless the person has scrolled back.

use ratatui::{buffer::Buffer, layout::Rect};

use super::Strip;
use crate::{
    domain::Event,
    tui::{age, model::Model},
};

/// Draws it.
pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let log = &model.world.log;
    if log.is_empty() {
        Strip::new(buffer, area, 1).skip(2).left("Nothing has happened yet.", model.styles.text());
        return;
    }
    let end = log.len().saturating_sub(model.log_scroll).max(1);
    let first = end.saturating_sub(usize::from(area.height));
    for (at, event) in (0..area.height).zip(&log[first..end]) {
        draw_one(model, event, at, area, buffer);
    }
    if model.log_scroll > 0 {
        let words = format!(" {} newer; G follows ", model.log_scroll);
        Strip::new(buffer, area, area.height - 1).right(&words, model.styles.dim().reversed());
    }
}

fn draw_one(model: &Model, event: &Event, at: u16, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let mut strip = Strip::new(buffer, area, at);
    strip.skip(1).left(&age::clock(event.at), styles.dim()).skip(1);
    let whose = match (event.session, event.objective) {
        (Some(session), _) => session.to_string(),
        (None, Some(objective)) => objective.to_string(),
        (None, None) => String::new(),
    };
    strip.left(&format!("{whose:<6}"), styles.accent());
    if area.width >= 60 {
        strip.left(&format!("{:<11}", event.kind.label()), styles.dim());
    }
    strip.left(&event.text, styles.text());
}
