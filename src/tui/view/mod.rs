//! What the model looks like: pure functions from `&Model` to cells, one file per rectangle.
//!
//! - [`layout`]: which rectangle is whose
//! - [`strip`]: one line of cells
//! - `header`, `board`, `questions`, `summary`, `screen`, `steer`, `hints`: the rectangles of the board's view
//! - `changed`: what a session changed, in a few columns
//! - `question`, `detail`: one question, and what is to be judged of it
//! - `pulls`, `targets`, `checkouts`, `activity`, `usage`, `welcome`, `diff`: the other views
//! - `sheet` and what lies on it: `help`, `why`, `artifacts`, `palette`, `form`, `offer`, `merging`, `confirm`

mod activity;
mod artifacts;
mod board;
mod changed;
mod checkouts;
mod confirm;
mod detail;
mod diff;
mod form;
mod header;
mod help;
mod hints;
pub mod layout;
mod merging;
mod offer;
mod palette;
mod pulls;
mod question;
mod questions;
mod screen;
mod sheet;
mod steer;
pub mod strip;
mod summary;
mod targets;
mod usage;
mod welcome;
mod why;

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

pub use artifacts::hidden as artifact_hidden;
pub use diff::text_room;
pub use header::view_at;
pub use layout::Areas;
pub use pulls::{hidden as pull_request_hidden, remark_line};
pub use question::{Room, question_room};
pub use questions::question_at;
pub use strip::Strip;
pub use targets::hidden as target_hidden;
pub use usage::hidden as usage_hidden;

use super::model::{Daemon, Model, Overlay, Row, View};
use crate::domain::Timestamp;

/// Draws the model; says where the terminal's own cursor belongs.
pub fn draw(model: &Model, buffer: &mut Buffer) -> Option<Position> {
    let whole = buffer.area;
    buffer.set_style(whole, model.styles.frame());
    let Some(areas) = Areas::of(model) else {
        too_small(model, whole, buffer);
        return None;
    };
    header::draw(model, areas.header, buffer);
    let mut cursor = None;
    if model.is_empty() && model.view == View::Board {
        welcome::draw(model, areas.list, buffer);
    } else {
        match model.view {
            View::Board => cursor = draw_board(model, &areas, buffer),
            View::Questions => draw_questions(model, &areas, buffer),
            View::PullRequests => pulls::draw(model, &areas, buffer),
            View::Targets => targets::draw(model, areas.list, buffer),
            View::Activity => activity::draw(model, areas.list, buffer),
            View::Usage => usage::draw(model, areas.list, buffer),
            View::Workspaces => checkouts::draw(model, areas.list, buffer),
            View::Diff => diff::draw(model, &areas, buffer),
        }
    }
    hints::draw(model, areas.hints, buffer);
    let body = Rect { y: areas.header.bottom(), height: areas.hints.y - areas.header.bottom(), ..whole };
    if let Some(overlay) = &model.overlay {
        draw_overlay(model, overlay, body, buffer);
        return None;
    }
    cursor
}

fn draw_board(model: &Model, areas: &Areas, buffer: &mut Buffer) -> Option<Position> {
    board::draw(model, areas.list, buffer);
    questions::draw_below(model, areas.questions, buffer);
    for row in areas.divider.rows() {
        buffer.set_string(row.x, row.y, "│", model.styles.border(screen::is_focused(model)));
    }
    summary::draw(model, areas.summary, buffer);
    steer::draw(model, areas.steer, buffer);
    screen::draw(model, areas.screen, buffer)
}

fn draw_questions(model: &Model, areas: &Areas, buffer: &mut Buffer) {
    questions::draw_all(model, areas.list, areas.questions, buffer);
    for row in areas.divider.rows() {
        buffer.set_string(row.x, row.y, "│", model.styles.border(false));
    }
    question::draw_box(model, areas.steer, buffer);
    summary::draw(model, areas.summary, buffer);
    screen::draw(model, areas.screen, buffer);
}

fn draw_overlay(model: &Model, overlay: &Overlay, body: Rect, buffer: &mut Buffer) {
    match overlay {
        Overlay::Help { scroll } => help::draw(model, *scroll, body, buffer),
        Overlay::Why { session, answer, scroll } => why::draw(model, *session, answer.as_ref(), *scroll, body, buffer),
        Overlay::Artifacts(artifacts) => artifacts::draw(model, artifacts, body, buffer),
        Overlay::Palette(palette) => palette::draw(model, palette, body, buffer),
        Overlay::Themes { .. } => palette::draw_themes(model, body, buffer),
        Overlay::Sides(sides) => diff::draw_sides(model, sides, body, buffer),
        Overlay::Form(form) => form::draw(model, form, body, buffer),
        Overlay::Offer(form) => offer::draw(model, form, body, buffer),
        Overlay::Target(form) => targets::draw_form(model, form, body, buffer),
        Overlay::Merging(merging) => merging::draw(model, merging, body, buffer),
        Overlay::Confirm(confirm) => confirm::draw(model, confirm, body, buffer),
        Overlay::Line(line) => confirm::draw_line(model, line, body, buffer),
    }
}

fn too_small(model: &Model, area: Rect, buffer: &mut Buffer) {
    let (columns, rows) = layout::LEAST;
    for (at, line) in (0..area.height).zip(["too small", &format!("qd needs {columns}×{rows}")]) {
        Strip::new(buffer, area, at).left(line, model.styles.text());
    }
}

/// Moves what is long in an overlay.
pub fn scroll_overlay(overlay: &mut Overlay, lines: isize) {
    match overlay {
        Overlay::Help { scroll } | Overlay::Why { scroll, .. } => *scroll = scroll.saturating_add_signed(lines),
        Overlay::Palette(palette) => palette.step(lines.signum()),
        Overlay::Artifacts(_)
        | Overlay::Themes { .. }
        | Overlay::Sides(_)
        | Overlay::Form(_)
        | Overlay::Offer(_)
        | Overlay::Target(_)
        | Overlay::Merging(_)
        | Overlay::Confirm(_)
        | Overlay::Line(_) => {}
    }
}

/// The moments whose ages are on the screen.
pub fn visible_times(model: &Model) -> Vec<Timestamp> {
    let mut times = Vec::new();
    if let Daemon::Away { since, .. } = &model.daemon {
        times.push(*since);
    }
    match model.view {
        View::Board => {
            let height = Areas::of(model).map_or(0, |areas| usize::from(areas.list.height));
            let seen = model.board.lines().iter().skip(model.board.first_visible()).take(height);
            times.extend(seen.filter_map(|line| match line.row {
                Row::Objective(id) => model.world.objectives.get(&id).map(|objective| objective.created_at),
                Row::Session(id) => model.world.sessions.get(&id).map(board::since),
            }));
            times.extend(model.session().map(board::since));
            times.extend(pulls::verifying(model));
            times.extend(model.world.questions.values().take(4).flat_map(question::times));
        }
        View::Questions => {
            times.extend(model.world.questions.values().flat_map(question::times));
            times.extend(model.session().map(board::since));
        }
        View::PullRequests => times.extend(pulls::times(model)),
        View::Targets => times.extend(targets::times(model)),
        View::Workspaces => {
            let unused = |workspace| model.world.unused_since(workspace);
            times.extend(model.world.workspaces.values().filter_map(unused));
        }
        View::Activity | View::Usage | View::Diff => {}
    }
    times
}
