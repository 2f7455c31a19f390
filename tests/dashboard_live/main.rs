//! The dashboard as a person has it: the real program in a real terminal, with a real daemon and real panes.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod calling;
mod demo;
#[allow(dead_code, reason = "shared with the tests of the commands")]
#[path = "../cli/home.rs"]
mod home;
mod leaving;
mod panes;
mod using;
mod window;
mod writing;
