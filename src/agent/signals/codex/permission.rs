//! A request to run a tool, with everything that is to be judged.

use serde_json::{Value, json};

use super::super::{
    options,
    payload::{Payload, word},
    subject, tools,
    words::{LINE_CHARACTERS, line},
};
use crate::domain::{
    question::{DETAIL_BYTES, Kind},
    signal::{Ask, Part},
};

/// What the agent asks; `None` where it names no tool. There is no answer for longer than this once: a reply can't say
/// it.
pub(super) fn ask(payload: &Payload, key: &str) -> Option<Ask> {
    let (tool, input) = (payload.word("tool_name")?, payload.value("tool_input"));
    let why = word(input, "description").map(|why| format!(": {}", line(why, LINE_CHARACTERS))).unwrap_or_default();
    let detail = match word(input, "command") {
        Some(command) => tools::command_in_full(command, input, DETAIL_BYTES),
        None => tools::input_in_full(input, DETAIL_BYTES),
    };
    let part = Part {
        text: line(&format!("Codex wants to run {}{why}", tools::name(tool)), 2 * LINE_CHARACTERS),
        detail,
        options: vec![options::allow(), options::deny(), options::in_its_pane()],
        multiple: false,
        free_text: true,
    };
    Some(Ask { key: key.to_owned(), subject: subject(payload)?, kind: Kind::Permission, parts: vec![part] })
}

/// What the call of this hook is about. The reason that a request gives for its command is in no other hook.
pub(super) fn subject(payload: &Payload) -> Option<String> {
    let (tool, input) = (payload.word("tool_name")?, payload.value("tool_input"));
    let about = match word(input, "command") {
        Some(command) => json!({ "command": command }),
        None => {
            let mut input = input.clone();
            input.as_object_mut().map(|fields| fields.remove("description"));
            input
        }
    };
    let about: &Value = &about;
    Some(subject::subject(payload.word("agent_id"), tool, about))
}
