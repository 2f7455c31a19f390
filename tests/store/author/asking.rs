//! Questions, and what becomes of them.

use quarterdeck::domain::{
    Question, QuestionId,
    question::{Action, Answer, Call, Choice, Kind, State, Verdict, Via},
};

use super::{Author, existing, one_of, pick};

const KINDS: [Kind; 11] = [
    Kind::Ended,
    Kind::Vanished,
    Kind::NotStarted,
    Kind::Delivery,
    Kind::Permission,
    Kind::Asks,
    Kind::AskUser,
    Kind::Plan,
    Kind::Dialog,
    Kind::Failure,
    Kind::Report,
];

const VERDICTS: [Verdict; 5] =
    [Verdict::Pick, Verdict::Allow, Verdict::AllowForSession, Verdict::Deny, Verdict::InPane];

impl Author {
    pub(super) fn question(&mut self, [which, variant, more, and, last]: [u8; 5]) -> Question {
        let id = pick(&self.questions, which, QuestionId::FIRST, QuestionId::next);
        let old = self.questions.get(&id);
        let session = old.map_or_else(|| existing(&self.sessions, more), |old| old.session);
        let question = Question {
            id,
            objective: self.sessions[&session].objective,
            session,
            kind: one_of(KINDS, and),
            text: self.text(),
            detail: self.text(),
            choices: self.choices(last),
            multiple: and % 2 == 0,
            free_text: last % 2 == 0,
            call: self.call(more, last),
            state: match variant % 4 {
                0 => State::Open,
                1 => State::Answering { answer: self.answer(more, and), at: self.time(), sent: last % 3 == 0 },
                2 => State::Answered { answer: self.text(), at: self.time(), evidence: self.text() },
                _ => State::Withdrawn { reason: self.text(), at: self.time() },
            },
            created_at: self.time(),
        };
        self.questions.insert(id, question.clone());
        question
    }

    fn call(&mut self, more: u8, last: u8) -> Option<Call> {
        let attempt = *self.attempts.keys().next_back()?;
        (!more.is_multiple_of(3)).then(|| Call {
            attempt,
            key: self.text(),
            subject: self.text(),
            part: last % 4,
            parts: (last % 4).max(more) | 4,
            via: one_of([Via::Hook, Via::Tool, Via::Pane], last),
        })
    }

    fn answer(&mut self, more: u8, and: u8) -> Answer {
        Answer {
            verdict: one_of(VERDICTS, more),
            chosen: (0..and % 4).map(|_| self.text()).collect(),
            text: self.maybe_text(and / 4),
        }
    }

    fn choices(&mut self, which: u8) -> Vec<Choice> {
        let message = self.messages.keys().next().copied();
        let actions = [
            Some(Action::Resume),
            message.map(Action::SendAgain),
            message.map(Action::DropMessage),
            Some(Action::MarkDone),
            Some(Action::MarkFailed),
            Some(Action::Reply(one_of(VERDICTS, which))),
            Some(Action::GoOn),
            Some(Action::Compact),
            Some(Action::Leave),
        ];
        let wanted = actions.into_iter().flatten().skip(usize::from(which % 4)).take(usize::from(which % 7));
        wanted.map(|action| Choice { label: self.text(), description: self.text(), action }).collect()
    }
}
