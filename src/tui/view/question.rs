//! One question: its words, what is to be judged, its answers with their keys, and how far an answer has come.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{Areas, Strip, detail};
use crate::{
    domain::{Question, QuestionId, Timestamp, question::State},
    tui::{
        action::Action,
        age,
        model::{Focus, Model, View},
        text,
    },
};

/// How much of what is to be judged fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Of which question.
    pub question: QuestionId,
    /// Rows that are seen.
    pub rows: usize,
    /// Rows that are not.
    pub hidden: usize,
}

/// Columns left free at the left of what belongs to a question.
const INDENT: u16 = 3;
/// Fewest rows that what is to be judged keeps beside many answers.
const LEAST_BODY: usize = 3;

/// How much of the question in front fits into its view; `None` where it is not shown whole.
pub fn question_room(model: &Model) -> Option<Room> {
    let question = model.question().filter(|_| model.view == View::Questions)?;
    let area = Areas::of(model)?.questions;
    let plan = Plan::of(model, question, area);
    Some(Room { question: question.id, rows: plan.body, hidden: plan.rows.len() - plan.body })
}

/// How the rows of a question's room are used.
struct Plan {
    rows: Vec<detail::Row>,
    body: usize,
    answers: Vec<Answer>,
}

impl Plan {
    fn of(model: &Model, question: &Question, area: Rect) -> Self {
        let columns = area.width.saturating_sub(INDENT + 1);
        let rows = detail::rows(question, columns, usize::MAX, &model.styles);
        let answers = answers(model, question, columns);
        // A rule, the head and a free line above, and one between.
        let free = usize::from(area.height).saturating_sub(4);
        let body = free.saturating_sub(answers.len()).max(LEAST_BODY.min(free)).min(rows.len());
        Self { rows, body, answers }
    }
}

/// Draws all of it.
pub(super) fn draw(model: &Model, question: &Question, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let writing = matches!(model.focus, Focus::Answer(_));
    Strip::new(buffer, area, 0).left(&"─".repeat(usize::from(area.width)), styles.border(!writing));
    head(model, question, 1, area, buffer);
    let plan = Plan::of(model, question, area);
    let hidden = plan.rows.len() - plan.body;
    let scroll = model.questions.draft(question.id).map_or(0, |draft| draft.scroll).min(hidden);
    let mut at = 3;
    for row in plan.rows.iter().skip(scroll).take(plan.body) {
        draw_row(row, at, area, buffer);
        at += 1;
    }
    if hidden > 0 {
        let last = scroll + plan.body;
        let (up, down) = (model.keymap.key(Action::PageUp), model.keymap.key(Action::PageDown));
        let words = format!(" lines {}–{last} of {} · {down} {up} ", scroll + 1, plan.rows.len());
        Strip::new(buffer, area, at).skip(INDENT).left(&words, styles.warning().reversed());
    }
    at += 1;
    let room = usize::from(area.height.saturating_sub(at));
    draw_answers(model, &plan.answers, room, at, area, buffer);
}

/// How many rows of a strip of this width the question in front takes.
pub(super) fn height_in_strip(model: &Model, question: &Question, columns: u16) -> usize {
    let inner = columns.saturating_sub(INDENT + 1);
    1 + body_in_strip(model, question, inner).len() + answers(model, question, inner).len()
}

/// Most rows of a question's words, and of what is to be judged, in a strip.
const IN_STRIP: usize = 6;

/// The beginning of it, which says so where there is more.
fn body_in_strip(model: &Model, question: &Question, columns: u16) -> Vec<detail::Row> {
    let mut rows = detail::rows(question, columns, IN_STRIP, &model.styles);
    if rows.len() > IN_STRIP {
        rows.truncate(IN_STRIP - 1);
        let words = format!("… more; {} shows all of it", model.keymap.key(Action::Open));
        rows.push(detail::Row { parts: vec![(words, model.styles.warning())] });
    }
    rows
}

