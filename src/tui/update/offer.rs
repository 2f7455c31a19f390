//! The form in which work is offered for review, or something is said about it.

use crossterm::event::{KeyCode, KeyEvent};

use crate::{
    api::wire::ArtifactBody,
    domain::artifact,
    tui::{
        action::Action,
        effect::{Effect, Purpose},
        message::Problem,
        model::{
            Model, Notice, Offer, Overlay,
            offer::{Field, Wants},
        },
    },
};

/// Opens it, with what was being written when it was closed.
pub(super) fn open(model: &mut Model, fresh: Offer) {
    let kept = model.offer.take_if(|kept| kept.wants == fresh.wants);
    model.overlay = Some(Overlay::Offer(kept.unwrap_or_else(|| Box::new(fresh))));
}

/// A key while it is open.
pub(super) fn key(model: &mut Model, action: Option<Action>, key: KeyEvent, effects: &mut Vec<Effect>) {
    let Some(Overlay::Offer(form)) = &mut model.overlay else { return };
    match (action, key.code, form.field) {
        (Some(Action::Close), _, _) => close(model),
        (Some(Action::Submit), _, _) => submit(model, effects),
        (Some(Action::NextField), _, _) => form.move_field(true),
        (Some(Action::PreviousField), _, _) => form.move_field(false),
        (_, KeyCode::Enter, Field::Body) | (Some(Action::NewLine), _, Field::Body) => form.body.new_line(),
        (_, KeyCode::Enter, _) => form.move_field(true),
        (_, KeyCode::Down, field) if field != Field::Body || form.body.at_bottom() => form.move_field(true),
        (_, KeyCode::Up, field) if field != Field::Body || form.body.at_top() => form.move_field(false),
        (_, KeyCode::Left, Field::Forge) => form.choose(false),
        (_, KeyCode::Right | KeyCode::Char(' '), Field::Forge) => form.choose(true),
        _ => {
            if let Some(editor) = form.editor() {
                editor.type_key(key);
            }
        }
    }
}

fn close(model: &mut Model) {
    let Some(Overlay::Offer(form)) = model.overlay.take() else { return };
    if form.is_untouched() {
        return;
    }
    let action = match form.wants {
        Wants::Publish(_) | Wants::Update(..) => Action::Publish,
        Wants::Comment(_) => Action::CommentPullRequest,
    };
    let again = model.keymap.key(action);
    model.notice = Some(Notice::Good(format!("what you wrote is kept; {again} goes on with it")));
    model.offer = Some(form);
}

fn submit(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Overlay::Offer(form)) = &mut model.overlay else { return };
    if form.sent {
        return;
    }
    match form.command() {
        Ok((command, done)) => {
            form.sent = true;
            form.problem = None;
            effects.push(Effect::Ask { purpose: Purpose::Offer { done }, command });
        }
        Err(problem) => form.problem = Some(problem),
    }
}

/// The whole report has come: it stands where only its first line stood.
pub(super) fn fill(model: &mut Model, report: &Result<Box<ArtifactBody>, Problem>) {
    if let (Some(Overlay::Offer(form)), Ok(report)) = (&mut model.overlay, report)
        && report.artifact.kind == artifact::Kind::Report
    {
        form.fill(report.artifact.session, &report.body);
    }
}

/// What came of it. What was refused stays where it was written.
pub(super) fn answered(model: &mut Model, done: String, problem: Option<Problem>) {
    let is_sent = |form: &Offer| form.sent;
    let open = matches!(&model.overlay, Some(Overlay::Offer(form)) if is_sent(form));
    match problem {
        None => {
            if open {
                model.overlay = None;
            }
            model.offer = model.offer.take().filter(|form| !is_sent(form));
            model.notice = Some(Notice::Good(done));
        }
        Some(problem) => {
            let form = match &mut model.overlay {
                Some(Overlay::Offer(form)) if open => Some(form),
                _ => model.offer.as_mut().filter(|form| form.sent),
            };
            match form {
                Some(form) => {
                    form.sent = false;
                    form.problem = Some(problem);
                }
                None => model.notice = Some(Notice::Bad(problem)),
            }
        }
    }
}
