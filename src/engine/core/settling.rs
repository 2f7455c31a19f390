//! Whether what agents asked still stands: they were seen to go past it, nobody waits in its call any more, or their pane
//! shows that it was answered there.

use std::time::Duration;

use super::{Core, Effect, mind::Mind};
use crate::domain::{
    AttemptId, Question, Timestamp,
    activity::Doing,
    attempt,
    question::{Answer, Call, State, Verdict, Via},
    signal::Decision,
};

/// How long a call may be away before nobody is thought to wait in it any more. A hook whose daemon was restarted comes
/// again for 60 s.
pub(super) const CALL_RETURNS: Duration = Duration::from_secs(75);
/// How long the pane must show the agent at something else before a question is taken for answered there.
const GONE_ON: Duration = Duration::from_millis(1_000);
/// How long an agent may take to act on an answer before it is thought to have ignored it.
const IGNORED: Duration = Duration::from_secs(15);

impl Core {
    /// The agent went past what it asked: everything it asked, or what names this subject.
    pub(super) fn settle_asks(&mut self, id: AttemptId, subject: Option<&str>, at: Timestamp, how: &str) {
        let settled = |question: &&Question| {
            question.call.as_ref().is_some_and(|call| {
                call.attempt == id && call.via == Via::Hook && subject.is_none_or(|subject| subject == call.subject)
            }) && question.created_at <= at
        };
        let questions: Vec<Question> = self.world.questions.values().filter(settled).cloned().collect();
        for question in questions {
            self.settle(question, how);
        }
    }

    /// The agent goes on with its turn: what it was answered through a hook, it has taken up. What a refused call was
    /// answered is told by nothing else. Subagents, whose subjects bear their names, go on by themselves.
    pub(super) fn settle_sent(&mut self, id: AttemptId, at: Timestamp, how: &str) {
        let settled = |question: &&Question| {
            let of_turn = |call: &Call| call.attempt == id && call.via == Via::Hook && !call.subject.contains('/');
            let sent = matches!(question.state, State::Answering { sent: true, at: answered, .. } if answered <= at);
            sent && question.call.as_ref().is_some_and(of_turn)
        };
        let questions: Vec<Question> = self.world.questions.values().filter(settled).cloned().collect();
        for question in questions {
            self.settle(question, how);
        }
    }

    /// The agent was seen to go past this question.
    fn settle(&mut self, question: Question, how: &str) {
        match question.state.clone() {
            State::Answering { answer, at, sent: true } => self.answered(question, &answer, at, how),
            State::Answering { at, sent: false, .. } if at >= self.booted && self.is_lost(&question) => {
                self.withdraw(question, &format!("it was answered in its pane, before your answer reached it: {how}"));
            }
            // A crash may have come between the reply and its being noted.
            State::Answering { answer, at, sent: false } => {
                let evidence = format!("{how}; whether by this answer or one in its pane is not known");
                self.answered(question, &answer, at, &evidence);
            }
            State::Open => {
                let call = question.call.clone();
                self.withdraw(question, &format!("it was answered in its pane: {how}"));
                if let Some(call) = call {
                    self.release(call.attempt, call.key);
                }
            }
            State::Answered { .. } | State::Withdrawn { .. } => {}
        }
    }

    /// Nobody waits in its call.
    fn is_lost(&self, question: &Question) -> bool {
        question.call.as_ref().is_some_and(|call| {
            self.minds.get(&call.attempt).is_some_and(|mind| mind.lost_calls.contains_key(&call.key))
        })
    }

    /// Lets a call that may wait go on without a decision.
    pub(super) fn release(&mut self, attempt: AttemptId, key: String) {
        let answer = Answer { verdict: Verdict::InPane, chosen: Vec::new(), text: None };
        self.step.effects.push(Effect::Reply { attempt, key, decision: Decision { answers: vec![answer] } });
    }

    pub(super) fn answered(&mut self, question: Question, answer: &Answer, at: Timestamp, evidence: &str) {
        let state = State::Answered { answer: answer.words(), at, evidence: evidence.to_owned() };
        self.close_ask(question, state);
    }

    pub(super) fn withdraw(&mut self, question: Question, reason: &str) {
        let state = State::Withdrawn { reason: reason.to_owned(), at: self.now };
        self.close_ask(question, state);
    }

    fn close_ask(&mut self, question: Question, state: State) {
        if let Some(attempt) = question.call.as_ref().map(|call| call.attempt) {
            let now = self.now;
            self.mind(attempt).ask_closes(now);
        }
        self.close_question(question, state);
    }

    pub(super) fn withdraw_pane_questions(&mut self, id: AttemptId, reason: &str) {
        let of_pane = |call: &Call| call.attempt == id && call.via == Via::Pane;
        let open = |question: &&Question| question.state.is_open() && question.call.as_ref().is_some_and(of_pane);
        let questions: Vec<Question> = self.world.questions.values().filter(open).cloned().collect();
        for question in questions {
            self.withdraw(question, reason);
        }
    }

