//! What each message does to the model. Whatever has to reach outside is returned as an [`Effect`].
//!
//! - [`keys`]: which action a key is, and text being written
//! - [`actions`]: what each action does
//! - [`answer`]: the answer to the question in front
//! - [`call`]: telling the person what needs them
//! - [`create`]: the form
//! - [`checkouts`], [`artifacts`]: workspaces, and what was left behind
//! - [`daemon`]: what the daemon tells
//! - [`diff`]: reading what a session changed
//! - [`targets`]: where sessions run
//! - [`needing`]: going to the next thing that needs the person
//! - [`pulls`]: pull requests; [`offer`], [`merging`]: the sheets on which one is made, and merged
//! - [`mouse`]: clicks, wheel and drags

mod actions;
mod answer;
mod artifacts;
mod call;
mod cancel;
mod checkouts;
mod create;
mod daemon;
mod diff;
mod keys;
mod merging;
mod mouse;
mod needing;
mod offer;
mod overlays;
mod past;
mod pulls;
mod steer;
mod targets;

use std::time::Duration;

use crate::{
    api::wire::Size,
    domain::Timestamp,
    tui::{
        effect::{Effect, Looking},
        message::{Message, Problem},
        model::{Focus, Model, Notice, Picture, View},
        pane::scroll,
        view::Areas,
    },
};

pub(super) use daemon::let_go;

/// How long a pane may take to get the size it was asked to have; a size that it does not take is asked for no more
/// often.
const SETTLING: Duration = Duration::from_secs(1);

/// What `message` does to the model. What follows from the world alone is made when it is needed: before the next
/// frame ([`prepare`]), or before anything but another step.
pub fn update(model: &mut Model, now: Timestamp, message: Message) -> Vec<Effect> {
    model.now = now;
    let mut effects = Vec::new();
    if let Message::Step(step) = message {
        daemon::step(model, step);
        return effects;
    }
    if matches!(message, Message::Key(_)) {
        take_the_size(model);
    }
    match message {
        Message::Key(key) => keys::press(model, key, &mut effects),
        Message::Mouse(event) => mouse::happened(model, event, &mut effects),
        Message::Paste(text) => keys::paste(model, text, &mut effects),
        Message::Resized(columns, rows) => {
            model.size = (columns, rows);
            // It may have had yet another size in between, in which the terminal has lost what was drawn.
            effects.push(Effect::Redraw);
        }
        Message::Focused(gained) => model.terminal_focused = gained,
        Message::World(world) => daemon::world(model, *world),
        Message::Step(_) => {}
        Message::Away(problem) => daemon::away(model, problem),
        Message::Answered(purpose, answer) => daemon::answered(model, purpose, answer),
        Message::Screen(screen) => {
            daemon::screen(model, &screen);
            past::happened(model, screen.session, scroll::Message::Output, &mut effects);
        }
        Message::NoScreen(session, problem) => daemon::no_screen(model, session, problem),
        Message::Agents(agents) => daemon::agents(model, agents),
        Message::Sights(seen) => model.sights.tell(seen),
        Message::Inspected(workspace, answer) => model.checkouts.tell(workspace, answer),
        Message::Artifact(id, body) => {
            offer::fill(model, &body);
            artifacts::read(model, id, body);
        }
        Message::Explained(session, answer) => overlays::explained(model, session, answer),
        Message::Compared(asked, answer) => diff::compared(model, &asked, answer),
        Message::Edited => diff::edited(model),
        Message::Completed(completion) => create::completed(model, completion),
        Message::Past(session, message) => past::happened(model, session, message, &mut effects),
        Message::TakenOver | Message::Woken => {}
        Message::Told(words) => model.notice = Some(Notice::Good(words)),
        Message::Failed(problem) => model.notice = Some(Notice::Bad(problem)),
    }
    effects.extend(prepare(model));
    effects
}

