//! How the supervisor stands with its tmux server.

use crate::domain::Timestamp;

/// How the supervisor stands with its tmux server.
#[derive(Debug, Clone, PartialEq, Eq)]
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
