//! Writing to a session.

use crossterm::event::{KeyCode, KeyEvent};

use crate::{
    domain::{Command, SessionId, message::BODY_BYTES},
    tui::{
        action::Action,
        effect::{Effect, Purpose},
        message::Problem,
        model::{Editor, Focus, Model, Notice, Sending, View, editor::Lines},
    },
};

/// Opens the box, with what was being written when it was closed.
pub(super) fn open(model: &mut Model, session: SessionId) {
    model.steers.entry(session).or_insert_with(|| Editor::new(Lines::Many));
    model.view = View::Board;
    model.focus = Focus::Steer(session);
}

/// A key while a text to `session` is being written.
pub(super) fn key(
    model: &mut Model,
    session: SessionId,
    action: Option<Action>,
    key: KeyEvent,
    effects: &mut Vec<Effect>,
) {
    let Some(editor) = model.steers.get_mut(&session) else { return };
    match (action, key.code) {
        (Some(Action::Submit), _) => send(model, session, effects),
        (Some(Action::NewLine), _) => editor.new_line(),
        (Some(Action::Close), _) => close(model, session),
        (_, KeyCode::Enter) => send(model, session, effects),
        (_, KeyCode::Up) if editor.at_top() => {
            if let Some(text) = model.history.older(&editor.text()) {
                editor.set(text);
            }
        }
        (_, KeyCode::Down) if editor.at_bottom() => {
            if let Some(text) = model.history.newer() {
                editor.set(text);
            }
        }
        _ => editor.type_key(key),
    }
}

fn close(model: &mut Model, session: SessionId) {
    let blank = model.steers.get(&session).is_none_or(Editor::is_blank);
    if blank {
        model.steers.remove(&session);
    } else {
        let again = model.keymap.key(Action::Steer);
        model.notice = Some(Notice::Good(format!("what you wrote to {session} is kept; {again} goes on with it")));
    }
    model.focus = Focus::List;
}

fn send(model: &mut Model, session: SessionId, effects: &mut Vec<Effect>) {
    let Some(editor) = model.steers.get(&session).filter(|editor| !editor.is_blank()) else {
        model.notice = Some(Notice::Bad(Problem::new("there is nothing to send yet")));
        return;
    };
    let text = editor.text();
    if text.len() > BODY_BYTES {
        let what = format!("the text has {} bytes; at most {BODY_BYTES} can be sent", text.len());
        super::refuse(model, what, "put it into a file and name that");
        return;
    }
    model.steers.remove(&session);
    model.history.push(text.clone());
    model.sent += 1;
    let number = model.sent;
    model.sending.push(Sending { session, number });
    model.focus = Focus::List;
    let command = Command::Send { session, text: text.clone() };
    effects.push(Effect::Ask { purpose: Purpose::Steer { session, number, text }, command });
}
