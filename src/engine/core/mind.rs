//! What the core remembers of a live attempt beside its rows: it may be lost, and is told or seen again.

use std::collections::BTreeMap;

use super::claims::{Claim, Sight};
use super::{Core, ScreenRead};
use crate::domain::{AttemptId, TargetName, Timestamp, activity::Doing, attempt};

/// What is remembered of one attempt.
#[derive(Debug, Clone, Default)]
pub(super) struct Mind {
    /// What its agent told last about what it does.
    pub(super) told: Option<Claim>,
    /// What it told before it asked, which holds again once that is settled.
    pub(super) before_ask: Option<Claim>,
    /// The newest reading of its pane.
    pub(super) read: Option<ScreenRead>,
    /// What the pane shows it doing, and since when without a break.
    pub(super) shown: Option<(Doing, Timestamp)>,
    /// The dialog in its pane, and since when it stands there.
    pub(super) dialog: Option<(String, Timestamp)>,
    /// The pane has shown it asking since the oldest question that waits.
    pub(super) seen_asking: bool,
    /// Calls of its questions that nobody waits in now, by key, since when.
    pub(super) lost_calls: BTreeMap<String, Timestamp>,
    /// Since when its turn was over when it was last asked whether its work is done.
    pub(super) checked: Option<Timestamp>,
    /// Prompts that it said it took up, the newest last.
    pub(super) prompts: Vec<(Timestamp, String)>,
    /// When it is to be thought about again although nothing else happens.
    pub(super) wake: Option<Timestamp>,
}

/// How many prompts are remembered.
const PROMPTS: usize = 16;

impl Mind {
    /// What the pane shows, and since when.
    pub(super) fn sight(&self) -> Option<Sight<'_>> {
        let (read, (_, since)) = (self.read.as_ref()?, self.shown?);
        Some(Sight { read, since })
    }

    /// The pane was read.
    pub(super) fn see(&mut self, mut read: ScreenRead) {
        // A countdown in whole seconds names a slightly different end each time.
        if let Some(last) = self.read.as_ref().filter(|last| last.doing == read.doing && last.note == read.note) {
            read.until = last.until.filter(|_| read.until.is_some()).or(read.until);
        }
        if self.shown.is_none_or(|(doing, _)| doing != read.doing) {
            self.shown = Some((read.doing, read.at));
        }
        let standing = read.dialog.as_ref().map(|dialog| dialog.fingerprint.clone());
        if self.dialog.as_ref().map(|(fingerprint, _)| fingerprint) != standing.as_ref() {
            self.dialog = standing.map(|fingerprint| (fingerprint, read.at));
        }
        self.seen_asking |= read.doing == Doing::Asking;
        self.read = Some(read);
    }

    /// A question that it asked is closed. Its dialog may be seen for a moment yet: only one that keeps standing is new.
    pub(super) fn ask_closes(&mut self, now: Timestamp) {
        if let Some((_, since)) = &mut self.dialog {
            *since = now;
        }
    }

    /// It told what it does, last of all.
    pub(super) fn claim(&mut self, claim: Claim) {
        match (claim.doing, self.told.replace(claim)) {
            (Doing::Asking, Some(told)) if told.doing != Doing::Asking => self.before_ask = Some(told),
            (Doing::Asking, _) => {}
            (_, _) => self.before_ask = None,
        }
    }

    /// Nothing that it asked waits any more.
    pub(super) fn asks_nothing(&mut self) {
        if self.told.as_ref().is_some_and(|told| told.doing == Doing::Asking)
            && let Some(before) = self.before_ask.take()
        {
            self.told = Some(before);
        }
    }

    /// The agent said that it took up a prompt.
    pub(super) fn remember_prompt(&mut self, at: Timestamp, prompt: String) {
        if self.prompts.len() == PROMPTS {
            self.prompts.remove(0);
        }
        self.prompts.push((at, prompt));
    }

    /// Its target is away: what it told and showed says nothing about what it does meanwhile.
    pub(super) fn lose_sight(&mut self) {
        let (lost_calls, prompts) = (std::mem::take(&mut self.lost_calls), std::mem::take(&mut self.prompts));
        *self = Mind { lost_calls, prompts, checked: self.checked, ..Mind::default() };
    }

    /// Its target is back: whoever waited in a call needs time to make it again.
    pub(super) fn wait_for_calls(&mut self, now: Timestamp) {
        self.lost_calls.values_mut().for_each(|since| *since = now);
    }

    /// It is to be thought about again at `moment` at the latest.
    pub(super) fn wake_at(&mut self, moment: Timestamp) {
        self.wake = Some(self.wake.map_or(moment, |earlier| earlier.min(moment)));
    }
}

impl Core {
    /// The newest reading of an attempt's pane.
    pub(super) fn reading(&self, id: AttemptId) -> Option<&ScreenRead> {
        self.minds.get(&id)?.read.as_ref()
    }

    /// It runs on another machine, and its pane has not been looked at since that was connected.
    pub(super) fn is_unseen(&self, attempt: &attempt::Attempt) -> bool {
        attempt.target != TargetName::local() && self.reading(attempt.id).is_none()
    }

    /// The attempt, if its program lives and its session runs it.
    pub(super) fn living(&self, id: AttemptId) -> Option<&attempt::Attempt> {
        let attempt = self.world.attempts.get(&id)?;
        let current = self.world.sessions.get(&attempt.session)?.state.attempt() == Some(id);
        (current && matches!(attempt.state, attempt::State::Live { .. })).then_some(attempt)
    }

    /// Thinks again about whoever it is time for.
    pub(super) fn review_due(&mut self) {
        let due = |mind: &Mind| mind.wake.is_some_and(|moment| moment <= self.now);
        let due: Vec<AttemptId> = self.minds.iter().filter(|(_, mind)| due(mind)).map(|(&id, _)| id).collect();
        for id in due {
            self.review(id);
        }
    }

    /// When somebody is to be thought about although nothing else happens.
    pub(super) fn review_deadline(&self) -> Option<Timestamp> {
        self.minds.values().filter_map(|mind| mind.wake).min()
    }
}
