//! Whether a host is reached.

use crate::domain::Timestamp;

/// Whether a host is reached. Nothing follows from it for what runs there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// The first attempt is being made.
    Connecting,
    /// Reached.
    Up {
        /// Since when.
        since: Timestamp,
    },
    /// Not reached. It stays down while it is tried again.
    Down {
        /// Why, and what to do.
        reason: String,
        /// Since when, through all attempts.
        since: Timestamp,
        /// When it is tried again.
        retry_at: Timestamp,
    },
}

impl Link {
    /// Why it is down, if it is.
    pub fn reason(&self) -> Option<String> {
        match self {
            Link::Connecting | Link::Up { .. } => None,
            Link::Down { reason, .. } => Some(reason.clone()),
        }
    }

    /// It is up.
    pub fn is_up(&self) -> bool {
        matches!(self, Link::Up { .. })
    }
}
