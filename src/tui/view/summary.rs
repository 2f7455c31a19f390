//! The lines above the screen: who works where on what, what it is doing, and how we know.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Strip, board, changed, pulls};
use crate::{
    domain::{Objective, Session, session::State, usage::Context},
    tui::{
        age, figures,
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
            let mut strip = Strip::new(buffer, area, 2);
            if let Some(past) = model.past.as_ref().filter(|past| past.session == session.id) {
                let words = format!(" {} ", past.scroll.indicator());
                strip.skip_right(1).right(&words, model.styles.warning());
            }
            let news = || news(model, session).map(|words| (words, model.styles.text()));
            let overlap = || changed::overlap(model, session).map(|words| (words, model.styles.warning()));
            if let Some((words, style)) = board::note(model, session).or_else(overlap).or_else(news) {
                strip.skip(2);
                let columns = strip.free().saturating_sub(2);
                strip.left(&text::cut(&format!(" {words} "), columns), style);
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
    let elsewhere = session.elsewhere().map(|name| format!("{name} · ")).unwrap_or_default();
    strip.skip_right(1).right(&text::cut(&format!("  {elsewhere}{place}"), area.width / 2), styles.accent());
    let figures = changed::workspace(model, session).and_then(|workspace| workspace.changed.as_ref());
    if let Some(figures) = figures.filter(|figures| figures.files > 0) {
        let words = format!("  {}", changed::in_full(figures));
        if strip.free() > text::width(&words) + text::width(&session.title).min(LEAST_TITLE) {
            strip.right(&words, styles.dim());
        }
    }
    strip.left(&session.title, styles.heading());
}

/// Columns that a title keeps beside figures.
const LEAST_TITLE: u16 = 24;

fn how(model: &Model, session: &Session, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let sign = Sign::of(session);
    let mut strip = Strip::new(buffer, area, 1);
    let age = age::short(model.now, board::since(session));
    strip.skip(1).left(&format!("{} {} {age}", sign.glyph, sign.word), Sign::style(session, styles));
    let known = match &session.state {
        State::Running { .. } => {
            let more = board::until(model, session).map(|words| format!("  {words}")).unwrap_or_default();
            format!("{more}  by {}", session.activity.evidence.source.label())
        }
        State::Failed { cause } => format!("  {cause}"),
        State::WaitingUser { question } => format!("  {question} waits for your answer"),
        State::Queued | State::WaitingCapacity { .. } if !session.depends_on.is_empty() => {
            let names: Vec<String> = session.depends_on.iter().map(ToString::to_string).collect();
            format!("  after {}", names.join(", "))
        }
        State::WaitingCapacity { .. } => {
            model.world.waits_for(session).map(|reason| format!("  {reason}")).unwrap_or_default()
        }
        State::Queued | State::Starting { .. } | State::Succeeded { .. } | State::Canceled => String::new(),
    };
    let mut who = format!("  {} · {} · {}", session.role.label(), session.profile, session.target);
    if let Some(attempt) = session.attempt {
        who.push_str(&format!(" · {attempt}"));
    }
    let least = text::width(&known) + 2;
    strip.skip_right(1);
    if let Some(percent) = board::context(model, session) {
        let warns = percent >= Context::WARN_PERCENT;
        let style = if warns { styles.warning() } else { styles.dim() };
        if warns || strip.free() > text::width(&who) + least + 24 {
            strip.right(&format!("  {percent}% of its context"), style);
        }
    }
    let total = model.index.total(session.id);
    if !total.is_nothing() {
        let mut used = format!("  {} tokens", figures::tokens(total.tokens.total()));
        let cost = figures::cost(total.cost);
        if !cost.is_empty() {
            used = format!("  {cost} ·{used}");
        }
        if strip.free() > text::width(&used) + text::width(&who) + least {
            strip.right(&used, styles.dim());
        } else if strip.free() > text::width(&who) + least + 10 {
            strip.right(&format!("  {cost}"), styles.dim());
        }
    }
    strip.right(&who, styles.dim());
    strip.left(&known, styles.dim());
}

/// How its work is verified, judged and offered, and what its agent last said of it.
fn news(model: &Model, session: &Session) -> Option<String> {
    let parts: Vec<String> = pulls::in_words(model, session).into_iter().chain(said(session)).collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// What its agent last said of its work.
fn said(session: &Session) -> Option<String> {
    match (&session.report, &session.progress) {
        (Some(report), _) => Some(format!("reported {}", board::reported(report))),
        (None, Some(progress)) => Some(format!("says: {progress}")),
        (None, None) => None,
    }
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
