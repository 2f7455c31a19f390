//! When to look next at something that changes. Pure.

use std::time::{Duration, Instant};

/// So long nothing must have happened before it is looked at: what is written in one go is looked at once.
const QUIET: Duration = Duration::from_millis(300);
/// While things go on happening it is looked at so often, at most.
const EVERY: Duration = Duration::from_secs(2);
/// After a look there is a rest of so many times as long as it took.
const REST: u32 = 5;
/// The longest rest.
const LONGEST_REST: Duration = Duration::from_secs(10);

/// When to look next at something that changes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pace {
    /// Since the last look: when something happened first, and when last.
    touched: Option<(Instant, Instant)>,
    /// A look began then, and is under way.
    begun: Option<Instant>,
    /// Not before.
    rest: Option<Instant>,
}

impl Pace {
    /// Something happened.
    pub(super) fn touch(&mut self, now: Instant) {
        let first = self.touched.map_or(now, |(first, _)| first);
        self.touched = Some((first, now));
    }

    /// Something happened, and what was seen before is worth nothing.
    pub(super) fn touch_anew(&mut self, now: Instant) {
        self.rest = None;
        self.touch(now);
    }

    /// When to look; `None` when there is no reason to, or a look is under way.
    pub(super) fn due(&self) -> Option<Instant> {
        let (first, last) = self.touched.filter(|_| self.begun.is_none())?;
        let due = (last + QUIET).min(first + EVERY);
        Some(self.rest.map_or(due, |rest| due.max(rest)))
    }

    /// A look begins: what happened before will be seen by it.
    pub(super) fn begin(&mut self, now: Instant) {
        self.touched = None;
        self.begun = Some(now);
    }

    /// The look has ended; `patience`: how long at least from its beginning to the next one.
    pub(super) fn end(&mut self, now: Instant, patience: Duration) {
        if let Some(begun) = self.begun.take() {
            let took = now.saturating_duration_since(begun);
            self.rest = Some((begun + patience).max(now + (took * REST).min(LONGEST_REST)));
        }
    }

    /// The look has ended, and the next may come as soon as that is right.
    pub(super) fn end_usual(&mut self, now: Instant) {
        self.end(now, EVERY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_in_one_go_is_looked_at_once_and_what_goes_on_now_and_then() {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let mut pace = Pace::default();
        assert_eq!(pace.due(), None);
        pace.touch(at(0));
        assert_eq!(pace.due(), Some(at(300)));
        pace.touch(at(200));
        assert_eq!(pace.due(), Some(at(500)));
        (300..4_000).step_by(100).for_each(|moment| pace.touch(at(moment)));
        assert_eq!(pace.due(), Some(at(2_000)), "it goes on");
        pace.begin(at(2_000));
        pace.touch(at(2_010));
        assert_eq!(pace.due(), None, "one look at a time");
        pace.end_usual(at(2_050));
        assert_eq!(pace.due(), Some(at(4_000)));
        pace.begin(at(4_000));
        pace.touch(at(4_500));
        pace.end_usual(at(5_000));
        assert_eq!(pace.due(), Some(at(10_000)), "a look that takes a second is followed by five of rest");
    }
}
