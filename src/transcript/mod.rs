//! What panes printed, and how it reads afterwards.
//!
//! tmux appends each attempt's bytes to a file (`pipe-pane -O 'exec cat >> FILE'`); nothing of ours stands between the
//! agent and its recording. This room names those files, lets go of their heads beyond a bound without disturbing the
//! writer ([`Recordings`]), says which of them have grown ([`watch`]), and turns them into lines ([`read`], [`search`]).
//!
//! A program on the normal screen leaves its lines behind as they scroll away. One on the alternate screen only repaints:
//! its pictures are laid over each other, and what left the top between two of them is a line ([`stitch`]). Everything
//! here is bounded: bytes on disk, bytes that are read, wake-ups however fast a pane prints.

mod growth;
mod head;
mod lines;
mod picture;
mod reading;
mod recordings;
mod replay;
mod search;
mod stitch;
mod tail;

pub use growth::{Attention, Growth, Watcher, watch};
pub use lines::plain;
pub use reading::{Size, Source, Transcript, read};
pub use recordings::Recordings;
pub use search::{Found, search};
