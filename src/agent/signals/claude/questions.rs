//! The agent's own questions to the person: `AskUserQuestion`.

use serde_json::{Map, Value};

use super::{
    super::questions,
    call::{ASK_USER_QUESTION, Call},
};
use crate::domain::{
    question::{Answer, Kind},
    signal::Ask,
};

/// What the agent asks; `None` for any other tool.
pub(super) fn ask(call: &Call, key: &str) -> Option<Ask> {
    let asks = call.tool == ASK_USER_QUESTION;
    let ask = || Ask {
        key: key.to_owned(),
        subject: call.subject(),
        kind: Kind::Asks,
        parts: questions::parts("Claude", call.input),
    };
    asks.then(ask)
}

/// The input that carries the answers: the questions as they came, each with what was answered. `None` where nothing
/// was, or where the questions can't be told apart.
pub(super) fn answered(call: &Call, answers: &[Answer]) -> Option<Value> {
    let answered = questions::answered(call.input, answers)?.into_iter();
    let answers: Map<String, Value> =
        answered.map(|(question, answer)| (question.to_owned(), Value::String(answer))).collect();
    let mut input = call.input.as_object().filter(|_| !answers.is_empty())?.clone();
    input.insert("answers".to_owned(), Value::Object(answers));
    Some(Value::Object(input))
}
