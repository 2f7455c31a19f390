//! One clock for all processes of a run.

use std::time::{SystemTime, UNIX_EPOCH};

/// Microseconds since 1970. Nothing sets the machine's clock during a run.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// From one moment to a later one, in milliseconds.
pub(crate) fn milliseconds(from: u64, to: u64) -> f64 {
    to.saturating_sub(from) as f64 / 1_000.0
}
