//! The list of changed files, by folder.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    domain::diff::{File, Status},
    tui::{
        diff::tree::Entry,
        model::{
            Focus, Model, Reading,
            reading::{Listed, Pane},
        },
        theme::Styles,
        view::Strip,
    },
};

/// Draws it.
pub(super) fn draw(model: &Model, reading: &Reading, listed: &Listed, area: Rect, buffer: &mut Buffer) {
    let entries = listed.tree.entries();
    for (at, entry) in (0..area.height).zip(entries.iter().skip(reading.first_listed)) {
        let row = Rect { y: area.y + at, height: 1, ..area };
        match entry {
            Entry::Folder { name, depth } => {
                let mut strip = Strip::new(buffer, row, 0);
                strip.skip(1 + 2 * depth).left(name, model.styles.dim());
            }
            Entry::File { at, name, depth } => {
                let Some(file) = listed.diff.files.get(*at) else { continue };
                draw_file(model, reading, file, (name, *depth), row, buffer);
                if *at == reading.file {
                    let focused = reading.pane == Pane::Files && model.focus != Focus::Comment;
                    buffer.set_style(row, model.styles.selected(focused));
                }
            }
        }
    }
    let below = entries.len().saturating_sub(reading.first_listed + usize::from(area.height));
    if below > 0 && area.height > 2 {
        let mut strip = Strip::new(buffer, area, area.height - 1);
        strip.right(&format!(" {below} more ↓ "), model.styles.dim().reversed());
    }
}

fn draw_file(
    model: &Model,
    reading: &Reading,
    file: &File,
    (name, depth): (&str, u16),
    row: Rect,
    buffer: &mut Buffer,
) {
    let styles = &model.styles;
    let mut strip = Strip::new(buffer, row, 0);
    strip.skip(1 + 2 * depth).skip_right(1);
    strip.left(&file.status.letter().to_string(), letter(file.status, styles));
    strip.left(if file.uncommitted { "•" } else { " " }, styles.warning());
    counts(file, &mut strip, styles);
    let commented =
        model.comments.get(&reading.workspace).is_some_and(|comments| comments.on(&file.path).next().is_some());
    if commented {
        strip.right(" ✎", styles.warning());
    }
    strip.left(name, styles.text());
}

/// From the right: added and removed lines.
pub(super) fn counts(file: &File, strip: &mut Strip<'_>, styles: &Styles) {
    if file.removed > 0 {
        strip.right(&format!(" −{}", file.removed), styles.removed());
    }
    if file.added > 0 {
        strip.right(&format!(" +{}", file.added), styles.added());
    }
}

/// What the letter of a status looks like.
pub(super) fn letter(status: Status, styles: &Styles) -> ratatui::style::Style {
    match status {
        Status::Added | Status::Copied => styles.added(),
        Status::Deleted => styles.removed(),
        Status::Modified | Status::Renamed | Status::Retyped => styles.accent(),
        Status::Conflicted => styles.error(),
    }
}
