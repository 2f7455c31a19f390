//! (being written)
pub mod pane;
pub mod theme;
