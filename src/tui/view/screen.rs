//! The selected session's screen, or why there is none.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    widgets::Widget,
};

use super::Strip;
use crate::{
    domain::{Session, attempt, session::State},
    tui::{
        action::Action,
        age,
        model::{Focus, Model, Picture, Row},
        pane::scroll::ScrollWidget,
        text,
    },
};

/// Draws it; says where the terminal's cursor belongs, when the keys go to the pane.
pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    if area.is_empty() {
        return None;
    }
    let Some(session) = model.session() else {
        objective(model, area, buffer);
        return None;
    };
    if let (Focus::TakenOver(id), Some(taken)) = (model.focus, &model.taken)
        && id == session.id
    {
        let widget = taken.widget(model.styles.colors());
        let cursor = widget.cursor(area);
        widget.render(area, buffer);
        return cursor;
    }
    if let Some(past) = model.past.as_ref().filter(|past| past.session == session.id && past.scroll.is_open()) {
        ScrollWidget::new(&past.scroll, &model.styles).render(area, buffer);
        return None;
    }
    match &model.screen {
        Picture::Live(live) if live.session() == session.id => {
            live.widget(model.styles.colors()).with_cursor().render(area, buffer);
            if live.ended() {
                let words = ended(model, session);
                let mut strip = Strip::new(buffer, area, area.height - 1);
                strip.right(&format!(" {words} "), model.styles.dim().reversed());
            }
        }
        Picture::Lost(_, problem) => say(model, area, buffer, &problem.what, problem.hint.as_deref()),
        Picture::Live(_) | Picture::Nothing => nothing(model, session, area, buffer),
    }
    None
}

fn ended(model: &Model, session: &Session) -> String {
    match model.world.attempt_of(session.id).map(|attempt| &attempt.state) {
        Some(attempt::State::Ended { end }) => format!("the program {end}; this is its last picture"),
        Some(_) | None => "the program has ended; this is its last picture".into(),
    }
}

fn nothing(model: &Model, session: &Session, area: Rect, buffer: &mut Buffer) {
    let (what, hint) = match &session.state {
        State::Queued => ("It waits for its turn.".to_owned(), None),
        State::WaitingCapacity { .. } => {
            let key = model.keymap.key(Action::ViewTargets);
            let hint = format!("{key} shows how many there are");
            ("All places are taken; it starts by itself when one is free.".into(), Some(hint))
        }
        State::Starting { .. } => (format!("Starting for {}.", age::short(model.now, session.state_since)), None),
        State::Running { .. } => (String::new(), None),
        State::WaitingUser { .. } => {
            let key = model.keymap.key(Action::Open);
            ("Nothing runs; it waits for your answer.".into(), Some(format!("{key} shows the question")))
        }
        State::Succeeded { .. } => ("Done.".into(), None),
        State::Failed { cause } => {
            let key = model.keymap.key(Action::Why);
            (format!("Failed: {cause}"), Some(format!("{key} says how we know")))
        }
        State::Canceled => ("Canceled.".into(), None),
    };
    say(model, area, buffer, &what, hint.as_deref());
}

fn objective(model: &Model, area: Rect, buffer: &mut Buffer) {
    let Some(Row::Objective(id)) = model.board.selected() else { return };
    let Some(group) = model.index.group(id) else { return };
    let sessions =
        if group.sessions.len() == 1 { "1 session".into() } else { format!("{} sessions", group.sessions.len()) };
    let key = |action| model.keymap.key(action);
    let hint = format!(
        "{} folds or unfolds · {} adds a session · {} marks all as done · {} cancels all",
        key(Action::Open),
        key(Action::NewSession),
        key(Action::MarkDone),
        key(Action::Cancel)
    );
    let words = format!("{sessions}, {} running, {} waiting for you", group.live, group.need);
    say(model, area, buffer, &words, Some(&hint));
}

fn say(model: &Model, area: Rect, buffer: &mut Buffer, what: &str, hint: Option<&str>) {
    let lines = text::wrap(what, area.width.saturating_sub(4));
    let top = 1;
    for (at, line) in (top..).zip(&lines) {
        Strip::new(buffer, area, at).skip(2).left(line, model.styles.text());
    }
    if let Some(hint) = hint {
        let below = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(top);
        Strip::new(buffer, area, below).skip(2).left(hint, model.styles.hint());
    }
}

/// The keys go to the screen.
pub(super) fn is_focused(model: &Model) -> bool {
    matches!(model.focus, Focus::Screen | Focus::TakenOver(_))
}
