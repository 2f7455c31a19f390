//! Claude Code: a file of settings with hooks and a status line, and a file with our tools. Measured with 2.1.329.
//!
//! Hooks of `--settings` run beside the person's own and the repository's. Its status line takes the place of the
//! person's, whose command ours runs in turn.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{BRIEF, Equipment, Ours, PATIENCE, SERVER};
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

pub(super) fn equipment(ours: Ours<'_>) -> Equipment {
    let (settings, tools) = (ours.folder.join("settings.json"), ours.folder.join("tools.json"));
    Equipment {
        // Each in one word: apart, the options would take the prompt for another of their values.
        arguments: vec![
            format!("--settings={}", settings.display()),
            format!("--mcp-config={}", tools.display()),
            format!("--allowedTools=mcp__{SERVER}"),
        ],
        // A call that waits for the person stays in the foreground.
        environment: vec![("CLAUDE_CODE_MCP_AUTO_BACKGROUND_MS".into(), "0".into())],
        files: vec![(settings, settings_of(&ours).to_string()), (tools, tools_of(&ours).to_string())],
    }
}

fn settings_of(ours: &Ours<'_>) -> Value {
    let command = ours.hook(Dialect::Claude);
    let hook = |timeout: Duration| {
        json!([{
            "hooks": [{ "type": "command", "command": command, "timeout": timeout.as_secs() }],
        }])
    };
    let hooks: Map<_, _> = EVENTS.iter().map(|(event, timeout)| ((*event).into(), hook(*timeout))).collect();
    let status_line = json!({ "type": "command", "command": format!("{command} --status-line") });
    json!({ "hooks": hooks, "statusLine": status_line })
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