/// Draws it in a strip of at most `room` rows; says how many it took.
pub(super) fn draw_in_strip(
    model: &Model,
    question: &Question,
    at: u16,
    room: u16,
    area: Rect,
    buffer: &mut Buffer,
) -> u16 {
    head(model, question, at, area, buffer);
    let columns = area.width.saturating_sub(INDENT + 1);
    let (mut body, answers) = (body_in_strip(model, question, columns), answers(model, question, columns));
    let left = usize::from(room.saturating_sub(1));
    let most = left.saturating_sub(answers.len()).max(usize::from(left > 0));
    if body.len() > most {
        body.truncate(most.saturating_sub(1));
        let words = format!("… more; {} shows all of it", model.keymap.key(Action::Open));
        body.push(detail::Row { parts: vec![(words, model.styles.warning())] });
    }
    let mut used = 1;
    for row in &body {
        draw_row(row, at + used, area, buffer);
        used += 1;
    }
    let answers_room = usize::from(room.saturating_sub(used));
    used + draw_answers(model, &answers, answers_room, at + used, area, buffer)
}

/// The line that says which question it is, of whom, and since when.
fn head(model: &Model, question: &Question, at: u16, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let mut strip = Strip::new(buffer, area, at);
    strip.skip(1).left(mark(model, question), styles.question(&question.state)).skip(1);
    strip.left(&format!("{} ", question.id), styles.dim()).left(question.kind.label(), styles.heading());
    strip.skip_right(1).right(&format!(" {}", age::short(model.now, question.created_at)), styles.dim());
    if let Some(part) = part(question) {
        strip.left(&format!("  {part}"), styles.accent());
    }
    if let Some(session) = model.world.sessions.get(&question.session) {
        strip.left(&format!("  {} {}", session.id, session.title), styles.dim());
    }
}

/// The moments whose ages are shown with it.
pub(super) fn times(question: &Question) -> impl Iterator<Item = Timestamp> + use<> {
    let answered = match question.state {
        State::Answering { at, .. } => Some(at),
        State::Open | State::Answered { .. } | State::Withdrawn { .. } => None,
    };
    std::iter::once(question.created_at).chain(answered)
}

/// Which part of its call a question is: `1 of 3`.
pub(super) fn part(question: &Question) -> Option<String> {
    let call = question.call.as_ref().filter(|call| call.parts > 1)?;
    Some(format!("{} of {}", call.part + 1, call.parts))
}

/// Whether it waits, and for whom.
pub(super) fn mark(model: &Model, question: &Question) -> &'static str {
    if model.questions.sending(question.id).is_some() {
        return "⇢";
    }
    match question.state {
        State::Open => "?",
        State::Answering { .. } => "◌",
        State::Answered { .. } => "✓",
        State::Withdrawn { .. } => "–",
    }
}

/// How far an answer has come, where one was given.
pub(super) fn progress(model: &Model, question: &Question) -> Option<String> {
    if let Some(words) = model.questions.sending(question.id) {
        return Some(format!("⇢ sending: {words}"));
    }
    match &question.state {
        State::Open => None,
        State::Answering { answer, at, sent } => {
            let age = age::short(model.now, *at);
            let how = if *sent { "not taken up yet" } else { "not sent yet" };
            Some(format!("answered {age} ago, {how}: {}", answer.words()))
        }
        State::Answered { answer, .. } => Some(format!("answered: {answer}")),
        State::Withdrawn { reason, .. } => Some(format!("withdrawn: {reason}")),
    }
}

/// A row below what is to be judged.
enum Answer {
    /// A choice: its number, its mark, the key that means it, its words, what it means.
    Choice { number: usize, marked: Option<bool>, key: String, label: String, description: String },
    /// What a choice means, or more of its words.
    More(String),
    /// A key that answers otherwise.
    Key(String, String),
    /// How far an answer has come.
    Progress(String),
}

fn answers(model: &Model, question: &Question, columns: u16) -> Vec<Answer> {
    let mut answers = Vec::new();
    if let Some(words) = progress(model, question) {
        answers.extend(text::wrap(&words, columns).into_iter().map(Answer::Progress));
        return answers;
    }
    let draft = model.questions.draft(question.id);
    let inner = columns.saturating_sub(9).max(8);
    for (number, choice) in (1..).zip(&question.choices) {
        let marked = question.multiple.then(|| draft.is_some_and(|draft| draft.marks.contains(&number)));
        let mut label = text::wrap(&choice.label, inner).into_iter();
        let first = label.next().unwrap_or_default();
        let beside = label.len() == 0
            && text::width(&first).saturating_add(text::width(&choice.description)).saturating_add(2) <= inner;
        let description = if beside { choice.description.clone() } else { String::new() };
        let key = letter(model, question, number);
        answers.push(Answer::Choice { number, marked, key, label: first, description });
        answers.extend(label.map(Answer::More));
        if !beside && !choice.description.is_empty() {
            answers.extend(text::wrap(&choice.description, inner).into_iter().map(Answer::More));
        }
    }
    if question.multiple {
        answers.push(Answer::Key(model.keymap.key(Action::Open), "sends what is marked".into()));
    }
    if question.free_text && !matches!(model.focus, Focus::Answer(_)) {
        let beside = question.beside_words().is_some();
        let words = if beside { "no, and why, in your own words" } else { "in your own words" };
        answers.push(Answer::Key(model.keymap.key(Action::AnswerInWords), words.into()));
    }
    answers
}

