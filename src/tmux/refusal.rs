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

/// The pane belongs to another session than was thought.
const MOVED: &str = "qd-pane-of-another-session";
/// The line was done before.
const DONE: &str = "qd-done-before";

/// Refuses the line when the pane's program has ended.
pub(super) fn unless_ended(target: &str) -> Words {
    refuse_if("#{pane_dead}", target, ENDED)
}

/// Refuses the line when the pane's window follows the terminal of somebody who is there.
pub(super) fn unless_attended(target: &str) -> Words {
    refuse_if("#{&&:#{==:#{window-size},latest},#{session_attached}}", target, ATTENDED)
}

/// Refuses the line when the pane is not in this session: a server that was started anew gives the same pane ids again.
pub(super) fn unless_in_another(target: &str, session_name: &str) -> Words {
    refuse_if(&format!("#{{!=:#{{session_name}},{session_name}}}"), target, MOVED)
}

/// Refuses the line when this pane option has this value already.
pub(super) fn unless_done(target: &str, option: &str, value: &str) -> Words {
    refuse_if(&format!("#{{==:#{{{option}}},{value}}}"), target, DONE)
}

/// `false` when the line was refused because it was done before.
pub(super) fn done_now<T>(outcome: Result<T, Error>) -> Result<bool, Error> {
    match outcome {
        Ok(_) => Ok(true),
        Err(Error::Refused(why)) if why.contains(DONE) => Ok(false),
        Err(error) => Err(error),
    }
}

fn refuse_if(condition: &str, target: &str, command: &str) -> Words {
    ["if-shell", "-F", "-t", target, condition, command].map(str::to_owned).to_vec()
}

/// Says it in terms of the pane when tmux does not find it.
pub(super) fn about<T>(pane: &PaneId, outcome: Result<T, Error>) -> Result<T, Error> {
    outcome.map_err(|error| match error {
        Error::Refused(why) if why.contains(ENDED) => Error::DeadPane(pane.clone()),
        Error::Refused(why) if [MOVED, "can't find", "no such"].iter().any(|sign| why.contains(sign)) => {
            Error::NoPane(pane.clone())
        }
        Error::Refused(why) if why.contains(ATTENDED) => Error::Attended(pane.clone()),
        error => error,
    })
}

pub(super) fn unexpected(blocks: &[Block]) -> Error {
    Error::Unexpected(blocks.iter().map(Block::text).collect::<Vec<_>>().join("\n"))
}
