//! The question in front, and what becomes of it when it is gone.

use super::{Focus, Model, Notice, Row, View};
use crate::{
    domain::{Question, QuestionId},
    tui::{action::Action, message::Problem},
};

impl Model {
    /// The question in front.
    pub fn question(&self) -> Option<&Question> {
        match self.focus {
            Focus::Question(id) | Focus::Answer(id) => self.world.questions.get(&id),
            Focus::List | Focus::Screen | Focus::Steer(_) | Focus::Filter | Focus::Comment | Focus::TakenOver(_) => {
                None
            }
        }
    }

    /// What was written to a question that is gone is not: it stands in the history of texts.
    pub(super) fn derive_questions(&mut self) {
        let front = self.question_id();
        let place = front.and_then(|id| self.questions.place(id));
        for (id, text) in self.questions.derive(&self.world) {
            self.history.push(text);
            let key = self.keymap.key(Action::Steer);
            let hint = Some(format!("what you wrote is kept: {key} and Up bring it back"));
            self.notice = Some(Notice::Bad(Problem { what: format!("{id} no longer waits for an answer"), hint }));
        }
        if (self.view, self.focus) == (View::Questions, Focus::List) && !self.questions.order().is_empty() {
            self.question_in_place(0);
        }
        let gone = front.is_some_and(|id| !self.world.questions.contains_key(&id));
        if let (true, Some(place)) = (gone, place) {
            self.question_in_place(place);
        }
    }

    /// The question in front is gone: in the view of questions, the one that has come to its place is in front now.
    fn question_in_place(&mut self, place: usize) {
        self.focus = Focus::List;
        self.front_moved = Some(self.now);
        let last = self.questions.order().len().checked_sub(1);
        if let (View::Questions, Some(last)) = (self.view, last) {
            let next = self.questions.order()[place.min(last)];
            self.put_in_front(next);
        }
    }

    /// Puts a question in front, with its session under the cursor.
    pub fn put_in_front(&mut self, id: QuestionId) {
        let Some(session) = self.world.questions.get(&id).map(|question| question.session) else { return };
        self.focus = Focus::Question(id);
        self.board.select(Row::Session(session), &self.world, &self.index);
    }

    fn question_id(&self) -> Option<QuestionId> {
        match self.focus {
            Focus::Question(id) | Focus::Answer(id) => Some(id),
            Focus::List | Focus::Screen | Focus::Steer(_) | Focus::Filter | Focus::Comment | Focus::TakenOver(_) => {
                None
            }
        }
    }
}
