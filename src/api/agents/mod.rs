//! The door for agents: HTTP on 127.0.0.1, where an agent's hooks, its status line, its tools and `qd signal` knock.
//!
//! An agent is started with the door's address and a token of its own in its environment; the token opens its own
//! attempt and nothing else, until that attempt is over. The port stays the same over restarts of the daemon, so that an
//! agent that was started before is still heard.
//!
//! | request | gives |
//! | --- | --- |
//! | `POST /hook/DIALECT` | a hook's payload as the agent wrote it → 204, or 200 with the person's [`Decision`](crate::domain::signal::Decision) where the hook waits for one |
//! | `POST /mcp` | the tools of [`mcp`] |
//!
//! A request that waits when the daemon stops gets 503: whoever waits asks the next daemon.
//!
//! - [`listener`] finds the port, [`serve`](mod@serve) accepts within bounds.
//! - [`guard`] looks at every request before anything else does: who, from where, how large.
//! - [`hook`] takes what agents tell.

mod guard;
mod hook;
mod listener;
pub mod mcp;
mod serve;

pub use listener::Door;
pub use serve::serve;
