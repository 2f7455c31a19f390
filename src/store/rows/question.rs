//! Questions, the answers that can be chosen, and what was chosen.

use rusqlite::{Connection, Row, params};

use super::upsert;
use crate::{
    domain::{
        MessageId, PullRequestId, Question, QuestionId, Timestamp,
        question::{Action, Answer, Call, Choice, State, Verdict},
    },
    store::columns::{unknown, word},
};

pub(in crate::store) fn write(connection: &Connection, question: &Question) -> rusqlite::Result<()> {
    let state = StateColumns::of(&question.state);
    let call = question.call.as_ref();
    upsert(
        connection,
        "questions",
        &[
            ("id", &question.id),
            ("objective", &question.objective),
            ("session", &question.session),
            ("kind", &question.kind),
            ("text", &question.text),
            ("multiple", &question.multiple),
            ("free_text", &question.free_text),
            ("call_attempt", &call.map(|call| call.attempt)),
            ("call_key", &call.map(|call| &call.key)),
            ("call_subject", &call.map(|call| &call.subject)),
            ("call_part", &call.map(|call| call.part)),
            ("call_parts", &call.map(|call| call.parts)),
            ("call_via", &call.map(|call| call.via)),
            ("state", &state.word),
            ("verdict", &state.verdict),
            ("words", &state.words),
            ("sent", &state.sent),
            ("answer", &state.answer),
            ("answered_at", &state.answered_at),
            ("evidence", &state.evidence),
            ("reason", &state.reason),
            ("withdrawn_at", &state.withdrawn_at),
            ("created_at", &question.created_at),
            ("detail", &question.detail),
        ],
    )?;
    write_choices(connection, question)?;
    write_chosen(connection, question.id, state.chosen)
}

fn write_choices(connection: &Connection, question: &Question) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM question_choices WHERE question = ?")?.execute([question.id])?;
    for (position, choice) in question.choices.iter().enumerate() {
        let action = ActionColumns::of(choice.action);
        connection
            .prepare_cached(
                "INSERT INTO question_choices
                    (question, position, label, description, action, message, verdict, pull_request)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                question.id,
                position,
                choice.label,
                choice.description,
                action.word,
                action.message,
                action.verdict,
                action.pull_request
            ])?;
    }
    Ok(())
}

fn write_chosen(connection: &Connection, question: QuestionId, chosen: &[String]) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM question_chosen WHERE question = ?")?.execute([question])?;
    for (position, label) in chosen.iter().enumerate() {
        connection
            .prepare_cached("INSERT INTO question_chosen (question, position, label) VALUES (?, ?, ?)")?
            .execute(params![question, position, label])?;
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
        detail: row.get("detail")?,
        choices: read_choices(connection, id)?,
        multiple: row.get("multiple")?,
        free_text: row.get("free_text")?,
        call: read_call(row)?,
        state: read_state(connection, id, row)?,
        created_at: row.get("created_at")?,
    })
}

fn read_call(row: &Row<'_>) -> rusqlite::Result<Option<Call>> {
    let Some(attempt) = row.get("call_attempt")? else { return Ok(None) };
    Ok(Some(Call {
        attempt,
        key: row.get("call_key")?,
        subject: row.get("call_subject")?,
        part: row.get("call_part")?,
        parts: row.get("call_parts")?,
        via: row.get("call_via")?,
    }))
}

fn read_choices(connection: &Connection, question: QuestionId) -> rusqlite::Result<Vec<Choice>> {
    connection
        .prepare_cached("SELECT * FROM question_choices WHERE question = ? ORDER BY position")?
        .query_map([question], |row| {
            let (label, description) = (row.get("label")?, row.get("description")?);
            Ok(Choice { label, description, action: read_action(row)? })
        })?
        .collect()
}

/// An action, taken apart.
struct ActionColumns {
    word: &'static str,
    message: Option<MessageId>,
    verdict: Option<Verdict>,
    pull_request: Option<PullRequestId>,
}

