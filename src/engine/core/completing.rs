//! A turn that ended is not work that is done: that is said by the agent in its report, by the words or the program that
//! its profile names, or by the person.

use super::{Core, Effect, judging::Gate};
use crate::domain::{
    AttemptId, SessionId, Timestamp,
    activity::Doing,
    event,
    message::Delivery,
    session::{Completion, Outcome, Role},
    verification::{self, Cause},
};

impl Core {
    /// Its turn is over: is its work done?
    pub(super) fn turn_is_over(&mut self, session: SessionId, attempt: AttemptId) {
        let Some(found) = self.world.sessions.get(&session) else { return };
        let ended = found.activity.since;
        let checks = self.rules_of(&found.profile).checks_turns;
        // One that was broken off ended without saying anything.
        let broken_off = !found.activity.note.is_empty();
        let said_more = self.world.messages_of(session).any(|message| !message.delivery.is_final());
        let asks = self.world.questions_of(session).next().is_some();
        if said_more || asks {
            return;
        }
        let done = found.report.as_ref().filter(|report| report.outcome == Outcome::Done && report.attempt == attempt);
        if done.is_some_and(|report| ended > report.at) {
            return self.finish(session, Completion::Agent);
        }
        let was_told = |delivery: &Delivery| matches!(delivery, Delivery::TakenUp { .. });
        if broken_off || !self.world.messages_of(session).any(|message| was_told(&message.delivery)) {
            return;
        }
        let read = self.reading(attempt).filter(|read| read.at >= ended);
        if let Some(words) = read.and_then(|read| read.marker.clone()) {
            self.log_session(event::Kind::Session, session, format!("{session} shows that its work is done: {words}"));
            return self.finish(session, Completion::Marker);
        }
        if checks && self.mind(attempt).checked != Some(ended) {
            self.mind(attempt).checked = Some(ended);
            self.step.effects.push(Effect::Check { attempt });
        }
    }

    /// Its work is said to be done: what verifies and reviews it has the next word, and what it did about a pull request
    /// goes there first.
    fn finish(&mut self, id: SessionId, by: Completion) {
        let Some(session) = self.world.sessions.get(&id) else { return };
        let ended = session.activity.since;
        if session.role != Role::Reviewer
            && let Some(workspace) = self.workspace_there(session)
            && self.has_commands(workspace)
        {
            let newest = self.world.verifications_of(id).next_back();
            let of_this_turn = newest.filter(|newest| newest.created_at >= ended).map(|newest| newest.state.clone());
            let round = newest.filter(|newest| matches!(newest.state, verification::State::Failed { .. }));
            let round = round.map_or(1, |newest| newest.round + 1);
            match of_this_turn {
                Some(verification::State::Passed { .. }) => {}
                Some(_) => return,
                None => {
                    self.begin_verification(id, Cause::Done, round);
                    return;
                }
            }
        }
        match self.review_gate(id, ended) {
            Gate::Waits => return,
            Gate::Open => {}
        }
        if !self.follow_up_holds(id) {
            self.succeed(id, by);
        }
    }

    /// The program that says whether the work is done has said it. What it says of a turn that goes on by now is nothing.
    pub(super) fn checked(&mut self, attempt: AttemptId, verdict: Result<(), String>) {
        let Some((session, ended)) = self.turn_over_since(attempt) else { return };
        if self.mind(attempt).checked != Some(ended) {
            return;
        }
        match verdict {
            Ok(()) if self.world.messages_of(session).any(|message| !message.delivery.is_final()) => {}
            Ok(()) => self.finish(session, Completion::Command),
            Err(why) => {
                let text = format!("{session}'s work is not done, says the program that its profile names: {why}");
                self.log_session(event::Kind::Session, session, text);
            }
        }
    }

    /// The session of an attempt that waits for the person, and since when.
    fn turn_over_since(&self, attempt: AttemptId) -> Option<(SessionId, Timestamp)> {
        let session = self.world.sessions.get(&self.living(attempt)?.session)?;
        (session.activity.doing == Doing::YourTurn).then_some((session.id, session.activity.since))
    }
}
