//! What there is to call, as every client can take it: plain objects, each field of one type.

use std::sync::Arc;

use rmcp::model::{Tool, ToolAnnotations};
use serde_json::{Value, json};

/// The one that waits for the person.
pub(super) const ASK_USER: &str = "ask_user";

const PUBLISH_PR: &str = "publish_pr";
const UPDATE_PR: &str = "update_pr";
const COMMENT_PR: &str = "comment_pr";

/// A call of it takes as long as the forge does.
pub(super) fn lasts(name: &str) -> bool {
    [PUBLISH_PR, UPDATE_PR, COMMENT_PR].contains(&name)
}

/// What a caller may do beside what all may. A call of anything else is refused by the rules, not by the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct May {
    /// Offer its work for review by itself.
    pub(super) publish: bool,
    /// Judge another session's change.
    pub(super) review: bool,
}

/// Those that a caller is told of.
pub(super) fn listed(may: May) -> Vec<Tool> {
    let mut listed = every_agents();
    if may.publish {
        listed.extend(publishers());
    }
    if may.review {
        listed.push(submit_review());
    }
    listed
}

/// All of them.
fn all() -> Vec<Tool> {
    listed(May { publish: true, review: true })
}

fn every_agents() -> Vec<Tool> {
    vec![ask_user(), report_result(), report_progress(), create_note(), list_artifacts(), read_artifact()]
}

fn publishers() -> Vec<Tool> {
    vec![publish_pr(), update_pr(), comment_pr()]
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

fn publish_pr() -> Tool {
    let title =
        "One line that says what the change does; at most 200 characters. Leave out to take your session's title.";
    let body = "What was changed and why, how it was checked, what reviewers should look at. Markdown, at most 64 KiB. \
                Leave out to take your report.";
    outward(tool(
        PUBLISH_PR,
        "Publish your work",
        "Offer what you have committed for review as a pull request of your branch; called again, it sends what you have \
         committed since. Use it when the work is committed and checked, before report_result. It pushes for you: don't push \
         or open pull requests yourself. It waits until that is done and returns the number and the address, or why it was \
         not done. What reviewers and checks say comes to you as a message.",
        json!({
            "title": {"type": "string", "description": title},
            "body": {"type": "string", "description": body},
        }),
        &[],
        false,
    ))
}

fn update_pr() -> Tool {
    let title = "The new title, one line; at most 200 characters. Leave out to keep it.";
    let body = "The whole new text, in Markdown; at most 64 KiB. Leave out to keep it.";
    outward(tool(
        UPDATE_PR,
        "Describe your pull request anew",
        "Change the title or the text of your pull request, when what it says is no longer what it does. New commits are sent \
         with publish_pr.",
        json!({
            "title": {"type": "string", "description": title},
            "body": {"type": "string", "description": body},
        }),
        &[],
        false,
    ))
}

fn comment_pr() -> Tool {
    let text = "What you say, in Markdown; at most 16 KiB.";
    outward(tool(
        COMMENT_PR,
        "Comment your pull request",
        "Say something in public about your pull request: answer a reviewer, or explain a decision. Its readers are other \
         people, not only the person who gave you this work. Use it rarely: what the person needs to know belongs in \
         report_result.",
        json!({"text": {"type": "string", "description": text}}),
        &["text"],
        false,
    ))
}

fn submit_review() -> Tool {
    let verdict = "approve: the change does what was asked, is correct, and can go on as it is. request_changes: something \
                   must be changed first; what you say goes to its author.";
    let summary = "Why, or precisely what must be changed: file by file, with the line and the reason. For its author, who \
                   has not watched you. Markdown, at most 64 KiB.";
    tool(
        "submit_review",
        "Submit your review",
        "Say what you found in the change that you were given to review, once, as the last thing you do. Without this call \
         nobody knows your verdict.",
        json!({
            "verdict": {"type": "string", "enum": ["approve", "request_changes"], "description": verdict},
            "summary": {"type": "string", "description": summary},
        }),
        &["verdict", "summary"],
        false,
    )
}

/// One whose effect others see.
fn outward(tool: Tool) -> Tool {
    let hints = tool.annotations.clone().unwrap_or_default().open_world(true);
    tool.with_annotations(hints)
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
    fn a_caller_is_told_of_what_it_may() {
        let names = |may| listed(may).iter().map(|tool| tool.name.to_string()).collect::<Vec<_>>();
        let least = names(May::default());
        assert!(!least.iter().any(|name| name.ends_with("_pr") || name == "submit_review"), "{least:?}");
        let publisher = names(May { publish: true, review: false });
        assert_eq!(publisher[least.len()..], ["publish_pr", "update_pr", "comment_pr"]);
        let reviewer = names(May { publish: false, review: true });
        assert_eq!(reviewer[least.len()..], ["submit_review"]);
        assert!(
            find("comment_pr")
                .is_some_and(|tool| tool.annotations.and_then(|hints| hints.open_world_hint) == Some(true))
        );
    }

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
