//! How a pull request is merged: what will happen, what speaks against it, and what can be chosen.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{Strip, sheet};
use crate::{
    domain::{
        PullRequest,
        pull_request::{Forge, Method},
    },
    tui::{
        action::Action,
        model::{Merging, Model, merging::Field, pulls},
        text,
    },
};

/// Columns of the labels.
const LABEL: usize = 12;

/// Draws it.
pub(super) fn draw(model: &Model, merging: &Merging, body: Rect, buffer: &mut Buffer) {
    let Some(found) = model.world.pull_requests.get(&merging.pull_request) else { return };
    let styles = &model.styles;
    let width = body.width.saturating_sub(4).min(76);
    let against = found.against_merging(pulls::wanted(&model.world, found.id).count());
    let mut lines: Vec<(String, Style)> = Vec::new();
    let mut say = |words: &str, style| lines.extend(text::wrap(words, width).into_iter().map(|line| (line, style)));
    say(&found.title, styles.heading());
    say(&what_happens(found), styles.text());
    for words in &against {
        say(&format!("! {words}"), styles.error());
    }
    if merging.held_back {
        say("Nothing was done: to merge it all the same, say so below.", styles.warning());
    }
    let fields = Merging::fields(found, &against);
    let words = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let rows = words + u16::try_from(fields.len()).unwrap_or(0) + 3;
    let title = format!("merge {} into {}?", found.name(), found.base);
    let area = sheet::draw(model, &title, "", (width, rows), body, buffer);
    // Where there is little room, what can be chosen matters most.
    let below = u16::try_from(fields.len()).unwrap_or(0) + 2;
    let shown = words.min(area.height.saturating_sub(below));
    for (at, (line, style)) in (0..shown).zip(&lines) {
        Strip::new(buffer, area, at).left(line, *style);
    }
    let first = shown + u16::from(area.height > shown + below);
    for (at, &field) in (first..).zip(&fields) {
        draw_field(model, merging, found, field, at, area, buffer);
    }
    let mut strip = Strip::new(buffer, area, area.height.saturating_sub(1));
    strip.left(&model.keymap.key(Action::Confirm), styles.key()).left(" merge it   ", styles.text());
    strip.left(&model.keymap.key(Action::Decline), styles.key()).left(" leave it", styles.text());
}

fn what_happens(found: &PullRequest) -> String {
    match found.forge {
        Forge::Local => format!(
            "{} goes into {} of {}, on this machine. Nothing is pushed.",
            found.branch,
            found.base,
            found.repository.display()
        ),
        Forge::Github => format!("{} goes into {} on GitHub.", found.branch, found.base),
    }
}

fn draw_field(
    model: &Model,
    merging: &Merging,
    found: &PullRequest,
    field: Field,
    at: u16,
    area: Rect,
    buffer: &mut Buffer,
) {
    let styles = &model.styles;
    let focused = merging.field == field;
    let style = if focused { styles.title(true) } else { styles.dim() };
    let (label, words) = match field {
        Field::Method => ("method", method(merging.method).to_owned()),
        Field::Checkout => {
            let base = &found.base;
            let words = if merging.move_checkout {
                format!("moves too, where {base} is checked out and clean")
            } else {
                format!("stays; where it has {base}, the merge waits beside it")
            };
            ("my checkout", words)
        }
        Field::Regardless => {
            ("regardless", if merging.regardless { "yes, merge it all the same" } else { "no" }.into())
        }
    };
    let mut strip = Strip::new(buffer, area, at);
    strip.left(if focused { "› " } else { "  " }, style).left(&format!("{label:<LABEL$}"), style);
    if focused {
        strip.left("‹ ", styles.key()).left(&words, styles.text()).left(" ›", styles.key());
    } else {
        strip.left(&words, styles.text());
    }
}

fn method(method: Method) -> &'static str {
    match method {
        Method::Merge => "merge: a commit with both as parents",
        Method::Squash => "squash: all of it as one commit",
        Method::Rebase => "rebase: commit by commit, on top of the base",
    }
}
