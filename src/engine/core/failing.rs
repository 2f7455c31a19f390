//! Turns that fail: what each class of failure comes to. What mends itself is waited for; the rest is for the person.

use std::time::Duration;

use super::{Core, claims::Claim};
use crate::domain::{
    AttemptId, Failure, SessionId, Signal, Timestamp,
    activity::{Doing, Source},
    event,
    failure::Class,
    message,
    question::{self, Action},
};

/// How long after a limit has started anew an agent that does not go on by itself is told to.
const GRACE: Duration = Duration::from_secs(20);
/// What an agent is told when it is to go on.
const GO_ON: &str = "Please go on where you stopped.";
/// What an agent is told when it is to shorten its context.
const COMPACT: &str = "/compact";

impl Core {
    /// An agent's turn has failed.
    pub(super) fn turn_failed(&mut self, id: AttemptId, signal: &Signal, failure: &Failure) {
        let Some(session) = self.world.attempts.get(&id).map(|attempt| attempt.session) else { return };
        let stale = self.mind(id).told.as_ref().is_some_and(|told| told.at > signal.at);
        if stale {
            return;
        }
        let words = format!("{}: {}", failure.class.label(), failure.text);
        match (failure.class, failure.until) {
            (Class::UsageLimit | Class::RateLimit, Some(until)) if until > self.now => {
                self.withdraw_failures(session, "it goes on by itself after the reset");
                let until = self.to_the_second(id, until);
                self.claim(id, signal, Doing::Parked, words, Some(until));
            }
            _ => {
                self.claim(id, signal, Doing::YourTurn, words.clone(), None);
                self.ask_about_failure(session, failure, &words);
            }
        }
    }

    /// Agents' words name the minute of a reset; their meters name the second.
    fn to_the_second(&self, id: AttemptId, until: Timestamp) -> Timestamp {
        let limits = self.world.metered.get(&id).into_iter().flat_map(|metered| &metered.meter.limits);
        let used_up = limits.filter(|limit| limit.used_percent >= 100).filter_map(|limit| limit.resets_at);
        let mut in_that_minute = used_up.filter(|reset| (0..60_000).contains(&(reset.0 - until.0)));
        in_that_minute.next().unwrap_or(until)
    }

    /// The meters of an attempt are known anew.
    pub(super) fn refine_parking(&mut self, id: AttemptId) {
        let parked = |claim: &&Claim| claim.doing == Doing::Parked;
        let told = self.minds.get(&id).and_then(|mind| mind.told.as_ref()).filter(parked);
        let Some(until) = told.and_then(|told| told.until) else { return };
        let exact = self.to_the_second(id, until);
        if let Some(told) = &mut self.mind(id).told
            && exact != until
        {
            told.until = Some(exact);
            self.review(id);
        }
    }

    fn ask_about_failure(&mut self, session: SessionId, failure: &Failure, words: &str) {
        let asked = self.world.questions_of(session).any(|question| question.kind == question::Kind::Failure);
        let parked = self.world.sessions.get(&session).is_some_and(|session| session.activity.doing == Doing::Parked);
        if asked || parked {
            return;
        }
        let mut choices = vec![("Go on", Action::GoOn)];
        if failure.class == Class::ContextFull {
            choices.insert(0, ("Shorten its context", Action::Compact));
        }
        choices.extend([("Leave it to me", Action::Leave), ("It has failed", Action::MarkFailed)]);
        let words = words.trim_end_matches('.');
        let text = format!("Its turn failed: {words}. What helps: {}.", failure.class.remedy());
        let id = self.ask(session, question::Kind::Failure, text, &choices);
        self.take_free_text(id);
    }

    /// A new turn has begun, whoever began it: what was said of the last one is over.
    pub(super) fn new_turn(&mut self, id: AttemptId, at: Timestamp) {
        let Some(session) = self.world.attempts.get(&id).map(|attempt| attempt.session) else { return };
        self.withdraw_failures(session, "it works again");
        let reported = self.world.sessions.get(&session).and_then(|session| session.report.as_ref());
        if reported.is_some_and(|report| report.at < at) {
            self.edit_session(session, |session| session.report = None);
        }
    }

    /// Withdraws what was asked about a turn of this session that has failed, or was reported to have.
    pub(super) fn withdraw_failures(&mut self, session: SessionId, reason: &str) {
        self.withdraw_all(session, &[question::Kind::Failure, question::Kind::Report, question::Kind::Verify], reason);
    }

    /// An agent is seen at work: its turn has not failed. What it reported stands: it ends its turn after that.
    pub(super) fn at_work_again(&mut self, session: SessionId) {
        self.withdraw_all(session, &[question::Kind::Failure, question::Kind::Verify], "it works again");
    }

    fn withdraw_all(&mut self, session: SessionId, kinds: &[question::Kind], reason: &str) {
        let of_kinds = |question: &&question::Question| kinds.contains(&question.kind);
        let open: Vec<_> = self.world.questions_of(session).filter(of_kinds).cloned().collect();
        for question in open {
            let state = question::State::Withdrawn { reason: reason.into(), at: self.now };
            self.close_question(question, state);
        }
    }

    /// When an agent whose limit has started anew is to be told to go on.
    pub(super) fn unparked_at(until: Timestamp) -> Timestamp {
        until + GRACE
    }

    /// The limit has started anew, and the agent has not gone on by itself.
    pub(super) fn unpark(&mut self, id: AttemptId) {
        let Some(session) = self.world.attempts.get(&id).map(|attempt| attempt.session) else { return };
        let message = self.tell_to_go_on(session);
        // Kept with the message in one step, so that no crash makes it be sent twice.
        self.mind(id).told = Some(Claim {
            doing: Doing::YourTurn,
            note: String::new(),
            until: None,
            source: Source::Supervisor,
            rule: format!("its limit has started anew, and {message} tells it to go on"),
            text: String::new(),
            at: self.now,
        });
        self.log_session(
            event::Kind::Message,
            session,
            format!("{message} tells {session} to go on: its limit has started anew"),
        );
    }

    pub(super) fn tell_to_go_on(&mut self, session: SessionId) -> crate::domain::MessageId {
        self.tell(session, GO_ON.to_owned())
    }

    pub(super) fn tell_to_compact(&mut self, session: SessionId) -> crate::domain::MessageId {
        self.tell(session, COMPACT.to_owned())
    }

    pub(super) fn tell(&mut self, session: SessionId, text: String) -> crate::domain::MessageId {
        let message = self.add_message(session, message::Kind::Steer, text);
        self.deliver(session);
        message
    }
}
