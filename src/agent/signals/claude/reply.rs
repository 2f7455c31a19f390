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
        (None, tool) => one(payload, &call, answers.first()?, tool == EXIT_PLAN_MODE)?,
    };
    let specific = json!({ "hookEventName": "PermissionRequest", "decision": decision });
    Some(json!({ "hookSpecificOutput": specific }).to_string())
}

/// A permission or a plan. Words without a choice are a no that says what to do instead.
fn one(payload: &Payload, call: &Call, answer: &Answer, plan: bool) -> Option<Value> {
    let mut decision = json!({ "behavior": "allow" });
    if plan {
        decision["updatedInput"] = call.input.clone();
    }
    match answer.verdict {
        Verdict::Allow => Some(decision),
        Verdict::AllowForSession => {
            let lasting = || suggestions::lasting(payload).map(|lasting| lasting.updates);
            let updates = if plan { Some(vec![suggestions::accept_edits()]) } else { lasting() };
            if let Some(updates) = updates {
                decision["updatedPermissions"] = json!(updates);
            }
            Some(decision)
        }
        Verdict::Deny => Some(deny(answer)),
        Verdict::Pick => refusal::words(answer).map(|_| deny(answer)),
        Verdict::InPane => None,
    }
}

fn deny(answer: &Answer) -> Value {
    json!({ "behavior": "deny", "message": refusal::message(answer) })
}
