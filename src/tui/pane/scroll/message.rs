//! What goes in and what comes out.

use std::ops::Range;

use super::window::PAGE;
use crate::api::wire;

/// What happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// So many lines up, as with the wheel.
    Up(u16),
    /// So many lines down. At the end this leaves.
    Down(u16),
    /// A page up, less a line to hold on to.
    PageUp,
    /// A page down. At the end this leaves.
    PageDown,
    /// To the oldest line there is.
    Home,
    /// Back to the present.
    End,
    /// Looks for a text, from what is seen upwards; an empty one ends the search.
    Search(String),
    /// To the next match upwards.
    Next,
    /// To the next match downwards.
    Previous,
    /// The place has so many rows now.
    Resized(u16),
    /// The pane shows something newer than what was fetched.
    Output,
    /// The answer to [`Fetch::History`].
    History(Box<wire::Screen>),
    /// The answer to [`Fetch::Recording`].
    Recorded(wire::Transcript),
    /// What was asked for could not be fetched: why, in one line.
    Failed(String),
}

/// What is to be done because of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Fetch this and come back with the answer.
    Fetch(Fetch),
    /// Show the live screen again.
    Leave,
}

/// What is to be fetched from the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetch {
    /// `client.screen(session, lines)`.
    History {
        /// Lines of history.
        lines: u32,
    },
    /// `client.transcript(session, before, lines)`.
    Recording {
        /// The line before which to end; `None`: the end.
        before: Option<u64>,
        /// How many.
        lines: u64,
    },
}

impl Fetch {
    /// The numbers of the lines that are asked for, of a recording that ends at `end`.
    pub(super) fn range(&self, end: u64) -> Range<u64> {
        match self {
            Fetch::History { .. } => 0..end,
            Fetch::Recording { before, lines } => {
                let before = before.unwrap_or(end);
                before.saturating_sub(*lines)..before
            }
        }
    }
}

/// More than tmux keeps.
pub(super) const HISTORY: u32 = 10_000;
/// The end of a recording.
pub(super) const NEWEST: Fetch = Fetch::Recording { before: None, lines: PAGE };
