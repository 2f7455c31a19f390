//! The door for agents: HTTP on 127.0.0.1, where an agent's hooks, its status line, its tools and `qd signal` knock.
//!
//! An agent is started with the door's address and a token of its own in its environment; the token opens its own
//! attempt and nothing else, until that attempt is over. The port stays the same over restarts of the daemon, so that an
//! agent that was started before is still heard.
//!
//! | request | gives |
//! | --- | --- |
//! | `POST /hook/DIALECT` | a hook's payload as the agent wrote it → 204, or 200 with the person's [`Decision`](crate::domain::signal::Decision) where the hook waits for one |
//! | `POST /status-line/DIALECT` | what the agent gives the command of its status line → 204 |
//! | `POST /signal` | one word of `qd signal`, [`Said`](super::wire::agents::Said) → 204 |
//! | `POST /mcp` | the tools of [`mcp`] |
//!
//! Each call has a name and a time of its own, in the headers [`CALL`](super::wire::agents::CALL) and
//! [`AT`](super::wire::agents::AT). 204 says that it is written. A request that waits when the daemon stops gets 503:
//! whoever waits asks the next daemon, by the same name. What could not be told at all stands in the agent's spool and is
//! heard before anything else that this agent tells.
//!
//! - [`listener`] finds the port, [`serve`](mod@serve) accepts within bounds.
//! - [`guard`] looks at every request before anything else does: who, from where, how large.
//! - [`told`] answers who tells something, [`words`] says what it means, [`hearing`] takes it, in order and once.
//! - [`patience`] answers the script that stands for us on a host, which can't read payloads.
//! - [`ledger`] keeps it as it came, [`spool`] reads what was told while nobody answered.

mod guard;
mod hearing;
mod ledger;
mod listener;
pub mod mcp;
mod patience;
mod serve;
mod spool;
mod told;
pub(super) mod words;

pub use listener::Door;
pub use serve::serve;
