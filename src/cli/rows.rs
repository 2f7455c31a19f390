//! How sessions and their parts look in a row.

use super::terminal::{Cell, Paint, age, block, clock, count, line};
use crate::domain::{
    Message, Question, Session, Timestamp, World,
    activity::Doing,
    message::Delivery,
    question::{self, Answer},
    session::State,
};

/// Now, by this machine's clock.
pub(super) fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_millisecond())
}

/// The session's state.
pub(super) fn state(session: &Session, needs_the_person: bool) -> Cell {
    let paint = match &session.state {
        _ if needs_the_person => Paint::Needs,
        State::Queued | State::WaitingCapacity { .. } | State::Starting { .. } => Paint::Plain,
        State::Running { .. } => Paint::Busy,
        State::WaitingUser { .. } => Paint::Needs,
        State::Succeeded { .. } => Paint::Good,
        State::Failed { .. } => Paint::Bad,
        State::Canceled => Paint::Faint,
    };
    Cell::painted(paint, session.state.label())
}

/// What its agent is doing, and since when; while no program runs, what it waits for if that is a place.
pub(super) fn doing(world: &World, session: &Session, now: Timestamp) -> Cell {
    let activity = &session.activity;
    let paint = match activity.doing {
        Doing::Nothing => return Cell::faint(world.waits_for(session).as_deref().unwrap_or("-")),
        Doing::Working | Doing::Starting | Doing::Compacting | Doing::Background => Paint::Busy,
        Doing::YourTurn | Doing::Asking => Paint::Needs,
        Doing::Retrying | Doing::Parked | Doing::Unreachable => Paint::Bad,
        Doing::Unknown => Paint::Faint,
    };
    Cell::painted(
        paint,
        format!(
            "{} {}{}",
            activity.doing.label(),
            age(now.since(activity.since)),
            more(&activity.note, activity.until, now)
        ),
    )
}

/// What an activity says beside its name: until when it goes on, and what it is about.
pub(super) fn more(note: &str, until: Option<Timestamp>, now: Timestamp) -> String {
    let until = until.map(|until| format!(", until {}", clock(until, now))).unwrap_or_default();
    let note = if note.is_empty() { String::new() } else { format!(": {}", line(note)) };
    until + &note
}

/// How far a message has come, in words.
pub(super) fn delivery(message: &Message) -> String {
    match &message.delivery {
        Delivery::Queued { hold: Some(hold) } => format!("queued: {}", hold.label()),
        Delivery::TakenUp { evidence, .. } => format!("taken up: {evidence}"),
        Delivery::Failed { reason } => format!("failed: {reason}"),
        Delivery::Uncertain { question } => format!("uncertain, see {question}"),
        Delivery::Queued { hold: None }
        | Delivery::Launching { .. }
        | Delivery::Typing { .. }
        | Delivery::Typed { .. }
        | Delivery::Submitted { .. } => message.delivery.label().into(),
    }
}

/// How much is shown of what is to be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    /// As much as is read at a glance.
    Beginning,
    /// Everything.
    Whole,
}

/// How many lines are read at a glance.
const GLANCE: usize = 12;

/// A question with what is to be judged and its choices, in lines.
pub(super) fn question(question: &Question, judged: Judged) -> Vec<String> {
    let mut lines: Vec<String> = question.text.lines().map(line).collect();
    let detail = block(&question.detail);
    let most = if judged == Judged::Whole { usize::MAX } else { GLANCE };
    lines.extend(detail.lines().take(most).map(|row| format!("  │ {row}")));
    let left = detail.lines().count().saturating_sub(most);
    if left > 0 {
        lines.push(format!("  │ … {} more: `qd show {}`", count(left, "line"), question.id));
    }
    for (number, choice) in (1..).zip(&question.choices) {
        let more =
            if choice.description.is_empty() { String::new() } else { format!(" — {}", line(&choice.description)) };
        lines.push(format!("  {number} {}{more}", line(&choice.label)));
    }
    lines
}

/// How the person answers it from a shell, in words.
pub(super) fn how_to_answer(question: &Question) -> String {
    let id = question.id;
    let choice = match (question.yes(), question.choices.is_empty()) {
        (Some(_), _) => Some(format!("`qd answer {id} yes`")),
        (None, false) if question.multiple => Some(format!("`qd answer {id} NUMBER…`")),
        (None, false) => Some(format!("`qd answer {id} NUMBER`")),
        (None, true) => None,
    };
    let words = match question.beside_words().filter(|_| question.free_text) {
        Some(_) => Some(format!("`qd answer {id} no --text WHY`")),
        None => question.free_text.then(|| format!("`qd answer {id} --text TEXT`")),
    };
    let ways: Vec<String> = choice.into_iter().chain(words).collect();
    format!("{} answers", ways.join(" or "))
}

/// What was answered, on one line.
pub(super) fn answer(answer: &Answer) -> String {
    line(&answer.words())
}

/// How far a question has come, in words.
pub(super) fn question_state(state: &question::State) -> String {
    match state {
        question::State::Open => "open".into(),
        question::State::Answering { answer: given, .. } => {
            format!("answered: {}; not seen to be taken up yet", answer(given))
        }
        question::State::Answered { answer, evidence, .. } if evidence.is_empty() => {
            format!("answered: {}", line(answer))
        }
        question::State::Answered { answer, evidence, .. } => {
            format!("answered: {} ({})", line(answer), line(evidence))
        }
        question::State::Withdrawn { reason, .. } => format!("withdrawn: {}", line(reason)),
    }
}

/// What `session` needs of the person, and how they give it; `None` when it needs nothing.
pub(super) fn needs(world: &World, session: &Session) -> Option<String> {
    if !world.needs_the_person(session) {
        return None;
    }
    let id = session.id;
    Some(match world.questions_of(id).next() {
        Some(asked) => {
            format!("{id} asks: {} ({}; choices: `qd show {}`)", line(&asked.text), how_to_answer(asked), asked.id)
        }
        None if session.activity.doing == Doing::Asking => {
            format!("{id} asks something in its pane (`qd screen {id}` shows it, `qd attach {id}` answers it)")
        }
        None => format!("{id} waits for you (`qd send {id} TEXT`, `qd attach {id}`, or `qd done {id}`)"),
    })
}
