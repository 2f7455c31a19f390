//! The person's decision, in the words of a hook that waits for it.

use serde_json::{Value, json};

use super::{
    super::{payload::Payload, refusal},
    questions,
};
use crate::domain::{
    question::{Answer, Verdict},
    signal::Decision,
};

/// What the hook prints; `None` where nothing is decided, so that the agent's own dialog does.
pub(in super::super) fn reply(payload: &Payload, decision: &Decision) -> Option<String> {
    let answers = &decision.answers;
    if answers.iter().any(|answer| answer.verdict == Verdict::InPane) {
        return None;
    }
    let specific = match payload.event()? {
        "PermissionRequest" => {
            json!({ "hookEventName": "PermissionRequest", "decision": permission(answers.first()?)? })
        }
        "PreToolUse" => json!({
            "hookEventName": "PreToolUse",
            "permissionDecision": "deny",
            "permissionDecisionReason": answer(payload, answers)?,
        }),
        _ => return None,
    };
    Some(json!({ "hookSpecificOutput": specific }).to_string())
}

/// Codex refuses a reply that says more than yes or no.
fn permission(answer: &Answer) -> Option<Value> {
    let deny = || json!({ "behavior": "deny", "message": refusal::message(answer) });
    match answer.verdict {
        Verdict::Allow | Verdict::AllowForSession => Some(json!({ "behavior": "allow" })),
        Verdict::Deny => Some(deny()),
        // Words without a choice are a no that says what to do instead.
        Verdict::Pick => refusal::words(answer).map(|_| deny()),
        Verdict::InPane => None,
    }
}

/// What the model reads instead of what its form would have given.
fn answer(payload: &Payload, answers: &[Answer]) -> Option<String> {
    if let Some(refused) = answers.iter().find(|answer| answer.verdict == Verdict::Deny) {
        return Some(refusal::message(refused).to_owned());
    }
    let words = || answers.iter().find_map(refusal::words).map(str::to_owned);
    questions::answered(payload, answers).or_else(words)
}
