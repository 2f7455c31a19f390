//! What was seen of panes, held against what should be.

use std::{collections::BTreeMap, time::Duration};

use super::{
    Core, Effect, PaneSeen, ScreenRead,
    claims::{Claim, Sight, Verdict},
    deliver::went_out_with_the_launch,
};
use crate::domain::{
    Activity, AttemptId, Change, Message, Question, TargetName, Timestamp,
    activity::{Doing, Evidence, Source},
    attempt::{self, End},
    event,
    message::Delivery,
    question::{State, Via},
};

/// How long an agent may take from its start to the prompt it was launched with. Both Claude Code and Codex take
/// less than 2 s.
const PROMPT_TAKEN_UP: Duration = Duration::from_secs(5);
/// How long a pane shows the same before it counts as at rest. Codex draws its prompt up to 0.4 s before it shows that it
/// works on it.
pub(super) const SETTLED: Duration = Duration::from_millis(700);
/// How long an agent that retries must be seen at work before the try counts as one that got through. One that fails
/// again does so within a second.
const TRIED: Duration = Duration::from_millis(1_500);

impl Core {
    /// Compares all panes there are on a target with all attempts that should have one there. What was seen of a target
    /// that is away now ends nothing.
    pub(super) fn panes_seen(&mut self, target: &TargetName, asked_at: Timestamp, panes: Vec<PaneSeen>) {
        if !self.world.is_reached(target) {
            return;
        }
        let mut seen: BTreeMap<AttemptId, PaneSeen> = panes.into_iter().map(|pane| (pane.attempt, pane)).collect();
        let (there, elsewhere): (Vec<_>, Vec<_>) =
            self.world.attempts.values().cloned().partition(|attempt| attempt.target == *target);
        // Another target on the same host would have to answer for them.
        elsewhere.iter().for_each(|attempt| drop(seen.remove(&attempt.id)));
        for attempt in there {
            match (&attempt.state, seen.remove(&attempt.id)) {
                (attempt::State::Live { .. }, Some(pane)) => self.live_pane_seen(&attempt, pane),
                (attempt::State::Live { .. }, None) if attempt.state_since < asked_at => {
                    self.attempt_ended(attempt.id, End::Vanished);
                }
                (attempt::State::Ended { .. }, Some(pane)) => self.bury(target, pane),
                // A launch or a stop is under way: its performer looks for itself.
                _ => {}
            }
        }
        // Panes of attempts so old that the world has let go of them.
        for pane in seen.into_values() {
            self.bury(target, pane);
        }
    }

    fn live_pane_seen(&mut self, attempt: &attempt::Attempt, pane: PaneSeen) {
        if let Some(end) = pane.ended.clone() {
            self.attempt_ended(attempt.id, end);
            self.bury(&attempt.target, pane);
            return;
        }
        let Some(session) = self.world.sessions.get(&attempt.session) else { return };
        let (id, typing) = (session.id, session.person_typing_since);
        if typing.is_some() != pane.person_typing {
            let since = pane.person_typing.then_some(self.now);
            self.edit_session(id, |session| session.person_typing_since = since);
        }
    }

    fn bury(&mut self, target: &TargetName, pane: PaneSeen) {
        let target = target.clone();
        self.step.effects.push(Effect::Bury { attempt: pane.attempt, target, pane: pane.pane, pid: pane.pid });
    }

    /// A pane says something about its agent.
    pub(super) fn screen_read(&mut self, id: AttemptId, read: ScreenRead) {
        let Some(attempt) = self.world.attempts.get(&id).cloned() else { return };
        let seen = self.world.is_reached(&attempt.target);
        if !seen || !matches!(attempt.state, attempt::State::Live { .. }) {
            return;
        }
        if read.ready && !attempt.ready {
            self.put(Change::Attempt(attempt::Attempt { ready: true, ..attempt.clone() }));
        }
        self.take_back(&attempt, &read);
        self.mind(id).see(read);
        self.review(id);
    }

    /// Holds together what is told and seen of an attempt, and draws what follows.
    pub(super) fn review(&mut self, id: AttemptId) {
        // Also when it lives no more: a moment that has passed would be due for ever.
        if let Some(mind) = self.minds.get_mut(&id) {
            mind.wake = None;
        }
        let Some(attempt) = self.living(id).cloned() else { return };
        if !self.world.is_reached(&attempt.target) {
            return self.show_unreachable(attempt.session, &attempt.target);
        }
        self.review_asks(&attempt);
        if self.of_attempt(id).next().is_none() {
            self.mind(id).asks_nothing();
        }
        if let Some(activity) = self.judged(&attempt) {
            self.take_activity(&attempt, activity);
        }
        self.act_on_activity(&attempt);
    }

