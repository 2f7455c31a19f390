//! The lines above the screen: who works where on what, what it is doing, and how we know.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Strip, board};
use crate::{
    domain::{Objective, Session, session::State},
    tui::{
        age,
        model::{Model, Sign},
        text,
    },
};

/// Draws them for whatever the cursor is on.
pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    match (model.session(), model.objective()) {
        (Some(session), _) if area.height >= 3 => {
            what(model, session, area, buffer);
            how(model, session, area, buffer);
            let line = "─".repeat(usize::from(area.width));
            let focused =
                matches!(model.focus, crate::tui::model::Focus::Screen | crate::tui::model::Focus::TakenOver(_));
            Strip::new(buffer, area, 2).left(&line, model.styles.border(focused));
            if let Some(past) = model.past.as_ref().filter(|past| past.session == session.id) {
                let words = format!(" {} ", past.scroll.indicator());
                Strip::new(buffer, area, 2).skip_right(1).right(&words, model.styles.warning());
            }
            if let Some((words, style)) = board::note(model, session) {
                Strip::new(buffer, area, 2).skip(2).left(&format!(" {words} "), style);
            }
        }
        (Some(session), _) => how(model, session, Rect { y: area.y.saturating_sub(1), height: 2, ..area }, buffer),
        (None, Some(objective)) => of_objective(model, objective, area, buffer),
        (None, None) => {}
    }
}

fn what(model: &Model, session: &Session, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let mut strip = Strip::new(buffer, area, 0);
    strip.skip(1).left(&format!("{} ", session.id), styles.dim());
    let branch = session.workspace.and_then(|id| model.world.workspaces.get(&id));
    let place = match branch {
        Some(workspace) => workspace.branch.clone().unwrap_or_else(|| workspace.path.display().to_string()),
        None => format!("{} workspace", session.workspace_kind.label()),
    };
    strip.skip_right(1).right(&text::cut(&format!("  {place}"), area.width / 2), styles.accent());
    strip.left(&session.title, styles.heading());
}

fn how(model: &Model, session: &Session, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let sign = Sign::of(session);
    let mut strip = Strip::new(buffer, area, 1);
    let age = age::short(model.now, board::since(session));
    strip.skip(1).left(&format!("{} {} {age}", sign.glyph, sign.word), Sign::style(session, styles));
    let known = match &session.state {
        State::Running { .. } => format!("  by {}", session.activity.evidence.source.label()),
        State::Failed { cause } => format!("  {cause}"),
        State::WaitingUser { question } => format!("  {question} waits for your answer"),
        State::Queued | State::WaitingCapacity { .. } if !session.depends_on.is_empty() => {
            let names: Vec<String> = session.depends_on.iter().map(ToString::to_string).collect();
            format!("  after {}", names.join(", "))
        }
        State::Queued
        | State::WaitingCapacity { .. }
        | State::Starting { .. }
        | State::Succeeded { .. }
        | State::Canceled => String::new(),
    };
    let mut who = format!("  {} · {} · {}", session.role.label(), session.profile, session.target);
    if let Some(attempt) = session.attempt {
        who.push_str(&format!(" · {attempt}"));
    }
    strip.skip_right(1).right(&who, styles.dim());
    strip.left(&known, styles.dim());
}

fn of_objective(model: &Model, objective: &Objective, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let mut strip = Strip::new(buffer, area, 0);
    strip.skip(1).left(&format!("{} ", objective.id), styles.dim());
    strip.skip_right(1).right(objective.state.label(), styles.objective(objective.state));
    strip.left(&objective.title, styles.heading());
    let repository = objective.repository.as_ref().map_or("no repository".into(), |path| path.display().to_string());
    Strip::new(buffer, area, 1).skip(1).left(&repository, styles.dim());
    let line = "─".repeat(usize::from(area.width));
    Strip::new(buffer, area, 2).left(&line, styles.border(false));
}
