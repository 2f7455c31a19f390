//! The sheet on which the person says how a pull request is merged.

use crossterm::event::{KeyCode, KeyEvent};

use super::refuse;
use crate::{
    domain::{
        PullRequestId,
        pull_request::{Mergeable, State},
    },
    tui::{
        action::Action,
        effect::{Effect, Purpose},
        model::{Merging, Model, Overlay, pulls},
    },
};

/// Opens it, or says why that can't be merged.
pub(super) fn open(model: &mut Model, id: PullRequestId) {
    let Some(found) = model.world.pull_requests.get(&id) else { return };
    let name = found.name();
    match (&found.state, &found.step, &found.mergeable) {
        (State::Merged { .. }, ..) => {
            refuse(model, format!("{name} is merged already"), "what comes next is another session")
        }
        (State::Draft | State::Closed, ..) => {
            let what = format!("{name} is {}, and only what is open can be merged", found.state.label());
            let key = model.keymap.key(Action::Publish);
            refuse(model, what, format!("{key} publishes it"));
        }
        (State::Open, Some(step), _) => {
            let what = format!("{name} is just {}", step.label());
            refuse(model, what, "try again in a moment");
        }
        (State::Open, None, Mergeable::Conflicts { .. }) => {
            let what = format!("{name} conflicts with {}", found.base);
            let key = model.keymap.key(Action::FollowUp);
            refuse(model, what, format!("{key} gives that to an agent"));
        }
        (State::Open, None, Mergeable::Unknown | Mergeable::Clean) => {
            model.overlay = Some(Overlay::Merging(Merging::of(found)));
        }
    }
}

/// A key while it is open.
pub(super) fn key(model: &mut Model, action: Option<Action>, key: KeyEvent, effects: &mut Vec<Effect>) {
    let Some(Overlay::Merging(merging)) = &mut model.overlay else { return };
    let Some(found) = model.world.pull_requests.get(&merging.pull_request) else {
        model.overlay = None;
        return;
    };
    let against = found.against_merging(pulls::wanted(&model.world, found.id).count());
    let fields = Merging::fields(found, &against);
    match (action, key.code) {
        (Some(Action::Decline | Action::Close), _) => model.overlay = None,
        (Some(Action::Confirm | Action::Submit), _) if !against.is_empty() && !merging.regardless => {
            merging.held_back = true;
            merging.field = crate::tui::model::merging::Field::Regardless;
        }
        (Some(Action::Confirm | Action::Submit), _) => {
            let done = format!("{} is being merged into {} ({})", found.name(), found.base, merging.method.label());
            effects.push(Effect::Ask { purpose: Purpose::Other { done }, command: merging.command() });
            model.overlay = None;
        }
        (Some(Action::NextField), _) | (_, KeyCode::Down) => merging.move_field(&fields, true),
        (Some(Action::PreviousField), _) | (_, KeyCode::Up) => merging.move_field(&fields, false),
        (_, KeyCode::Left) => merging.choose(false),
        (_, KeyCode::Right | KeyCode::Char(' ')) => merging.choose(true),
        _ => {}
    }
}
