//! Reading what a session changed.
//!
//! - [`comments`]: commenting, and sending the comments
//! - [`sides`]: choosing what is compared

pub(super) mod comments;
pub(super) mod sides;

use super::refuse;
use crate::{
    domain::{
        Command, TargetName,
        diff::{LineKind, Side, Status},
    },
    tui::{
        action::Action,
        diff::{Comments, Layout, Spot},
        effect::{Comparison, Effect, Opening, Purpose},
        message::Problem,
        model::{
            Focus, Model, Reading, View,
            reading::{Listed, Pane},
        },
        view::{Areas, text_room},
    },
};

/// Opens what the selected session changed.
pub(super) fn open(model: &mut Model) {
    let Some(session) = model.session() else {
        return refuse(model, "no session is selected", "move the cursor to one");
    };
    let id = session.id;
    match session.workspace {
        Some(workspace) => {
            let from = if model.view == View::Diff { View::Board } else { model.view };
            model.reading = Some(Box::new(Reading::new(id, workspace, from)));
            model.view = View::Diff;
            model.focus = Focus::List;
        }
        None => {
            refuse(model, format!("{id} has no workspace, so it has changed nothing"), "it gets one when it starts")
        }
    }
}

/// Closes it. Comments stay.
pub(super) fn close(model: &mut Model) {
    let Some(reading) = put_away(model) else { return };
    model.view = reading.opened_from;
    model.focus = Focus::List;
    let waiting = model.comments.get(&reading.workspace).map_or(0, Comments::waiting);
    if waiting > 0 {
        let key = model.keymap.key(Action::Diff);
        let words = if waiting == 1 { "1 comment is".into() } else { format!("{waiting} comments are") };
        let words = format!("{words} kept, not sent; {key} goes on with {}", if waiting == 1 { "it" } else { "them" });
        model.notice = Some(crate::tui::model::Notice::Good(words));
    }
}

/// Takes what is read away. What was shown of the files as they are now has been seen.
fn put_away(model: &mut Model) -> Option<Box<Reading>> {
    if let Some(comments) = model.reading.as_ref().and_then(|reading| model.comments.get_mut(&reading.workspace)) {
        comments.keep();
    }
    let reading = model.reading.take()?;
    let shown = reading.diff().filter(|diff| reading.to == Side::Now && !diff.files.is_empty());
    model.seen.extend(shown.map(|diff| (reading.workspace, diff.fingerprint.clone())));
    Some(reading)
}

/// Does what a key says about the changes that are read.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    let (columns, _) = room(model);
    let Some(reading) = &mut model.reading else {
        let key = model.keymap.key(Action::Diff);
        return refuse(model, "no changes are shown", format!("{key} shows what the selected session changed"));
    };
    match action {
        Action::NextHunk => hunk(model, true),
        Action::PreviousHunk => hunk(model, false),
        Action::NextFile => drop(reading.step_file(1)),
        Action::PreviousFile => drop(reading.step_file(-1)),
        Action::OtherPane => {
            reading.pane = match reading.pane {
                Pane::Files => Pane::Text,
                Pane::Text => Pane::Files,
            };
        }
        Action::ScrollRight if reading.pane == Pane::Files => reading.pane = Pane::Text,
        Action::ScrollRight => reading.left = reading.left.saturating_add(COLUMNS),
        Action::ScrollLeft if reading.left == 0 => reading.pane = Pane::Files,
        Action::ScrollLeft => reading.left = reading.left.saturating_sub(COLUMNS),
        Action::ChangeLayout => {
            reading.layout = Some(match reading.layout_in(columns) {
                Layout::Unified => Layout::SideBySide,
                Layout::SideBySide => Layout::Unified,
            });
        }
        Action::CompareWith => sides::choose(model),
        Action::Comment => comments::comment(model),
        Action::DeleteComment => comments::delete(model),
        Action::SendComments => comments::send(model, effects),
        Action::EditFile => edit(model, effects),
        Action::Refresh => reading.refresh(),
        Action::CloseDiff => close(model),
        _ => {}
    }
}

/// Columns that a key moves the text.
const COLUMNS: u16 = 8;

fn hunk(model: &mut Model, on: bool) {
    let Some(reading) = &mut model.reading else { return };
    let from_files = std::mem::replace(&mut reading.pane, Pane::Text) == Pane::Files;
    // From the list, the hunk that is seen already comes first.
    let here = from_files && on && reading.body_here().is_some_and(|(body, _)| body.text.is_some());
    if !here && !reading.step_hunk(on) {
        let words = if on { "this was the last hunk" } else { "this is the first hunk" };
        model.notice = Some(crate::tui::model::Notice::Good(words.into()));
    }
}

/// Moves the cursor in whichever list the keys go to.
pub(super) fn step(model: &mut Model, steps: isize) {
    let Some(reading) = &mut model.reading else { return };
    match reading.pane {
        Pane::Files => drop(reading.step_file(steps)),
        Pane::Text => reading.step(steps),
    }
}

/// Moves it by most of what is seen.
pub(super) fn page(model: &mut Model, pages: isize) {
    let (_, rows) = room(model);
    let list = Areas::of(model).map_or(1, |areas| areas.list.height);
    let Some(reading) = &model.reading else { return };
    let rows = if reading.pane == Pane::Files { list } else { rows };
    step(model, pages * isize::try_from(rows.max(3) - 2).unwrap_or(1));
}

/// Enter: from a file to its text; on a comment, into it.
pub(super) fn enter(model: &mut Model) {
    let Some(reading) = &mut model.reading else { return };
    match reading.pane {
        Pane::Files => reading.pane = Pane::Text,
        Pane::Text => comments::go_on(model),
    }
}

