//! One private tmux server, reached through one long-lived control-mode client.
//!
//! A [`Server`] is a handle; one actor owns the control client, sends command lines and matches replies. Steady state
//! forks nothing: listing, capturing and pasting are lines on an open pipe, and deaths and attached people are pushed
//! by tmux itself (a hook whose pure tmux command makes a notification).
//!
//! Invariants:
//! - tmux 3.2–3.6 can die with the whole crew when a control client attaches while a session comes or goes. Every
//!   command that makes or ends a session goes through the actor, and the actor sends none before the attach has been
//!   answered.
//! - `window-size` is never set globally (tmux 3.3a dies of `manual`), only per window, after its creation.
//! - Everything the control client prints is read at once; a reader that stands still would keep the server from
//!   ending.
//! - Targets are exact: `%3`, `=name`, `=name:`. Names are ours: `[a-z0-9_-]+`.
//! - Agents don't know where our server is: they run without `TMUX`.
//! - A paste and its marker are one command line, so the server itself knows what it has typed.
//!
//! - [`server`]: the handle
//! - [`spawn`], [`look`], [`typing`]: what it can be asked
//! - [`actor`]: the control client, its requests, its end and its return
//! - [`boot`]: the server process and the attach
//! - [`control`]: the protocol's lines
//! - [`command`]: command lines, built by `tmux_interface`, and the one place where they are quoted
//! - [`config`]: the server's configuration
//! - [`pane`], [`capture`], [`keys`]: what goes in and comes out
//! - [`error`], [`refusal`]: what can go wrong

mod actor;
mod boot;
mod capture;
mod command;
mod config;
mod control;
mod error;
mod keys;
mod look;
mod pane;
mod refusal;
mod server;
mod spawn;
mod typing;

pub use capture::{Capture, Captured};
pub use command::quoted_for_control;
pub use error::Error;
pub use keys::{Key, NotAKey};
pub use pane::{Death, Markers, Pane, PaneSeen, PaneSpec, Person};
pub use server::{Event, Options, Server};
