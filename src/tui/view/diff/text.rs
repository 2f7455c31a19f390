//! The text of one file: its name, and as many of its rows as are seen.

use std::ops::Range;

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    files,
    line::{Draws, Half},
    text_room,
};
use crate::{
    domain::diff::{Content, File, LineKind},
    tui::{
        diff::{Row, Rows, Text, words},
        model::{
            Focus, Model, Reading,
            reading::{Body, COMMENT_INDENT, Fetched, Pane},
        },
        view::{Areas, Strip},
    },
};

/// Draws it.
pub(super) fn draw(model: &Model, reading: &Reading, areas: &Areas, buffer: &mut Buffer) {
    let (area, Some(listed)) = (areas.screen, reading.file_here()) else { return };
    if area.is_empty() {
        return;
    }
    head(model, reading, listed, area, buffer);
    let room = text_room(areas);
    match reading.body() {
        None | Some(Fetched::Waiting) => say(model, "Reading …", room, buffer),
        Some(Fetched::Failed(problem)) => {
            let hint = problem.hint.as_deref().map(|hint| format!(" → {hint}")).unwrap_or_default();
            say(model, &format!("{}{hint}", problem.what), room, buffer);
        }
        Some(Fetched::Here(body)) => match (&body.text, reading.body_here()) {
            (Some(text), Some((_, rows))) => draw_rows(model, reading, (body, text, rows), room, buffer),
            _ => say(model, &instead(&body.file), room, buffer),
        },
    }
}

/// The file's name, what happened to it, and how far down its text is seen.
fn head(model: &Model, reading: &Reading, file: &File, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let mut strip = Strip::new(buffer, area, 0);
    strip.skip(1).skip_right(1);
    strip.left(&format!("{} ", file.status.letter()), files::letter(file.status, styles));
    if let Some((body, rows)) = reading.body_here().filter(|(_, rows)| !rows.rows().is_empty()) {
        let (seen, all) = (body.first + usize::from(area.height) - 1, rows.rows().len());
        let words = if seen >= all { "end".into() } else { format!("{}%", 100 * seen / all) };
        strip.right(&format!("  {words:>4}"), styles.dim());
    }
    files::counts(file, &mut strip, styles);
    if file.uncommitted {
        strip.right("  • not committed", styles.warning());
    }
    if let Some((before, now)) = &file.modes {
        strip.right(&format!("  mode {before} → {now}"), styles.dim());
    }
    strip.left(&file.path, styles.title(reading.pane == Pane::Text));
    if let Some(before) = &file.old_path {
        strip.left(&format!(" ← {before}"), styles.dim());
    }
}

fn say(model: &Model, words: &str, room: Rect, buffer: &mut Buffer) {
    for (at, line) in (1..).zip(crate::tui::text::wrap(words, room.width.saturating_sub(4))) {
        Strip::new(buffer, room, at).skip(2).left(&line, model.styles.dim());
    }
}

/// What is said of a file without lines to show.
fn instead(file: &File) -> String {
    let size = bytes(file.bytes);
    match &file.content {
        Content::Unread => "Its text was not given.".into(),
        Content::Binary => format!("It is not text ({size})."),
        Content::TooLarge => format!("It is too large to be compared here ({size})."),
        Content::LargeFilePointer => format!("It is kept by Git LFS; here is only a pointer to it ({size})."),
        Content::Submodule { old, new } => {
            let commit = |commit: &Option<String>| {
                commit.as_deref().map_or("nothing".to_owned(), |id| id.get(..10).unwrap_or(id).to_owned())
            };
            format!("A submodule: {} → {}.", commit(old), commit(new))
        }
        Content::Text { .. } => match (&file.modes, &file.old_path) {
            (Some((before, now)), _) => format!("Its text is the same; its mode was {before} and is {now}."),
            (None, Some(before)) => format!("Its text is the same; it was {before}."),
            (None, None) if file.bytes == 0 => "It is empty.".into(),
            (None, None) => "Its text is the same.".into(),
        },
    }
}

fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} bytes"),
        1_024..1_048_576 => format!("{} KiB", bytes / 1_024),
        _ => format!("{} MiB", bytes / 1_048_576),
    }
}