    /// Somebody interrupted the agent while it waited in `ask_user`: it has been told that nobody answers.
    pub(super) fn withdraw_tool_questions(&mut self, id: AttemptId, at: Timestamp) {
        let asked = |question: &&Question| {
            let of_tool = |call: &Call| call.attempt == id && call.via == Via::Tool;
            question.state.is_open() && question.created_at <= at && question.call.as_ref().is_some_and(of_tool)
        };
        let questions: Vec<Question> = self.world.questions.values().filter(asked).cloned().collect();
        for question in questions {
            self.withdraw(question, "its turn was interrupted while it asked");
        }
    }

    /// The program of an attempt is over: nobody waits in its hooks and dialogs. What it asked through a tool still
    /// waits, and its answer goes to the conversation when that goes on.
    pub(super) fn forget_asks(&mut self, id: AttemptId) {
        let questions: Vec<Question> = self.of_attempt(id).cloned().collect();
        for question in questions {
            let Some(call) = question.call.clone() else { continue };
            match (call.via, question.state.clone()) {
                (Via::Tool, State::Answering { .. }) => self.not_replied(id, &call.key),
                (Via::Tool, _) => {}
                (Via::Hook | Via::Pane, State::Answering { answer, at, sent: true }) => {
                    self.answered(question, &answer, at, "its program ended after the answer had left");
                }
                (Via::Hook | Via::Pane, _) => self.withdraw(question, "its program has ended"),
            }
        }
    }

    /// Looks at what an attempt asks in the light of what its pane shows.
    pub(super) fn review_asks(&mut self, attempt: &attempt::Attempt) {
        let questions: Vec<Question> = self.of_attempt(attempt.id).cloned().collect();
        for question in questions {
            let Some(call) = question.call.clone() else { continue };
            match call.via {
                Via::Hook => self.review_hook(question, &call),
                Via::Pane => self.review_pane(question, &call),
                Via::Tool => {}
            }
        }
        self.ask_about_dialog(attempt);
    }

    fn review_hook(&mut self, question: Question, call: &Call) {
        let Some(mind) = self.minds.get(&call.attempt) else { return };
        // A hook may wait without a dialog while its agent looks busy, and then looking busy proves nothing. An agent that
        // waits in its input box has ended the turn it asked in; its subagents ask beside that.
        let of_turn = !call.subject.contains('/');
        let proves = |&(doing, _): &_| mind.seen_asking || of_turn && doing == Doing::YourTurn;
        let shown = mind.shown.filter(proves);
        let gone_on = shown.and(gone_on(mind, question.created_at));
        match &question.state {
            State::Answering { answer, at, sent: true } => {
                let (answer, at) = (answer.clone(), *at);
                let since_then = gone_on.filter(|&(read_at, _)| read_at > at);
                if let Some((_, rule)) = since_then {
                    self.answered(question, &answer, at, &format!("its pane shows it: {rule}"));
                } else if self.now >= at + IGNORED && self.shows_asking(call.attempt) {
                    self.withdraw(question, "the agent did not take the answer, and asks in its pane");
                } else if self.now < at + IGNORED {
                    self.mind(call.attempt).wake_at(at + IGNORED);
                }
            }
            State::Open | State::Answering { .. } => {
                if let Some((since, rule)) = gone_on {
                    let moment = since.max(question.created_at) + GONE_ON;
                    if moment <= self.now {
                        return self.settle(question, &format!("its pane shows it: {rule}"));
                    }
                    self.mind(call.attempt).wake_at(moment);
                }
                if let Some(moment) =
                    self.mind(call.attempt).lost_calls.get(&call.key).map(|&since| since + CALL_RETURNS)
                {
                    if moment <= self.now {
                        return self.withdraw(question, "the agent's hook no longer waits for an answer");
                    }
                    self.mind(call.attempt).wake_at(moment);
                }
            }
            State::Answered { .. } | State::Withdrawn { .. } => {}
        }
    }

    fn review_pane(&mut self, question: Question, call: &Call) {
        let Some(mind) = self.minds.get(&call.attempt) else { return };
        let Some(read) = mind.read.as_ref() else { return };
        let stands = read.dialog.as_ref().is_some_and(|dialog| dialog.fingerprint == call.subject);
        let rule = read.rule.clone();
        match question.state.clone() {
            State::Answering { answer, at, sent: true } if !stands => {
                if read.at > at {
                    self.answered(question, &answer, at, &format!("the dialog has closed: {rule}"));
                }
            }
            State::Answering { at, sent: true, .. } => {
                if self.now >= at + IGNORED {
                    self.withdraw(question, "the dialog still stands there after the answer was pressed");
                } else {
                    self.mind(call.attempt).wake_at(at + IGNORED);
                }
            }
            State::Open if !stands => self.withdraw(question, &format!("it was answered in its pane: {rule}")),
            State::Open | State::Answering { .. } | State::Answered { .. } | State::Withdrawn { .. } => {}
        }
    }
}

/// Since when the pane shows the agent at something other than a question that was asked at `asked`, and by which rule.
fn gone_on(mind: &Mind, asked: Timestamp) -> Option<(Timestamp, String)> {
    let (read, (doing, since)) = (mind.read.as_ref()?, mind.shown?);
    let on =
        matches!(doing, Doing::Working | Doing::YourTurn | Doing::Background | Doing::Compacting | Doing::Retrying);
    (on && read.at > asked && read.dialog.is_none()).then(|| (since.max(asked), read.rule.clone()))
}
