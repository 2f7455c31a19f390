//! Agents ask, people answer, agents are seen to take the answer up.
//!
//! The parts of one call are questions of their own, sent back together. An answer is kept before it is sent, so a crash
//! loses none; it is sent through the call that waits, under that call's key, so it can hit no other prompt; and a
//! question is answered only when the agent was seen to go on. What was answered in the pane meanwhile withdraws itself.

use std::time::Duration;

use super::{Core, Effect, settling::CALL_RETURNS};
use crate::domain::{
    AttemptId, Change, Question, QuestionId, Signal, TargetName,
    activity::Doing,
    attempt, event, message,
    question::{self, Action, Answer, Call, Choice, Kind, State, Verdict, Via},
    signal::{Ask, Decision, Part, Says},
};

/// How long a dialog stands before it becomes a question: what its agent itself asks about it comes within 0.2 s.
const DIALOG_STANDS: Duration = Duration::from_millis(1_200);

impl Core {
    /// An agent asks through a call that waits. The same call again means that its connection was lost.
    pub(super) fn asked(&mut self, id: AttemptId, signal: Signal, via: Via) {
        let Says::Asks(ask) = signal.says.clone() else { return self.signal(id, signal) };
        if self.speaker(id).is_none() || ask.parts.is_empty() {
            return self.release(id, ask.key);
        }
        // Nobody told its process that it was answered in the pane, and it comes again after a restart.
        if self.settled_calls.contains(&(id, ask.key.clone())) && self.of_call(id, &ask.key).next().is_none() {
            return self.release(id, ask.key);
        }
        self.mind(id).lost_calls.remove(&ask.key);
        if !ask.subject.contains('/') && via == Via::Hook {
            self.settle_sent(id, signal.at, &format!("{}: it asks for the next thing", signal.name));
        }
        if self.of_call(id, &ask.key).next().is_none() && !self.adopted(id, &ask, via) {
            self.withdraw_pane_questions(id, "the agent asks it itself");
            self.mind(id).seen_asking = false;
            self.put_ask(id, &ask, via);
        }
        let note = ask.parts.first().map(|part| part.text.clone()).unwrap_or_default();
        self.claim(id, &signal, Doing::Asking, note, None);
        self.send_decision(id, &ask.key);
        self.review(id);
    }

    /// A question whose call was lost is asked again in another call: it is the same question.
    fn adopted(&mut self, id: AttemptId, ask: &Ask, via: Via) -> bool {
        let lost = |call: &Call| {
            call.via == Via::Tool
                && via == Via::Tool
                && call.subject == ask.subject
                && self.minds.get(&call.attempt).is_none_or(|mind| mind.lost_calls.contains_key(&call.key))
        };
        let Some(session) = self.world.attempts.get(&id).map(|attempt| attempt.session) else { return false };
        let of_lost = |question: &&Question| question.call.as_ref().is_some_and(lost);
        let Some(question) = self.world.questions_of(session).find(of_lost).cloned() else { return false };
        let call = question.call.clone().map(|call| Call { attempt: id, key: ask.key.clone(), ..call });
        self.put(Change::Question(Question { call, ..question }));
        true
    }

    fn put_ask(&mut self, id: AttemptId, ask: &Ask, via: Via) {
        let Some(session) = self.world.attempts.get(&id).map(|attempt| attempt.session) else { return };
        let parts = u8::try_from(ask.parts.len()).unwrap_or(u8::MAX);
        for (part, asked) in (0..parts).zip(&ask.parts) {
            let call = Call { attempt: id, key: ask.key.clone(), subject: ask.subject.clone(), part, parts, via };
            self.put_question(session, ask.kind, asked, call);
        }
    }

    fn put_question(&mut self, session: crate::domain::SessionId, kind: Kind, part: &Part, call: Call) {
        let id = self.next_question();
        let Some(objective) = self.world.sessions.get(&session).map(|session| session.objective) else { return };
        let choice = |option: &crate::domain::signal::AskOption| Choice {
            label: option.label.clone(),
            description: option.description.clone(),
            action: Action::Reply(option.verdict),
        };
        self.put(Change::Question(Question {
            id,
            objective,
            session,
            kind,
            text: part.text.clone(),
            detail: part.detail.clone(),
            choices: part.options.iter().map(choice).collect(),
            multiple: part.multiple,
            free_text: part.free_text,
            call: Some(call),
            state: State::Open,
            created_at: self.now,
        }));
        self.log_session(event::Kind::Question, session, format!("{id} was asked: {}", part.text));
    }

