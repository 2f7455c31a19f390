//! What a session changed: the files at the left, the text of one beside them.
//!
//! - `files`: the list of files
//! - `text`: the text of one
//! - `line`: one line of it
//! - `sides`: what is compared, to be chosen

mod files;
mod line;
mod sides;
mod text;

use ratatui::{buffer::Buffer, layout::Rect};

pub(super) use self::sides::draw as draw_sides;
use super::{Areas, Strip};
use crate::{
    domain::Diff,
    tui::{
        action::Action,
        diff::Comments,
        model::{Model, Reading, reading::Fetched, reading::Pane},
    },
};

/// The room for the rows of a file, below its name.
pub fn text_room(areas: &Areas) -> Rect {
    let head = areas.screen.height.min(1);
    Rect { y: areas.screen.y + head, height: areas.screen.height - head, ..areas.screen }
}

/// Draws it.
pub(super) fn draw(model: &Model, areas: &Areas, buffer: &mut Buffer) {
    let Some(reading) = &model.reading else { return };
    summary(model, reading, areas.summary, buffer);
    for row in areas.divider.rows() {
        buffer.set_string(row.x, row.y, "│", model.styles.border(reading.pane == Pane::Text));
    }
    match &reading.listed {
        Fetched::Waiting => say(model, "Reading what changed …", None, areas, buffer),
        Fetched::Failed(problem) => say(model, &problem.what, problem.hint.as_deref(), areas, buffer),
        Fetched::Here(listed) if listed.diff.files.is_empty() => {
            let words = format!("Nothing changed between {} and {}.", reading.from, reading.to);
            let key = model.keymap.key(Action::CompareWith);
            say(model, &words, Some(&format!("{key} chooses what is compared")), areas, buffer);
        }
        Fetched::Here(listed) => {
            files::draw(model, reading, listed, areas.list, buffer);
            text::draw(model, reading, areas, buffer);
        }
    }
}

/// Says something instead of the files, or of the text where there is no room for both.
fn say(model: &Model, words: &str, hint: Option<&str>, areas: &Areas, buffer: &mut Buffer) {
    let area = if areas.screen.is_empty() { areas.list } else { areas.screen };
    let lines = crate::tui::text::wrap(words, area.width.saturating_sub(4));
    for (at, line) in (1..).zip(&lines) {
        Strip::new(buffer, area, at).skip(2).left(line, model.styles.text());
    }
    if let Some(hint) = hint {
        let below = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(1);
        Strip::new(buffer, area, below).skip(2).left(hint, model.styles.hint());
    }
}

/// Whose changes, between which states, how many.
fn summary(model: &Model, reading: &Reading, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let mut strip = Strip::new(buffer, area, 0);
    strip.skip(1).skip_right(1);
    if reading.stale {
        let key = model.keymap.key(Action::Refresh);
        strip.right(&format!("  ! changed since you opened it: {key} shows it"), styles.warning().bold());
    }
    let waiting = model.comments.get(&reading.workspace).map_or(0, Comments::waiting);
    if waiting > 0 {
        let key = model.keymap.key(Action::SendComments);
        let words = if waiting == 1 { "1 comment".into() } else { format!("{waiting} comments") };
        strip.right(&format!("  ✎ {words} not sent: {key}"), styles.warning());
    }
    if let Some(diff) = reading.diff() {
        counts(model, diff, &mut strip);
    }
    strip.right(&format!("  {} → {}", reading.from, reading.to), styles.accent());
    strip.left(&format!("{} ", reading.session), styles.dim());
    if let Some(session) = model.world.sessions.get(&reading.session) {
        strip.left(&session.title, styles.heading());
    }
    if let Some(note) = reading.diff().and_then(|diff| diff.notes.first()) {
        strip.skip(2).left(note, styles.warning());
    }
}

/// From the right: so many files, and lines.
fn counts(model: &Model, diff: &Diff, strip: &mut Strip<'_>) {
    let styles = &model.styles;
    strip.right(&format!(" −{}", diff.removed), styles.removed()).right(&format!("  +{}", diff.added), styles.added());
    let files = if diff.total_files == 1 { "1 file".into() } else { format!("{} files", diff.total_files) };
    let left_out = diff.total_files.saturating_sub(diff.files.len());
    let files = if left_out > 0 { format!("{files}, {left_out} of them not shown") } else { files };
    strip.right(&format!("  {files}"), styles.dim());
}