/// The key, beside its number, that means this answer.
fn letter(model: &Model, question: &Question, number: usize) -> String {
    let means = [
        (question.yes(), Action::AnswerYes),
        (question.no(), Action::AnswerNo),
        (question.always(), Action::AnswerAlways),
    ];
    let found = means.into_iter().find(|(found, _)| *found == Some(number) && !question.multiple);
    found.map(|(_, action)| model.keymap.key(action)).unwrap_or_default()
}

fn draw_row(row: &detail::Row, at: u16, area: Rect, buffer: &mut Buffer) {
    let mut strip = Strip::new(buffer, area, at);
    strip.skip(INDENT);
    for (text, style) in &row.parts {
        strip.left(text, *style);
    }
}

/// Draws as many as fit, and says what does not; gives the rows it took.
fn draw_answers(model: &Model, answers: &[Answer], room: usize, at: u16, area: Rect, buffer: &mut Buffer) -> u16 {
    let styles = &model.styles;
    let shown = if answers.len() > room { room.saturating_sub(1) } else { answers.len() };
    let mut used = 0;
    for answer in &answers[..shown] {
        let mut strip = Strip::new(buffer, area, at + used);
        strip.skip(INDENT);
        match answer {
            Answer::Choice { number, marked, key, label, description } => {
                let style: Style = if *number <= 9 { styles.key() } else { styles.dim() };
                strip.left(&format!("{number:<2}"), style);
                match marked {
                    Some(true) => strip.left("[x] ", styles.found()),
                    Some(false) => strip.left("[ ] ", styles.dim()),
                    None => strip.left(&format!("{key:<2}"), styles.key()),
                };
                strip.left(label, styles.text());
                if !description.is_empty() {
                    strip.skip(2).left(description, styles.dim());
                }
            }
            Answer::More(words) => {
                strip.skip(4).left(words, styles.dim());
            }
            Answer::Key(key, words) => {
                strip.left(&format!("{key:<3}"), styles.key()).left(&format!(" {words}"), styles.hint());
            }
            Answer::Progress(words) => {
                strip.left(words, styles.success());
            }
        }
        used += 1;
    }
    if answers.len() > shown && room > 0 {
        let words = format!("… {} lines of answers do not fit; a larger window shows them", answers.len() - shown);
        Strip::new(buffer, area, at + used).skip(INDENT).left(&words, styles.warning());
        used += 1;
    }
    used
}

/// Draws the box for the person's own words.
pub(super) fn draw_box(model: &Model, area: Rect, buffer: &mut Buffer) {
    let Focus::Answer(id) = model.focus else { return };
    let (Some(question), Some(draft)) = (model.world.questions.get(&id), model.questions.draft(id)) else { return };
    if area.height < 2 {
        return;
    }
    let styles = &model.styles;
    Strip::new(buffer, area, 0).left(&"─".repeat(usize::from(area.width)), styles.border(true));
    let title = match question.beside_words() {
        Some(_) => format!(" {id}: no, because "),
        None => format!(" {id}: your answer "),
    };
    let mut strip = Strip::new(buffer, area, 0);
    strip.skip(1).left(&title, styles.title(true));
    let keys = format!(" Enter sends · {} new line ", model.keymap.key(Action::NewLine));
    strip.right(&keys, styles.hint());
    let inner = Rect { x: area.x + 1, y: area.y + 1, width: area.width.saturating_sub(2), height: area.height - 1 };
    draft.words.draw(inner, true, styles.input(), styles.cursor(), buffer);
}
