//! Looking at a screen's past.

use crate::{
    domain::SessionId,
    tui::{
        effect::Effect,
        model::{Model, Past, Picture},
        pane::scroll::{self, Scroll},
        view::Areas,
    },
};

/// The person moves in the past of the selected session's screen, or starts to.
pub(super) fn moved(model: &mut Model, message: scroll::Message, effects: &mut Vec<Effect>) {
    let Some(session) = model.session().map(|session| session.id) else { return };
    if model.past.is_none() {
        let forward = matches!(message, scroll::Message::Down(_) | scroll::Message::PageDown | scroll::Message::End);
        if forward {
            return;
        }
        let alternate = match &model.screen {
            Picture::Live(live) => live.alternate() || live.ended(),
            Picture::Nothing | Picture::Lost(..) => true,
        };
        let rows = rows(model);
        let (scroll, effect) = Scroll::open(alternate, rows);
        model.past = Some(Past { session, scroll, rows });
        follow(model, session, Some(effect), effects);
    }
    happened(model, session, message, effects);
}

/// Something happened to the past that is looked at.
pub(super) fn happened(model: &mut Model, session: SessionId, message: scroll::Message, effects: &mut Vec<Effect>) {
    let Some(past) = model.past.as_mut().filter(|past| past.session == session) else { return };
    let effect = past.scroll.update(message);
    follow(model, session, effect, effects);
}

/// The past belongs to the session the cursor is on, in the room its screen has.
pub(super) fn keep(model: &mut Model, effects: &mut Vec<Effect>) {
    let (rows, selected) = (rows(model), model.session().map(|session| session.id));
    let Some(past) = &mut model.past else { return };
    if Some(past.session) != selected {
        model.past = None;
    } else if past.rows != rows {
        past.rows = rows;
        let session = past.session;
        happened(model, session, scroll::Message::Resized(rows), effects);
    }
}

fn follow(model: &mut Model, session: SessionId, effect: Option<scroll::Effect>, effects: &mut Vec<Effect>) {
    match effect {
        Some(scroll::Effect::Fetch(fetch)) => effects.push(Effect::Fetch(session, fetch)),
        Some(scroll::Effect::Leave) => model.past = None,
        None => {}
    }
}

fn rows(model: &Model) -> u16 {
    Areas::of(model).map_or(1, |areas| areas.screen.height.max(1))
}