fn draw_rows(
    model: &Model,
    reading: &Reading,
    (body, text, rows): (&Body, &Text, &Rows),
    room: Rect,
    buffer: &mut Buffer,
) {
    let styles = &model.styles;
    let here = rows.rows_of(body.spot);
    let focused = reading.pane == Pane::Text && model.focus != Focus::Comment;
    let draws = Draws { text, styles, changes: styles.changes(), left: reading.left, digits: text.digits(), focused };
    for (at, place) in (0..room.height).zip(body.first..rows.rows().len()) {
        let area = Rect { y: room.y + at, height: 1, ..room };
        let current = here.contains(&place);
        match rows.rows()[place] {
            Row::Hunk(hunk) => draws.hunk(hunk, current, area, buffer),
            Row::One(line) => {
                let partner = text.lines()[line].partner;
                draws.unified(line, &changed(text, line, partner), current, area, buffer);
            }
            Row::Two(left, right) => {
                let middle = area.width / 2;
                let half = |line: Option<usize>, area| Half { line, current, area };
                let (first, second) =
                    (Rect { width: middle, ..area }, Rect { x: area.x + middle, width: area.width - middle, ..area });
                let marks = |line: Option<usize>| line.map(|line| changed(text, line, text.lines()[line].partner));
                draws.half(&half(left, first), &marks(left).unwrap_or_default(), |line| line.old, buffer);
                draws.half(&half(right, second), &marks(right).unwrap_or_default(), |line| line.new, buffer);
            }
            Row::Comment { number, words } => {
                let first = place == 0
                    || !matches!(rows.rows()[place - 1], Row::Comment { number: above, .. } if above == number);
                comment(model, reading, (number, rows.words(words), first, current && focused), area, buffer);
            }
            Row::Writing { row, .. } => {
                if row == 0 || at == 0 {
                    let left = rows.rows_of(body.spot).end.saturating_sub(place);
                    let height = u16::try_from(left).unwrap_or(1).min(room.bottom() - area.y);
                    writing(model, reading, Rect { height, ..area }, buffer);
                }
            }
            Row::Cut => {
                let words = format!("… more lines changed than the {} that are shown", text.lines().len());
                Strip::new(buffer, area, 0).skip(1).left(&words, styles.warning());
            }
        }
    }
}

/// What of a line is not in the line that it was, or became.
fn changed(text: &Text, line: usize, partner: Option<usize>) -> Vec<Range<usize>> {
    let lines = text.lines();
    let Some(partner) = partner.and_then(|partner| lines.get(partner)) else { return Vec::new() };
    match lines[line].kind {
        LineKind::Removed => words::changed(&lines[line].text, &partner.text).old,
        LineKind::Added => words::changed(&partner.text, &lines[line].text).new,
        LineKind::Context | LineKind::NoLineEnd => Vec::new(),
    }
}

/// A row of a comment.
fn comment(
    model: &Model,
    reading: &Reading,
    (number, words, first, current): (u64, &str, bool, bool),
    area: Rect,
    buffer: &mut Buffer,
) {
    let styles = &model.styles;
    let sending = model
        .comments
        .get(&reading.workspace)
        .is_some_and(|comments| comments.all().iter().any(|comment| comment.number == number && comment.sending));
    let sign = match (first, sending) {
        (true, true) => "⇢",
        (true, false) => "✎",
        (false, _) => " ",
    };
    let mut strip = Strip::new(buffer, area, 0);
    strip.skip(COMMENT_INDENT - 4).left(sign, styles.warning()).left(" ┃ ", styles.warning());
    strip.left(words, styles.text().bold());
    if current {
        let gutter = Rect { width: COMMENT_INDENT.min(area.width), ..area };
        buffer.set_style(gutter, styles.selected(true));
    }
}

/// The comment that is being written.
fn writing(model: &Model, reading: &Reading, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let comments = model.comments.get(&reading.workspace);
    let Some((_, editor)) = comments.and_then(|comments| comments.writing.as_ref()) else { return };
    for line in 0..area.height {
        Strip::new(buffer, area, line)
            .skip(COMMENT_INDENT - 4)
            .left(if line == 0 { "✎ ┃ " } else { "  ┃ " }, styles.key());
    }
    let indent = COMMENT_INDENT.min(area.width);
    let inner = Rect { x: area.x + indent, width: area.width - indent, ..area };
    editor.draw(inner, true, styles.input(), styles.cursor(), buffer);
}
