//! The person's decision, in the words of a `PermissionRequest` hook.

use serde_json::json;

use super::super::{payload::Payload, refusal};
use crate::domain::{question::Verdict, signal::Decision};

/// What the hook prints; `None` where nothing is decided, so that the agent's own dialog does. Codex refuses a reply that
/// says more than yes or no.
pub(in super::super) fn reply(payload: &Payload, decision: &Decision) -> Option<String> {
    let answer = decision.answers.first().filter(|_| payload.event() == Some("PermissionRequest"))?;
    let deny = || json!({ "behavior": "deny", "message": refusal::message(answer) });
    let decision = match answer.verdict {
        Verdict::Allow | Verdict::AllowForSession => json!({ "behavior": "allow" }),
        Verdict::Deny => deny(),
        // Words without a choice are a no that says what to do instead.
        Verdict::Pick => refusal::words(answer).map(|_| deny())?,
        Verdict::InPane => return None,
    };
    let specific = json!({ "hookEventName": "PermissionRequest", "decision": decision });
    Some(json!({ "hookSpecificOutput": specific }).to_string())
}
