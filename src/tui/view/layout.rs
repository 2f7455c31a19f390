//! Which rectangle is whose: a pure function of the model, for drawing and for the mouse alike.

use ratatui::layout::{Constraint, Layout, Rect};

use crate::tui::model::{Focus, Model, View, reading::Pane};

/// Fewest columns and rows in which the dashboard is of use.
pub const LEAST: (u16, u16) = (20, 5);
/// Fewest columns for the board and the screen side by side.
const TWO_PANES: u16 = 100;

/// Which rectangle is whose. Rectangles that are not shown are empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Areas {
    /// The line at the top.
    pub header: Rect,
    /// The view's list.
    pub list: Rect,
    /// The open questions below the board; in their own view, the one in front.
    pub questions: Rect,
    /// The line between board and screen, one column wide.
    pub divider: Rect,
    /// The lines above the screen.
    pub summary: Rect,
    /// The screen.
    pub screen: Rect,
    /// Where a text to the session, or an answer, is written.
    pub steer: Rect,
    /// The line at the bottom.
    pub hints: Rect,
}

impl Areas {
    /// The rectangles of `model`'s view; `None` in a terminal that is too small.
    pub fn of(model: &Model) -> Option<Areas> {
        let (columns, rows) = model.size;
        if columns < LEAST.0 || rows < LEAST.1 {
            return None;
        }
        let whole = Rect::new(0, 0, columns, rows);
        let [header, body, hints] =
            Layout::vertical([Constraint::Length(1), Constraint::Min(1), Constraint::Length(1)]).areas(whole);
        let mut areas = Areas { header, hints, ..Areas::default() };
        if model.view == View::Questions && !model.questions.order().is_empty() {
            areas.split_questions(model, body);
            return Some(areas);
        }
        if model.view == View::Diff {
            areas.split_diff(model, body);
            return Some(areas);
        }
        if model.view == View::PullRequests && !model.pulls.order().is_empty() {
            areas.split_pulls(model, body);
            return Some(areas);
        }
        if model.view != View::Board || model.is_empty() {
            areas.list = body;
            return Some(areas);
        }
        if columns >= TWO_PANES {
            let width = board_width(model, columns);
            let [left, divider, right] =
                Layout::horizontal([Constraint::Length(width), Constraint::Length(1), Constraint::Min(1)]).areas(body);
            areas.divider = divider;
            areas.split_left(model, left);
            areas.split_right(model, right);
        } else if matches!(model.focus, Focus::Screen | Focus::Steer(_) | Focus::TakenOver(_)) {
            areas.split_right(model, body);
        } else {
            areas.split_left(model, body);
        }
        Some(areas)
    }

    fn split_left(&mut self, model: &Model, area: Rect) {
        let wanted = super::questions::height(model, area.width);
        let height = wanted.min(area.height / 2);
        [self.list, self.questions] = Layout::vertical([Constraint::Min(1), Constraint::Length(height)]).areas(area);
    }

    /// The questions at the left, the live screen of the one in front beside them where there is room for both.
    fn split_questions(&mut self, model: &Model, body: Rect) {
        let mut left = body;
        if body.width >= TWO_PANES {
            let width = (body.width / 2).clamp(50, 110);
            let right;
            [left, self.divider, right] =
                Layout::horizontal([Constraint::Length(width), Constraint::Length(1), Constraint::Min(1)]).areas(body);
            self.split_right(model, right);
        }
        let list = super::questions::list_height(model, left.height);
        let written = match model.focus {
            Focus::Answer(id) => {
                let lines = model.questions.draft(id).map_or(1, |draft| draft.words.line_count());
                u16::try_from(lines).unwrap_or(u16::MAX).clamp(2, 8).saturating_add(1).min(left.height / 2)
            }
            Focus::List
            | Focus::Screen
            | Focus::Question(_)
            | Focus::Steer(_)
            | Focus::Filter
            | Focus::Comment
            | Focus::TakenOver(_) => 0,
        };
        [self.list, self.questions, self.steer] =
            Layout::vertical([Constraint::Length(list), Constraint::Min(1), Constraint::Length(written)]).areas(left);
    }

    /// What is compared above; below it the files, and beside them the text of one where there is room for both.
    fn split_diff(&mut self, model: &Model, body: Rect) {
        let [summary, rest] = Layout::vertical([Constraint::Length(1), Constraint::Min(1)]).areas(body);
        self.summary = summary;
        let pane = model.reading.as_ref().map_or(Pane::Files, |reading| reading.pane);
        if body.width >= TWO_PANES {
            let width = (body.width / 4).clamp(28, 48);
            [self.list, self.divider, self.screen] =
                Layout::horizontal([Constraint::Length(width), Constraint::Length(1), Constraint::Min(1)]).areas(rest);
        } else if pane == Pane::Files {
            self.list = rest;
        } else {
            self.screen = rest;
        }
    }

    /// The list above what is known of the selected one, or beside it where there is room for both.
    fn split_pulls(&mut self, model: &Model, body: Rect) {
        if body.width >= TWO_PANES {
            let width = (body.width * 2 / 5).clamp(50, 84);
            [self.list, self.divider, self.screen] =
                Layout::horizontal([Constraint::Length(width), Constraint::Length(1), Constraint::Min(1)]).areas(body);
        } else {
            let lines = u16::try_from(model.pulls.order().len()).unwrap_or(u16::MAX);
            let [list, screen] =
                Layout::vertical([Constraint::Length(lines.min((body.height / 3).max(1))), Constraint::Min(0)])
                    .areas(body);
            (self.list, self.screen) = (list, screen);
        }
    }

    fn split_right(&mut self, model: &Model, area: Rect) {
        let summary = if area.height >= 12 { 3 } else { 1 };
        let steer = match model.focus {
            Focus::Steer(id) => {
                let lines = model.steers.get(&id).map_or(1, |editor| editor.line_count());
                u16::try_from(lines).unwrap_or(u16::MAX).clamp(3, 10).saturating_add(2).min(area.height / 2)
            }
            Focus::List
            | Focus::Screen
            | Focus::Question(_)
            | Focus::Answer(_)
            | Focus::Filter
            | Focus::Comment
            | Focus::TakenOver(_) => 0,
        };
        [self.summary, self.screen, self.steer] =
            Layout::vertical([Constraint::Length(summary), Constraint::Min(0), Constraint::Length(steer)]).areas(area);
    }
}

/// The board's columns beside the screen: as the person has dragged it, else about two fifths.
fn board_width(model: &Model, columns: u16) -> u16 {
    let most = columns.saturating_sub(30);
    model.divider.unwrap_or_else(|| (columns * 2 / 5).clamp(44, 76)).clamp(24, most)
}
