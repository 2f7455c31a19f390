//! The one way to wait: for a condition, with a deadline that says what was waited for.

use std::time::{Duration, Instant};

/// How long anything may take. A story takes a fraction of it; a machine with other work on it a good part.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// How often a condition outside the daemon is looked at.
const AGAIN: Duration = Duration::from_millis(15);

/// What `look` gives, once it gives something.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {} s in vain: {what}", PATIENCE.as_secs());
        std::thread::sleep(AGAIN);
    }
}

/// Returns once `holds`.
pub(crate) fn until_true(what: &str, mut holds: impl FnMut() -> bool) {
    until(what, || holds().then_some(()));
}
