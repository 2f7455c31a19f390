//! Claude Code: a file of settings with hooks and a status line, and a file with our tools. Measured with 2.1.329.
//!
//! Hooks of `--settings` run beside the person's own and the repository's. Its status line takes the place of the
//! person's, whose command ours runs in turn. Another `--settings` of the person's would be lost, so it goes into ours.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{
    BRIEF, Equipment, Ours, PATIENCE, SERVER,
    claude_settings::{Given, OwnSettings},
    host,
};
use crate::agent::signals::Dialect;

/// What we are told of, and how long its hook may take. Of a compaction only the beginning: each hook of it leaves a row
/// in the person's pane, and a session that starts says that it is over.
const EVENTS: [(&str, Duration); 15] = [
    ("SessionStart", BRIEF),
    ("SessionEnd", BRIEF),
    ("UserPromptSubmit", BRIEF),
    ("PreToolUse", BRIEF),
    ("PermissionRequest", PATIENCE),
    ("PermissionDenied", BRIEF),
    ("PostToolUse", BRIEF),
    ("PostToolUseFailure", BRIEF),
    ("PostToolBatch", BRIEF),
    ("SubagentStart", BRIEF),
    ("SubagentStop", BRIEF),
    ("Notification", BRIEF),
    ("PreCompact", BRIEF),
    ("Stop", BRIEF),
    ("StopFailure", BRIEF),
];

pub(super) fn equipment(own: &OwnSettings, ours: Ours<'_>) -> Equipment {
    let tools = ours.folder.join("tools.json");
    let mut equipment = Equipment {
        // Each in one word: apart, the options would take the prompt for another of their values.
        arguments: vec![format!("--mcp-config={}", tools.display()), format!("--allowedTools=mcp__{SERVER}")],
        // A call that waits for the person stays in the foreground.
        environment: vec![("CLAUDE_CODE_MCP_AUTO_BACKGROUND_MS".into(), "0".into())],
        files: vec![(tools, tools_of(&ours).to_string())],
    };
    let with = match &own.given {
        Given::Nothing => Some(Map::new()),
        Given::Settings(settings) => Some(settings.clone()),
        Given::Unreadable => None,
    };
    let line = own.status_line.as_ref();
    if let Some(settings) = with.and_then(|given| settings_of(&ours, given, line)) {
        let file = ours.folder.join("settings.json");
        equipment.arguments.push(format!("--settings={}", file.display()));
        equipment.files.push((file, Value::Object(settings).to_string()));
    }
    let command = line.and_then(|line| line.get("command")).and_then(Value::as_str);
    if let Some(command) = command.filter(|_| ours.by_script) {
        equipment.files.push((host::status_line(ours.folder), command.to_owned()));
    }
    equipment
}

/// `given` with our hooks after its own, and our status line where it has none; `None` when its hooks are no hooks.
fn settings_of(
    ours: &Ours<'_>,
    mut given: Map<String, Value>,
    line: Option<&Map<String, Value>>,
) -> Option<Map<String, Value>> {
    let command = ours.hook(Dialect::Claude);
    let hooks = given.entry("hooks").or_insert_with(|| json!({})).as_object_mut()?;
    for (event, timeout) in EVENTS {
        let hook = json!({ "type": "command", "command": command, "timeout": timeout.as_secs() });
        let groups = hooks.entry(event).or_insert_with(|| json!([])).as_array_mut()?;
        groups.push(json!({ "hooks": [hook] }));
    }
    if !given.contains_key("statusLine") {
        // How it is drawn stays as the person has set it.
        let mut line = line.cloned().unwrap_or_default();
        line.insert("type".into(), "command".into());
        line.insert("command".into(), format!("{command} --status-line").into());
        given.insert("statusLine".into(), line.into());
    }
    Some(given)
}

fn tools_of(ours: &Ours<'_>) -> Value {
    let server = json!({
        "type": "http",
        "url": ours.tools(),
        // It puts the variable in its place itself.
        "headers": { "Authorization": format!("Bearer ${{{}}}", ours.token_variable) },
        // Else a first prompt could go out before it knows the tools.
        "alwaysLoad": true,
        "timeout": PATIENCE.as_millis() as u64,
    });
    json!({ "mcpServers": { SERVER: server } })
}
