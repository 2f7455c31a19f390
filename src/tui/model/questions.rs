//! The questions: in which order they are to be answered, and what the person has begun to answer.
//!
//! The order is remembered like the board's: what comes in stands at the end until the keys rest
//! ([`Questions::settle`]), so that no row moves under the cursor.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
};

use super::editor::{Editor, Lines};
use crate::domain::{
    ObjectiveId, Question, QuestionId, Timestamp, World,
    question::{Action, Choice, Verdict},
};

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
        self.order.extend(sorted(world).into_iter().filter(|id| !known.contains(id)));
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
        self.order = sorted(world);
    }
}

/// What blocks most comes first, then the objective that has waited longest, then age.
fn sorted(world: &World) -> Vec<QuestionId> {
    let mut oldest: HashMap<(u8, ObjectiveId), Timestamp> = HashMap::new();
    for question in world.questions.values() {
        let first = oldest.entry((question.kind.blocks(), question.objective)).or_insert(question.created_at);
        *first = (*first).min(question.created_at);
    }
    let mut questions: Vec<&Question> = world.questions.values().collect();
    questions.sort_by_key(|question| {
        let blocks = question.kind.blocks();
        let group = oldest.get(&(blocks, question.objective)).copied();
        (Reverse(blocks), group, question.objective, question.created_at, question.id)
    });
    questions.into_iter().map(|question| question.id).collect()
}

/// The number of the answer that means yes: the first that allows, or else the only one that begins with the word.
pub fn yes(question: &Question) -> Option<usize> {
    verdict(question, Verdict::Allow).or_else(|| only(question, "yes"))
}

/// The number of the answer that means no.
pub fn no(question: &Question) -> Option<usize> {
    verdict(question, Verdict::Deny).or_else(|| only(question, "no"))
}

/// The number of the answer that means yes for the whole session.
pub fn always(question: &Question) -> Option<usize> {
    verdict(question, Verdict::AllowForSession)
}

/// The numbers that go with the person's own words: of what they refuse, where they are the reason for that.
pub fn beside_words(question: &Question) -> Option<usize> {
    let picks = |choice: &Choice| choice.action == Action::Reply(Verdict::Pick);
    verdict(question, Verdict::Deny).filter(|_| !question.choices.iter().any(picks))
}

fn verdict(question: &Question, verdict: Verdict) -> Option<usize> {
    question.choices.iter().position(|choice| choice.action == Action::Reply(verdict)).map(|place| place + 1)
}

fn only(question: &Question, word: &str) -> Option<usize> {
    let begins = |choice: &Choice| {
        let label = choice.label.trim_start().to_lowercase();
        label.strip_prefix(word).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    let mut found = (1..).zip(&question.choices).filter(|(_, choice)| begins(choice)).map(|(number, _)| number);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}
