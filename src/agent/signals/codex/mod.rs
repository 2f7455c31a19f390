//! Codex's dialect, as measured with 0.169.0.
//!
//! - A request for permission waits for its hook before it shows its dialog: as long as nobody decides, the person at
//!   the pane sees none. An empty reply shows it.
//! - A reply can say yes or no and nothing more; anything else is an error on the agent's screen.
//! - No hook can answer `request_user_input`: its own form in the pane does.

mod hooks;
mod permission;
mod reply;

pub(super) use hooks::hook;
pub(super) use reply::reply;
