//! The questions: in which order they are to be answered, and what the person has begun to answer.
//!
//! The order is remembered like the board's: what comes in stands at the end until the keys rest
//! ([`Questions::settle`]), so that no row moves under the cursor.

use std::collections::{BTreeSet, HashMap};

use super::editor::{Editor, Lines};
use crate::domain::{Question, QuestionId, World};

/// The questions that wait, and what was begun to be answered.
#[derive(Debug, Default)]
pub struct Questions {
    order: Vec<QuestionId>,
    drafts: HashMap<QuestionId, Draft>,
}

/// What the person has begun to answer.
#[derive(Debug)]
pub struct Draft {
    /// The numbers that are marked, from 1.
    pub marks: BTreeSet<usize>,
    /// What is written.
    pub words: Editor,
    /// The answer that is on its way to the daemon, in words.
    pub sending: Option<String>,
    /// How many lines of what is to be judged are above the picture.
    pub scroll: usize,
}

impl Default for Draft {
    fn default() -> Self {
        Self { marks: BTreeSet::new(), words: Editor::new(Lines::Many), sending: None, scroll: 0 }
    }
}

impl Questions {
    /// The questions, the first to be answered first.
    pub fn order(&self) -> &[QuestionId] {
        &self.order
    }

    /// The place of a question in that order.
    pub fn place(&self, id: QuestionId) -> Option<usize> {
        self.order.iter().position(|other| *other == id)
    }

    /// What was begun to be answered.
    pub fn draft(&self, id: QuestionId) -> Option<&Draft> {
        self.drafts.get(&id)
    }

    /// The same, to be changed.
    pub fn draft_mut(&mut self, id: QuestionId) -> &mut Draft {
        self.drafts.entry(id).or_default()
    }

    /// The answer that is on its way to the daemon, in words.
    pub fn sending(&self, id: QuestionId) -> Option<&str> {
        self.drafts.get(&id)?.sending.as_deref()
    }

    /// The question waits for the person, and no answer is on its way.
    pub fn waits(&self, question: &Question) -> bool {
        question.state.is_open() && self.sending(question.id).is_none()
    }

    /// Takes up what the world says: what is gone goes, what is new comes last. Gives what was written to questions that
    /// are gone.
    pub fn derive(&mut self, world: &World) -> Vec<(QuestionId, String)> {
        self.order.retain(|id| world.questions.contains_key(id));
        let known: BTreeSet<QuestionId> = self.order.iter().copied().collect();
        self.order.extend(world.questions_in_order().into_iter().filter(|id| !known.contains(id)));
        let mut lost = Vec::new();
        self.drafts.retain(|id, draft| {
            let Some(question) = world.questions.get(id) else {
                if draft.sending.is_none() && !draft.words.is_blank() {
                    lost.push((*id, draft.words.text()));
                }
                return false;
            };
            if !question.state.is_open() {
                draft.sending = None;
            }
            true
        });
        lost
    }

    /// Lets every question find its place.
    pub fn settle(&mut self, world: &World) {
        self.order = world.questions_in_order();
    }
}
