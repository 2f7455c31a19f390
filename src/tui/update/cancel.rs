//! What is said before anything is given up.

use super::refuse;
use crate::{
    domain::{Command, Session, SessionId, objective},
    tui::{
        model::{Model, Overlay, Row, overlay::Confirm},
        text::clean,
    },
};

/// Asks once whether the selected session or objective is to be given up, and says what goes with it.
pub(super) fn ask(model: &mut Model) {
    let (title, lines, command, done) = match model.board.selected() {
        Some(Row::Session(id)) => {
            let Some(session) = model.world.sessions.get(&id) else { return };
            let whole = model.board.whole();
            let open = model.objective().is_some_and(|objective| objective.state == objective::State::Open);
            if session.state.is_final() && !(whole.is_some() && open) {
                let what = format!("{id} is already {}", session.state.label());
                return refuse(model, what, "A puts an ended objective away");
            }
            let mut lines = vec![clean(&session.title).into_owned()];
            lines.push(match session.state.attempt() {
                Some(attempt) => {
                    format!("Its agent ({}, {attempt}) and every process it started are ended.", session.profile)
                }
                None => "Nothing of it runs; it will not start again.".into(),
            });
            let followers = followers(model, id);
            if !followers.is_empty() {
                lines.push(format!("Canceled with it, as children or dependents: {}.", list(&followers)));
            }
            lines.push("Its workspace stays. There is no way back.".into());
            let command = match whole {
                Some(objective) => Command::CancelObjective { objective },
                None => Command::CancelSession { session: id },
            };
            (format!("cancel {id}?"), lines, command, format!("{id} is canceled"))
        }
        Some(Row::Objective(id)) => {
            let Some(objective) = model.world.objectives.get(&id) else { return };
            let group = model.index.group(id);
            let (all, live) = group.map_or((0, 0), |group| (group.sessions.len(), group.live));
            let lines = vec![
                clean(&objective.title).into_owned(),
                format!("All of its {all} sessions; {live} of them run and are ended with every process they started."),
                "Workspaces stay. There is no way back.".into(),
            ];
            (format!("cancel {id}?"), lines, Command::CancelObjective { objective: id }, format!("{id} is canceled"))
        }
        None => return refuse(model, "nothing is selected", "move the cursor to a session"),
    };
    model.overlay = Some(Overlay::Confirm(Confirm { title, lines, command, done }));
}

/// The sessions that are canceled with `id`: its children and those that depend on it, and theirs.
fn followers(model: &Model, id: SessionId) -> Vec<SessionId> {
    let mut gone = vec![id];
    let mut at = 0;
    while let Some(&cause) = gone.get(at) {
        let follows = |session: &&Session| session.parent == Some(cause) || session.depends_on.contains(&cause);
        for session in model.world.sessions.values().filter(follows) {
            if !session.state.is_final() && !gone.contains(&session.id) {
                gone.push(session.id);
            }
        }
        at += 1;
    }
    gone.split_off(1)
}

fn list(sessions: &[SessionId]) -> String {
    sessions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
