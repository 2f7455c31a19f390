//! Answering the question in front.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent};

use crate::{
    domain::{Command, Question, QuestionId, message::BODY_BYTES},
    tui::{
        action::Action,
        effect::{Effect, Purpose},
        message::Problem,
        model::{Focus, Model, Notice, View},
    },
};

/// How long a question that came in front by itself takes no answer: the key may have been meant for the one before.
const GUARD: Duration = Duration::from_millis(600);

/// A number: the answer itself, or a mark where several can be chosen.
pub(super) fn choose(model: &mut Model, number: usize, effects: &mut Vec<Effect>) {
    let Some(question) = answerable(model) else { return };
    if number == 0 || number > question.choices.len() {
        let what = match question.choices.len() {
            0 => format!("{} is answered in your own words", question.id),
            1 => format!("{} has 1 answer", question.id),
            many => format!("{} has {many} answers", question.id),
        };
        return super::refuse(model, what, "press the number of one of them");
    }
    let id = question.id;
    if question.multiple {
        let marks = &mut model.questions.draft_mut(id).marks;
        if !marks.remove(&number) {
            marks.insert(number);
        }
        return;
    }
    send(model, id, vec![number], None, effects);
}

/// Yes, no, or yes for the whole session: the answer that means that, if there is one.
pub(super) fn by_meaning(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    let Some(question) = answerable(model) else { return };
    let (found, word) = match action {
        Action::AnswerNo => (question.no(), "no"),
        Action::AnswerAlways => (question.always(), "“always for this session”"),
        _ => (question.yes(), "yes"),
    };
    let id = question.id;
    match found {
        Some(number) => send(model, id, vec![number], None, effects),
        None => super::refuse(model, format!("none of the answers of {id} is {word}"), "press the number of one"),
    }
}

/// Opens the box for the person's own words, beside the whole question.
pub(super) fn in_words(model: &mut Model) {
    let Some(question) = answerable(model) else { return };
    let id = question.id;
    if question.free_text {
        model.view = View::Questions;
        model.focus = Focus::Answer(id);
    } else {
        let key = model.keymap.key(Action::Steer);
        super::refuse(model, format!("{id} takes one of its answers"), format!("{key} writes to the agent instead"));
    }
}

/// Enter in the view of questions: sends what is marked, or begins to write. Says whether that was all.
pub(super) fn enter(model: &mut Model, effects: &mut Vec<Effect>) -> bool {
    let Some(question) = model.question().filter(|question| model.questions.waits(question)) else { return false };
    let (id, multiple, free_text) = (question.id, question.multiple, question.free_text);
    let marks: Vec<usize> =
        model.questions.draft(id).map(|draft| draft.marks.iter().copied().collect()).unwrap_or_default();
    match (multiple, free_text) {
        (true, _) if !marks.is_empty() => {
            if answerable(model).is_some() {
                send(model, id, marks, None, effects);
            }
        }
        (_, true) => in_words(model),
        (true, false) => super::refuse(model, "nothing is marked yet", "the numbers mark answers"),
        (false, false) => return false,
    }
    true
}

/// A key while an answer is being written.
pub(super) fn key(model: &mut Model, id: QuestionId, action: Option<Action>, key: KeyEvent, effects: &mut Vec<Effect>) {
    let draft = model.questions.draft_mut(id);
    match (action, key.code) {
        (Some(Action::NewLine), _) => draft.words.new_line(),
        (Some(Action::Close), _) => model.focus = Focus::Question(id),
        (Some(Action::Submit), _) | (_, KeyCode::Enter) => send_words(model, id, effects),
        (_, KeyCode::PageUp) => drop(scroll(model, -1)),
        (_, KeyCode::PageDown) => drop(scroll(model, 1)),
        _ => draft.words.type_key(key),
    }
}

/// Moves what is to be judged by pages; says whether there was anything to move.
pub(super) fn scroll(model: &mut Model, pages: isize) -> bool {
    let Some(room) = crate::tui::view::question_room(model).filter(|room| room.hidden > 0) else { return false };
    let page = isize::try_from(room.rows.saturating_sub(1).max(1)).unwrap_or(1);
    scroll_lines(model, pages * page)
}

/// The same by lines.
pub(super) fn scroll_lines(model: &mut Model, lines: isize) -> bool {
    let Some(room) = crate::tui::view::question_room(model).filter(|room| room.hidden > 0) else { return false };
    let draft = model.questions.draft_mut(room.question);
    draft.scroll = draft.scroll.min(room.hidden).saturating_add_signed(lines).min(room.hidden);
    true
}

/// The question in front, if it can be answered now; otherwise says why not.
fn answerable(model: &mut Model) -> Option<&Question> {
    let question = model.question()?;
    let id = question.id;
    if !model.questions.waits(question) {
        super::refuse(model, format!("{id} is answered already"), "it goes when the agent is seen to take it up");
        return None;
    }
    if model.front_moved.is_some_and(|moved| model.now.since(moved) < GUARD) {
        let what = format!("{id} has only just come in front; nothing was answered");
        super::refuse(model, what, "look at it, and press the key again");
        return None;
    }
    model.question()
}

fn send_words(model: &mut Model, id: QuestionId, effects: &mut Vec<Effect>) {
    let Some(question) = answerable(model).filter(|question| question.id == id) else { return };
    let beside = question.beside_words();
    let Some(draft) = model.questions.draft(id).filter(|draft| !draft.words.is_blank()) else {
        model.notice = Some(Notice::Bad(Problem::new("there is nothing to send yet")));
        return;
    };
    let text = draft.words.text();
    let choices = draft.marks.iter().copied().chain(beside).collect();
    if text.len() > BODY_BYTES {
        let what = format!("the answer has {} bytes; at most {BODY_BYTES} can be sent", text.len());
        return super::refuse(model, what, "put it into a file and name that");
    }
    send(model, id, choices, Some(text), effects);
}

/// Sends an answer, and goes on to the next part of the same call.
fn send(model: &mut Model, id: QuestionId, choices: Vec<usize>, text: Option<String>, effects: &mut Vec<Effect>) {
    let Some(question) = model.world.questions.get(&id) else { return };
    let labels: Vec<&str> = choices
        .iter()
        .filter_map(|number| Some(question.choices.get(number.checked_sub(1)?)?.label.as_str()))
        .chain(text.as_deref())
        .collect();
    let words = labels.join(", ");
    let next = next_part(model, question);
    model.questions.draft_mut(id).sending = Some(words.clone());
    model.focus = Focus::Question(next.unwrap_or(id));
    let purpose = Purpose::Answer { question: id, words };
    effects.push(Effect::Ask { purpose, command: Command::Answer { question: id, choices, text } });
}

fn next_part(model: &Model, question: &Question) -> Option<QuestionId> {
    let call = question.call.as_ref().filter(|call| call.parts > 1)?;
    let same = |other: &&Question| {
        other.id != question.id
            && model.questions.waits(other)
            && other.call.as_ref().is_some_and(|other| (other.attempt, &other.key) == (call.attempt, &call.key))
    };
    model.world.questions.values().find(same).map(|other| other.id)
}
