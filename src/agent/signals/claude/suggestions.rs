//! What a request for permission could allow for longer than this once.
//!
//! Claude Code suggests it with the request; some of it would be written into a settings file. It is taken for the
//! session only, and only where we can say exactly what it allows.

use serde_json::{Value, json};

use super::super::{
    payload::{Payload, list, word},
    words::whole,
};

/// The longest description that is offered to be agreed to, in bytes.
const WORDS_BYTES: usize = 1024;

/// Something that can be allowed for the session.
#[derive(Debug)]
pub(super) struct Lasting {
    /// What it allows, for the person.
    pub(super) words: String,
    /// The same, for the agent.
    pub(super) updates: Vec<Value>,
}

/// What could be allowed for the session; `None` where nothing is suggested that we understand.
pub(super) fn lasting(payload: &Payload) -> Option<Lasting> {
    let suggested = payload.list("permission_suggestions");
    let rules: Vec<(String, Value)> = suggested.iter().filter_map(rules).collect();
    // Rules name the call itself. What else is suggested reaches further, and is offered where there is nothing narrower.
    let wider = || suggested.iter().filter_map(|update| folders(update).or_else(|| mode(update))).collect();
    let updates: Vec<(String, Value)> = if rules.is_empty() { wider() } else { rules };
    let (words, updates): (Vec<String>, Vec<Value>) = updates.into_iter().unzip();
    let words = words.join("; ");
    (!words.is_empty() && words.len() <= WORDS_BYTES).then_some(Lasting { words, updates })
}

/// Goes to a mode of permissions for the session: `default` asks, `acceptEdits` edits without asking.
pub(super) fn set_mode(mode: &str) -> Value {
    json!({ "type": "setMode", "mode": mode, "destination": "session" })
}

fn rules(update: &Value) -> Option<(String, Value)> {
    let allows = word(update, "type") == Some("addRules") && word(update, "behavior") == Some("allow");
    let rules = list(update, "rules");
    let words: Option<Vec<String>> = rules.iter().map(rule).collect();
    let words = words.filter(|words| allows && !words.is_empty())?;
    let update = json!({ "type": "addRules", "rules": rules, "behavior": "allow", "destination": "session" });
    Some((words.join("; "), update))
}

fn rule(rule: &Value) -> Option<String> {
    let tool = word(rule, "toolName")?;
    match rule.get("ruleContent") {
        None | Some(Value::Null) => Some(format!("every {} call", shown(tool))),
        Some(Value::String(content)) if tool == "Bash" => Some(shown(content)),
        Some(Value::String(content)) => Some(format!("{}: {}", shown(tool), shown(content))),
        Some(_) => None,
    }
}

fn folders(update: &Value) -> Option<(String, Value)> {
    let folders = list(update, "directories");
    let names: Option<Vec<String>> = folders.iter().map(|folder| folder.as_str().map(shown)).collect();
    let names = names.filter(|names| word(update, "type") == Some("addDirectories") && !names.is_empty())?;
    let update = json!({ "type": "addDirectories", "directories": folders, "destination": "session" });
    Some((format!("work in {}", names.join(", ")), update))
}

fn mode(update: &Value) -> Option<(String, Value)> {
    let accepts = word(update, "type") == Some("setMode") && word(update, "mode") == Some("acceptEdits");
    accepts.then(|| {
        (
            "accept-edits mode: it edits files, and runs commands such as touch or mv, without asking".to_owned(),
            set_mode("acceptEdits"),
        )
    })
}

fn shown(text: &str) -> String {
    whole(text, 2 * WORDS_BYTES).replace('\n', "\\n").replace('\t', "\\t")
}
