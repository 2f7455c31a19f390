//! The first screen: which agents were found, how to get the others, and how to start.

use ratatui::{buffer::Buffer, layout::Rect};

use super::Strip;
use crate::{
    api::wire::{Agent, Found},
    tui::{
        action::Action,
        model::{Agents, Daemon, Model},
    },
};

/// Draws it.
pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let styles = &model.styles;
    let area = Rect { x: area.x + 2.min(area.width), width: area.width.saturating_sub(4), ..area };
    let mut at = u16::from(area.height > 14);
    Strip::new(buffer, area, at)
        .left("Quarterdeck", styles.title(true))
        .left(": one terminal, a crew of coding agents.", styles.text());
    at += 2;
    if let Daemon::Away { problem, .. } = &model.daemon {
        Strip::new(buffer, area, at).left(&problem.what, styles.error());
        at += 2;
    }
    let new = model.keymap.key(Action::NewObjective);
    Strip::new(buffer, area, at)
        .left(&format!("{new:<8}"), styles.key())
        .left("start: say what is to be done", styles.text());
    Strip::new(buffer, area, at + 1)
        .left("qd demo ", styles.key())
        .left("see it alive first, with agents that are played", styles.text());
    let help = model.keymap.key(Action::Help);
    Strip::new(buffer, area, at + 2).left(&format!("{help:<8}"), styles.key()).left("the keys", styles.text());
    at += 4;
    match &model.agents {
        Agents::Unknown => {
            Strip::new(buffer, area, at).left("Looking for agents …", styles.dim());
        }
        Agents::Failed(problem) => {
            Strip::new(buffer, area, at).left(&problem.what, styles.error());
        }
        Agents::Known(agents) => {
            let (found, missing): (Vec<_>, Vec<_>) =
                agents.iter().partition(|agent| matches!(agent.found, Found::Usable { .. }));
            let words = if found.is_empty() { "No agent can be used yet" } else { "Agents that can be used" };
            Strip::new(buffer, area, at).left(words, styles.heading());
            at += 1;
            for agent in found {
                usable(model, agent, at, area, buffer);
                at += 1;
            }
            if !missing.is_empty() {
                Strip::new(buffer, area, at + 1).left("Not here yet, and what installs them", styles.heading());
                at += 2;
            }
            for agent in missing {
                unusable(model, agent, at, area, buffer);
                at += 1;
            }
        }
    }
}

fn usable(model: &Model, agent: &Agent, line: u16, area: Rect, buffer: &mut Buffer) {
    let (styles, Found::Usable { version, path }) = (&model.styles, &agent.found) else { return };
    let mut strip = Strip::new(buffer, area, line);
    strip.left("✓ ", styles.success()).left(&format!("{:<10}", agent.name), styles.text());
    strip.left(&format!("{:<13}", if agent.default { "the default" } else { "" }), styles.accent());
    if !version.is_empty() {
        strip.left(&format!("{version}  "), styles.text());
    }
    strip.left(&path.display().to_string(), styles.dim());
}

fn unusable(model: &Model, agent: &Agent, line: u16, area: Rect, buffer: &mut Buffer) {
    let (styles, Found::Unusable { reason }) = (&model.styles, &agent.found) else { return };
    let mut strip = Strip::new(buffer, area, line);
    strip.left("– ", styles.dim()).left(&format!("{:<10}", agent.name), styles.text());
    // That it is not there says its place in the list already.
    if !reason.starts_with("there is no ") || agent.install.is_empty() {
        strip.left(&format!("{reason}  "), styles.dim());
    }
    strip.left(&agent.install, styles.accent());
}
