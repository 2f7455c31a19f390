//! How the parts of a pull request look in a row.

use crate::{
    cli::terminal::{Cell, Paint},
    domain::{
        PullRequest,
        pull_request::{Checks, Mergeable, Review, State},
    },
};

/// Where it stands, and what is being done to it.
pub(super) fn state(offer: &PullRequest) -> Cell {
    let paint = match &offer.state {
        _ if offer.problem.is_some() => Paint::Bad,
        _ if offer.step.is_some() => Paint::Busy,
        State::Open if offer.is_ready() => Paint::Good,
        State::Draft | State::Open => Paint::Plain,
        State::Closed | State::Merged { .. } => Paint::Faint,
    };
    Cell::painted(paint, state_words(offer))
}

/// The same without colours.
pub(super) fn state_words(offer: &PullRequest) -> String {
    let doing = offer.step.as_ref().map(|step| format!(" · {}", step.label())).unwrap_or_default();
    let problem = if offer.problem.is_some() { " · problem" } else { "" };
    format!("{}{doing}{problem}", offer.state.label())
}

/// What its checks say: `✓3 ✗1 …2`, `-` where there are none.
pub(super) fn checks(checks: &Checks) -> Cell {
    let paint = match (checks.failed.is_empty(), checks.pending) {
        (false, _) => Paint::Bad,
        (true, 0) if checks.is_empty() => return Cell::faint("-"),
        (true, 0) => Paint::Good,
        (true, _) => Paint::Busy,
    };
    Cell::painted(paint, check_words(checks))
}

/// The same without colours.
pub(super) fn check_words(checks: &Checks) -> String {
    let parts = [('✓', checks.passed as usize), ('✗', checks.failed.len()), ('…', checks.pending as usize)];
    let parts = parts.iter().filter(|(_, count)| *count > 0).map(|(sign, count)| format!("{sign}{count}"));
    parts.collect::<Vec<_>>().join(" ")
}

/// What reviewers say.
pub(super) fn review(review: Review) -> Cell {
    match review {
        Review::None => Cell::faint("-"),
        Review::Approved => Cell::painted(Paint::Good, review.label()),
        Review::ChangesRequested => Cell::painted(Paint::Needs, review.label()),
    }
}

/// Whether it could be merged; `-` where that is no question any more.
pub(super) fn mergeable(offer: &PullRequest) -> Cell {
    match &offer.mergeable {
        _ if !offer.state.is_open() => Cell::faint("-"),
        Mergeable::Unknown => Cell::faint("unknown"),
        Mergeable::Clean => Cell::painted(Paint::Good, "clean"),
        Mergeable::Conflicts { .. } => Cell::painted(Paint::Bad, "conflicts"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_counted_by_how_they_ended() {
        let checks = Checks { passed: 3, pending: 2, failed: vec!["test".into()] };
        assert_eq!(check_words(&checks), "✓3 ✗1 …2");
        assert_eq!(check_words(&Checks { passed: 1, ..Checks::default() }), "✓1");
    }
}
