//! The line at the bottom: what went wrong, what is being filtered, or what keys do here.

use ratatui::{buffer::Buffer, layout::Rect};

use super::Strip;
use crate::tui::{
    action::Action,
    model::{Focus, Model, Notice, Overlay, View},
    text,
};

/// Draws it.
pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let mut strip = Strip::new(buffer, area, 0);
    strip.skip(1);
    match (&model.notice, model.focus) {
        (Some(Notice::Good(words)), _) => {
            strip.left("✓ ", styles.success()).left(words, styles.text());
        }
        (Some(Notice::Bad(problem)), _) => {
            strip.left("✗ ", styles.error()).left(&problem.what, styles.error());
            if let Some(hint) = &problem.hint {
                strip.left("  → ", styles.dim()).left(hint, styles.text());
            }
        }
        (None, Focus::Filter) => {
            strip.left("/", styles.key()).left(model.board.filter().text(), styles.input()).left(" ", styles.cursor());
            strip.right("agent:codex is:asking words · Enter keeps · Esc clears ", styles.hint());
        }
        (None, _) => {
            if !model.board.filter().is_empty() && model.view == View::Board {
                let words = format!(" /{} ", model.board.filter().text());
                strip.right(&words, styles.found());
            }
            keys(model, &mut strip);
        }
    }
}

fn keys(model: &Model, strip: &mut Strip<'_>) {
    let styles = &model.styles;
    for (key, words) in hints(model) {
        let wide = text::width(&key) + text::width(words) + 3;
        if key.is_empty() || wide > strip.free() {
            continue;
        }
        strip.left(&key, styles.key()).skip(1).left(words, styles.hint()).skip(2);
    }
}

