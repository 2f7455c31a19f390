//! The person answers.

use super::{CommandResult, Core};
use crate::domain::{
    QuestionId, Refusal, Reply, SessionId, message,
    question::{self, Action},
    session,
};

impl Core {
    pub(super) fn answer(&mut self, id: QuestionId, choices: &[usize], text: Option<String>) -> CommandResult {
        let Some(question) = self.world.questions.get(&id).cloned() else {
            return Err(Refusal::not_found(format!("there is no open question {id}"))
                .hint("it may have been answered or withdrawn; `qd questions` lists the open ones"));
        };
        let chosen = match choices {
            [choice] => choice.checked_sub(1).and_then(|index| question.choices.get(index)).cloned(),
            _ => None,
        };
        let Some(chosen) = chosen.filter(|_| text.is_none()) else {
            return Err(Refusal::usage(format!("{id} takes one of its choices"))
                .hint(format!("choose a number from 1 to {}", question.choices.len())));
        };
        let session = question.session;
        if let Action::MarkDone = chosen.action
            && let Err(illegal) =
                self.known_session(session)?.state.on(session::Event::Succeed(session::Completion::Person))
        {
            return Err(Refusal::refused(format!("{session}: {illegal}")));
        }
        self.close_question(
            question,
            question::State::Answered { answer: chosen.label, at: self.now, evidence: String::new() },
        );
        self.act(session, chosen.action)?;
        Ok(Reply::Done)
    }

    fn act(&mut self, session: SessionId, action: Action) -> Result<(), Refusal> {
        match action {
            Action::Resume => {
                self.move_session(session, session::Event::Requeue);
            }
            Action::MarkDone => {
                self.done_session(session)?;
            }
            Action::MarkFailed => self.fail(session, "you said so".into()),
            Action::SendAgain(message) => {
                self.move_message(message, message::Event::Requeue);
            }
            // Offered with questions of agents only.
            Action::Reply(_) | Action::GoOn | Action::Compact | Action::Leave => {}
            Action::DropMessage(message) => {
                let reason = "it is not known whether the agent read it, and you left it at that";
                self.move_message(message, message::Event::Fail(reason.into()));
            }
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
