//! The first screen: which agents were found, how to get the others, and how to start.

use ratatui::{buffer::Buffer, layout::Rect};

use super::Strip;
use crate::{
    api::wire::Found,
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
            let found = agents.iter().filter(|agent| matches!(agent.found, Found::Usable { .. })).count();
            let words = format!("Agents: {found} of {} can be used", agents.len());
            Strip::new(buffer, area, at).left(&words, styles.heading());
            for (line, agent) in (at + 1..).zip(agents) {
                let mut strip = Strip::new(buffer, area, line);
                match &agent.found {
                    Found::Usable { version, path } => {
                        strip.left("✓ ", styles.success()).left(&format!("{:<10}", agent.name), styles.text());
                        let default = if agent.default { ", the default" } else { "" };
                        strip.left(&format!("{version}{default}  "), styles.text());
                        strip.left(&path.display().to_string(), styles.dim());
                    }
                    Found::Unusable { reason } => {
                        strip.left("– ", styles.dim()).left(&format!("{:<10}", agent.name), styles.text());
                        strip.left(&format!("{reason}  "), styles.dim()).left(&agent.install, styles.accent());
                    }
                }
            }
        }
    }
}