impl ActionColumns {
    fn of(action: Action) -> Self {
        let plain = |word| Self { word, message: None, verdict: None, pull_request: None };
        match action {
            Action::Resume => plain("resume"),
            Action::MarkDone => plain("mark_done"),
            Action::MarkFailed => plain("mark_failed"),
            Action::SendAgain(message) => Self { message: Some(message), ..plain("send_again") },
            Action::DropMessage(message) => Self { message: Some(message), ..plain("drop_message") },
            Action::Reply(verdict) => Self { verdict: Some(verdict), ..plain("reply") },
            Action::GoOn => plain("go_on"),
            Action::Compact => plain("compact"),
            Action::SendBack => plain("send_back"),
            Action::VerifyAgain => plain("verify_again"),
            Action::Overrule => plain("overrule"),
            Action::PublishAgain(id) => Self { pull_request: Some(id), ..plain("publish_again") },
            Action::Leave => plain("leave"),
        }
    }
}

fn read_action(row: &Row<'_>) -> rusqlite::Result<Action> {
    Ok(match word(row, "action")? {
        "resume" => Action::Resume,
        "mark_done" => Action::MarkDone,
        "mark_failed" => Action::MarkFailed,
        "send_again" => Action::SendAgain(row.get("message")?),
        "drop_message" => Action::DropMessage(row.get("message")?),
        "reply" => Action::Reply(row.get("verdict")?),
        "go_on" => Action::GoOn,
        "compact" => Action::Compact,
        "send_back" => Action::SendBack,
        "verify_again" => Action::VerifyAgain,
        "overrule" => Action::Overrule,
        "publish_again" => Action::PublishAgain(row.get("pull_request")?),
        "leave" => Action::Leave,
        found => return Err(unknown("question_choices.action", found)),
    })
}

/// A question's state, taken apart.
#[derive(Default)]
struct StateColumns<'question> {
    word: &'static str,
    verdict: Option<Verdict>,
    chosen: &'question [String],
    words: Option<&'question str>,
    sent: Option<bool>,
    answer: Option<&'question str>,
    answered_at: Option<Timestamp>,
    evidence: Option<&'question str>,
    reason: Option<&'question str>,
    withdrawn_at: Option<Timestamp>,
}

impl<'question> StateColumns<'question> {
    fn of(state: &'question State) -> Self {
        let nothing = Self::default();
        match state {
            State::Open => Self { word: "open", ..nothing },
            State::Answering { answer: Answer { verdict, chosen, text }, at, sent } => Self {
                word: "answering",
                verdict: Some(*verdict),
                chosen,
                words: text.as_deref(),
                sent: Some(*sent),
                answered_at: Some(*at),
                ..nothing
            },
            State::Answered { answer, at, evidence } => Self {
                word: "answered",
                answer: Some(answer),
                answered_at: Some(*at),
                evidence: Some(evidence),
                ..nothing
            },
            State::Withdrawn { reason, at } => {
                Self { word: "withdrawn", reason: Some(reason), withdrawn_at: Some(*at), ..nothing }
            }
        }
    }
}

fn read_state(connection: &Connection, id: QuestionId, row: &Row<'_>) -> rusqlite::Result<State> {
    Ok(match word(row, "state")? {
        "open" => State::Open,
        "answering" => {
            let (verdict, text) = (row.get("verdict")?, row.get("words")?);
            let answer = Answer { verdict, chosen: read_chosen(connection, id)?, text };
            State::Answering { answer, at: row.get("answered_at")?, sent: row.get("sent")? }
        }
        "answered" => {
            State::Answered { answer: row.get("answer")?, at: row.get("answered_at")?, evidence: row.get("evidence")? }
        }
        "withdrawn" => State::Withdrawn { reason: row.get("reason")?, at: row.get("withdrawn_at")? },
        found => return Err(unknown("questions.state", found)),
    })
}

fn read_chosen(connection: &Connection, question: QuestionId) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare_cached("SELECT label FROM question_chosen WHERE question = ? ORDER BY position")?
        .query_map([question], |row| row.get(0))?
        .collect()
}
