//! How we know what a session is doing.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{Strip, sheet};
use crate::{
    api::wire::Why,
    domain::{SessionId, activity::Evidence},
    tui::{age, message::Problem, model::Model, text},
};

/// Draws it.
pub(super) fn draw(
    model: &Model,
    session: SessionId,
    answer: Option<&Result<Box<Why>, Problem>>,
    scroll: usize,
    body: Rect,
    buffer: &mut Buffer,
) {
    let width = body.width.saturating_sub(4).min(96);
    let lines = match answer {
        None => vec![("Asking the daemon …".to_owned(), model.styles.dim())],
        Some(Err(problem)) => vec![(problem.what.clone(), model.styles.error())],
        Some(Ok(why)) => lines(model, why, width),
    };
    let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let title = format!("why: how do we know what {session} is doing?");
    let area = sheet::draw(model, &title, "Esc closes", (width, rows), body, buffer);
    let scroll = scroll.min(lines.len().saturating_sub(usize::from(area.height)));
    for (at, (line, style)) in (0..area.height).zip(&lines[scroll..]) {
        Strip::new(buffer, area, at).left(line, *style);
    }
}

fn lines(model: &Model, why: &Why, width: u16) -> Vec<(String, Style)> {
    let styles = &model.styles;
    let mut lines: Vec<(String, Style)> =
        text::wrap(&why.claim, width).into_iter().map(|line| (line, styles.heading())).collect();
    lines.push((String::new(), styles.text()));
    lines.push(("it rests on".into(), styles.accent()));
    evidence(model, &why.evidence, width, &mut lines);
    if !why.also.is_empty() {
        lines.push(("also looked at".into(), styles.accent()));
        why.also.iter().for_each(|other| evidence(model, other, width, &mut lines));
    }
    if !why.unknown.is_empty() {
        lines.push(("not known".into(), styles.accent()));
        for words in &why.unknown {
            lines.extend(
                text::wrap(words, width.saturating_sub(2))
                    .into_iter()
                    .map(|line| (format!("  {line}"), styles.warning())),
            );
        }
    }
    if !why.screen.is_empty() {
        lines.push(("the end of its screen, as it was read".into(), styles.accent()));
        lines.extend(why.screen.iter().map(|row| (format!("  {row}"), styles.dim())));
    }
    lines
}

fn evidence(model: &Model, evidence: &Evidence, width: u16, lines: &mut Vec<(String, Style)>) {
    let styles = &model.styles;
    let head = format!("{}, {} ago: {}", evidence.source.label(), age::short(model.now, evidence.at), evidence.rule);
    let inner = width.saturating_sub(4);
    lines.extend(text::wrap(&head, inner).into_iter().map(|line| (format!("  {line}"), styles.text())));
    if !evidence.text.is_empty() {
        lines.extend(text::wrap(&evidence.text, inner).into_iter().map(|line| (format!("    {line}"), styles.dim())));
    }
}
