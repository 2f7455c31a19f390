//! What tmux refuses, in terms of panes.
//!
//! A line can make itself be refused: a condition that holds runs a command that does not exist. The refusal names it,
//! and ends the line before anything behind it is done, all in one turn of the server.

use super::{Error, command::Words, control::Block};
use crate::domain::attempt::PaneId;

/// The pane's program has ended.
const ENDED: &str = "qd-pane-is-dead";
/// The window follows the terminal of somebody who is there.
const ATTENDED: &str = "qd-somebody-is-there";

/// Refuses the line when the pane's program has ended.
pub(super) fn unless_ended(target: &str) -> Words {
    refuse_if("#{pane_dead}", target, ENDED)
}

/// Refuses the line when the pane's window follows the terminal of somebody who is there.
pub(super) fn unless_attended(target: &str) -> Words {
    refuse_if("#{&&:#{==:#{window-size},latest},#{session_attached}}", target, ATTENDED)
}

fn refuse_if(condition: &str, target: &str, command: &str) -> Words {
    ["if-shell", "-F", "-t", target, condition, command].map(str::to_owned).to_vec()
}

/// Says it in terms of the pane when tmux does not find it.
pub(super) fn about<T>(pane: &PaneId, outcome: Result<T, Error>) -> Result<T, Error> {
    outcome.map_err(|error| match error {
        Error::Refused(why) if why.contains(ENDED) => Error::DeadPane(pane.clone()),
        Error::Refused(why) if ["can't find", "no such"].iter().any(|sign| why.contains(sign)) => {
            Error::NoPane(pane.clone())
        }
        Error::Refused(why) if why.contains(ATTENDED) => Error::Attended(pane.clone()),
        error => error,
    })
}

pub(super) fn unexpected(blocks: &[Block]) -> Error {
    Error::Unexpected(blocks.iter().map(Block::text).collect::<Vec<_>>().join("\n"))
}
