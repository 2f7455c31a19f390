//! A real tmux server, through its control client.
#![expect(clippy::unwrap_used, reason = "a test may panic, also in the functions it shares")]

mod api;
mod common;
mod crash;
mod delivery;
mod people;
