//! The person answers.

use super::{CommandResult, Core};
use crate::domain::{
    Question, QuestionId, Refusal, Reply, SessionId, message,
    question::{self, Action, Answer, Choice, Kind, Verdict},
    session,
};

impl Core {
    pub(super) fn answer(&mut self, id: QuestionId, numbers: &[usize], text: Option<String>) -> CommandResult {
        let Some(question) = self.world.questions.get(&id).cloned() else {
            return Err(Refusal::not_found(format!("there is no open question {id}"))
                .hint("it may have been answered or withdrawn; `qd questions` lists the open ones"));
        };
        if let question::State::Answering { answer, .. } = &question.state {
            return Err(Refusal::refused(format!("{id} was answered already: {}", answer.words()))
                .hint("the answer is on its way to the agent"));
        }
        let text = text.map(|text| super::command::checked_text(&text, "the answer")).transpose()?;
        let chosen = chosen(&question, numbers, text.as_deref())?;
        if question.call.is_some() {
            let answer = answer_of(&question, &chosen, text);
            self.answer_call(question, answer);
            return Ok(Reply::Done);
        }
        let session = question.session;
        let action = chosen.first().map_or(Action::GoOn, |choice| choice.action);
        if action == Action::MarkDone
            && let Err(illegal) =
                self.known_session(session)?.state.on(session::Event::Succeed(session::Completion::Person))
        {
            return Err(Refusal::refused(format!("{session}: {illegal}")));
        }
        let words = Answer {
            verdict: Verdict::Pick,
            chosen: chosen.into_iter().map(|choice| choice.label).collect(),
            text: text.clone(),
        };
        let state = question::State::Answered { answer: words.words(), at: self.now, evidence: String::new() };
        self.close_question(question, state);
        self.act(session, action, text)?;
        Ok(Reply::Done)
    }

    fn act(&mut self, session: SessionId, action: Action, text: Option<String>) -> Result<(), Refusal> {
        match action {
            Action::Resume => {
                self.move_session(session, session::Event::Requeue);
            }
            Action::MarkDone => {
                self.done_session(session)?;
            }
            Action::MarkFailed => self.fail(session, text.unwrap_or_else(|| "you said so".into())),
            Action::SendAgain(message) => {
                self.move_message(message, message::Event::Requeue);
            }
            Action::DropMessage(message) => {
                let reason = "it is not known whether the agent read it, and you left it at that";
                self.move_message(message, message::Event::Fail(reason.into()));
            }
            Action::GoOn => {
                match text {
                    Some(text) => self.tell(session, text),
                    None => self.tell_to_go_on(session),
                };
            }
            Action::Compact => {
                self.tell_to_compact(session);
            }
            // Sent through the call that waits, or nothing at all.
            Action::SendBack => self.send_back_again(session, text),
            Action::VerifyAgain => self.verify_again(session),
            Action::Overrule => {
                self.overrule(session, text.as_deref().unwrap_or("you said so"))?;
            }
            Action::PublishAgain(pull_request) => self.publish_again(pull_request)?,
            Action::Reply(_) | Action::Leave => {}
        }
        Ok(())
    }

    pub(super) fn resume(&mut self, id: SessionId) -> CommandResult {
        let session = self.known_session(id)?;
        let session::State::WaitingUser { question } = session.state else {
            let state = session.state.label();
            let refusal =
                Refusal::refused(format!("{id} is {state}; only a session that waits for you can be resumed"));
            return Err(if session.state.is_final() {
                refusal.hint(format!("start another session in {}", session.objective))
            } else {
                refusal
            });
        };
        let choices = self.world.questions.get(&question).map(|question| question.choices.clone()).unwrap_or_default();
        match choices.iter().position(|choice| choice.action == Action::Resume) {
            Some(index) => self.answer(question, &[index + 1], None),
            None => Err(Refusal::refused(format!("{id} waits for {question}, which resuming does not answer"))),
        }
    }
}

/// The choices that were made, when the question takes them.
fn chosen(question: &Question, numbers: &[usize], text: Option<&str>) -> Result<Vec<Choice>, Refusal> {
    let id = question.id;
    let count = question.choices.len();
    let mut chosen = Vec::new();
    for &number in numbers {
        let Some(choice) = number.checked_sub(1).and_then(|index| question.choices.get(index)) else {
            return Err(Refusal::usage(format!("{id} has no choice {number}"))
                .hint(format!("choose a number from 1 to {count}")));
        };
        if !chosen.contains(choice) {
            chosen.push(choice.clone());
        }
    }
    if chosen.len() > 1 && !question.multiple {
        return Err(Refusal::usage(format!("{id} takes one choice, not {}", chosen.len())));
    }
    let in_pane = chosen.iter().any(|choice| choice.action == Action::Reply(Verdict::InPane));
    if in_pane && (chosen.len() > 1 || text.is_some()) {
        return Err(Refusal::usage(format!("{id} is either answered here or decided in its pane"))
            .hint("choose one of the two"));
    }
    if text.is_some() && !question.free_text {
        return Err(Refusal::usage(format!("{id} can't be answered in your own words"))
            .hint(format!("choose a number from 1 to {count}")));
    }
    if chosen.is_empty() && text.is_none() {
        return Err(Refusal::usage(format!("no answer to {id} was given")).hint(match (count, question.free_text) {
            (0, _) => "answer in your own words: --text".to_owned(),
            (_, true) => format!("choose a number from 1 to {count}, or answer in your own words: --text"),
            (_, false) => format!("choose a number from 1 to {count}"),
        }));
    }
    Ok(chosen)
}

/// The answer as it goes to the agent. Words alone answer a question; where something is to be allowed, they refuse it
/// and say why.
fn answer_of(question: &Question, chosen: &[Choice], text: Option<String>) -> Answer {
    let verdict = chosen.iter().find_map(|choice| match choice.action {
        Action::Reply(verdict) => Some(verdict),
        _ => None,
    });
    let in_words = match question.kind {
        Kind::Permission | Kind::Plan => Verdict::Deny,
        _ => Verdict::Pick,
    };
    let chosen = chosen.iter().map(|choice| choice.label.clone()).collect();
    Answer { verdict: verdict.unwrap_or(in_words), chosen, text }
}
