//! The person's decision, in the words of a `PermissionRequest` hook.

use serde_json::{Value, json};

use super::{
    super::{payload::Payload, refusal},
    call::{ASK_USER_QUESTION, Call, EXIT_PLAN_MODE},
    questions, suggestions,
};
use crate::domain::{
    question::{Answer, Verdict},
    signal::Decision,
};

/// What the hook prints; `None` where nothing is decided, so that the agent's own dialog does.
pub(in super::super) fn reply(payload: &Payload, decision: &Decision) -> Option<String> {
    let call = (payload.event()? == "PermissionRequest").then(|| Call::of(payload))??;
    let answers = &decision.answers;
    if answers.iter().any(|answer| answer.verdict == Verdict::InPane) {
        return None;
    }
    let refused = answers.iter().find(|answer| answer.verdict == Verdict::Deny);
    let decision = match (refused, call.tool) {
        (Some(refused), _) => deny(refused),
        (None, ASK_USER_QUESTION) => match questions::answered(&call, answers) {
            Some(input) => json!({ "behavior": "allow", "updatedInput": input }),
            None => answers.iter().find(|answer| refusal::words(answer).is_some()).map(deny)?,
        },
        (None, _) => one(payload, &call, answers.first()?)?,
    };
    let specific = json!({ "hookEventName": "PermissionRequest", "decision": decision });
    Some(json!({ "hookSpecificOutput": specific }).to_string())
}

/// A permission or a plan. Words without a choice are a no that says what to do instead.
fn one(payload: &Payload, call: &Call, answer: &Answer) -> Option<Value> {
    let plan = call.tool == EXIT_PLAN_MODE;
    match answer.verdict {
        // Without a mode it would go back to the one it had before the plan, whatever that was.
        Verdict::Allow if plan => Some(approve(call, "default")),
        Verdict::AllowForSession if plan => Some(approve(call, "acceptEdits")),
        Verdict::Allow => Some(json!({ "behavior": "allow" })),
        Verdict::AllowForSession => Some(match suggestions::lasting(payload) {
            Some(lasting) => json!({ "behavior": "allow", "updatedPermissions": lasting.updates }),
            None => json!({ "behavior": "allow" }),
        }),
        Verdict::Deny => Some(deny(answer)),
        Verdict::Pick => refusal::words(answer).map(|_| deny(answer)),
        Verdict::InPane => None,
    }
}

fn approve(call: &Call, mode: &str) -> Value {
    let updates = [suggestions::set_mode(mode)];
    json!({ "behavior": "allow", "updatedInput": call.input, "updatedPermissions": updates })
}

fn deny(answer: &Answer) -> Value {
    json!({ "behavior": "deny", "message": refusal::message(answer) })
}
