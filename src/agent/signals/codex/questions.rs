//! The agent's own questions to the person: `request_user_input`.
//!
//! Its form has no hook of its own. But the hook before the tool may wait, and stop the call with a reason, which the
//! model reads: so the answers travel, all at once and in words of any length, also in the mode in which the form does
//! not open. Without a decision the form opens, where the mode has one.

use super::{
    super::{payload::Payload, questions},
    permission::subject,
};
use crate::domain::{
    question::{Answer, Kind, Verdict},
    signal::Ask,
};

const REQUEST_USER_INPUT: &str = "request_user_input";

/// What the agent asks; `None` for any other tool.
pub(super) fn ask(payload: &Payload, key: &str) -> Option<Ask> {
    if payload.word("tool_name")? != REQUEST_USER_INPUT {
        return None;
    }
    let mut parts = questions::parts("Codex", payload.value("tool_input"));
    for option in parts.iter_mut().flat_map(|part| &mut part.options).filter(|option| option.verdict == Verdict::InPane)
    {
        option.description = "its own form decides; in a mode without one it goes on unanswered".into();
    }
    Some(Ask { key: key.to_owned(), subject: subject(payload)?, kind: Kind::Asks, parts })
}

/// The answers as the model reads them; `None` where there are none.
pub(super) fn answered(payload: &Payload, answers: &[Answer]) -> Option<String> {
    let answered = questions::answered(payload.value("tool_input"), answers)?;
    let pairs: Vec<String> = answered.iter().map(|(question, answer)| format!("{question:?} = {answer:?}")).collect();
    (!pairs.is_empty()).then(|| format!("the user has answered, so the form was not shown: {}", pairs.join(", ")))
}
