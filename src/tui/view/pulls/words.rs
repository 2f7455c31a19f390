//! Pull requests, verifications and judgements in few words.

use ratatui::style::Style;

use crate::{
    domain::{PullRequest, Session, activity::Doing, judgement::Verdict, pull_request::Checks, verification},
    tui::{
        age,
        model::{Model, pulls::Standing},
        theme::Styles,
    },
};

/// What its standing looks like.
pub(in crate::tui::view) fn look(standing: Standing, styles: &Styles) -> Style {
    match standing {
        Standing::Asked | Standing::ChangesRequested => styles.doing(Doing::YourTurn),
        Standing::Problem | Standing::Conflicts | Standing::Red => styles.error(),
        Standing::Busy(_) | Standing::Checks => styles.doing(Doing::Working),
        Standing::Ready => styles.success().bold(),
        Standing::Merged => styles.success(),
        Standing::Draft | Standing::Closed => styles.dim(),
    }
}

/// How many checks stand how: `✓3`, `✗1`, `…2`; nothing of which there are none.
pub(super) fn checks(checks: &Checks, styles: &Styles) -> Vec<(String, Style)> {
    let failed = u32::try_from(checks.failed.len()).unwrap_or(u32::MAX);
    let parts = [
        (checks.passed, "✓", styles.success()),
        (failed, "✗", styles.error()),
        (checks.pending, "…", styles.doing(Doing::Working)),
    ];
    let some = parts.into_iter().filter(|(count, ..)| *count > 0);
    some.map(|(count, sign, style)| (format!("{sign}{count}"), style)).collect()
}

/// What a row says of how a session's work is verified, judged and offered: `verifying 12s`, `#12 ✗2`; what matters most
/// comes first.
pub(in crate::tui::view) fn short(model: &Model, session: &Session) -> Vec<(String, Style)> {
    let (styles, marks) = (&model.styles, model.index.marks(session.id));
    let mut parts = Vec::new();
    let verification = marks.verification.and_then(|id| model.world.verifications.get(&id));
    let lives = !session.state.is_final();
    match verification.map(|found| (&found.state, found.created_at)) {
        Some((verification::State::Running, since)) => {
            parts.push((format!("verifying {}", age::short(model.now, since)), styles.doing(Doing::Working)));
        }
        Some((verification::State::Failed { .. } | verification::State::Broken { .. }, _)) if lives => {
            parts.push(("not verified".into(), styles.error()));
        }
        Some(_) | None => {}
    }
    let judgement = marks.judged_by.filter(|_| lives).and_then(|id| model.world.judgements.get(&id));
    match judgement.map(|found| &found.verdict) {
        Some(verdict @ Verdict::Awaited) => parts.push((verdict.label().into(), styles.accent())),
        Some(verdict @ (Verdict::ChangesRequested { .. } | Verdict::Missing { .. })) => {
            parts.push((verdict.label().into(), styles.warning()));
        }
        Some(Verdict::Approved { .. } | Verdict::Overruled { .. }) | None => {}
    }
    if let Some(found) = marks.pull_request.and_then(|id| model.world.pull_requests.get(&id)) {
        let standing = Standing::of(&model.world, found);
        let (glyph, word) = standing.sign();
        let name = found.name();
        let words = match standing {
            Standing::Merged | Standing::Closed => word.to_owned(),
            Standing::Red => format!("{name} {glyph}{}", found.checks.failed.len()),
            Standing::Checks => format!("{name} …{}", found.checks.pending),
            Standing::Asked
            | Standing::Problem
            | Standing::Conflicts
            | Standing::ChangesRequested
            | Standing::Busy(_)
            | Standing::Ready
            | Standing::Draft => format!("{name} {glyph}"),
        };
        parts.push((words, look(standing, styles)));
    }
    parts
}

/// The same in words.
pub(in crate::tui::view) fn in_words(model: &Model, session: &Session) -> Vec<String> {
    let marks = model.index.marks(session.id);
    let mut words = Vec::new();
    if let Some(found) = marks.verification.and_then(|id| model.world.verifications.get(&id)) {
        words.push(match &found.state {
            verification::State::Running => format!("verifying for {}", age::short(model.now, found.created_at)),
            verification::State::Passed { .. } => "verified".into(),
            verification::State::Failed { how } => format!("not verified: {how}"),
            verification::State::Broken { why } => format!("could not be verified: {why}"),
        });
    }
    if let Some(found) = marks.judged_by.and_then(|id| model.world.judgements.get(&id)) {
        let reviewer = found.reviewer;
        words.push(match &found.verdict {
            Verdict::Awaited => format!("under review by {reviewer}"),
            Verdict::Approved { .. } => format!("approved by {reviewer}"),
            Verdict::ChangesRequested { summary, .. } => format!("{reviewer} wants changes: {summary}"),
            Verdict::Overruled { reason, .. } => format!("{reviewer} was overruled: {reason}"),
            Verdict::Missing { why, .. } => format!("not reviewed: {why}"),
        });
    }
    if let Some(found) = marks.pull_request.and_then(|id| model.world.pull_requests.get(&id)) {
        words.push(standing_in_words(model, found));
    }
    words
}

fn standing_in_words(model: &Model, found: &PullRequest) -> String {
    let name = found.name();
    match Standing::of(&model.world, found) {
        Standing::Asked => format!("{name} was closed by somebody"),
        Standing::Problem => format!("{name}: {}", found.problem.as_deref().unwrap_or_default()),
        Standing::Conflicts => format!("{name} conflicts with {}", found.base),
        Standing::Red => format!("{name} is red: {}", found.checks.failed.join(", ")),
        Standing::ChangesRequested => format!("{name}: a reviewer wants changes"),
        Standing::Busy(step) => format!("{name} is {step}"),
        Standing::Checks => format!("{name}: {} checks run", found.checks.pending),
        Standing::Ready => format!("{name} is ready to be merged into {}", found.base),
        Standing::Draft => format!("{name} is not published yet"),
        Standing::Merged => format!("{name} is merged into {}", found.base),
        Standing::Closed => format!("{name} is closed"),
    }
}