    /// Nobody waits in a call any more.
    pub(super) fn call_gone(&mut self, id: AttemptId, key: String) {
        let questions: Vec<Question> = self.of_call(id, &key).cloned().collect();
        let Some(via) = questions.first().and_then(|question| question.call.as_ref()).map(|call| call.via) else {
            return;
        };
        let now = self.now;
        self.mind(id).lost_calls.entry(key).or_insert(now);
        // On another machine the line may have broken, not the call: its hook comes again, or its pane shows what became
        // of it.
        let here = self.world.attempts.get(&id).is_some_and(|attempt| attempt.target == TargetName::local());
        if via == Via::Hook && here {
            // The agent ends a hook whose question was refused, or interrupted, in its pane.
            for question in questions {
                match &question.state {
                    State::Answering { sent: true, .. } => {}
                    State::Open | State::Answering { .. } => {
                        self.withdraw(question, "the agent no longer waits: it was refused or interrupted in its pane");
                    }
                    State::Answered { .. } | State::Withdrawn { .. } => {}
                }
            }
        }
        self.review(id);
    }

    /// Keeps the person's answer to a question of an agent, and sends what is complete.
    pub(super) fn answer_call(&mut self, question: Question, answer: Answer) {
        let Some(call) = question.call.clone() else { return };
        let (id, session) = (question.id, question.session);
        self.log_session(event::Kind::Question, session, format!("you answered {id}: {}", answer.words()));
        let in_pane = answer.verdict == Verdict::InPane;
        let at = self.now;
        self.put(Change::Question(Question {
            state: State::Answering { answer: answer.clone(), at, sent: false },
            ..question
        }));
        if in_pane {
            let others: Vec<Question> =
                self.of_call(call.attempt, &call.key).filter(|other| other.state.is_open()).cloned().collect();
            for other in others {
                let state = State::Answering { answer: answer.clone(), at, sent: false };
                self.put(Change::Question(Question { state, ..other }));
            }
        }
        self.send_decision(call.attempt, &call.key);
        self.review(call.attempt);
    }

    /// Sends what was decided about a call, once all its parts are.
    fn send_decision(&mut self, id: AttemptId, key: &str) {
        let effect = Effect::of_call(&self.world, id, key);
        self.step.effects.extend(effect);
    }

    /// The decision has left through the call that waited.
    pub(super) fn replied(&mut self, id: AttemptId, key: &str) {
        let questions: Vec<Question> = self.of_call(id, key).cloned().collect();
        let now = self.now;
        for question in questions {
            let State::Answering { answer, at, .. } = question.state.clone() else { continue };
            let mind = self.mind(id);
            let in_pane = answer.verdict == Verdict::InPane;
            mind.told = mind.told.take().map(|told| told.after_reply(in_pane, now).unwrap_or(told));
            let via = question.call.as_ref().map(|call| call.via);
            match (via, answer.verdict) {
                (_, Verdict::InPane) => self.answered(question, &answer, at, "its own dialog decides in its pane"),
                (Some(Via::Tool), _) => self.answered(question, &answer, at, "the tool call that waited returned it"),
                _ => self
                    .put(Change::Question(Question { state: State::Answering { answer, at, sent: true }, ..question })),
            }
        }
        self.review(id);
    }

    /// No call waits for the decision: a tool's comes as a message instead, a hook may come again.
    pub(super) fn not_replied(&mut self, id: AttemptId, key: &str) {
        let questions: Vec<Question> = self.of_call(id, key).cloned().collect();
        let now = self.now;
        for question in questions {
            let State::Answering { answer, at, .. } = question.state.clone() else { continue };
            if question.call.as_ref().is_some_and(|call| call.via == Via::Tool) {
                let text = format!("You asked: {}\nThe answer: {}", question.text, answer.words());
                let message = self.add_message(question.session, message::Kind::Answer, text);
                self.answered(question, &answer, at, &format!("its call was gone, so it goes out as {message}"));
            } else {
                self.mind(id).lost_calls.entry(key.to_owned()).or_insert(now);
            }
        }
        self.review(id);
    }

