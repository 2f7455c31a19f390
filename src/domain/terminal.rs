//! How the supervisor stands with its tmux server.

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// How the daemon stands with its tmux server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tmux", rename_all = "snake_case")]
pub enum Terminal {
    /// Commands go through.
    Connected {
        /// The server's version, for example `3.3a`.
        version: String,
        /// Since when.
        since: Timestamp,
    },
    /// They do not.
    Disconnected {
        /// Why, and what to do.
        reason: String,
        /// Since when.
        since: Timestamp,
    },
}
