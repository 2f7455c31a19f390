//! A request to run a tool, with everything that is to be judged.

use super::{
    super::{
        options,
        payload::{Payload, word},
        tools,
        words::{LINE_CHARACTERS, line},
    },
    call::Call,
    diff, suggestions,
};
use crate::domain::{
    question::{DETAIL_BYTES, Kind},
    signal::{Ask, Part},
};

/// What the agent asks when it wants to run a tool.
pub(super) fn ask(payload: &Payload, call: &Call, key: &str) -> Ask {
    let mut offered = vec![options::allow()];
    if let Some(lasting) = suggestions::lasting(payload) {
        offered.push(options::allow_for_session(lasting.words));
    }
    offered.extend([options::deny(), options::in_its_pane()]);
    let part =
        Part { text: text(payload, call), detail: detail(call), options: offered, multiple: false, free_text: true };
    Ask { key: key.to_owned(), subject: call.subject(), kind: Kind::Permission, parts: vec![part] }
}

fn text(payload: &Payload, call: &Call) -> String {
    let who = match (call.agent, payload.word("agent_type")) {
        (None, _) => "Claude".to_owned(),
        (Some(_), Some(kind)) => format!("Claude's {kind} agent"),
        (Some(_), None) => "Claude's subagent".to_owned(),
    };
    let path = |field| word(call.input, field).map(|path| tools::within(path, call.folder));
    let wants = match call.tool {
        "Edit" | "MultiEdit" => path("file_path").map(|path| format!("change {path}")),
        "NotebookEdit" => path("notebook_path").map(|path| format!("change {path}")),
        "Write" => path("file_path").map(|path| format!("write {path}")),
        "Read" => path("file_path").map(|path| format!("read {path}")),
        "WebFetch" => word(call.input, "url").map(|url| format!("fetch {url}")),
        _ => None,
    };
    let wants = wants.unwrap_or_else(|| format!("run {}", tools::name(call.tool)));
    // For whom it was written it says more than the command; it is the agent's word, not what will happen.
    let why = word(call.input, "command").and_then(|_| word(call.input, "description"));
    let why = why.map(|why| format!(": {}", line(why, LINE_CHARACTERS))).unwrap_or_default();
    line(&format!("{who} wants to {wants}{why}"), 2 * LINE_CHARACTERS)
}

fn detail(call: &Call) -> String {
    diff::of(call, DETAIL_BYTES)
        .or_else(|| {
            word(call.input, "command").map(|command| tools::command_in_full(command, call.input, DETAIL_BYTES))
        })
        .unwrap_or_else(|| tools::input_in_full(call.input, DETAIL_BYTES))
}
