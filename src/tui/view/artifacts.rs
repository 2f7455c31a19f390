//! What was left behind: a list, and one of it to be read.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{Areas, Strip, sheet};
use crate::{
    domain::{Artifact, artifact::Kind, figures::bytes},
    tui::{
        age,
        model::{
            Model,
            artifacts::{Artifacts, Reading},
        },
        text,
    },
};

/// Most columns of a text: lines that are longer are hard to read.
const WIDEST: u16 = 110;

/// Draws the list, or what is read.
pub(super) fn draw(model: &Model, artifacts: &Artifacts, body: Rect, buffer: &mut Buffer) {
    let width = body.width.saturating_sub(4).min(WIDEST);
    match &artifacts.reading {
        Some(reading) => draw_text(model, reading, width, body, buffer),
        None => draw_list(model, artifacts, width, body, buffer),
    }
}

/// How many lines of what is read do not fit.
pub fn hidden(model: &Model, artifacts: &Artifacts) -> usize {
    let Some(reading) = &artifacts.reading else { return 0 };
    let Some(areas) = Areas::of(model) else { return 0 };
    let body = areas.hints.y.saturating_sub(areas.header.bottom());
    let width = model.size.0.saturating_sub(4).min(WIDEST);
    lines(model, reading, width).len().saturating_sub(usize::from(body.saturating_sub(2)))
}

fn draw_list(model: &Model, artifacts: &Artifacts, width: u16, body: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let list = artifacts.list(&model.world);
    let whose = artifacts.session.map_or_else(|| artifacts.objective.to_string(), |session| session.to_string());
    let title = format!("what {whose} has left behind");
    let rows = u16::try_from(list.len()).unwrap_or(u16::MAX).max(1);
    let hint = "Enter reads it · qd artifacts save writes it into a file · Esc closes";
    let area = sheet::draw(model, &title, hint, (width, rows), body, buffer);
    if list.is_empty() {
        Strip::new(buffer, area, 0)
            .left("Nothing yet: agents leave reports and notes when they have something.", styles.dim());
        return;
    }
    let chosen = artifacts.chosen.min(list.len() - 1);
    let first = (chosen + 1).saturating_sub(usize::from(area.height));
    for (at, (place, artifact)) in (0..area.height).zip(list.iter().enumerate().skip(first)) {
        let row = Rect { y: area.y + at, height: 1, ..area };
        draw_one(model, artifact, row, buffer);
        if place == chosen {
            buffer.set_style(row, styles.selected(true));
        }
    }
}

fn draw_one(model: &Model, artifact: &Artifact, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let Artifact { id, session, kind, title, created_at, .. } = artifact;
    let mut strip = Strip::new(buffer, area, 0);
    strip.left(&format!("{id:<6}"), styles.dim()).left(&format!("{:<11}", kind.label()), styles.text());
    strip.left(&format!("{session:<6}"), styles.accent());
    strip.left(&format!("{:<9}", bytes(artifact.bytes as u64)), styles.dim());
    strip.left(&format!("{:<5}", age::short(model.now, *created_at)), styles.dim());
    strip.left(title, styles.text());
}

fn draw_text(model: &Model, reading: &Reading, width: u16, body: Rect, buffer: &mut Buffer) {
    let lines = lines(model, reading, width);
    let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let title = match &reading.body {
        Some(Ok(found)) => {
            let Artifact { id, session, kind, title, .. } = &found.artifact;
            format!("{id}: {} of {session}: {title}", kind.label())
        }
        Some(Err(_)) | None => reading.id.to_string(),
    };
    let title = text::cut(&text::clean(&title), width.saturating_sub(4)).into_owned();
    let area = sheet::draw(model, &title, "", (width, rows), body, buffer);
    let scroll = reading.scroll.min(lines.len().saturating_sub(usize::from(area.height)));
    let below = lines.len().saturating_sub(scroll + usize::from(area.height));
    for (at, (line, style)) in (0..area.height).zip(&lines[scroll..]) {
        Strip::new(buffer, area, at).left(line, *style);
    }
    let frame = Rect { y: area.bottom(), height: 1, ..area };
    let more = if below > 0 { format!(" {below} more ↓ ") } else { String::new() };
    Strip::new(buffer, frame, 0)
        .left(" Esc goes back to the list ", model.styles.hint())
        .right(&more, model.styles.dim());
}

fn lines(model: &Model, reading: &Reading, width: u16) -> Vec<(String, Style)> {
    let styles = &model.styles;
    let found = match &reading.body {
        None => return vec![("Asking the daemon …".to_owned(), styles.dim())],
        Some(Err(problem)) => return vec![(problem.what.clone(), styles.error())],
        Some(Ok(found)) => found,
    };
    let kind = found.artifact.kind;
    let of_line = |line: &str| {
        let style = match (kind, line.chars().next()) {
            (Kind::Patch, Some('+')) => styles.success(),
            (Kind::Patch, Some('-')) => styles.error(),
            (Kind::Patch, Some('@')) | (Kind::Report | Kind::Note | Kind::Review, Some('#')) => styles.accent(),
            _ => styles.text(),
        };
        let wrapped = if line.is_empty() { vec![String::new()] } else { text::wrap(line, width) };
        wrapped.into_iter().map(move |line| (line, style)).collect::<Vec<_>>()
    };
    found.body.lines().flat_map(of_line).collect()
}
