//! Codex's dialect, as measured with 0.169.0.
//!
//! - A request for permission waits for its hook before it shows its dialog: as long as nobody decides, the person at
//!   the pane sees none. An empty reply shows it.
//! - A reply can say yes or no and nothing more; anything else is an error on the agent's screen.
//! - `request_user_input` has no such hook: the hook before the tool waits, and hands the answers over by stopping the
//!   call. An empty reply shows its form.

mod hooks;
mod permission;
mod questions;
mod reply;

pub(super) use hooks::hook;
pub(super) use reply::reply;
