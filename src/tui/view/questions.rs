//! The open questions: one line each, and the one in front with all its words and answers.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::Strip;
use crate::{
    domain::{Question, QuestionId},
    tui::{age, model::Model, text},
};

/// Most questions that are shown below the board.
const BELOW_THE_BOARD: usize = 4;
/// Most lines of words of the question in front.
const WORDS: usize = 6;

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
    let front = model.question().map(|question| question.id);
    let place = model.world.questions.keys().position(|id| Some(*id) == front).unwrap_or(0);
    model.world.questions.values().skip((place + 1).saturating_sub(most)).take(most)
}

fn lines_of(model: &Model, question: &Question, width: u16) -> usize {
    if model.question().is_some_and(|front| front.id == question.id) {
        1 + text::wrap(&question.text, width.saturating_sub(5)).len().min(WORDS) + question.choices.len().min(9)
    } else {
        1
    }
}

/// Draws them below the board.
pub(super) fn draw_below(model: &Model, area: Rect, buffer: &mut Buffer) {
    if area.height < 2 {
        return;
    }
    let line = "─".repeat(usize::from(area.width));
    Strip::new(buffer, area, 0).left(&line, model.styles.border(model.question().is_some()));
    let count = model.world.questions.len();
    let words = if count == 1 { " 1 question ".to_owned() } else { format!(" {count} questions ") };
    Strip::new(buffer, area, 0).skip(1).left(&words, model.styles.title(model.question().is_some()));
    let below = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let used = draw(model, shown(model, BELOW_THE_BOARD), below, buffer);
    if count > BELOW_THE_BOARD {
        let key = model.keymap.key(crate::tui::action::Action::ViewQuestions);
        let words = format!("  {key} shows all {count}");
        Strip::new(buffer, below, used).left(&words, model.styles.hint());
    }
}

/// Draws all of them.
pub(super) fn draw_all(model: &Model, area: Rect, buffer: &mut Buffer) {
    if model.world.questions.is_empty() {
        Strip::new(buffer, area, 1).skip(2).left("Nobody asks you anything.", model.styles.text());
        Strip::new(buffer, area, 2).skip(2).left(
            "Questions come when an agent ends without a word, vanishes, or a message may be lost.",
            model.styles.hint(),
        );
        return;
    }
    draw(model, shown(model, usize::from(area.height.max(1))), area, buffer);
}

fn draw<'a>(model: &Model, questions: impl Iterator<Item = &'a Question>, area: Rect, buffer: &mut Buffer) -> u16 {
    let mut at = 0;
    for question in questions {
        at += draw_one(model, question, at, area, buffer);
    }
    at
}

fn draw_one(model: &Model, question: &Question, at: u16, area: Rect, buffer: &mut Buffer) -> u16 {
    let styles = &model.styles;
    let front = model.question().is_some_and(|front| front.id == question.id);
    let mut strip = Strip::new(buffer, area, at);
    strip.skip(1).left("? ", styles.question(&question.state));
    strip.left(&format!("{} {} ", question.id, question.session), styles.dim());
    strip.skip_right(1).right(&format!(" {}", age::short(model.now, question.created_at)), styles.dim());
    if !front {
        let first = question.text.lines().next().unwrap_or_default();
        strip.left(&format!("{}: {first}", question.kind.label()), styles.text());
        return 1;
    }
    strip.left(question.kind.label(), styles.heading());
    let mut used = 1;
    for line in text::wrap(&question.text, area.width.saturating_sub(5)).iter().take(WORDS) {
        Strip::new(buffer, area, at + used).skip(3).left(line, styles.text());
        used += 1;
    }
    for (number, choice) in (1..=9).zip(&question.choices) {
        let mut strip = Strip::new(buffer, area, at + used);
        strip.skip(3).left(&format!("{number}"), styles.key()).skip(1).left(&choice.label, styles.text());
        used += 1;
    }
    used
}

/// The question that is drawn at `at`, where `area` is what they were given.
pub fn question_at(model: &Model, area: Rect, at: Position) -> Option<QuestionId> {
    let below = model.view == crate::tui::model::View::Board;
    let (mut line, most) = if below { (1, BELOW_THE_BOARD) } else { (0, usize::from(area.height.max(1))) };
    let wanted = usize::from(at.y.checked_sub(area.y)?);
    for question in shown(model, most) {
        let lines = lines_of(model, question, area.width);
        if (line..line + lines).contains(&wanted) {
            return Some(question.id);
        }
        line += lines;
    }
    None
}
