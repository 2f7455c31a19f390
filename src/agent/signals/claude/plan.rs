//! A plan that the person approves or sends back: `ExitPlanMode`.

use super::{
    super::{options, payload::word, words::whole},
    call::{Call, EXIT_PLAN_MODE},
};
use crate::domain::{
    question::{DETAIL_BYTES, Kind, Verdict},
    signal::{Ask, Part},
};

/// What the agent asks; `None` for any other tool.
pub(super) fn ask(call: &Call, key: &str) -> Option<Ask> {
    if call.tool != EXIT_PLAN_MODE {
        return None;
    }
    let plan = word(call.input, "plan");
    let text = match plan {
        Some(_) => "Claude wants its plan approved",
        None => "Claude wants to leave plan mode; it has written no plan",
    };
    let offered = vec![
        options::option("Approve; ask before each edit", "it starts, and asks as usual", Verdict::Allow),
        options::option("Approve; accept edits", "it starts in accept-edits mode", Verdict::AllowForSession),
        options::option("Keep planning", "your words tell it what to change", Verdict::Deny),
        options::in_its_pane(),
    ];
    let part = Part {
        text: text.into(),
        detail: plan.map(|plan| whole(plan, DETAIL_BYTES)).unwrap_or_default(),
        options: offered,
        multiple: false,
        free_text: true,
    };
    Some(Ask { key: key.to_owned(), subject: call.subject(), kind: Kind::Plan, parts: vec![part] })
}
