//! What keys do with targets.

use crossterm::event::{KeyCode, KeyEvent};

use super::{actions::ask, refuse};
use crate::{
    domain::{
        Command, TargetName, Workspace,
        target::{Place, State},
    },
    tui::{
        action::Action,
        effect::{Effect, Purpose},
        message::Problem,
        model::{
            Model, Notice, Overlay, TargetForm, View,
            overlay::{Confirm, Line, Wanted},
        },
        view::target_hidden,
    },
};

/// Does what is done with targets.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    if action == Action::AddTarget {
        model.overlay = Some(Overlay::Target(Box::default()));
        return;
    }
    let Some(target) = model.chosen_target().cloned() else {
        let key = model.keymap.key(Action::ViewTargets);
        return refuse(model, "no target is selected", format!("{key} shows the targets"));
    };
    let name = target.name.clone();
    let set = |open, done: &str| {
        ask(Command::SetTarget { target: name.clone(), open: Some(open), capacity: None }, format!("{name} {done}"))
    };
    match action {
        Action::OpenTarget => effects.push(set(State::Online, "takes sessions")),
        Action::DrainTarget => effects.push(set(State::Draining, "takes no new sessions")),
        Action::DisableTarget => effects.push(set(State::Disabled, "is switched off")),
        Action::EditTarget => model.overlay = Some(Overlay::Target(Box::new(TargetForm::of(&target)))),
        Action::CheckTarget => {
            model.sights.forget_the_time();
            effects.push(ask(Command::CheckTarget { target: name.clone() }, format!("{name} is being looked at")));
        }
        Action::SetCapacity => {
            let now = target.capacity.map(|most| most.to_string()).unwrap_or_default();
            model.overlay = Some(Overlay::Line(Line::new(Wanted::Capacity(name), &now, None)));
        }
        Action::RemoveTarget if target.place == Place::Local => {
            let key = model.keymap.key(Action::DisableTarget);
            refuse(model, format!("{name} is this machine and can't be removed"), format!("{key} switches it off"));
        }
        Action::RemoveTarget => remove(model, name),
        // The others are not asked for here.
        _ => {}
    }
}

/// Asks once; what would be left behind wants a reason.
fn remove(model: &mut Model, target: TargetName) {
    let there: Vec<&Workspace> =
        model.world.workspaces.values().filter(|workspace| workspace.target == target).collect();
    if let [first, rest @ ..] = there.as_slice() {
        let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
        let what = format!("{} at {}{more} would be left behind there", first.id, first.path.display());
        let problem = Problem { what, hint: Some("x in the workspaces' view removes one without loss".into()) };
        model.overlay = Some(Overlay::Line(Line::new(Wanted::Leaving(target), "", Some(problem))));
        return;
    }
    model.overlay = Some(Overlay::Confirm(Confirm {
        title: format!("remove {target}?"),
        lines: vec!["It takes no more sessions, and is not connected any more. Nothing on it is changed.".into()],
        done: format!("{target} was removed"),
        command: Command::RemoveTarget { target, reason: None },
    }));
}

/// Moves the cursor, or what is long of the one that is shown whole.
pub(super) fn step(model: &mut Model, steps: isize) {
    if model.sights.whole {
        let most = target_hidden(model);
        model.sights.scroll = model.sights.scroll.saturating_add_signed(steps).min(most);
        return;
    }
    let names: Vec<_> = model.world.targets_in_order().into_iter().map(|target| &target.name).collect();
    let here = names.iter().position(|name| Some(*name) == model.target.as_ref()).unwrap_or(0);
    let there = here.saturating_add_signed(steps).min(names.len().saturating_sub(1));
    model.target = names.get(there).map(|name| (*name).clone());
}

/// Shows all of the selected one, or the others again.
pub(super) fn enter(model: &mut Model) {
    model.sights.whole = !model.sights.whole;
    model.sights.scroll = 0;
}

/// Has the machines looked at while they are shown.
pub(super) fn look(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.view == View::Targets && model.sights.ask(model.now) {
        effects.push(Effect::See);
    }
}

/// A key while the form is open.
pub(super) fn key(model: &mut Model, action: Option<Action>, key: KeyEvent, effects: &mut Vec<Effect>) {
    let Some(Overlay::Target(form)) = &mut model.overlay else { return };
    let is_last = form.at + 1 == form.fields.len();
    match (action, key.code) {
        (Some(Action::Close), _) => model.overlay = None,
        (Some(Action::Submit), _) => submit(model, effects),
        (_, KeyCode::Enter) if is_last => submit(model, effects),
        (Some(Action::NextField), _) | (_, KeyCode::Enter | KeyCode::Down) => form.move_field(true),
        (Some(Action::PreviousField), _) | (_, KeyCode::Up) => form.move_field(false),
        _ => {
            // What was said against it was said of what stood there before.
            form.problem = None;
            form.editor().type_key(key);
        }
    }
}

fn submit(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Overlay::Target(form)) = &mut model.overlay else { return };
    if form.sent {
        return;
    }
    match form.command(model.settings.home.as_deref()) {
        Ok((command, done)) => {
            form.sent = true;
            form.problem = None;
            effects.push(Effect::Ask { purpose: Purpose::Target { done }, command });
        }
        Err((field, problem)) => {
            form.problem = Some(problem);
            form.go_to(field);
        }
    }
}

/// What came of the form. What was refused stays where it was written.
pub(super) fn answered(model: &mut Model, done: String, problem: Option<Problem>) {
    match (&mut model.overlay, problem) {
        (Some(Overlay::Target(form)), Some(problem)) => {
            form.sent = false;
            form.problem = Some(problem);
        }
        (_, Some(problem)) => model.notice = Some(Notice::Bad(problem)),
        (overlay, None) => {
            if let Some(Overlay::Target(form)) = overlay
                && form.sent
            {
                model.sights.added = form.name().ok().filter(|_| form.edits.is_none());
                *overlay = None;
            }
            model.sights.forget_the_time();
            model.notice = Some(Notice::Good(done));
        }
    }
}
