//! Choosing which two states are compared.

use crate::{
    domain::diff::Side,
    tui::{
        action::Action,
        age,
        model::{Model, Overlay, overlay::Sides},
    },
};

/// Offers the states that the workspace has.
pub(super) fn choose(model: &mut Model) {
    let Some(reading) = &model.reading else { return };
    let looked = model.world.workspaces.get(&reading.workspace).and_then(|workspace| workspace.looked_at);
    let looked = looked.map_or("you have not looked yet: the base".into(), |at| {
        format!("as it was when you last looked, {} ago", age::short(model.now, at))
    });
    let kept: Vec<(Side, String)> = model
        .world
        .checkpoints_of(reading.workspace)
        .rev()
        .map(|kept| {
            let age = age::short(model.now, kept.created_at);
            (Side::Checkpoint(kept.id), format!("{}, {age} ago", kept.reason))
        })
        .collect();
    let head = (Side::Head, "its last commit".to_owned());
    let mut from = vec![(Side::Base, "where its branch began".to_owned()), (Side::Look, looked), head.clone()];
    let mut to = vec![(Side::Now, "its files now, committed or not".to_owned()), head];
    from.extend(kept.iter().cloned());
    to.extend(kept);
    let place = |sides: &[(Side, String)], wanted| sides.iter().position(|(side, _)| *side == wanted).unwrap_or(0);
    let chosen = [place(&from, reading.from), place(&to, reading.to)];
    model.overlay = Some(Overlay::Sides(Sides { from, to, chosen, column: 0 }));
}

/// A key while they are offered.
pub(in crate::tui::update) fn key(model: &mut Model, action: Option<Action>) {
    let Some(Overlay::Sides(sides)) = &mut model.overlay else { return };
    let most = [sides.from.len(), sides.to.len()][sides.column].saturating_sub(1);
    let chosen = &mut sides.chosen[sides.column];
    match action {
        Some(Action::MoveDown) => *chosen = (*chosen + 1).min(most),
        Some(Action::MoveUp) => *chosen = chosen.saturating_sub(1),
        Some(Action::MoveFirst) => *chosen = 0,
        Some(Action::MoveLast) => *chosen = most,
        Some(Action::OtherPane | Action::ScrollLeft | Action::ScrollRight) => sides.column = 1 - sides.column,
        Some(Action::Open) => {
            let both = sides.from.get(sides.chosen[0]).zip(sides.to.get(sides.chosen[1]));
            let both = both.map(|(from, to)| (from.0, to.0));
            model.overlay = None;
            if let (Some((from, to)), Some(reading)) = (both, &mut model.reading) {
                reading.compare(from, to);
            }
        }
        Some(_) => model.overlay = None,
        None => {}
    }
}
