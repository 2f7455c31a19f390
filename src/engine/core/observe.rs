//! What was seen of panes, held against what should be.

use std::{collections::BTreeMap, time::Duration};

use super::{Core, Effect, PaneSeen, ScreenRead, deliver::went_out_with_the_launch};
use crate::domain::{
    Activity, AttemptId, Change, Timestamp,
    activity::{Doing, Evidence},
    attempt::{self, End},
    event,
    message::Delivery,
};

/// How long an agent may take from its start to the prompt it was launched with. Both Claude Code and Codex take
/// less than 2 s.
const PROMPT_TAKEN_UP: Duration = Duration::from_secs(5);
/// How long a pane shows the same before it counts as at rest. Codex draws its prompt up to 0.4 s before it shows that it
/// works on it.
pub(super) const SETTLED: Duration = Duration::from_millis(700);

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
        self.take_back(&attempt, &read);
        self.readings.insert(id, read);
    }

    /// A change of what the agent does is kept at once; new words for the same thing are not worth a row.
    fn take_activity(&mut self, attempt: &attempt::Attempt, read: &ScreenRead) {
        let Some(session) = self.world.sessions.get(&attempt.session) else { return };
        if session.state.attempt() != Some(attempt.id) {
            return;
        }
        if self.prompt_still_to_come(attempt, read) {
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
        self.edit_session(id, |session| {
            session.activity = Activity { doing, since, note: String::new(), until: None, evidence }
        });
        if changed {
            let text = format!("{id} is {}: {}", spoken(doing), read.rule);
            self.log_session(event::Kind::Activity, id, text);
        }
    }

    /// An agent that is interrupted before its first word puts the message it had taken up back into its input box.
    fn take_back(&mut self, attempt: &attempt::Attempt, read: &ScreenRead) {
        let text = read.composer.as_deref().unwrap_or_default();
        if self.given_back.get(&attempt.id).is_some_and(|message| message.is(text)) {
            return;
        }
        self.given_back.remove(&attempt.id);
        let newest = self.world.messages_of(attempt.session).last();
        let given_back = newest.filter(|newest| newest.is(text) && matches!(newest.delivery, Delivery::TakenUp { .. }));
        if let Some(message) = given_back.cloned() {
            let text = format!("{} stands in the input box again: the agent gave it back unread", message.id);
            self.log_session(event::Kind::Message, attempt.session, text);
            self.given_back.insert(attempt.id, message);
        }
    }

    /// Before an agent takes up the prompt it was launched with, it looks for a moment as if it waited for one.
    fn prompt_still_to_come(&self, attempt: &attempt::Attempt, read: &ScreenRead) -> bool {
        let waits = matches!(read.doing, Doing::YourTurn | Doing::Unknown);
        let on_its_way = || {
            let mut messages = self.world.messages_of(attempt.session);
            messages.any(|message| went_out_with_the_launch(message) && message.delivery.attempt() == Some(attempt.id))
        };
        let patience = if self.has_settled(read) && read.shows_message { Duration::ZERO } else { PROMPT_TAKEN_UP };
        waits && self.now.since(attempt.state_since) < patience && on_its_way()
    }

    /// The pane has shown the same for a moment.
    pub(super) fn has_settled(&self, read: &ScreenRead) -> bool {
        self.now.since(read.at) >= SETTLED
    }

    /// What the screen of an agent that has not taken up its first prompt says counts after all, once it had its time.
    pub(super) fn read_again(&mut self, id: AttemptId) {
        let (Some(attempt), Some(read)) = (self.world.attempts.get(&id).cloned(), self.readings.get(&id).cloned())
        else {
            return;
        };
        self.take_activity(&attempt, &read);
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
