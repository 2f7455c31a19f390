//! What each of Codex's hooks means, and its notification.

use std::path::PathBuf;

use super::{
    super::{
        Told,
        payload::Payload,
        tools,
        words::{LINE_CHARACTERS, line},
    },
    permission::{self, subject},
    questions,
};
use crate::domain::{message::excerpt_of, signal::Says};

/// `None` for a hook that we do not know, or that lacks what makes its meaning.
pub(in super::super) fn hook(payload: &Payload, key: &str) -> Option<Told> {
    let Some(event) = payload.event() else {
        // Also sent for the thread that only invents a title: it says nothing of this one.
        let notified = payload.word("type")? == "agent-turn-complete";
        return notified.then(|| Told::new(payload.word("last-assistant-message").unwrap_or_default(), Says::Other));
    };
    let told = match event {
        "SessionStart" => started(payload),
        "UserPromptSubmit" => {
            let prompt = excerpt_of(payload.word("prompt")?);
            Told::new(prompt.clone(), Says::TookUp { prompt })
        }
        "PreToolUse" => {
            let on = told(payload)?;
            match questions::ask(payload, key) {
                Some(ask) => Told::new(on, Says::Asks(ask)),
                None => Told::new(on.clone(), Says::Working { on, subject: Some(subject(payload)?) }),
            }
        }
        "PermissionRequest" => Told::new(told(payload)?, Says::Asks(permission::ask(payload, key)?)),
        "PostToolUse" => Told::new(told(payload)?, Says::ToolEnded { subject: subject(payload)?, refused: false }),
        "PreCompact" => Told::new(payload.word("trigger").unwrap_or_default(), Says::Compacting),
        "PostCompact" => Told::compacted(payload),
        "Interrupt" => Told::new("", Says::Interrupted),
        "Stop" => {
            let last = payload.word("last_assistant_message").unwrap_or_default();
            Told::new(last, Says::TurnEnded { background: Vec::new() })
        }
        "SessionEnd" => left(payload.word("reason").unwrap_or_default()),
        "SubagentStart" | "SubagentStop" => Told::new(payload.word("agent_type").unwrap_or_default(), Says::Other),
        _ => return None,
    };
    Some(told)
}

/// What its call does, in a line.
fn told(payload: &Payload) -> Option<String> {
    Some(tools::told(payload.word("tool_name")?, payload.value("tool_input"), payload.word("cwd")))
}

fn started(payload: &Payload) -> Told {
    let source = payload.word("source").unwrap_or_default();
    match source {
        // Amidst a compaction, of which other hooks tell the beginning and the end.
        "compact" => Told::new(source, Says::Other),
        _ => Told::new(source, Says::Started { transcript: payload.word("transcript_path").map(PathBuf::from) }),
    }
}

fn left(reason: &str) -> Told {
    match reason {
        // Its program goes on, with another conversation.
        "clear" | "resume" => Told::new(reason, Says::Other),
        _ => Told::new(reason, Says::Left { reason: line(reason, LINE_CHARACTERS) }),
    }
}
