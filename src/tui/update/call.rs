//! Telling the person what began to need them.

use crate::{
    domain::attention::{Kind, Notice},
    tui::model::Model,
};

/// Most that are told one by one.
const MOST: usize = 3;

/// What is to be told now, as a title and a line, unless nobody is to be called at this hour.
pub(super) fn due(model: &mut Model) -> Option<(String, String)> {
    let calls = model.take_calls();
    let quiet = model.settings.notify.quiet.is_some_and(|quiet| quiet.covers(model.now));
    (!calls.is_empty() && !quiet).then(|| words(&calls))
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
