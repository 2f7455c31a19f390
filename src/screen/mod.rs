//! Pictures of terminals: bytes in, a grid of cells out.
//!
//! Everything that draws a pane, or reads one, goes through [`Grid`]. What agents print is hostile until proven
//! otherwise, so a grid never panics, never costs more than its input is worth, and keeps no scrollback of its own
//! (history comes from tmux or from the recording).
//!
//! Invariants: a grid has at least two columns and one row; U+FE0F never reaches the parser (it makes vt100 panic, and
//! tmux does not widen for it either); a panic of the parser is caught, leaves an empty grid behind and is told by
//! [`Grid::take_lost`].
//!
//! - [`filter`]: the bytes that may reach the parser
//! - [`grid`]: the parser, guarded
//! - [`scrolled`]: lines that leave the top

mod filter;
mod grid;
mod scrolled;

pub use grid::{Grid, panic_is_caught};
pub use vt100::{Cell, Color, MouseProtocolEncoding, MouseProtocolMode, Screen};
