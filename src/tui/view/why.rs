//! How we know what a session is doing.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{Strip, sheet};
use crate::{
    api::wire::Why,
    domain::{Session, SessionId, activity::Evidence},
    tui::{action::Action, age, message::Problem, model::Model, text},
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
        Some(Ok(why)) => lines(model, session, why, width),
    };
    let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let title = format!("why: how do we know what {session} is doing?");
    let save = model.keymap.key(Action::SaveWhy);
    let hint = format!("{save} saves all of this in a file, with what the agent told · Esc closes");
    let area = sheet::draw(model, &title, &hint, (width, rows), body, buffer);
    let scroll = scroll.min(lines.len().saturating_sub(usize::from(area.height)));
    for (at, (line, style)) in (0..area.height).zip(&lines[scroll..]) {
        Strip::new(buffer, area, at).left(line, *style);
    }
}

fn lines(model: &Model, session: SessionId, why: &Why, width: u16) -> Vec<(String, Style)> {
    let styles = &model.styles;
    let mut lines: Vec<(String, Style)> =
        text::wrap(&why.claim, width).into_iter().map(|line| (line, styles.heading())).collect();
    if let Some(session) = model.world.sessions.get(&session) {
        let more = more(model, session).into_iter();
        lines.extend(more.flat_map(|words| text::wrap(&words, width)).map(|line| (line, styles.text())));
    }
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

/// What else is known of it, each in a line.
fn more(model: &Model, session: &Session) -> Vec<String> {
    let mut words = Vec::new();
    if let Some(until) = session.activity.until {
        let now = model.now;
        let left = if until > now { format!("in {}", age::short(until, now)) } else { "that has passed".into() };
        words.push(format!("it goes on by itself at {} ({left})", age::moment(now, until)));
    }
    if let Some(progress) = &session.progress {
        words.push(format!("it says: {progress}"));
    }
    if let Some(report) = &session.report {
        let ago = age::short(model.now, report.at);
        words.push(format!("it reported {ago} ago: {}", super::board::reported(report)));
    }
    if let Some(percent) = super::board::context(model, session) {
        words.push(format!("its context was {percent}% full at the last request"));
    }
    words
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
