//! The form that creates an objective or a session.

use crossterm::event::{KeyCode, KeyEvent};

use crate::tui::{
    action::Action,
    effect::{Completion, Effect, Purpose},
    model::{
        Form, Model, Notice, Overlay,
        form::{Creates, Field},
    },
};

/// Opens the form, with what was being written when it was closed.
pub(super) fn open(model: &mut Model, creates: Creates, effects: &mut Vec<Effect>) {
    let draft = model.draft.take().filter(|draft| draft.creates == creates);
    let repository = model.settings.folder.display().to_string();
    let mut form = draft
        .unwrap_or_else(|| Box::new(Form::new(creates, &repository, model.world.targets.keys().cloned().collect())));
    if form.agent.is_none() {
        form.agent.clone_from(&model.settings.default_agent);
    }
    model.overlay = Some(Overlay::Form(form));
    effects.push(Effect::FindAgents);
}

/// A key while the form is open.
pub(super) fn key(model: &mut Model, action: Option<Action>, key: KeyEvent, effects: &mut Vec<Effect>) {
    let Some(Overlay::Form(form)) = &mut model.overlay else { return };
    let agents = model.agents.list();
    match (action, key.code, form.field) {
        (Some(Action::Close), _, _) => close(model),
        (Some(Action::Submit), _, _) => submit(model, effects),
        (Some(Action::NextField), KeyCode::Tab, Field::Repository) if !form.repository.is_blank() => {
            effects.push(Effect::Complete(form.repository.text()));
        }
        (Some(Action::NextField), _, _) => form.move_field(true),
        (Some(Action::PreviousField), _, _) => form.move_field(false),
        (_, KeyCode::Enter, Field::Prompt) | (Some(Action::NewLine), _, Field::Prompt) => form.prompt.new_line(),
        (_, KeyCode::Enter, _) => form.move_field(true),
        (_, KeyCode::Down, field) if field != Field::Prompt || form.prompt.at_bottom() => form.move_field(true),
        (_, KeyCode::Up, field) if field != Field::Prompt || form.prompt.at_top() => form.move_field(false),
        (_, KeyCode::Left, Field::Agent | Field::Target | Field::Workspace) => form.choose(false, agents),
        (_, KeyCode::Right | KeyCode::Char(' '), Field::Agent | Field::Target | Field::Workspace) => {
            form.choose(true, agents);
        }
        _ => {
            form.folders.clear();
            if let Some(editor) = form.editor() {
                editor.type_key(key);
            }
        }
    }
}

/// Extends the repository as far as all folders that fit agree; goes on to the next field when there is nothing to add.
pub(super) fn completed(model: &mut Model, completion: Completion) {
    let Some(Overlay::Form(form)) = &mut model.overlay else { return };
    if form.field != Field::Repository || form.repository.text() != completion.written {
        return;
    }
    let names: Vec<String> = completion.folders.iter().map(|folder| folder.display().to_string()).collect();
    let common = common_start(&names);
    // One that is whole is what is meant, and so is what is left as it was after all that fit were shown.
    let is_whole = names.iter().any(|name| name == completion.written.trim_end_matches('/'));
    let was_shown = !form.folders.is_empty() && common.len() <= completion.written.len();
    match names.len() {
        0 => form.move_field(true),
        _ if is_whole || was_shown => form.move_field(true),
        _ => {
            if common.len() > completion.written.len() {
                form.repository.set(&common);
            }
            form.folders = if names.len() > 1 { completion.folders } else { Vec::new() };
        }
    }
}

fn common_start(names: &[String]) -> String {
    let Some(first) = names.first() else { return String::new() };
    let same = |end: &usize| {
        first.is_char_boundary(*end) && names.iter().all(|name| name.as_bytes().starts_with(&first.as_bytes()[..*end]))
    };
    let end = (0..=first.len()).rev().find(same).unwrap_or(0);
    first[..end].to_owned()
}

fn close(model: &mut Model) {
    let Some(Overlay::Form(form)) = model.overlay.take() else { return };
    if !form.is_blank() {
        let action = match form.creates {
            Creates::Objective => Action::NewObjective,
            Creates::Session(_) => Action::NewSession,
        };
        let again = model.keymap.key(action);
        model.notice = Some(Notice::Good(format!("what you wrote is kept; {again} goes on with it")));
        model.draft = Some(form);
    }
}

fn submit(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Overlay::Form(form)) = &mut model.overlay else { return };
    if form.sent {
        return;
    }
    match form.command(model.settings.home.as_deref()) {
        Ok(command) => {
            form.sent = true;
            form.problem = None;
            effects.push(Effect::Ask { purpose: Purpose::Create, command });
        }
        Err(problem) => form.problem = Some(problem),
    }
}
