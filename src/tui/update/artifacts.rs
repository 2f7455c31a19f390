//! What keys do with what was left behind.

use super::refuse;
use crate::{
    api::wire::ArtifactBody,
    domain::ArtifactId,
    tui::{
        action::Action,
        effect::Effect,
        message::Problem,
        model::{
            Model, Overlay, Row,
            artifacts::{Artifacts, Reading},
        },
        view::Areas,
    },
};

/// Shows what the selected session, or all of the selected objective, has left.
pub(super) fn open(model: &mut Model) {
    let session = match model.board.selected() {
        Some(Row::Session(id)) if model.board.whole().is_none() => Some(id),
        Some(Row::Session(_) | Row::Objective(_)) | None => None,
    };
    match model.objective().map(|objective| objective.id) {
        Some(objective) => model.overlay = Some(Overlay::Artifacts(Artifacts::new(objective, session))),
        None => refuse(model, "nothing is selected", "move the cursor to an objective or a session"),
    }
}

/// A key while they are looked through.
pub(super) fn key(model: &mut Model, action: Option<Action>, effects: &mut Vec<Effect>) {
    let page =
        isize::from(Areas::of(model).map_or(10, |areas| i16::try_from(areas.list.height).unwrap_or(10)).max(4) - 2);
    let Some(Overlay::Artifacts(artifacts)) = &mut model.overlay else { return };
    let steps = match action {
        Some(Action::MoveDown) => 1,
        Some(Action::MoveUp) => -1,
        Some(Action::MoveFirst) => isize::MIN / 2,
        Some(Action::MoveLast) => isize::MAX / 2,
        Some(Action::PageDown | Action::NextThatNeedsYou) => page,
        Some(Action::PageUp) => -page,
        Some(Action::Open) if artifacts.reading.is_none() => {
            if let Some(artifact) = artifacts.list(&model.world).get(artifacts.chosen) {
                artifacts.reading = Some(Reading { id: artifact.id, body: None, scroll: 0 });
                effects.push(Effect::ReadArtifact(artifact.id));
            }
            return;
        }
        Some(Action::Back | Action::FocusBoard) if artifacts.reading.is_some() => {
            artifacts.reading = None;
            return;
        }
        Some(Action::Back | Action::Leave | Action::Artifacts) => {
            model.overlay = None;
            return;
        }
        _ => return,
    };
    step(model, steps);
}

/// Moves the cursor, or the text that is read.
pub(super) fn step(model: &mut Model, steps: isize) {
    let Some(Overlay::Artifacts(artifacts)) = &mut model.overlay else { return };
    let last = artifacts.list(&model.world).len().saturating_sub(1);
    match &mut artifacts.reading {
        Some(reading) => reading.scroll = reading.scroll.saturating_add_signed(steps),
        None => artifacts.chosen = artifacts.chosen.min(last).saturating_add_signed(steps).min(last),
    }
}

/// Its text has come.
pub(super) fn read(model: &mut Model, id: ArtifactId, body: Result<Box<ArtifactBody>, Problem>) {
    if let Some(Overlay::Artifacts(Artifacts { reading: Some(reading), .. })) = &mut model.overlay
        && reading.id == id
    {
        reading.body = Some(body);
    }
}

/// What is scrolled can't be scrolled beyond its end.
pub(super) fn keep(model: &mut Model) {
    let Some(Overlay::Artifacts(artifacts)) = &model.overlay else { return };
    let hidden = crate::tui::view::artifact_hidden(model, artifacts);
    if let Some(Overlay::Artifacts(Artifacts { reading: Some(reading), .. })) = &mut model.overlay {
        reading.scroll = reading.scroll.min(hidden);
    }
}