/// What keys do here, the most useful first.
fn hints(model: &Model) -> Vec<(String, &'static str)> {
    let named = |actions: &[(Action, &'static str)]| {
        actions.iter().map(|(action, words)| (model.keymap.key(*action), *words)).collect::<Vec<_>>()
    };
    use Action as A;
    match (&model.overlay, model.focus, model.view) {
        (Some(Overlay::Form(_)), ..) => {
            named(&[(A::Submit, "start"), (A::NextField, "next field"), (A::Close, "close, kept")])
        }
        (Some(Overlay::Offer(_)), ..) => {
            named(&[(A::Submit, "send"), (A::NextField, "next field"), (A::Close, "close, kept")])
        }
        (Some(Overlay::Target(form)), ..) => named(&[
            (A::Submit, if form.edits.is_some() { "change it" } else { "add it" }),
            (A::NextField, "next field"),
            (A::Close, "leave"),
        ]),
        (Some(Overlay::Merging(_)), ..) => {
            let mut hints = named(&[(A::Confirm, "merge"), (A::Decline, "leave it")]);
            hints.extend([("Left Right".into(), "choose"), ("Up Down".into(), "next line")]);
            hints
        }
        (Some(Overlay::Line(_)), ..) => vec![("Enter".into(), "do it"), (model.keymap.key(A::Close), "leave")],
        (Some(Overlay::Palette(_)), ..) => {
            vec![("Enter".into(), "do it"), ("Up Down".into(), "choose"), ("Esc".into(), "leave")]
        }
        (Some(Overlay::Confirm(_)), ..) => named(&[(A::Confirm, "yes"), (A::Decline, "no")]),
        (Some(Overlay::Themes { .. }), ..) => named(&[
            (A::MoveDown, "next"),
            (A::MoveUp, "previous"),
            (A::Open, "take it"),
            (A::KeepTheme, "keep it for good"),
            (A::Back, "as before"),
        ]),
        (Some(Overlay::Why { .. }), ..) => {
            named(&[(A::MoveDown, "down"), (A::MoveUp, "up"), (A::SaveWhy, "save in a file"), (A::Back, "close")])
        }
        (Some(Overlay::Help { .. }), ..) => named(&[(A::MoveDown, "down"), (A::MoveUp, "up"), (A::Back, "close")]),
        (None, Focus::TakenOver(_), _) if model.pane_is_gone => {
            vec![("Esc".into(), "comes back; the pane is gone, and no other key does anything")]
        }
        (None, Focus::TakenOver(_), _) => {
            let way_out = model.way_out.as_ref().map(super::super::pane::WayOut::label).unwrap_or_default();
            vec![(way_out, "comes back; every other key goes to the agent")]
        }
        (None, Focus::Steer(_), _) => vec![
            ("Enter".into(), "send"),
            (model.keymap.key(A::NewLine), "new line"),
            (model.keymap.key(A::Close), "close, kept"),
        ],
        (None, Focus::Answer(_), _) => vec![
            ("Enter".into(), "send"),
            (model.keymap.key(A::NewLine), "new line"),
            (model.keymap.key(A::Close), "back, kept"),
            ("PageDown".into(), "read on"),
        ],
        (None, Focus::Filter, _) => Vec::new(),
        (None, Focus::Comment, _) => vec![
            ("Enter".into(), "keep"),
            (model.keymap.key(A::NewLine), "new line"),
            (model.keymap.key(A::Close), "keep, too"),
        ],
        (Some(Overlay::Sides(_)), ..) => named(&[
            (A::MoveDown, "down"),
            (A::MoveUp, "up"),
            (A::OtherPane, "the other side"),
            (A::Open, "compare"),
            (A::Back, "leave"),
        ]),
        (Some(Overlay::Artifacts(_)), ..) => named(&[
            (A::MoveDown, "down"),
            (A::MoveUp, "up"),
            (A::Open, "read"),
            (A::PageDown, "a page on"),
            (A::Back, "back"),
        ]),
        (None, Focus::List, View::Workspaces) => named(&[
            (A::ReclaimUnused, "remove all that can go"),
            (A::Reclaim, "remove this one"),
            (A::Open, "its session"),
            (A::ViewWorkspaces, "look again"),
            (A::Back, "board"),
            (A::Help, "keys"),
        ]),
        (None, Focus::List, View::Diff) => named(&[
            (A::NextHunk, "next hunk"),
            (A::NextFile, "next file"),
            (A::Comment, "comment"),
            (A::SendComments, "send"),
            (A::ChangeLayout, "layout"),
            (A::CompareWith, "compare"),
            (A::EditFile, "edit"),
            (A::OtherPane, "files, text"),
            (A::Refresh, "read anew"),
            (A::Help, "keys"),
            (A::CloseDiff, "close"),
        ]),
        (None, Focus::Question(_), _) => question_hints(model),
        (None, Focus::Screen, _) if model.past.is_some() => named(&[
            (A::Back, "live again"),
            (A::ScrollUp, "up"),
            (A::ScrollDown, "down"),
            (A::Search, "look for"),
            (A::SearchNext, "next match"),
        ]),
        (None, Focus::Screen, _) => named(&[
            (A::Back, "board"),
            (A::Steer, "steer"),
            (A::TakeOver, "take over"),
            (A::Attach, "attach"),
            (A::PageUp, "back in time"),
            (A::Why, "why"),
            (A::Cancel, "cancel"),
            (A::NextThatNeedsYou, "next"),
            (A::Help, "keys"),
        ]),
        (None, Focus::List, View::PullRequests) if !model.pulls.order().is_empty() => named(&[
            (A::Merge, "merge"),
            (A::Publish, "publish again"),
            (A::FollowUp, "fix now"),
            (A::CommentPullRequest, "comment"),
            (A::Diff, "changes"),
            (A::Open, "its session"),
            (A::NextRemark, "remarks"),
            (A::PageDown, "read on"),
            (A::ViewBoard, "board"),
            (A::Help, "keys"),
        ]),
        (None, Focus::List, View::Targets) => named(&[
            (A::AddTarget, "add a host"),
            (A::Open, if model.sights.whole { "the others" } else { "all of it" }),
            (A::CheckTarget, "look now"),
            (A::OpenTarget, "open"),
            (A::DrainTarget, "drain"),
            (A::DisableTarget, "switch off"),
            (A::SetCapacity, "places"),
            (A::EditTarget, "change"),
            (A::RemoveTarget, "remove"),
            (A::ViewBoard, "board"),
            (A::Help, "keys"),
        ]),
        (None, Focus::List, View::PullRequests | View::Questions | View::Activity | View::Usage) => named(&[
            (A::ViewBoard, "board"),
            (A::MoveDown, "down"),
            (A::MoveUp, "up"),
            (A::NextView, "next view"),
            (A::Help, "keys"),
            (A::Leave, "leave"),
        ]),
        (None, Focus::List, View::Board) if model.is_empty() => named(&[
            (A::NewObjective, "new objective"),
            (A::Help, "keys"),
            (A::ChooseTheme, "theme"),
            (A::Leave, "leave"),
        ]),
        (None, Focus::List, View::Board) => named(&[
            (A::Open, "open"),
            (A::NewObjective, "new"),
            (A::Steer, "steer"),
            (A::TakeOver, "take over"),
            (A::Attach, "attach"),
            (A::Diff, "changes"),
            (A::Cancel, "cancel"),
            (A::NextThatNeedsYou, "next"),
            (A::Help, "keys"),
            (A::Filter, "filter"),
            (A::Palette, "all actions"),
            (A::Why, "why"),
            (A::NextView, "views"),
            (A::Leave, "leave"),
        ]),
    }
}

/// What keys do with the question in front.
fn question_hints(model: &Model) -> Vec<(String, &'static str)> {
    use Action as A;
    let Some(question) = model.question() else { return Vec::new() };
    let key = |action| model.keymap.key(action);
    let mut hints = Vec::new();
    if model.questions.waits(question) {
        match question.choices.len() {
            0 => {}
            1 => hints.push(("1".to_owned(), "answer")),
            many => hints.push((format!("1–{}", many.min(9)), if question.multiple { "mark" } else { "answer" })),
        }
        if question.yes().is_some() && question.no().is_some() && !question.multiple {
            hints.push((format!("{} {}", key(A::AnswerYes), key(A::AnswerNo)), "yes no"));
        }
        if question.always().is_some() {
            hints.push((key(A::AnswerAlways), "always"));
        }
        if question.free_text && (model.view != View::Questions || question.multiple) {
            hints.push((key(A::AnswerInWords), "own words"));
        }
    }
    let opens = match model.view {
        View::Questions if !model.questions.waits(question) => "its screen",
        View::Questions if question.multiple => "send",
        View::Questions if question.free_text => "own words",
        View::Questions => "its screen",
        View::Board
        | View::PullRequests
        | View::Targets
        | View::Activity
        | View::Usage
        | View::Workspaces
        | View::Diff => "all of it",
    };
    hints.push((key(A::Open), opens));
    hints.extend([
        (key(A::NextThatNeedsYou), "next"),
        (key(A::Back), "back"),
        (key(A::TakeOver), "take over"),
        (key(A::Attach), "attach"),
        (key(A::Help), "keys"),
        (key(A::Why), "why"),
    ]);
    hints
}
