//! What is remembered of a live pane, and when it is to be read next.

use std::time::Duration;

use tokio::time::Instant;

use super::{clock::now, core::ScreenRead, live::LivePane};
use crate::domain::{Timestamp, activity::Doing};

/// How often a pane that prints is read, at most.
const READ_EVERY: Duration = Duration::from_millis(300);
/// How often one is read that prints all the time and still says what it said before: after so long, with the next
/// step. All such panes keep step, so that those of a crew are read together.
const READ_EVERY_WHEN_STEADY: Duration = Duration::from_millis(800);
const STEP: Duration = Duration::from_millis(250);
/// So often in a row, that is.
const STEADY: u8 = 2;
/// One that pauses for so long may have come to its end, and is read: a spinner turns ten times a second, and its growth
/// is told a twentieth of a second late.
const PAUSE: Duration = Duration::from_millis(200);
/// How often one is read whose agent is starting, or has a message to take up.
const READ_EVERY_WHEN_AWAITED: Duration = Duration::from_millis(60);
/// How long after a submission its pane is read: by then the clock, which counts milliseconds, has moved on. What was
/// seen in the very millisecond of the submission proves nothing, and an agent that waits prints nothing more.
const LATER_THAN_ENTER: Duration = Duration::from_millis(2);
/// How long a pane must be silent for its program to count as ready, where nothing else tells.
const QUIET: Duration = Duration::from_millis(500);
/// How often the conversation's id is looked for at most until it is found.
const CONVERSATION_EVERY: Duration = Duration::from_secs(1);

/// What is remembered of one live pane.
pub(super) struct Look {
    pub(super) pane: LivePane,
    /// Printed something that was not read yet, since.
    pub(super) unread_since: Option<Instant>,
    printed: Instant,
    pub(super) printed_at: Timestamp,
    read: Option<Instant>,
    /// It was read in its silence.
    quiet_read: bool,
    pub(super) last: Option<ScreenRead>,
    /// When it was last captured, on its server's clock.
    pub(super) last_second: Option<i64>,
    /// How often it said the same since it began to print.
    unchanged: u8,
    /// Its agent chooses the conversation's id and writes it down where we can find it.
    writes_conversation: bool,
    pub(super) conversation_sought: Option<Instant>,
}

/// A pane that is being read.
pub(super) struct Asked {
    pub(super) pane: LivePane,
    /// It had printed nothing for long.
    pub(super) quiet: bool,
    pub(super) at: Timestamp,
}

impl Look {
    /// The first look at a pane.
    pub(super) fn new(pane: LivePane, writes_conversation: bool) -> Self {
        let moment = Instant::now();
        Look {
            pane,
            unread_since: Some(moment),
            printed: moment,
            printed_at: now(),
            read: None,
            quiet_read: false,
            last: None,
            last_second: None,
            unchanged: 0,
            writes_conversation,
            conversation_sought: None,
        }
    }

    /// The same pane, of which something else is known now.
    pub(super) fn of(mut self, pane: LivePane) -> Self {
        if pane.submitted.is_some() && pane.submitted != self.pane.submitted {
            self.unread_since = Some(Instant::now() + LATER_THAN_ENTER);
            self.last = None;
        }
        Look { pane, ..self }
    }

    /// It has printed something.
    pub(super) fn printed(&mut self) {
        if self.printed.elapsed() >= QUIET {
            // The first picture of a burst may still show what was before it.
            self.unchanged = 0;
        }
        self.printed = Instant::now();
        self.printed_at = now();
        self.quiet_read = false;
        self.unread_since.get_or_insert(self.printed);
    }

    /// Nobody believes any more what it said: it says it anew.
    pub(super) fn start_over(&mut self) {
        self.last = None;
        self.printed();
    }

    /// When it is to be read next; panes that print all the time in steps since `first_step`.
    pub(super) fn due(&self, first_step: Instant) -> Option<Instant> {
        let awaited = self.pane.submitted.is_some() || !self.pane.ready;
        let unread = self.unread_since.map(|since| match self.read {
            None => since,
            Some(read) if awaited => since.max(read + READ_EVERY_WHEN_AWAITED),
            Some(read) if self.unchanged >= STEADY => {
                let steady = step_after(read + READ_EVERY_WHEN_STEADY, first_step);
                since.max(read + READ_EVERY).max(steady.min(self.printed + PAUSE))
            }
            Some(read) => since.max(read + READ_EVERY),
        });
        let quiet = (!self.pane.ready && !self.quiet_read).then(|| self.printed + QUIET);
        unread.into_iter().chain(quiet).min()
    }

    /// It is being read now.
    pub(super) fn asked(&mut self) -> Asked {
        self.unread_since = None;
        self.read = Some(Instant::now());
        self.quiet_read = self.printed.elapsed() >= QUIET;
        Asked { pane: self.pane.clone(), quiet: self.quiet_read, at: now() }
    }

    /// Takes in what it says; `true` when it says what it said before.
    pub(super) fn take(&mut self, read: &ScreenRead) -> bool {
        let same = self.last.as_ref().is_some_and(|last| {
            last.doing == read.doing
                && last.rule == read.rule
                && last.ready == read.ready
                && last.source == read.source
                && last.composer == read.composer
                && last.note == read.note
                && last.dialog == read.dialog
        });
        self.last = Some(read.clone());
        self.unchanged = if same { self.unchanged.saturating_add(1) } else { 0 };
        same
    }

    /// Its agent has begun a conversation whose id it chose itself, and we have not found it out.
    pub(super) fn wants_conversation(&self) -> bool {
        let begun = |read: &ScreenRead| matches!(read.doing, Doing::Working | Doing::YourTurn | Doing::Asking);
        self.writes_conversation
            && self.pane.conversation.is_none()
            && self.last.as_ref().is_some_and(begun)
            && self.conversation_sought.is_none_or(|sought| sought.elapsed() >= CONVERSATION_EVERY)
    }
}

/// The first step that is not before `moment`.
fn step_after(moment: Instant, first_step: Instant) -> Instant {
    let steps = moment.duration_since(first_step).as_millis().div_ceil(STEP.as_millis());
    first_step + STEP * u32::try_from(steps).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panes_keep_step() {
        let first = Instant::now();
        let [at, after] = [0, 1].map(|more| first + Duration::from_millis(500 + more));
        assert_eq!(step_after(at, first), at);
        assert_eq!(step_after(after, first), first + Duration::from_millis(750));
    }
}
