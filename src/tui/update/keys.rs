//! Which action a key is, and text being written.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind};

use super::{actions, answer, create, diff, merging, offer, overlays, steer, targets};
use crate::tui::{
    action::Action,
    effect::{Effect, Typed},
    keymap::Key,
    model::{Focus, Model, Overlay},
};

/// A key was pressed.
pub(super) fn press(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    if key.kind == KeyEventKind::Release {
        return;
    }
    model.last_key = model.now;
    if matches!(model.focus, Focus::TakenOver(_)) && model.overlay.is_none() {
        let leaves = model.way_out.as_ref().is_some_and(|way_out| way_out.is(key));
        if leaves || (model.pane_is_gone && key.code == KeyCode::Esc) {
            model.focus = Focus::Screen;
            if std::mem::take(&mut model.pane_is_gone) {
                model.notice = None;
            }
            effects.push(Effect::LetGo);
        } else if !model.pane_is_gone {
            effects.push(Effect::Type(Typed::Key(key)));
        }
        return;
    }
    model.notice = None;
    let action = model.keymap.action(model.places(), Key::from(key));
    match (&model.overlay, model.focus) {
        (Some(Overlay::Form(_)), _) => create::key(model, action, key, effects),
        (Some(Overlay::Offer(_)), _) => offer::key(model, action, key, effects),
        (Some(Overlay::Target(_)), _) => targets::key(model, action, key, effects),
        (Some(Overlay::Merging(_)), _) => merging::key(model, action, key, effects),
        (Some(_), _) => overlays::key(model, action, key, effects),
        (None, Focus::Steer(session)) => steer::key(model, session, action, key, effects),
        (None, Focus::Answer(question)) => answer::key(model, question, action, key, effects),
        (None, Focus::Filter) => filter_key(model, action, key),
        (None, Focus::Comment) => diff::comments::key(model, action, key),
        (None, Focus::List | Focus::Screen | Focus::Question(_) | Focus::TakenOver(_)) => {
            if let Some(action) = action {
                actions::act(model, action, effects);
            }
        }
    }
}

/// Text was pasted: it goes where text is being written, and nowhere else.
pub(super) fn paste(model: &mut Model, text: String, effects: &mut Vec<Effect>) {
    model.last_key = model.now;
    match (&mut model.overlay, model.focus) {
        (Some(Overlay::Form(form)), _) => {
            if let Some(editor) = form.editor() {
                editor.paste(&text);
            }
        }
        (Some(Overlay::Offer(form)), _) => {
            if let Some(editor) = form.editor() {
                editor.paste(&text);
            }
        }
        (Some(Overlay::Target(form)), _) => form.editor().paste(&text),
        (Some(Overlay::Line(line)), _) => line.editor.paste(&text),
        (Some(Overlay::Palette(palette)), _) => {
            palette.query.paste(&text);
            palette.find();
        }
        (Some(_), _) => {}
        (None, Focus::TakenOver(_)) if model.pane_is_gone => {}
        (None, Focus::TakenOver(_)) => effects.push(Effect::Type(Typed::Paste(text))),
        (None, Focus::Steer(session)) => {
            if let Some(editor) = model.steers.get_mut(&session) {
                editor.paste(&text);
            }
        }
        (None, Focus::Answer(question)) => model.questions.draft_mut(question).words.paste(&text),
        (None, Focus::Comment) => diff::comments::paste(model, &text),
        (None, Focus::Filter) => {
            let written = format!("{}{}", model.board.filter().text(), text.lines().next().unwrap_or_default());
            filter(model, &written, false);
        }
        (None, Focus::List | Focus::Screen | Focus::Question(_)) => {
            super::refuse(model, "nothing is being written, so nothing was pasted", "n starts something new, s steers");
        }
    }
}

/// A key while the filter is being written.
fn filter_key(model: &mut Model, action: Option<Action>, key: KeyEvent) {
    let mut text = model.board.filter().text().to_owned();
    match (action, key.code) {
        (Some(Action::Submit), _) | (_, KeyCode::Enter) => model.focus = Focus::List,
        (Some(Action::Close), _) => {
            filter(model, "", false);
            model.focus = Focus::List;
        }
        (_, KeyCode::Up) => model.board.step(-1),
        (_, KeyCode::Down) => model.board.step(1),
        (_, KeyCode::Backspace) if text.is_empty() => model.focus = Focus::List,
        (_, KeyCode::Backspace) => {
            text.pop();
            filter(model, &text, false);
        }
        (_, KeyCode::Char(character)) if types(key) => {
            let first = text.is_empty();
            text.push(character);
            filter(model, &text, first);
        }
        _ => {}
    }
}

/// The key types a character.
fn types(key: KeyEvent) -> bool {
    use crossterm::event::KeyModifiers;
    !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT)
}

fn filter(model: &mut Model, text: &str, undoable: bool) {
    model.board.filter_by(text, undoable);
    model.board.derive(&model.world, &model.index);
}
