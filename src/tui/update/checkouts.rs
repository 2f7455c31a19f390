//! What keys do with workspaces.

use super::{actions::show, refuse};
use crate::{
    domain::{Command, WorkspaceId, figures::bytes},
    tui::{
        effect::{Effect, Purpose},
        message::Problem,
        model::{
            Model, Overlay, Row, View,
            overlay::{Confirm, Line, Wanted},
        },
    },
};

/// Shows them, and has all of them looked at.
pub(super) fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    show(model, View::Workspaces);
    effects.push(Effect::Inspect(model.world.workspaces.keys().copied().collect()));
}

/// Moves the cursor.
pub(super) fn step(model: &mut Model, steps: isize) {
    let ids: Vec<WorkspaceId> = model.world.workspaces.keys().copied().collect();
    let here = model.checkout().and_then(|workspace| ids.iter().position(|id| *id == workspace.id)).unwrap_or(0);
    let there = here.saturating_add_signed(steps).min(ids.len().saturating_sub(1));
    if let Some(&id) = ids.get(there) {
        model.checkouts.choose(id);
    }
}

/// Goes to the session that owns the chosen one.
pub(super) fn enter(model: &mut Model) {
    let Some(owner) = model.checkout().map(|workspace| workspace.owner) else { return };
    if model.world.sessions.contains_key(&owner) {
        show(model, View::Board);
        model.board.select(Row::Session(owner), &model.world, &model.index);
    } else {
        refuse(model, format!("{owner} was put away with its objective"), "qd show has it");
    }
}

/// Removes the chosen one, or the selected session's. What would be lost wants a reason.
pub(super) fn reclaim(model: &mut Model, effects: &mut Vec<Effect>) {
    let of_session = || model.session().and_then(|session| session.workspace);
    let Some(workspace) = model.checkout().map(|workspace| workspace.id).or_else(of_session) else {
        return refuse(model, "no workspace is selected", "move the cursor to a session that has one");
    };
    match model.checkouts.found(workspace) {
        Some(Ok(found)) if !found.removable && model.view == View::Workspaces => {
            let problem = Problem { what: found.verdict.clone(), hint: None };
            model.overlay = Some(Overlay::Line(Line::new(Wanted::Reason(workspace), "", Some(problem))));
        }
        _ => effects.push(Effect::Ask {
            purpose: Purpose::Reclaim { workspace },
            command: Command::Reclaim { workspace, reason: None },
        }),
    }
}

/// Asks once whether all that is offered shall go.
pub(super) fn reclaim_unused(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.view != View::Workspaces {
        return open(model, effects);
    }
    let (workspaces, size) = model.offered();
    if workspaces.is_empty() {
        let unknown = model.world.workspaces.keys().any(|id| model.checkouts.found(*id).is_none());
        return match unknown {
            true => refuse(model, "workspaces are still being looked at", "in a moment it is known what can go"),
            false => refuse(
                model,
                "nothing that is offered can go",
                "it must have been unused for a while, and nothing must be lost; x removes the one under the cursor",
            ),
        };
    }
    let count = workspaces.len();
    let noun = if count == 1 { "workspace" } else { "workspaces" };
    let ids: Vec<String> = workspaces.iter().map(ToString::to_string).collect();
    let days =
        "They can be brought back for a set time: qd workspaces --removed lists them, qd restore brings one back.";
    model.overlay = Some(Overlay::Confirm(Confirm {
        title: format!("remove {count} {noun}, {}?", bytes(size)),
        lines: vec![
            format!(
                "{}: nobody uses them, nothing in them is uncommitted, and their commits are elsewhere.",
                ids.join(", ")
            ),
            days.into(),
        ],
        command: Command::ReclaimUnused { workspaces },
        done: format!("{count} {noun} are being removed"),
    }));
}
