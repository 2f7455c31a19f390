//! What each of Claude Code's hooks means.

use std::path::PathBuf;

use serde_json::Value;

use super::{
    super::{
        Told, failures,
        payload::{Payload, word},
        resets,
        words::{LINE_CHARACTERS, line},
    },
    call::Call,
    permission, plan, questions,
};
use crate::domain::{Failure, Timestamp, message::excerpt_of, signal::Says};

/// Hooks that change nothing for the person.
const OTHER: [&str; 20] = [
    "ConfigChange",
    "CwdChanged",
    "DirectoryAdded",
    "Elicitation",
    "ElicitationResult",
    "FileChanged",
    "InstructionsLoaded",
    "MessageDisplay",
    "Notification",
    "PostModelSwitch",
    "PreModelSwitch",
    "Setup",
    "SubagentStart",
    "SubagentStop",
    "TaskCompleted",
    "TaskCreated",
    "TeammateIdle",
    "UserPromptExpansion",
    "WorktreeCreate",
    "WorktreeRemove",
];

/// `None` for a hook that we do not know, or that lacks what makes its meaning.
pub(in super::super) fn hook(payload: &Payload, at: Timestamp, key: &str) -> Option<Told> {
    let told = match payload.event()? {
        "SessionStart" => started(payload),
        "UserPromptSubmit" => took_up(payload.word("prompt")?),
        "PreToolUse" => tool_begins(Call::of(payload)?),
        "PermissionRequest" => asks(payload, Call::of(payload)?, key),
        "PostToolUse" | "PostToolUseFailure" => tool_ended(payload, Call::of(payload)?, false),
        "PermissionDenied" => tool_ended(payload, Call::of(payload)?, true),
        "PostToolBatch" => match payload.word("agent_id") {
            Some(agent) => Told::new(agent, Says::Other),
            None => Told::new("its tool calls are over", Says::Working { on: String::new(), subject: None }),
        },
        "PreCompact" => Told::new(payload.word("trigger").unwrap_or_default(), Says::Compacting),
        "PostCompact" => Told::compacted(payload),
        "Stop" => turn_ended(payload),
        "StopFailure" => turn_failed(payload, at),
        // Such as a safety check that does not get through: no other hook tells of that.
        "Notification" if payload.word("notification_type") == Some("agent_needs_input") => {
            let what = line(message(payload), LINE_CHARACTERS);
            Told::new(what.clone(), Says::Needs { what })
        }
        "SessionEnd" => left(payload.word("reason").unwrap_or_default()),
        event if OTHER.contains(&event) => Told::new(message(payload), Says::Other),
        _ => return None,
    };
    Some(told)
}

fn started(payload: &Payload) -> Told {
    let source = payload.word("source").unwrap_or_default();
    match source {
        // Comes amidst a compaction, of which other hooks tell the beginning and the end.
        "compact" => Told::new(source, Says::Other),
        _ => {
            let transcript = payload.word("transcript_path").map(PathBuf::from);
            Told::new(source, Says::Started { transcript })
        }
    }
}

/// A prompt of the person, or the agent's own word to itself that something in the background is over.
fn took_up(prompt: &str) -> Told {
    if prompt.trim_start().starts_with("<task-notification>") {
        let summary = between(prompt, "<summary>", "</summary>").unwrap_or("something in the background is over");
        let on = line(summary, LINE_CHARACTERS);
        return Told::new(on.clone(), Says::Working { on, subject: None });
    }
    let prompt = excerpt_of(&unwrapped(prompt));
    Told::new(prompt.clone(), Says::TookUp { prompt })
}

/// The prompt without the lines that the agent puts around what was pasted into it.
fn unwrapped(prompt: &str) -> String {
    let wraps = |line: &&str| {
        let tag = line.strip_prefix("</").or_else(|| line.strip_prefix('<')).and_then(|tag| tag.strip_suffix("\">"));
        tag.is_some_and(|tag| tag.starts_with("pasted_content id=\"") && tag.matches('"').count() == 1)
    };
    prompt.lines().filter(|line| !wraps(line)).collect::<Vec<_>>().join("\n")
}

