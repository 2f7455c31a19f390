//! Which build of the program this is, so that a rebuilt `qd` notices an older daemon.

use std::sync::LazyLock;

/// A fingerprint of this executable as it was when it started: its size and its time of modification.
pub fn fingerprint() -> String {
    static FINGERPRINT: LazyLock<String> = LazyLock::new(|| {
        let found = std::env::current_exe().and_then(std::fs::metadata);
        let modified = found.as_ref().ok().and_then(|found| found.modified().ok());
        let since = modified.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
        format!("{}-{:x}-{:x}", env!("CARGO_PKG_VERSION"), found.map_or(0, |found| found.len()), since.as_nanos())
    });
    FINGERPRINT.clone()
}