    /// What the agent is doing, by the strongest source that holds; `None` when nothing new can be said.
    fn judged(&mut self, attempt: &attempt::Attempt) -> Option<Activity> {
        if self.is_unseen(attempt) && self.minds.get(&attempt.id).is_none_or(|mind| mind.told.is_none()) {
            return None;
        }
        if let Some(activity) = self.asking_in_a_call(attempt) {
            return Some(activity);
        }
        let now = self.now;
        let mind = self.minds.get(&attempt.id)?;
        let sight = mind.sight();
        if let Some(told) = &mind.told {
            match told.against(sight, now) {
                Verdict::Told(again) => {
                    let activity = told.activity(told.at);
                    again.into_iter().for_each(|moment| self.mind(attempt.id).wake_at(moment));
                    return Some(activity);
                }
                Verdict::Seen => {
                    let sight = sight?;
                    let activity = seen(sight);
                    // A dialog stands before what it does, and ends none of it.
                    if sight.read.doing != Doing::Asking {
                        self.mind(attempt.id).told = None;
                    }
                    return Some(activity);
                }
            }
        }
        let sight = sight?;
        if self.prompt_still_to_come(attempt, sight.read) {
            return None;
        }
        // A program that shows nothing yet is still starting, whatever its screen does not say.
        let old = self.world.sessions.get(&attempt.session)?.activity.doing;
        let starting = sight.read.doing == Doing::Unknown && !attempt.ready && !sight.read.ready;
        if starting && old == Doing::Starting {
            return None;
        }
        let tried = sight.since + TRIED;
        if old == Doing::Retrying && sight.read.doing == Doing::Working && tried > now {
            self.mind(attempt.id).wake_at(tried);
            return None;
        }
        Some(seen(sight))
    }

    /// A call of the agent waits for the person: nothing that the pane shows says otherwise until that is settled.
    fn asking_in_a_call(&self, attempt: &attempt::Attempt) -> Option<Activity> {
        let waits = |question: &&Question| match &question.state {
            State::Open => true,
            State::Answering { sent, .. } => !sent,
            State::Answered { .. } | State::Withdrawn { .. } => false,
        };
        let question = self.of_attempt(attempt.id).filter(waits).find(|question| !self.goes_on_without(question))?;
        let call = question.call.as_ref()?;
        let (source, how) = match call.via {
            Via::Hook => (Source::Signal, "its hook waits for an answer"),
            Via::Tool => (Source::Signal, "its call of ask_user waits for an answer"),
            Via::Pane => (Source::Screen, "a dialog stands in its pane"),
        };
        let evidence = Evidence {
            source,
            rule: format!("{}: {how}", question.id),
            text: question.text.chars().take(Evidence::TEXT_CHARACTERS).collect(),
            at: question.created_at,
        };
        let note = format!("{}: {}", question.kind.label(), question.text);
        Some(Activity { doing: Doing::Asking, since: question.created_at, note, until: None, evidence })
    }

    /// The call of `ask_user` that asked this is gone, and the agent has said since that it does something else.
    fn goes_on_without(&self, question: &Question) -> bool {
        let Some(call) = question.call.as_ref().filter(|call| call.via == Via::Tool) else { return false };
        let Some(mind) = self.minds.get(&call.attempt) else { return false };
        let said = |told: &Claim| told.doing != Doing::Asking && told.at > question.created_at;
        mind.lost_calls.contains_key(&call.key) && mind.told.as_ref().is_some_and(said)
    }

    /// A change of what the agent does is kept at once; new words for the same thing are not worth a row.
    fn take_activity(&mut self, attempt: &attempt::Attempt, new: Activity) {
        let Some(session) = self.world.sessions.get(&attempt.session) else { return };
        let old = &session.activity;
        let same_rule = old.evidence.rule == new.evidence.rule && old.evidence.source == new.evidence.source;
        let changed = old.doing != new.doing;
        if !changed && same_rule && old.note == new.note && old.until == new.until {
            return;
        }
        let since = if changed { new.since } else { old.since };
        let id = session.id;
        let text = format!("{id} is {}: {}", spoken(new.doing), new.evidence.rule);
        self.edit_session(id, |session| session.activity = Activity { since, ..new });
        if changed {
            self.log_session(event::Kind::Activity, id, text);
        }
    }

    /// What follows from what the agent does now.
    fn act_on_activity(&mut self, attempt: &attempt::Attempt) {
        let Some(session) = self.world.sessions.get(&attempt.session) else { return };
        let (id, doing) = (session.id, session.activity.doing);
        match (doing, session.activity.until) {
            (Doing::Parked, Some(until)) => {
                let moment = Self::unparked_at(until);
                if moment > self.now {
                    self.mind(attempt.id).wake_at(moment);
                } else if self.reading(attempt.id).is_none_or(|read| read.doing != Doing::Parked) {
                    self.unpark(attempt.id);
                }
            }
            (Doing::YourTurn, _) => self.turn_is_over(id, attempt.id),
            (Doing::Working, _) => self.at_work_again(id),
            _ => {}
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
        // A screen may have been drawn before the agent took the text out of the box.
        let since = |newest: &Message| read.at >= newest.delivery_since + SETTLED;
        let given_back = newest
            .filter(|newest| newest.is(text) && since(newest) && matches!(newest.delivery, Delivery::TakenUp { .. }));
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

/// What a pane shows, as an activity.
fn seen(sight: Sight<'_>) -> Activity {
    let ScreenRead { at, doing, source, rule, text, note, until, .. } = sight.read.clone();
    let evidence = Evidence { source, rule, text, at };
    Activity { doing, since: sight.since, note, until, evidence }
}

fn spoken(doing: Doing) -> &'static str {
    match doing {
        Doing::YourTurn => "waiting for your next message",
        other => other.label(),
    }
}