fn tool_begins(call: Call) -> Told {
    let on = call.told();
    let says = match call.agent {
        Some(_) => Says::Other,
        None => Says::Working { on: on.clone(), subject: Some(call.subject()) },
    };
    Told::new(on, says)
}

fn asks(payload: &Payload, call: Call, key: &str) -> Told {
    let ask = questions::ask(&call, key).or_else(|| plan::ask(&call, key));
    let ask = ask.unwrap_or_else(|| permission::ask(payload, &call, key));
    Told::new(call.told(), Says::Asks(ask))
}

fn tool_ended(payload: &Payload, call: Call, refused: bool) -> Told {
    let answers = payload.value("tool_response").get("answers").and_then(Value::as_object).into_iter().flatten();
    let answers: Vec<String> =
        answers.filter_map(|(question, answer)| Some(format!("{question} → {}", answer.as_str()?))).collect();
    let text = if answers.is_empty() { call.told() } else { answers.join("; ") };
    let says = match call.agent {
        Some(_) => Says::AskSettled {
            subject: call.subject(),
            outcome: if refused { "its subagent was refused it" } else { "its subagent went on with it" }.into(),
        },
        None => Says::ToolEnded { subject: call.subject(), refused },
    };
    Told::new(text, says)
}

fn turn_ended(payload: &Payload) -> Told {
    let running = payload.list("background_tasks").iter().filter(|task| {
        let status = word(task, "status").unwrap_or("running");
        !["completed", "failed", "killed", "stopped", "cancelled"].contains(&status)
    });
    let background = running.map(|task| {
        let kind = word(task, "type").unwrap_or("task");
        let about = word(task, "command").or_else(|| word(task, "description")).or_else(|| word(task, "id"));
        line(&format!("{kind}: {}", about.unwrap_or("running").trim()), LINE_CHARACTERS)
    });
    let last = payload.word("last_assistant_message").unwrap_or_default();
    Told::new(last, Says::TurnEnded { background: background.collect() })
}

fn turn_failed(payload: &Payload, at: Timestamp) -> Told {
    let shown = payload.word("last_assistant_message");
    let details = payload.word("error_details");
    let code = payload.word("error");
    let all = [shown, details].into_iter().flatten().collect::<Vec<_>>().join("\n");
    let text = line(shown.or(details).or(code).unwrap_or("its turn failed"), LINE_CHARACTERS);
    let failure =
        Failure { class: failures::classify(code, None, &all), text: text.clone(), until: resets::in_words(&all, at) };
    Told::new(text, Says::TurnFailed { failure })
}

fn left(reason: &str) -> Told {
    match reason {
        // Its program goes on, with another conversation.
        "clear" | "resume" => Told::new(reason, Says::Other),
        _ => Told::new(reason, Says::Left { reason: line(reason, LINE_CHARACTERS) }),
    }
}

fn message(payload: &Payload) -> &str {
    ["message", "delta", "agent_type", "description"].iter().find_map(|field| payload.word(field)).unwrap_or_default()
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(from)?;
    rest.split_once(to).map(|(inside, _)| inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_loses_what_was_put_around_it_and_nothing_else() {
        let pasted = "\n\n<pasted_content id=\"f622\">\nline one\n\n  two\n</pasted_content id=\"f622\">\n";
        assert_eq!(unwrapped(pasted), "\n\nline one\n\n  two");
        let typed = "why does\n<pasted_content id=\"a\"> x=\"1\">\nnot work";
        assert_eq!(unwrapped(typed), typed);
    }

    #[test]
    fn an_agent_that_needs_the_person_does_not_work() {
        let notified = |kind: &str| {
            let payload = serde_json::json!({
                "hook_event_name": "Notification", "notification_type": kind, "message": "Claude needs your input",
            });
            let payload = Payload::parse(payload.to_string().as_bytes()).expect("JSON");
            hook(&payload, Timestamp(0), "").expect("known").says
        };
        assert_eq!(notified("agent_needs_input"), Says::Needs { what: "Claude needs your input".into() });
        assert_eq!(notified("agent_completed"), Says::Other);
    }
}
