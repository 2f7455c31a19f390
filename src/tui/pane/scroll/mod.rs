//! Looking at a pane's past without leaving the dashboard.
//!
//! [`Scroll`] is a pure state machine: messages go in, what has to be fetched comes out. It starts with tmux's own
//! history where the pane has one, and with the daemon's recording where it has none (programs on the alternate screen,
//! panes that are gone). Of a recording it holds a window of a few thousand lines around what is seen, however long the
//! recording is; searches read on through the rest without keeping it.
//!
//! What is shown stands still: lines that the pane prints meanwhile are not added, only told of.
//!
//! - [`line`](mod@line): a line that stands for itself
//! - [`window`]: the lines that are held, and which to fetch next
//! - [`search`]: what is looked for
//! - [`message`]: what goes in and what comes out
//! - [`state`]: the machine itself, with `seek` for its searches
//! - [`widget`]: how it looks

pub mod line;
pub mod message;
pub mod search;
mod seek;
pub mod state;
pub mod widget;
pub mod window;

pub use message::{Effect, Fetch, Message};
pub use state::Scroll;
pub use widget::ScrollWidget;
