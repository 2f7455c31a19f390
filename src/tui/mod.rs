//! The dashboard: model, message, update, view.
//!
//! What is drawn is a function of the [`model`]; the model changes only in [`update`](mod@update); whatever reaches outside leaves
//! it as an [`effect`] and comes back as a [`message`]. Nothing here knows SQLite or tmux: everything comes through
//! the door's client, except that a pane that is attached to or taken over speaks to tmux itself.
//!
//! Invariants: a key goes to the row the person sees it on (the cursor is an id); what agents and people wrote reaches
//! the terminal only as cells; what the person writes is lost to no error; nothing is drawn unless something changed.
//!
//! - [`action`], [`keymap`]: everything a key can do, and which key does it
//! - [`model`], [`message`], [`update`](mod@update), [`effect`], [`view`]: the loop's parts
//! - [`runtime`]: the loop, the terminal, the connection to the daemon
//! - [`diff`]: what a session changed, made fit to be read and commented on
//! - [`pane`], [`theme`], [`text`], [`spelling`], [`age`], [`figures`]: what they draw with

pub mod action;
pub mod age;
pub mod diff;
pub mod effect;
pub mod figures;
pub mod keymap;
pub mod message;
pub mod model;
pub mod pane;
pub mod runtime;
pub mod settings;
pub mod spelling;
pub mod text;
pub mod theme;
pub mod update;
pub mod view;

pub use model::Model;
pub use runtime::{Revive, run};
pub use settings::Settings;
pub use update::update;

/// Draws one frame of `model`; for measuring.
pub fn draw_once(model: &Model, buffer: &mut ratatui::buffer::Buffer) {
    view::draw(model, buffer);
}
