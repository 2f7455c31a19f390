//! Workspaces: whose they are, how large, since when nobody uses them, and whether they can go.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::Strip;
use crate::{
    domain::{
        Workspace,
        figures::bytes,
        workspace::{Kind, State},
    },
    tui::{action::Action, age, model::Model, text},
};

/// Fewest columns in which branches are told in the rows.
const WITH_BRANCH: u16 = 110;
/// Columns of a branch.
const BRANCH: u16 = 32;
/// Rows that tell all of the selected one, at most.
const ALL_OF_ONE: u16 = 6;

/// Draws them.
pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    sum(model, area, buffer);
    let Some(chosen) = model.checkout() else {
        Strip::new(buffer, area, 2).skip(2).left("There is no workspace.", styles.text());
        return;
    };
    let told = all_of(model, chosen, area.width.saturating_sub(4));
    let below = u16::try_from(told.len()).unwrap_or(u16::MAX).min(ALL_OF_ONE).min(area.height / 3);
    let mut heading = Strip::new(buffer, area, 1);
    heading.skip(1).left(&format!("{:<6}{:<6}{:<10}{:<9}", "id", "of", "size", "unused"), styles.dim());
    if area.width >= WITH_BRANCH {
        heading.left_in(BRANCH, &format!("{:<32}", "branch"), styles.dim());
    }
    heading.left("removal", styles.dim());
    let rows = area.height.saturating_sub(below + 3);
    let here = model.world.workspaces.keys().position(|id| *id == chosen.id).unwrap_or(0);
    let first = (here + 1).saturating_sub(usize::from(rows));
    for (at, workspace) in (0..rows).zip(model.world.workspaces.values().skip(first)) {
        let row = Rect { y: area.y + 2 + at, height: 1, ..area };
        draw_one(model, workspace, row, buffer);
        if workspace.id == chosen.id {
            buffer.set_style(row, styles.selected(true));
        }
    }
    let rule = Rect { y: area.bottom().saturating_sub(below + 1), height: 1, ..area };
    Strip::new(buffer, rule, 0).left(&"─".repeat(usize::from(area.width)), styles.border(false));
    for (at, (line, style)) in (0..below).zip(told) {
        Strip::new(buffer, Rect { y: rule.y + 1, height: below, ..area }, at).skip(2).left(&line, style);
    }
}

/// How much there is, and what of it is offered for removal.
fn sum(model: &Model, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let known = model.world.workspaces.keys().filter_map(|id| model.checkouts.found(*id)?.as_ref().ok());
    let (seen, total) = known.fold((0, 0), |(seen, total), found| (seen + 1, total + found.bytes));
    let all = model.world.workspaces.len();
    let noun = if all == 1 { "workspace" } else { "workspaces" };
    let looking = if seen < all { " (looking …)" } else { "" };
    let mut strip = Strip::new(buffer, area, 0);
    strip.skip(1).left(&format!("{all} {noun}, {}{looking}", bytes(total)), styles.text());
    let (offered, size) = model.offered();
    if !offered.is_empty() {
        let key = model.keymap.key(Action::ReclaimUnused);
        let words = format!("  · {key} removes {} of them without loss: {}", offered.len(), bytes(size));
        strip.left(&words, styles.success());
    }
}

fn draw_one(model: &Model, workspace: &Workspace, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let size = match model.checkouts.found(workspace.id) {
        _ if workspace.kind == Kind::Shared => "-".to_owned(),
        Some(Ok(found)) => bytes(found.bytes),
        Some(Err(_)) => "?".to_owned(),
        None => "…".to_owned(),
    };
    let unused = model.world.unused_since(workspace).map(|since| age::short(model.now, since));
    let mut strip = Strip::new(buffer, area, 0);
    strip.skip(1).left(&format!("{:<6}", workspace.id), styles.text());
    strip.left(&format!("{:<6}", workspace.owner), styles.accent());
    strip.left(&format!("{size:<10}"), styles.text());
    strip.left(&format!("{:<9}", unused.unwrap_or_else(|| "-".into())), styles.dim());
    if area.width >= WITH_BRANCH {
        let branch = workspace.branch.as_deref().unwrap_or("-");
        strip.left(&format!("{:<32}", text::cut(branch, BRANCH - 2)), styles.text());
    }
    let (words, style) = removal(model, workspace);
    strip.left(&words, style);
}

/// What becomes of it, or why it stays.
fn removal(model: &Model, workspace: &Workspace) -> (String, Style) {
    let styles = &model.styles;
    match &workspace.state {
        State::Planned => return ("is being made".into(), styles.dim()),
        State::Removing { .. } => return ("is being removed …".into(), styles.dim()),
        State::Restoring { .. } => return ("is being brought back …".into(), styles.dim()),
        State::Removed { .. } => return ("is removed".into(), styles.dim()),
        State::Left { .. } => return ("is left behind".into(), styles.dim()),
        State::Ready => {}
    }
    if workspace.kind == Kind::Shared {
        return ("your own folder".into(), styles.dim());
    }
    if model.world.unused_since(workspace).is_none() {
        return ("in use".into(), styles.dim());
    }
    match model.checkouts.found(workspace.id) {
        None => ("looking …".into(), styles.dim()),
        Some(Err(problem)) => (problem.what.clone(), styles.error()),
        Some(Ok(found)) if found.removable => (format!("can go: {}", found.verdict), styles.success()),
        Some(Ok(found)) => (format!("stays: {}", found.verdict), styles.warning()),
    }
}

/// All that is known of one, in lines.
fn all_of(model: &Model, workspace: &Workspace, width: u16) -> Vec<(String, Style)> {
    let styles = &model.styles;
    let home = model.settings.home.as_deref().and_then(|home| workspace.path.strip_prefix(home).ok());
    let path = home.map_or_else(|| workspace.path.display().to_string(), |rest| format!("~/{}", rest.display()));
    let on = workspace.branch.as_deref().map(|branch| format!(" on {branch}")).unwrap_or_default();
    let place = format!("{} {} at {path}{on}", workspace.id, workspace.kind.label());
    let (removal, style) = removal(model, workspace);
    let lines =
        |words: &str, style| text::wrap(words, width).into_iter().map(move |line| (line, style)).collect::<Vec<_>>();
    [lines(&place, styles.text()), lines(&removal, style)].concat()
}
