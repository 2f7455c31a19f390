//! How sessions and their parts look in a row.

use super::terminal::{Cell, Paint, age, line};
use crate::domain::{Message, Question, Session, Timestamp, World, activity::Doing, message::Delivery, session::State};

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

/// What its agent is doing, and since when; `-` while no program runs.
pub(super) fn doing(session: &Session, now: Timestamp) -> Cell {
    let activity = &session.activity;
    let paint = match activity.doing {
        Doing::Nothing => return Cell::faint("-"),
        Doing::Working | Doing::Starting | Doing::Compacting | Doing::Background => Paint::Busy,
        Doing::YourTurn | Doing::Asking => Paint::Needs,
        Doing::Retrying | Doing::Parked | Doing::Unreachable => Paint::Bad,
        Doing::Unknown => Paint::Faint,
    };
    Cell::painted(paint, format!("{} {}", activity.doing.label(), age(now.since(activity.since))))
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

/// A question with its choices, in lines.
pub(super) fn question(question: &Question) -> Vec<String> {
    let mut lines: Vec<String> = question.text.lines().map(line).collect();
    let choices = question.choices.iter().enumerate();
    lines.extend(choices.map(|(index, choice)| format!("  {} {}", index + 1, line(&choice.label))));
    lines
}

/// What `session` needs of the person, and how they give it; `None` when it needs nothing.
pub(super) fn needs(world: &World, session: &Session) -> Option<String> {
    if !world.needs_the_person(session) {
        return None;
    }
    let id = session.id;
    Some(match world.questions_of(id).next() {
        Some(asked) => format!(
            "{id} asks: {} (`qd answer {} NUMBER`, choices: `qd show {}`)",
            line(&asked.text),
            asked.id,
            asked.id
        ),
        None if session.activity.doing == Doing::Asking => {
            format!("{id} asks something in its pane (`qd screen {id}` shows it, `qd attach {id}` answers it)")
        }
        None => format!("{id} waits for you (`qd send {id} TEXT`, `qd attach {id}`, or `qd done {id}`)"),
    })
}
