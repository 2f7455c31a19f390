//! What there is to call, as every client can take it: plain objects, each field of one type.

use std::sync::Arc;

use rmcp::model::{Tool, ToolAnnotations};
use serde_json::{Value, json};

/// The one that waits for the person.
pub(super) const ASK_USER: &str = "ask_user";

/// All of them.
pub(super) fn all() -> Vec<Tool> {
    vec![ask_user(), report_result(), report_progress(), create_note(), list_artifacts(), read_artifact()]
}

/// The one of this name.
pub(super) fn find(name: &str) -> Option<Tool> {
    all().into_iter().find(|tool| tool.name == name)
}

fn ask_user() -> Tool {
    let question = "The question, complete in itself: the person may not have followed your work. \
                    One decision per call; at most 4,000 characters.";
    let options = "The answers you can imagine, at most 9, each a few words (at most 200 characters). The person can pick \
                   one or answer in their own words. Leave out for an open question.";
    let context = "What the person must see to decide: what you found, what each option costs, a diff, a command. Plain \
                   text or Markdown, at most 64 KiB. Leave out if the question says it all.";
    tool(
        ASK_USER,
        "Ask the person",
        "Ask the person who gave you this work, and wait for the answer. Use it for a decision that is theirs: \
         requirements that can be read in two ways, anything irreversible or costly, credentials or access you lack. Don't \
         use it for what you can find out yourself. The call may take hours; that is fine, just wait. It returns what the \
         person answered.",
        json!({
            "question": {"type": "string", "description": question},
            "options": {"type": "array", "items": {"type": "string"}, "description": options},
            "context": {"type": "string", "description": context},
        }),
        &["question"],
        false,
    )
}

fn report_result() -> Tool {
    let outcome = "done: everything that was asked for is finished and you have checked it. blocked: you can't go on \
                   until the person does or decides something. failed: it can't be done.";
    let summary = "What you did and what you left out, for somebody who has not watched you. For blocked: what you need. \
                   For failed: why. Markdown, at most 64 KiB.";
    let evidence = "How you know: the commands you ran to check, and what they said. Markdown, at most 64 KiB.";
    tool(
        "report_result",
        "Report the result",
        "Say what came of your work, once, as the last thing you do. Ending your turn does not say it: without this call \
         the person does not know whether you are done.",
        json!({
            "outcome": {"type": "string", "enum": ["done", "blocked", "failed"], "description": outcome},
            "summary": {"type": "string", "description": summary},
            "evidence": {"type": "string", "description": evidence},
        }),
        &["outcome", "summary"],
        false,
    )
}

fn report_progress() -> Tool {
    let text = "One line, for example \"3 of 5 modules ported, tests pass\"; at most 500 characters.";
    tool(
        "report_progress",
        "Report progress",
        "Tell the person in one line how far you are. It is shown beside your name, and it interrupts nobody. Use it when \
         you reach a milestone or change your plan, not for every step.",
        json!({"text": {"type": "string", "description": text}}),
        &["text"],
        false,
    )
}

fn create_note() -> Tool {
    let kind = "note: what you learned or decided (the default). benchmark: figures you measured, with what was measured \
                and how. patch: a change as a unified diff that is in no commit.";
    let title = "One line that says what it is about; at most 200 characters.";
    let body = "The text, in Markdown, or the diff; at most 256 KiB.";
    tool(
        "create_note",
        "Leave a note",
        "Keep something for whoever works on this objective after you: what you learned, a decision and its reason, what \
         is left to do. It stays when your session is gone. Code belongs in commits, not here.",
        json!({
            "kind": {"type": "string", "enum": ["note", "benchmark", "patch"], "description": kind},
            "title": {"type": "string", "description": title},
            "body": {"type": "string", "description": body},
        }),
        &["title", "body"],
        false,
    )
}

fn list_artifacts() -> Tool {
    tool(
        "list_artifacts",
        "List artifacts",
        "List what was left for this objective so far, by you, by other agents and by the checks that ran, oldest first: \
         one line each, without its text. read_artifact reads one.",
        json!({}),
        &[],
        true,
    )
}

fn read_artifact() -> Tool {
    let id = "Which, as list_artifacts names it, for example f3.";
    let start = "From which byte on; 0, the default, is the beginning. A long text comes in parts, and each says where \
                 the next begins.";
    tool(
        "read_artifact",
        "Read an artifact",
        "Read a report, a note, a patch, figures or the output of a check that was left for this objective.",
        json!({
            "id": {"type": "string", "description": id},
            "start": {"type": "integer", "description": start},
        }),
        &["id"],
        true,
    )
}

fn tool(
    name: &'static str,
    title: &str,
    description: &'static str,
    fields: Value,
    required: &[&str],
    reads: bool,
) -> Tool {
    let schema = json!({
        "type": "object",
        "properties": fields,
        "required": required,
        "additionalProperties": false,
    });
    let Value::Object(schema) = schema else { unreachable!("an object was written above") };
    let hints = ToolAnnotations::with_title(title).read_only(reads).destructive(false).open_world(false);
    Tool::new(name, description, Arc::new(schema)).with_title(title).with_annotations(hints)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What some client or some model's service refuses, or reads in its own way.
    const TRICKS: &[&str] = &[
        "$ref", "$defs", "$schema", "oneOf", "anyOf", "allOf", "not", "nullable", "format", "default", "const",
        "pattern",
    ];

    #[test]
    fn schemas_are_plain() {
        for tool in all() {
            let schema = Value::Object((*tool.input_schema).clone());
            let text = schema.to_string();
            for trick in TRICKS {
                assert!(!text.contains(&format!("\"{trick}\":")), "{}: {trick}", tool.name);
            }
            assert_eq!(schema["type"], "object");
            assert_eq!(schema["additionalProperties"], false);
            for (name, field) in schema["properties"].as_object().expect("properties") {
                assert!(field["type"].is_string(), "{}.{name} has one type", tool.name);
                assert!(field["description"].is_string(), "{}.{name} is described", tool.name);
            }
            for name in schema["required"].as_array().expect("required") {
                assert!(schema["properties"].get(name.as_str().expect("text")).is_some(), "{name}");
            }
            assert!(tool.description.is_some_and(|text| text.len() < 1_024), "{} is described in short", tool.name);
        }
    }
}
