//! Questions, and the answers that can be chosen.

use rusqlite::{Connection, Row, params};

use super::upsert;
use crate::{
    domain::{
        Question, QuestionId, Timestamp,
        question::{Action, Choice, State},
    },
    store::columns::{unknown, word},
};

pub(in crate::store) fn write(connection: &Connection, question: &Question) -> rusqlite::Result<()> {
    let state = StateColumns::of(&question.state);
    upsert(
        connection,
        "questions",
        &[
            ("id", &question.id),
            ("objective", &question.objective),
            ("session", &question.session),
            ("kind", &question.kind),
            ("text", &question.text),
            ("state", &state.word),
            ("answer", &state.answer),
            ("reason", &state.reason),
            ("resolved_at", &state.resolved_at),
            ("created_at", &question.created_at),
        ],
    )?;
    write_choices(connection, question)
}

fn write_choices(connection: &Connection, question: &Question) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM question_choices WHERE question = ?")?.execute([question.id])?;
    for (position, choice) in question.choices.iter().enumerate() {
        let (action, message) = match choice.action {
            Action::Resume => ("resume", None),
            Action::MarkDone => ("mark_done", None),
            Action::MarkFailed => ("mark_failed", None),
            Action::SendAgain(message) => ("send_again", Some(message)),
            Action::DropMessage(message) => ("drop_message", Some(message)),
            Action::Reply(_) => ("reply", None),
            Action::GoOn => ("go_on", None),
            Action::Compact => ("compact", None),
            Action::Leave => ("leave", None),
        };
        connection
            .prepare_cached(
                "INSERT INTO question_choices (question, position, label, action, message) VALUES (?, ?, ?, ?, ?)",
            )?
            .execute(params![question.id, position, choice.label, action, message])?;
    }
    Ok(())
}

pub(in crate::store) fn read(connection: &Connection, row: &Row<'_>) -> rusqlite::Result<Question> {
    let id = row.get("id")?;
    Ok(Question {
        id,
        objective: row.get("objective")?,
        session: row.get("session")?,
        kind: row.get("kind")?,
        text: row.get("text")?,
        detail: String::new(),
        multiple: false,
        free_text: false,
        call: None,
        choices: read_choices(connection, id)?,
        state: read_state(row)?,
        created_at: row.get("created_at")?,
    })
}

fn read_choices(connection: &Connection, question: QuestionId) -> rusqlite::Result<Vec<Choice>> {
    connection
        .prepare_cached("SELECT label, action, message FROM question_choices WHERE question = ? ORDER BY position")?
        .query_map([question], |row| {
            let action = match word(row, "action")? {
                "resume" => Action::Resume,
                "mark_done" => Action::MarkDone,
                "mark_failed" => Action::MarkFailed,
                "send_again" => Action::SendAgain(row.get("message")?),
                "drop_message" => Action::DropMessage(row.get("message")?),
                found => return Err(unknown("question_choices.action", found)),
            };
            Ok(Choice { label: row.get("label")?, description: String::new(), action })
        })?
        .collect()
}

/// A question's state, taken apart.
#[derive(Default)]
struct StateColumns<'question> {
    word: &'static str,
    answer: Option<&'question str>,
    reason: Option<&'question str>,
    resolved_at: Option<Timestamp>,
}

impl<'question> StateColumns<'question> {
    fn of(state: &'question State) -> Self {
        let nothing = Self::default();
        match state {
            State::Open | State::Answering { .. } => Self { word: "open", ..nothing },
            State::Answered { answer, at, .. } => {
                Self { word: "answered", answer: Some(answer), resolved_at: Some(*at), ..nothing }
            }
            State::Withdrawn { reason, at } => {
                Self { word: "withdrawn", reason: Some(reason), resolved_at: Some(*at), ..nothing }
            }
        }
    }
}

fn read_state(row: &Row<'_>) -> rusqlite::Result<State> {
    Ok(match word(row, "state")? {
        "open" => State::Open,
        "answered" => {
            State::Answered { answer: row.get("answer")?, at: row.get("resolved_at")?, evidence: String::new() }
        }
        "withdrawn" => State::Withdrawn { reason: row.get("reason")?, at: row.get("resolved_at")? },
        found => return Err(unknown("questions.state", found)),
    })
}