/// Esc: from the text to the files, and from there back to where it was opened.
pub(super) fn back(model: &mut Model) {
    match &mut model.reading {
        Some(reading) if reading.pane == Pane::Text => reading.pane = Pane::Files,
        Some(_) | None => close(model),
    }
}

/// A click on a file shows it; a click on a row of the text moves the cursor there.
pub(super) fn click(model: &mut Model, areas: &Areas, at: ratatui::layout::Position) {
    let text = text_room(areas);
    let Some(reading) = &mut model.reading else { return };
    if areas.list.contains(at) {
        reading.pane = Pane::Files;
        let line = usize::from(at.y - areas.list.y) + reading.first_listed;
        if let crate::tui::model::reading::Fetched::Here(Listed { tree, .. }) = &reading.listed
            && let Some(crate::tui::diff::tree::Entry::File { at, .. }) = tree.entries().get(line)
        {
            let file = *at;
            reading.show(file);
        }
    } else if text.contains(at) {
        reading.pane = Pane::Text;
        reading.point(at.y - text.y);
    }
}

/// The wheel over the files or the text.
pub(super) fn wheel(model: &mut Model, areas: &Areas, at: ratatui::layout::Position, lines: isize) {
    let writing = model.focus == Focus::Comment;
    let Some(reading) = model.reading.as_mut().filter(|_| !writing) else { return };
    if areas.list.contains(at) {
        reading.step_file(lines.signum());
    } else if areas.screen.contains(at) {
        reading.step(lines);
    }
}

/// What a workspace changed has been found out.
pub(super) fn compared(model: &mut Model, asked: &Comparison, answer: Result<Box<crate::domain::Diff>, Problem>) {
    if let Some(reading) = model.reading.as_mut().filter(|reading| reading.workspace == asked.workspace) {
        reading.take(asked, answer);
    }
}

/// The person's editor has ended: it may have changed something.
pub(super) fn edited(model: &mut Model) {
    if let Some(reading) = &mut model.reading {
        reading.refresh();
    }
}

/// Makes what is drawn, and asks for what is missing. What is read belongs to the session the cursor is on.
pub(super) fn prepare(model: &mut Model, effects: &mut Vec<Effect>) {
    let selected = model.session().map(|session| session.id);
    let world = &model.world;
    model.comments.retain(|workspace, _| world.workspaces.contains_key(workspace));
    if model.reading.as_ref().is_some_and(|reading| model.view != View::Diff || Some(reading.session) != selected) {
        put_away(model);
        if model.focus == Focus::Comment {
            model.focus = Focus::List;
        }
    }
    if model.view == View::Diff && model.reading.is_none() {
        model.view = View::Board;
    }
    effects.extend(model.seen.drain(..).map(|(workspace, fingerprint)| Effect::Ask {
        purpose: Purpose::Seen,
        command: Command::Looked { workspace, fingerprint },
    }));
    let (columns, rows) = room(model);
    let list = Areas::of(model).map_or(1, |areas| areas.list.height);
    let Some(reading) = &mut model.reading else { return };
    let figures = model.world.workspaces.get(&reading.workspace).and_then(|workspace| workspace.changed.as_ref());
    let figures_of = figures.map(|changed| changed.at);
    if figures_of != reading.figures_of {
        reading.figures_of = figures_of;
        reading.look_again();
    }
    let nothing = Comments::default();
    reading.lay_out(model.comments.get(&reading.workspace).unwrap_or(&nothing), columns, rows);
    reading.bring_into_view(list);
    effects.extend(reading.ask().map(Effect::Compare));
}

/// Columns and rows for the text.
fn room(model: &Model) -> (u16, u16) {
    let room = text_room(&Areas::of(model).unwrap_or_default());
    (room.width, room.height)
}

fn edit(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(reading) = &model.reading else { return };
    let Some(workspace) = model.world.workspaces.get(&reading.workspace) else { return };
    let Some(file) = reading.file_here() else {
        return refuse(model, "no file is shown", "move the cursor to one");
    };
    let safe =
        std::path::Path::new(&file.path).components().all(|part| matches!(part, std::path::Component::Normal(_)));
    if workspace.target != TargetName::local() {
        let what = format!("{} is on {}, out of your editor's reach", file.path, workspace.target);
        return refuse(model, what, "a attaches to the agent there");
    } else if file.status == Status::Deleted || !safe {
        let what = format!("{} is no longer there", file.path);
        return refuse(model, what, "its last text is on the left");
    }
    let opening = Opening { file: workspace.path.join(&file.path), line: line_here(reading).unwrap_or(1) };
    effects.push(Effect::Edit(opening));
}

/// The number that the line under the cursor has now, or the one that comes after it.
fn line_here(reading: &Reading) -> Option<u32> {
    let (body, rows) = reading.body_here()?;
    let text = body.text.as_ref()?;
    let after = |at: usize| text.lines().get(at..)?.iter().find(|line| line.new > 0).map(|line| line.new);
    match body.spot {
        // The first line that is not as it was before.
        Spot::Hunk(hunk) => {
            let changed = text.lines_of(hunk).find(|at| text.lines()[*at].kind != LineKind::Context)?;
            after(changed)
        }
        Spot::Line(line) => after(line),
        Spot::Comment(_) => {
            let above = rows.rows()[..rows.rows_of(body.spot).start].iter().rev();
            let line = above.into_iter().find_map(crate::tui::model::reading::last_line);
            after(line.unwrap_or(0))
        }
    }
}