/// What the daemon says, or that time has passed, while the person is attached to a session: whom to call, and nothing
/// else, because nothing is drawn.
pub fn while_attached(model: &mut Model, now: Timestamp, message: Message) -> Option<(String, String)> {
    model.now = now;
    match message {
        Message::World(world) => daemon::world(model, *world),
        Message::Step(step) => daemon::step(model, step),
        Message::Away(problem) => daemon::away(model, problem),
        // Nothing else is heard meanwhile.
        Message::Key(_)
        | Message::Mouse(_)
        | Message::Paste(_)
        | Message::Resized(..)
        | Message::Focused(_)
        | Message::Answered(..)
        | Message::Screen(_)
        | Message::NoScreen(..)
        | Message::Agents(_)
        | Message::Inspected(..)
        | Message::Sights(_)
        | Message::Artifact(..)
        | Message::Explained(..)
        | Message::Compared(..)
        | Message::Edited
        | Message::Completed(_)
        | Message::Past(..)
        | Message::TakenOver
        | Message::Told(_)
        | Message::Failed(_)
        | Message::Woken => {}
    }
    model.derive();
    call::due(model)
}

/// A pane has one size, and several dashboards may look at it: the one that was used last decides. One that is only
/// looked at lets the others be.
fn take_the_size(model: &mut Model) {
    if let (Picture::Live(live), Some(looking)) = (&model.screen, model.looking)
        && live.size() != looking.size
        && !live.ended()
        && model.now.since(model.looked_at) >= SETTLING
    {
        model.looking = None;
    }
}

/// Makes what is derived, so that a frame can be drawn.
pub fn prepare(model: &mut Model) -> Vec<Effect> {
    let mut effects = Vec::new();
    model.derive();
    if let Some(areas) = Areas::of(model) {
        let height = if model.view == View::Board { areas.list.height } else { 1 };
        model.board.bring_into_view(height);
    }
    if model.view == View::PullRequests {
        pulls::prepare(model);
    }
    if model.view == View::Usage {
        model.usage_scroll = model.usage_scroll.min(crate::tui::view::usage_hidden(model));
    }
    targets::look(model, &mut effects);
    diff::prepare(model, &mut effects);
    artifacts::keep(model);
    effects.extend(call::due(model).map(|(title, body)| Effect::Call(title, body)));
    past::keep(model, &mut effects);
    look(model, &mut effects);
    name_window(model, &mut effects);
    effects
}

/// Asks for the screen of the session the cursor is on, in the room it has.
fn look(model: &mut Model, effects: &mut Vec<Effect>) {
    let looking = wanted(model);
    if looking == model.looking {
        return;
    }
    let shown = match &model.screen {
        Picture::Live(live) => Some(live.session()),
        Picture::Lost(session, _) => Some(*session),
        Picture::Nothing => None,
    };
    if looking.is_some_and(|looking| shown != Some(looking.session)) {
        model.screen = Picture::Nothing;
    }
    model.looking = looking;
    model.looked_at = model.now;
    effects.push(Effect::Look(looking));
}

fn wanted(model: &Model) -> Option<Looking> {
    if matches!(model.focus, Focus::TakenOver(_)) && !model.pane_is_gone {
        return None;
    }
    let areas = Areas::of(model)?;
    let session = model.session()?;
    let size = Size { columns: areas.screen.width.min(1000), rows: areas.screen.height.min(1000) };
    let seen = matches!(model.view, View::Board | View::Questions) && size.columns >= 2 && size.rows >= 1;
    seen.then_some(Looking { session: session.id, attempt: session.attempt?, size })
}

fn name_window(model: &mut Model, effects: &mut Vec<Effect>) {
    if !model.settings.notify.title {
        return;
    }
    let name = match model.index.needing_you() {
        0 => "qd".to_owned(),
        1 => "qd: 1 needs you".to_owned(),
        many => format!("qd: {many} need you"),
    };
    if name != model.window_name {
        model.window_name.clone_from(&name);
        effects.push(Effect::NameWindow(name));
    }
}

/// Tells the person that something can't be done, and what to do instead.
fn refuse(model: &mut Model, what: impl Into<String>, hint: impl Into<String>) {
    model.notice = Some(Notice::Bad(Problem { what: what.into(), hint: Some(hint.into()) }));
}
