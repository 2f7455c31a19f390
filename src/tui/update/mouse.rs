//! Clicks, the wheel, and drags of the divider.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::{actions, answer, artifacts, diff, past, pulls};
use crate::tui::{
    effect::{Effect, Typed},
    model::{Focus, Model, Overlay, Row, View},
    pane::scroll,
    view::{self, Areas},
};

/// Lines that one notch of the wheel moves.
const NOTCH: isize = 3;

/// The mouse did something.
pub(super) fn happened(model: &mut Model, event: MouseEvent, effects: &mut Vec<Effect>) {
    let Some(areas) = Areas::of(model) else { return };
    let at = Position::new(event.column, event.row);
    if let (None, Focus::TakenOver(_)) = (&model.overlay, model.focus)
        && areas.screen.contains(at)
        && !model.pane_is_gone
    {
        effects.push(Effect::Type(Typed::Mouse(event)));
        return;
    }
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) if model.overlay.is_none() => click(model, &areas, at, effects),
        MouseEventKind::Drag(MouseButton::Left) if model.dragging => model.divider = Some(event.column),
        MouseEventKind::Up(MouseButton::Left) => model.dragging = false,
        MouseEventKind::ScrollDown => wheel(model, &areas, at, NOTCH, effects),
        MouseEventKind::ScrollUp => wheel(model, &areas, at, -NOTCH, effects),
        MouseEventKind::Down(_)
        | MouseEventKind::Drag(_)
        | MouseEventKind::Up(_)
        | MouseEventKind::Moved
        | MouseEventKind::ScrollLeft
        | MouseEventKind::ScrollRight => {}
    }
}

fn click(model: &mut Model, areas: &Areas, at: Position, effects: &mut Vec<Effect>) {
    model.last_key = model.now;
    model.notice = None;
    if areas.divider.contains(at) {
        model.dragging = true;
    } else if areas.header.contains(at) {
        if let Some(view) = view::view_at(model, areas.header, at) {
            actions::act(model, view, effects);
        }
    } else if model.view == View::Diff {
        if model.focus != Focus::Comment {
            diff::click(model, areas, at);
        }
    } else if model.view == View::PullRequests {
        pulls::click(model, areas, at);
    } else if areas.list.contains(at) && !matches!(model.focus, Focus::TakenOver(_)) {
        click_list(model, areas.list, at);
    } else if areas.questions.contains(at) && model.view == View::Board {
        if let Some(question) = view::question_at(model, areas.questions, at) {
            model.put_in_front(question);
        }
    } else if areas.screen.contains(at)
        && model.session().is_some()
        && !matches!(model.focus, Focus::Steer(_) | Focus::Answer(_))
    {
        model.view = View::Board;
        model.focus = Focus::Screen;
    }
}

/// A click selects; a click on what is selected opens it.
fn click_list(model: &mut Model, area: Rect, at: Position) {
    let line = usize::from(at.y - area.y);
    match model.view {
        View::Board => {
            let line = line + model.board.first_visible();
            let Some(row) = model.board.lines().get(line).map(|line| line.row) else { return };
            let again = model.board.selected() == Some(row) && model.focus == Focus::List;
            model.board.go_to(line);
            model.focus = Focus::List;
            if let (true, Row::Objective(_)) = (again, row) {
                model.board.fold();
                model.board.derive(&model.world, &model.index);
            }
        }
        View::Questions => {
            if let Some(question) = view::question_at(model, area, at) {
                model.put_in_front(question);
            }
        }
        View::PullRequests | View::Targets | View::Activity | View::Usage | View::Workspaces | View::Diff => {}
    }
}

fn wheel(model: &mut Model, areas: &Areas, at: Position, lines: isize, effects: &mut Vec<Effect>) {
    if let Some(Overlay::Artifacts(_)) = &model.overlay {
        artifacts::step(model, lines);
    } else if let Some(overlay) = &mut model.overlay {
        view::scroll_overlay(overlay, lines);
    } else if model.view == View::Diff {
        diff::wheel(model, areas, at, lines);
    } else if model.view == View::PullRequests {
        pulls::wheel(model, areas, at, lines);
    } else if areas.questions.contains(at) && answer::scroll_lines(model, lines) {
    } else if areas.list.contains(at) {
        actions::step(model, lines);
    } else if areas.screen.contains(at) {
        let up = lines < 0;
        let lines = u16::try_from(lines.unsigned_abs()).unwrap_or(u16::MAX);
        let message = if up { scroll::Message::Up(lines) } else { scroll::Message::Down(lines) };
        past::moved(model, message, effects);
    }
}
