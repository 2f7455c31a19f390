//! What the person is about to be told: what began to need them while they looked elsewhere.

use std::time::Duration;

use super::{Model, View};
use crate::domain::{Attention, SessionId, attention};

/// What begins to need the person within this time is told together.
const TOGETHER: Duration = Duration::from_secs(1);

/// For so long after their last key a person is thought to look at a terminal that has the focus. Not every terminal
/// tells that it has lost it.
const THERE: Duration = Duration::from_secs(120);

impl Model {
    /// What began to need the person, other than what they are looking at.
    pub(super) fn notice_changes(&mut self) {
        let Some(attention) = &mut self.attention else {
            self.attention = Some(Attention::of(&self.world));
            return;
        };
        let noticed = attention.look(&self.world, self.now);
        for notice in noticed {
            if self.is_looked_at(notice.session) {
                continue;
            }
            self.calls.retain(|known| known.session != notice.session);
            self.calls.push(notice);
        }
    }

    /// They are attached to it; or its screen is shown, and the person is there: the terminal has the focus, and they have pressed a key
    /// not long ago.
    fn is_looked_at(&self, session: SessionId) -> bool {
        if let Some(attached) = self.attached {
            return attached == session;
        }
        let shown = matches!(self.view, View::Board | View::Questions);
        let there = self.terminal_focused && self.now.since(self.last_key) < THERE;
        there && shown && self.session().is_some_and(|selected| selected.id == session)
    }

    /// What the person is to be told now: what came within [`TOGETHER`], and is still true.
    pub fn take_calls(&mut self) -> Vec<attention::Notice> {
        if self.until_call().is_none_or(|left| !left.is_zero()) {
            return Vec::new();
        }
        let mut calls = std::mem::take(&mut self.calls);
        calls.retain(|notice| Attention::holds(notice, &self.world) && !self.is_looked_at(notice.session));
        calls
    }

    /// How long until the person is to be told something.
    pub fn until_call(&self) -> Option<Duration> {
        let first = self.calls.iter().map(|notice| notice.at).min()?;
        Some(TOGETHER.saturating_sub(self.now.since(first)))
    }
}
