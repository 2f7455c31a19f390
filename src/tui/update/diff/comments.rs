//! Commenting on a line or a hunk, and sending all comments as one message.

use crossterm::event::{KeyCode, KeyEvent};

use crate::{
    domain::{Command, SessionId, WorkspaceId, diff::LineKind, message::BODY_BYTES},
    tui::{
        action::Action,
        diff::{Comments, Row, Spot, Text, comment::About},
        effect::{Effect, Purpose},
        message::Problem,
        model::{Focus, Model, Notice, reading::Pane},
        update::refuse,
    },
};

/// Begins a comment on what the cursor is on; on a comment, goes on with it.
pub(super) fn comment(model: &mut Model) {
    let Some(reading) = &mut model.reading else { return };
    let Some((body, rows)) = reading.body_here() else {
        return refuse(model, "there is no text to comment on", "a message to the agent is written with s");
    };
    let Some(text) = &body.text else {
        return refuse(model, "there is no text to comment on", "a message to the agent is written with s");
    };
    if let Spot::Comment(_) = body.spot {
        return go_on(model);
    }
    let row = rows.rows().get(rows.rows_of(body.spot).start);
    let Some((about, quoted)) = row.and_then(|row| about(text, row)) else { return };
    let (path, workspace) = (body.file.path.clone(), reading.workspace);
    let number = model.comments.entry(workspace).or_default().begin(&path, about, quoted);
    reading.pane = Pane::Text;
    reading.rest_on(Spot::Comment(number));
    model.focus = Focus::Comment;
}

/// What a comment on this row is about, and the lines of that.
fn about(text: &Text, row: &Row) -> Option<(About, Vec<(LineKind, String)>)> {
    let quote = |at: usize| text.lines().get(at).map(|line| (line.kind, line.text.clone()));
    match *row {
        Row::Hunk(hunk) => {
            let head = text.hunks().get(hunk)?;
            let about = About::Hunk { old: head.old, new: head.new };
            Some((about, text.lines_of(hunk).filter_map(quote).collect()))
        }
        Row::One(line) => {
            let found = text.lines().get(line)?;
            Some((About::Line { old: found.old, new: found.new }, quote(line).into_iter().collect()))
        }
        Row::Two(left, right) => {
            let number = |at: Option<usize>, of: fn(&crate::tui::diff::text::Line) -> u32| {
                at.and_then(|at| text.lines().get(at)).map_or(0, of)
            };
            let about = About::Line { old: number(left, |line| line.old), new: number(right, |line| line.new) };
            // What did not change is one line.
            let both = left.filter(|_| left != right).into_iter().chain(right);
            Some((about, both.filter_map(quote).collect()))
        }
        Row::Comment { .. } | Row::Writing { .. } | Row::Cut => None,
    }
}

/// Goes on with the comment under the cursor.
pub(super) fn go_on(model: &mut Model) {
    let Some((comments, number)) = under_cursor(model) else { return };
    comments.write(number);
    if comments.writing.is_some() {
        model.focus = Focus::Comment;
    } else {
        refuse(model, "this comment is on its way", "write another one");
    }
}

/// Takes back the comment under the cursor.
pub(super) fn delete(model: &mut Model) {
    let gone = under_cursor(model).is_some_and(|(comments, number)| comments.delete(number));
    if !gone {
        let key = model.keymap.key(Action::Comment);
        refuse(model, "the cursor is on no comment that could be taken back", format!("{key} writes one"));
    }
}

fn under_cursor(model: &mut Model) -> Option<(&mut Comments, u64)> {
    let reading = model.reading.as_ref()?;
    match reading.body_here()?.0.spot {
        Spot::Comment(number) => Some((model.comments.get_mut(&reading.workspace)?, number)),
        Spot::Hunk(_) | Spot::Line(_) => None,
    }
}

/// A key while a comment is being written.
pub(in crate::tui::update) fn key(model: &mut Model, action: Option<Action>, key: KeyEvent) {
    let Some(comments) = writing(model) else { return };
    let Some((_, editor)) = &mut comments.writing else { return };
    match (action, key.code) {
        (Some(Action::NewLine), _) => editor.new_line(),
        (Some(Action::Submit | Action::Close), _) | (_, KeyCode::Enter) => {
            comments.keep();
            model.focus = Focus::List;
        }
        _ => editor.type_key(key),
    }
}

/// Text is pasted into the comment that is being written.
pub(in crate::tui::update) fn paste(model: &mut Model, text: &str) {
    if let Some((_, editor)) = writing(model).and_then(|comments| comments.writing.as_mut()) {
        editor.paste(text);
    }
}

fn writing(model: &mut Model) -> Option<&mut Comments> {
    let workspace = model.reading.as_ref()?.workspace;
    model.comments.get_mut(&workspace)
}

/// Sends all comments on these changes to the session, as one message.
pub(super) fn send(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(reading) = &model.reading else { return };
    let (session, workspace, from, to) = (reading.session, reading.workspace, reading.from, reading.to);
    let ended = model.world.sessions.get(&session).is_none_or(|session| session.state.is_final());
    let waiting = model.comments.get(&workspace).map_or(0, Comments::waiting);
    if waiting == 0 {
        let key = model.keymap.key(Action::Comment);
        return refuse(model, "there is no comment to send", format!("{key} writes one on the line or the hunk"));
    }
    if ended {
        let what = format!("{session} has ended and reads nothing any more; the comments are kept");
        return refuse(model, what, "N starts a new session in this objective");
    }
    let Some((numbers, text)) = model.comments.get_mut(&workspace).and_then(|comments| comments.send(from, to)) else {
        return;
    };
    if text.len() > BODY_BYTES {
        sent(model, workspace, &numbers, false);
        return refuse(model, "the comments are larger than a message can be", "shorten one");
    }
    let command = Command::Send { session, text };
    effects.push(Effect::Ask { purpose: Purpose::Comments { session, workspace, numbers }, command });
}

/// What came of sending comments.
pub(in crate::tui::update) fn answered(
    model: &mut Model,
    (session, workspace): (SessionId, WorkspaceId),
    numbers: &[u64],
    problem: Option<Problem>,
) {
    sent(model, workspace, numbers, problem.is_none());
    let count = if numbers.len() == 1 { "the comment was".into() } else { format!("{} comments were", numbers.len()) };
    model.notice = Some(match problem {
        None => Notice::Good(format!("{count} sent to {session}, as one message")),
        Some(problem) => Notice::Bad(problem),
    });
}

fn sent(model: &mut Model, workspace: WorkspaceId, numbers: &[u64], arrived: bool) {
    if let Some(comments) = model.comments.get_mut(&workspace) {
        comments.sent(numbers, arrived);
    }
}
