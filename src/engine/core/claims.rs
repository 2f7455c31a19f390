//! One state from many sources: what an agent told us, and what its pane shows.
//!
//! What it told is exact and comes at once, but some things it never tells (an interrupt by hand, a refusal), and a hook
//! can be lost. What its pane shows is always there, and sometimes late or ambiguous. So what it told counts, until the
//! pane has shown otherwise for longer than it can lag behind; then what it told has outlived itself and is forgotten,
//! not believed.

use std::time::Duration;

use super::ScreenRead;
use crate::domain::{
    Activity, Timestamp,
    activity::{Doing, Evidence, Source},
};

/// What an agent told us, as long as nothing speaks against it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) doing: Doing,
    pub(super) note: String,
    /// When it ends by itself, where that is known.
    pub(super) until: Option<Timestamp>,
    pub(super) source: Source,
    pub(super) rule: String,
    pub(super) text: String,
    pub(super) at: Timestamp,
}

/// What a pane shows, and since when it has shown the agent doing that.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight<'a> {
    pub(super) read: &'a ScreenRead,
    pub(super) since: Timestamp,
}

/// Which of the two to go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// What it told; at this moment, if given, the question is to be asked again.
    Told(Option<Timestamp>),
    /// What its pane shows.
    Seen,
}

/// How long after its end a claim with a known end is believed.
const OVERDUE: Duration = Duration::from_secs(10);

impl Claim {
    /// Whether this claim or the pane is to be gone by.
    pub(super) fn against(&self, sight: Option<Sight<'_>>, now: Timestamp) -> Verdict {
        let overdue = self.until.map(|until| until + OVERDUE);
        let Some(sight) = sight else { return Verdict::Told(overdue.filter(|&moment| moment > now)) };
        if self.doing == Doing::Retrying && overdue.is_some_and(|moment| moment <= now) {
            return Verdict::Seen;
        }
        let Some(patience) = patience(self.doing, sight.read.doing).filter(|_| sight.read.at > self.at) else {
            return Verdict::Told(overdue.filter(|&moment| moment > now));
        };
        let moment = sight.since.max(self.at) + patience;
        if moment <= now { Verdict::Seen } else { Verdict::Told(Some(moment)) }
    }

    /// What follows from the claim that it asks, once its call has the answer: as long as it doesn't tell otherwise, it
    /// goes on, or its own dialog asks. `None` for any other claim.
    pub(super) fn after_reply(&self, in_pane: bool, now: Timestamp) -> Option<Claim> {
        let asks = Some(self).filter(|claim| claim.doing == Doing::Asking)?;
        Some(match in_pane {
            true => Claim { at: now, ..asks.clone() },
            false => Claim {
                doing: Doing::Working,
                note: String::new(),
                until: None,
                source: Source::Supervisor,
                rule: "what it asked was answered, and its call has the answer".into(),
                text: asks.text.clone(),
                at: now,
            },
        })
    }

    /// The claim that an activity was made from, where an agent told it.
    pub(super) fn kept(activity: &Activity) -> Option<Claim> {
        let Evidence { source, rule, text, at } = activity.evidence.clone();
        let told = matches!(source, Source::Signal | Source::Transcript) && activity.doing != Doing::Asking;
        let (doing, note, until) = (activity.doing, activity.note.clone(), activity.until);
        told.then_some(Claim { doing, note, until, source, rule, text, at })
    }

    /// The claim as an activity that began at `since`.
    pub(super) fn activity(&self, since: Timestamp) -> Activity {
        let (source, rule, text, at) = (self.source, self.rule.clone(), self.text.clone(), self.at);
        let evidence = Evidence { source, rule, text, at };
        Activity { doing: self.doing, since, note: self.note.clone(), until: self.until, evidence }
    }
}

