//! Telling the person what began to need them.

use crate::{
    domain::attention::{Kind, Notice},
    tui::{effect::Effect, model::Model},
};

/// Most that are told one by one.
const MOST: usize = 3;

/// Tells what is to be told now, unless nobody is to be called at this hour.
pub(super) fn now(model: &mut Model, effects: &mut Vec<Effect>) {
    let calls = model.take_calls();
    if calls.is_empty() || model.settings.notify.quiet.is_some_and(|quiet| quiet.covers(model.now)) {
        return;
    }
    let (title, body) = words(&calls);
    effects.push(Effect::Call(title, body));
}

fn words(calls: &[Notice]) -> (String, String) {
    if let [only] = calls {
        return (format!("qd: {} {}", only.session, only.title), only.text.clone());
    }
    let needed = calls.iter().filter(|notice| matches!(notice.kind, Kind::Question | Kind::NeedsYou)).count();
    let title = match needed {
        0 => format!("qd: news of {} sessions", calls.len()),
        1 => "qd: 1 session needs you".to_owned(),
        many => format!("qd: {many} sessions need you"),
    };
    let mut parts: Vec<String> =
        calls.iter().take(MOST).map(|notice| format!("{} {}", notice.session, notice.text)).collect();
    if calls.len() > MOST {
        parts.push(format!("and {} more", calls.len() - MOST));
    }
    (title, parts.join("; "))
}
