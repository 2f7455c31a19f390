//! Claude Code's dialect, as measured with 2.1.329.
//!
//! - Hooks come beside the agent's own dialogs: a request for permission shows its dialog in the pane at once, and
//!   whoever answers first decides. Only a subagent's request waits for the hook before it shows a dialog.
//! - What a subagent does says nothing of the main turn, which may be over: its calls only open and settle questions.
//! - A decision never writes a file: what is allowed for longer is allowed for the session ([`suggestions`]).
//! - A question and a plan are only answered by a reply that repeats their input; without it the reply is ignored.

mod call;
mod diff;
mod hooks;
mod permission;
mod plan;
mod questions;
mod reply;
mod status_line;
mod suggestions;

pub(in crate::agent) use call::subject;
pub(super) use hooks::hook;
pub(super) use reply::reply;
pub(super) use status_line::status_line;
