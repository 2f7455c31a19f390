//! The questions: a line each, the one in front with its words and answers; below the board, or as a view of their own
//! with all of the one in front and its session's live screen.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::{Strip, question};
use crate::{
    domain::{Question, QuestionId},
    tui::{
        action::Action,
        age,
        model::{Model, View},
    },
};

/// Most questions that are shown below the board.
const BELOW_THE_BOARD: usize = 4;

/// How many lines the questions want below a board of this width, with the line above them.
pub(super) fn height(model: &Model, width: u16) -> u16 {
    let count = model.world.questions.len();
    if count == 0 {
        return 0;
    }
    let lines: usize = shown(model, BELOW_THE_BOARD).map(|question| lines_of(model, question, width)).sum();
    u16::try_from(lines + 1 + usize::from(count > BELOW_THE_BOARD)).unwrap_or(u16::MAX)
}

/// The questions to show: the one in front is among them.
fn shown(model: &Model, most: usize) -> impl Iterator<Item = &Question> {
    let place = model.question().and_then(|front| model.questions.place(front.id)).unwrap_or(0);
    let from = (place + 1).saturating_sub(most);
    model.questions.order().iter().skip(from).take(most).filter_map(|id| model.world.questions.get(id))
}

fn is_front(model: &Model, question: &Question) -> bool {
    model.question().is_some_and(|front| front.id == question.id)
}

fn lines_of(model: &Model, question: &Question, width: u16) -> usize {
    if is_front(model, question) { question::height_in_strip(model, question, width) } else { 1 }
}

/// Draws them below the board.
pub(super) fn draw_below(model: &Model, area: Rect, buffer: &mut Buffer) {
    if area.height < 2 {
        return;
    }
    let front = model.question().is_some();
    let count = model.world.questions.len();
    Strip::new(buffer, area, 0).left(&"─".repeat(usize::from(area.width)), model.styles.border(front));
    let words = if count == 1 { " 1 question ".to_owned() } else { format!(" {count} questions ") };
    Strip::new(buffer, area, 0).skip(1).left(&words, model.styles.title(front));
    let below = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let more = u16::from(count > BELOW_THE_BOARD);
    let mut at = 0;
    let mut others = shown(model, BELOW_THE_BOARD).count() as u16;
    for question in shown(model, BELOW_THE_BOARD) {
        others -= 1;
        if is_front(model, question) {
            let room = below.height.saturating_sub(at + others + more);
            at += question::draw_in_strip(model, question, at, room, below, buffer);
        } else {
            draw_line(model, question, at, below, buffer);
            at += 1;
        }
    }
    if more > 0 {
        // With a question in front, numbers are answers.
        let key = model.keymap.key(if front { Action::Open } else { Action::ViewQuestions });
        let words = format!("   {key} shows all {count}");
        Strip::new(buffer, below, at).left(&words, model.styles.hint());
    }
}

/// How many lines of the list the view of questions shows in `height` rows.
pub(super) fn list_height(model: &Model, height: u16) -> u16 {
    let count = u16::try_from(model.questions.order().len()).unwrap_or(u16::MAX);
    count.min((height / 4).max(1))
}

/// Draws the view of questions: the list, and all of the one in front.
pub(super) fn draw_all(model: &Model, list: Rect, room: Rect, buffer: &mut Buffer) {
    if model.world.questions.is_empty() {
        Strip::new(buffer, list, 1).skip(2).left("Nobody asks you anything.", model.styles.text());
        Strip::new(buffer, list, 2).skip(2).left(
            "Agents' questions, permissions and plans come here, and what only you can decide about their work.",
            model.styles.hint(),
        );
        return;
    }
    for (at, question) in (0..list.height).zip(shown(model, usize::from(list.height.max(1)))) {
        draw_line(model, question, at, list, buffer);
        if is_front(model, question) {
            buffer.set_style(Rect { y: list.y + at, height: 1, ..list }, model.styles.selected(true));
        }
    }
    let hidden = model.questions.order().len().saturating_sub(usize::from(list.height));
    if let Some(question) = model.question() {
        question::draw(model, question, room, buffer);
    }
    if hidden > 0 {
        let words = format!(" {} questions, {hidden} not in this picture ", model.questions.order().len());
        Strip::new(buffer, room, 0).skip(1).left(&words, model.styles.title(false));
    }
}

fn draw_line(model: &Model, question: &Question, at: u16, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let mut strip = Strip::new(buffer, area, at);
    strip.skip(1).left(question::mark(model, question), styles.question(&question.state)).skip(1);
    let widest = |id: Option<String>| id.map_or(2, |id| id.len());
    let ids = widest(model.world.questions.keys().next_back().map(ToString::to_string));
    let sessions = widest(model.world.sessions.keys().next_back().map(ToString::to_string));
    strip.left(&format!("{:<ids$} {:<sessions$} ", question.id, question.session), styles.dim());
    strip.skip_right(1).right(&format!(" {:>3}", age::short(model.now, question.created_at)), styles.dim());
    strip.left(&format!("{:<12} ", question.kind.label()), styles.accent());
    if let Some(part) = question::part(question) {
        strip.left(&format!("{part} "), styles.dim());
    }
    let words = question::progress(model, question);
    let first = question.text.lines().next().unwrap_or_default().to_owned();
    strip.left(&words.unwrap_or(first), styles.text());
}

/// The question that is drawn at `at`, where `area` is what they were given.
pub fn question_at(model: &Model, area: Rect, at: Position) -> Option<QuestionId> {
    let wanted = usize::from(at.y.checked_sub(area.y)?);
    if model.view != View::Board {
        return shown(model, usize::from(area.height.max(1))).nth(wanted).map(|question| question.id);
    }
    let mut line = 1;
    for question in shown(model, BELOW_THE_BOARD) {
        let lines = lines_of(model, question, area.width);
        if (line..line + lines).contains(&wanted) {
            return Some(question.id);
        }
        line += lines;
    }
    None
}
