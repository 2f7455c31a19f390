//! What was seen of panes, held against what should be.

use std::collections::BTreeMap;

use super::{Core, Effect, PaneSeen, ScreenRead};
use crate::domain::{
    Activity, AttemptId, Change, Timestamp,
    activity::{Doing, Evidence},
    attempt::{self, End},
    event,
};

impl Core {
    /// Compares all panes there are with all attempts that should have one.
    pub(super) fn panes_seen(&mut self, asked_at: Timestamp, panes: Vec<PaneSeen>) {
        let mut seen: BTreeMap<AttemptId, PaneSeen> = panes.into_iter().map(|pane| (pane.attempt, pane)).collect();
        let attempts: Vec<_> = self.world.attempts.values().cloned().collect();
        for attempt in attempts {
            match (&attempt.state, seen.remove(&attempt.id)) {
                (attempt::State::Live { .. }, Some(pane)) => self.live_pane_seen(&attempt, pane),
                (attempt::State::Live { .. }, None) if attempt.state_since < asked_at => {
                    self.attempt_ended(attempt.id, End::Vanished);
                }
                (attempt::State::Ended { .. }, Some(pane)) => self.bury(pane),
                // A launch or a stop is under way: its performer looks for itself.
                _ => {}
            }
        }
        // Panes of attempts so old that the world has let go of them.
        for pane in seen.into_values() {
            self.bury(pane);
        }
    }

    fn live_pane_seen(&mut self, attempt: &attempt::Attempt, pane: PaneSeen) {
        if let Some(end) = pane.ended.clone() {
            self.attempt_ended(attempt.id, end);
            self.bury(pane);
            return;
        }
        let Some(session) = self.world.sessions.get(&attempt.session) else { return };
        let (id, typing) = (session.id, session.person_typing_since);
        if typing.is_some() != pane.person_typing {
            let since = pane.person_typing.then_some(self.now);
            self.edit_session(id, |session| session.person_typing_since = since);
        }
    }

    fn bury(&mut self, pane: PaneSeen) {
        self.step.effects.push(Effect::Bury { attempt: pane.attempt, pane: pane.pane, pid: pane.pid });
    }

    /// A pane says something about its agent.
    pub(super) fn screen_read(&mut self, id: AttemptId, read: ScreenRead) {
        let Some(attempt) = self.world.attempts.get(&id).cloned() else { return };
        if !matches!(attempt.state, attempt::State::Live { .. }) {
            return;
        }
        if read.ready && !attempt.ready {
            self.put(Change::Attempt(attempt::Attempt { ready: true, ..attempt.clone() }));
        }
        self.take_activity(&attempt, &read);
        self.readings.insert(id, read);
    }

    /// A change of what the agent does is kept at once; new words for the same thing are not worth a row.
    fn take_activity(&mut self, attempt: &attempt::Attempt, read: &ScreenRead) {
        let Some(session) = self.world.sessions.get(&attempt.session) else { return };
        if session.state.attempt() != Some(attempt.id) {
            return;
        }
        let old = &session.activity;
        let same_rule = old.evidence.rule == read.rule && old.evidence.source == read.source;
        if old.doing == read.doing && same_rule {
            return;
        }
        // A program that shows nothing yet is still starting, whatever its screen does not say.
        let doing = match read.doing {
            Doing::Unknown if !attempt.ready && !read.ready && old.doing == Doing::Starting => return,
            other => other,
        };
        let since = if old.doing == doing { old.since } else { read.at };
        let changed = old.doing != doing;
        let evidence = Evidence { source: read.source, rule: read.rule.clone(), text: read.text.clone(), at: read.at };
        let id = session.id;
        self.edit_session(id, |session| session.activity = Activity { doing, since, evidence });
        if changed {
            let text = format!("{id} is {}: {}", spoken(doing), read.rule);
            self.log_session(event::Kind::Activity, id, text);
        }
    }

    pub(super) fn conversation_found(&mut self, id: AttemptId, conversation: String) {
        let Some(mut attempt) = self.world.attempts.get(&id).cloned() else { return };
        if attempt.conversation.as_ref() != Some(&conversation) {
            let text = format!("{id} holds the conversation {conversation}");
            attempt.conversation = Some(conversation);
            let session = attempt.session;
            self.put(Change::Attempt(attempt));
            self.log_session(event::Kind::Attempt, session, text);
        }
    }
}

fn spoken(doing: Doing) -> &'static str {
    match doing {
        Doing::YourTurn => "waiting for your next message",
        other => other.label(),
    }
}