    /// The answer was pressed in the pane.
    pub(super) fn key_pressed(&mut self, id: QuestionId) {
        let Some(question) = self.world.questions.get(&id).cloned() else { return };
        let State::Answering { answer, at, .. } = question.state.clone() else { return };
        let attempt = question.call.as_ref().map(|call| call.attempt);
        self.put(Change::Question(Question { state: State::Answering { answer, at, sent: true }, ..question }));
        attempt.into_iter().for_each(|attempt| self.review(attempt));
    }

    /// The answer was not pressed.
    pub(super) fn key_not_pressed(&mut self, id: QuestionId, reason: &str) {
        let Some(question) = self.world.questions.get(&id).cloned() else { return };
        let attempt = question.call.as_ref().map(|call| call.attempt);
        self.withdraw(question, &format!("the answer was not pressed: {reason}"));
        attempt.into_iter().for_each(|attempt| self.review(attempt));
    }

    /// A dialog that stands in the pane, and that the agent itself does not ask about, is a question.
    pub(super) fn ask_about_dialog(&mut self, attempt: &attempt::Attempt) {
        let asked = self
            .of_attempt(attempt.id)
            .any(|question| question.call.as_ref().is_some_and(|call| call.via != Via::Tool));
        let Some(mind) = self.minds.get(&attempt.id).filter(|_| !asked) else { return };
        let (Some(read), Some((_, since))) = (&mind.read, &mind.dialog) else { return };
        let Some(dialog) = read.dialog.clone().filter(|_| read.doing == Doing::Asking) else { return };
        let moment = *since + DIALOG_STANDS;
        if moment > self.now {
            return self.mind(attempt.id).wake_at(moment);
        }
        let options = dialog.options.into_iter().map(|label| crate::domain::signal::AskOption {
            label,
            description: String::new(),
            verdict: Verdict::Pick,
        });
        let (text, detail) = dialog.text.split_once('\n').unwrap_or((&dialog.text, ""));
        let part = Part {
            text: text.to_owned(),
            detail: detail.to_owned(),
            options: options.collect(),
            multiple: false,
            free_text: false,
        };
        let subject = dialog.fingerprint;
        // Two dialogs of the same words are two calls.
        let key = format!("{subject}@{}", since.0);
        let call = Call { attempt: attempt.id, key, subject, part: 0, parts: 1, via: Via::Pane };
        self.put_question(attempt.session, Kind::Dialog, &part, call);
    }

    pub(super) fn shows_asking(&self, id: AttemptId) -> bool {
        self.reading(id).is_some_and(|read| read.doing == Doing::Asking)
    }

    /// The questions of one call that are not settled.
    fn of_call<'a>(&'a self, id: AttemptId, key: &'a str) -> impl Iterator<Item = &'a Question> {
        self.of_attempt(id).filter(move |question| question.call.as_ref().is_some_and(|call| call.key == key))
    }

    /// The questions that agents of this attempt asked and that are not settled.
    pub(super) fn of_attempt(&self, id: AttemptId) -> impl Iterator<Item = &Question> {
        self.world
            .questions
            .values()
            .filter(move |question| question.call.as_ref().is_some_and(|call| call.attempt == id))
    }

    /// The answer was given to a question that can be answered in one's own words.
    pub(super) fn take_free_text(&mut self, id: QuestionId) {
        if let Some(question) = self.world.questions.get(&id).cloned() {
            self.put(Change::Question(Question { free_text: true, ..question }));
        }
    }

    /// The daemon has started: nobody waits in any call yet, and whoever still wants to comes again.
    pub(super) fn boot_asks(&mut self) {
        let calls: Vec<Call> = self.world.questions.values().filter_map(|question| question.call.clone()).collect();
        for call in calls {
            let now = self.now;
            let mind = self.mind(call.attempt);
            mind.lost_calls.entry(call.key).or_insert(now);
            mind.wake_at(now + CALL_RETURNS);
        }
    }
}

impl question::Question {
    /// The decision about all parts of one call, when each has its answer.
    pub(super) fn decision(parts: &[&Question]) -> Option<Decision> {
        let answers = parts.iter().map(|question| match &question.state {
            State::Answering { answer, .. } => Some(answer.clone()),
            State::Open | State::Answered { .. } | State::Withdrawn { .. } => None,
        });
        Some(Decision { answers: answers.collect::<Option<Vec<_>>>()? })
    }
}