/// How long a pane must show `seen` before it counts more than that the agent told it is `told`; `None`: it never does.
fn patience(told: Doing, seen: Doing) -> Option<Duration> {
    const AT_ONCE: Duration = Duration::ZERO;
    const MOMENT: Duration = Duration::from_millis(700);
    /// Titles and footers follow within a second.
    const LAG: Duration = Duration::from_millis(1_500);
    match (told, seen) {
        // No sight is no sign.
        (_, Doing::Unknown | Doing::Nothing | Doing::Starting | Doing::Unreachable) => None,
        (told, seen) if told == seen => None,
        // The pane knows more of the same: its provider fails, it shortens its context.
        (Doing::Working | Doing::YourTurn, Doing::Retrying | Doing::Compacting | Doing::Parked) => Some(AT_ONCE),
        (Doing::Working, Doing::Asking) | (Doing::Compacting, Doing::YourTurn) => Some(MOMENT),
        (Doing::Working | Doing::Retrying, Doing::YourTurn) => Some(LAG),
        // What shows as work is what it told.
        (Doing::Compacting | Doing::Retrying, Doing::Working) => None,
        // What waits for it shows as an empty box.
        (Doing::Background | Doing::Parked, Doing::YourTurn) => None,
        (Doing::Parked, Doing::Retrying) => Some(AT_ONCE),
        (Doing::YourTurn, Doing::Background) => Some(AT_ONCE),
        // Told while nobody is asked any more: it goes on, in its pane or with what it was answered.
        (Doing::Asking, _) => Some(MOMENT),
        _ => Some(LAG),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(doing: Doing, at: i64) -> Claim {
        let (note, text) = (String::new(), String::new());
        Claim { doing, note, until: None, source: Source::Signal, rule: "hook".into(), text, at: Timestamp(at) }
    }

    fn read(doing: Doing, at: i64) -> ScreenRead {
        ScreenRead {
            at: Timestamp(at),
            printed_at: Timestamp(at),
            doing,
            source: Source::Title,
            rule: "title".into(),
            text: String::new(),
            ready: true,
            composer: None,
            note: String::new(),
            until: None,
            shows_message: false,
            dialog: None,
            marker: None,
        }
    }

    fn verdict(claim: &Claim, read: &ScreenRead, since: i64, now: i64) -> Verdict {
        claim.against(Some(Sight { read, since: Timestamp(since) }), Timestamp(now))
    }

    #[test]
    fn a_sight_from_before_the_word_says_nothing_against_it() {
        assert_eq!(verdict(&told(Doing::Working, 100), &read(Doing::YourTurn, 50), 10, 100_000), Verdict::Told(None));
    }

    #[test]
    fn a_pane_that_keeps_showing_otherwise_is_believed_after_a_while() {
        let (claim, read) = (told(Doing::Working, 1_000), read(Doing::YourTurn, 1_200));
        assert_eq!(verdict(&claim, &read, 1_200, 2_000), Verdict::Told(Some(Timestamp(2_700))));
        assert_eq!(verdict(&claim, &read, 1_200, 2_700), Verdict::Seen);
    }

    #[test]
    fn what_the_screen_does_not_know_is_no_sign() {
        assert_eq!(verdict(&told(Doing::Working, 1), &read(Doing::Unknown, 2), 2, 1 << 40), Verdict::Told(None));
    }

    #[test]
    fn background_work_is_not_taken_for_an_idle_agent() {
        assert_eq!(verdict(&told(Doing::Background, 1), &read(Doing::YourTurn, 2), 2, 1 << 40), Verdict::Told(None));
    }

    #[test]
    fn a_retry_that_is_overdue_is_not_believed() {
        let claim = Claim { until: Some(Timestamp(5_000)), ..told(Doing::Retrying, 1) };
        let read = read(Doing::YourTurn, 0);
        assert_eq!(verdict(&claim, &read, 0, 6_000), Verdict::Told(Some(Timestamp(15_000))));
        assert_eq!(verdict(&claim, &read, 0, 15_000), Verdict::Seen);
    }
}
