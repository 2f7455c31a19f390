//! Messages, and their bodies.

use rusqlite::{Connection, Row, params};

use super::upsert;
use crate::{
    domain::{
        AttemptId, Message, MessageId, QuestionId,
        message::{Delivery, Hold},
    },
    store::columns::{unknown, word},
};

pub(in crate::store) fn write(connection: &Connection, message: &Message) -> rusqlite::Result<()> {
    let delivery = DeliveryColumns::of(&message.delivery);
    upsert(
        connection,
        "messages",
        &[
            ("id", &message.id),
            ("session", &message.session),
            ("kind", &message.kind),
            ("excerpt", &message.excerpt),
            ("bytes", &message.bytes),
            ("delivery", &delivery.word),
            ("hold", &delivery.hold),
            ("attempt", &message.delivery.attempt()),
            ("enters", &delivery.enters),
            ("evidence", &delivery.evidence),
            ("reason", &delivery.reason),
            ("question", &delivery.question),
            ("delivery_since", &message.delivery_since),
            ("created_at", &message.created_at),
        ],
    )
}

pub(in crate::store) fn write_body(connection: &Connection, message: MessageId, body: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO message_bodies (message, body) VALUES (?, ?)")?
        .execute(params![message, body])
        .map(drop)
}

pub(in crate::store) fn read(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        id: row.get("id")?,
        session: row.get("session")?,
        kind: row.get("kind")?,
        excerpt: row.get("excerpt")?,
        bytes: row.get("bytes")?,
        delivery: read_delivery(row)?,
        delivery_since: row.get("delivery_since")?,
        created_at: row.get("created_at")?,
    })
}

/// What a delivery carries beside its attempt, taken apart.
#[derive(Default)]
struct DeliveryColumns<'message> {
    word: &'static str,
    hold: Option<Hold>,
    enters: Option<u8>,
    evidence: Option<&'message str>,
    reason: Option<&'message str>,
    question: Option<QuestionId>,
}

impl<'message> DeliveryColumns<'message> {
    fn of(delivery: &'message Delivery) -> Self {
        let nothing = Self::default();
        match delivery {
            Delivery::Queued { hold } => Self { word: "queued", hold: *hold, ..nothing },
            Delivery::Launching { .. } => Self { word: "launching", ..nothing },
            Delivery::Typing { .. } => Self { word: "typing", ..nothing },
            Delivery::Typed { .. } => Self { word: "typed", ..nothing },
            Delivery::Submitted { enters, .. } => Self { word: "submitted", enters: Some(*enters), ..nothing },
            Delivery::TakenUp { evidence, .. } => Self { word: "taken_up", evidence: Some(evidence), ..nothing },
            Delivery::Failed { reason } => Self { word: "failed", reason: Some(reason), ..nothing },
            Delivery::Uncertain { question } => Self { word: "uncertain", question: Some(*question), ..nothing },
        }
    }
}

fn read_delivery(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    let attempt = || row.get::<_, AttemptId>("attempt");
    Ok(match word(row, "delivery")? {
        "queued" => Delivery::Queued { hold: row.get("hold")? },
        "launching" => Delivery::Launching { attempt: attempt()? },
        "typing" => Delivery::Typing { attempt: attempt()? },
        "typed" => Delivery::Typed { attempt: attempt()? },
        "submitted" => Delivery::Submitted { attempt: attempt()?, enters: row.get("enters")? },
        "taken_up" => Delivery::TakenUp { attempt: attempt()?, evidence: row.get("evidence")? },
        "failed" => Delivery::Failed { reason: row.get("reason")? },
        "uncertain" => Delivery::Uncertain { question: row.get("question")? },
        found => return Err(unknown("messages.delivery", found)),
    })
}
