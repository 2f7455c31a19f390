//! A session's pane on the dashboard: its live picture, its past, and the ways into it.
//!
//! Invariants: what an agent prints reaches the person's terminal only as cells of a buffer ([`PaneWidget`]), except
//! while tmux itself has the terminal ([`attach`](mod@attach)). Looking at the past moves nothing in the present ([`scroll`] is a
//! pure state machine). While a pane is taken over ([`Takeover`]) every key but the way out reaches it, in order, and
//! leaving it leaves the agent as it is.

pub mod attach;
pub mod clipboard;
pub mod keys;
pub mod live;
mod paint;
pub mod scroll;
pub mod takeover;
pub mod widget;

pub use attach::attach;
pub use clipboard::copy;
pub use keys::WayOut;
pub use live::LiveScreen;
pub use scroll::{Scroll, ScrollWidget};
pub use takeover::Takeover;
pub use widget::PaneWidget;
