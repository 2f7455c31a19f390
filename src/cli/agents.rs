//! `qd agents`: which agents there are, and which can be used.

use color_eyre::Result;

use super::{
    context::Context,
    failure::Exit,
    terminal::{Cell, Paint, Table, home},
};
use crate::api::wire::Found;

/// List agents with what was found of each, and why one is unusable
///
/// JSON: a list of agents.
#[derive(Debug, clap::Args)]
pub(super) struct Agents {
    /// Look again instead of saying what was found before
    #[arg(long)]
    refresh: bool,
}

impl Agents {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let agents = context.client().await?.agents(self.refresh).await?;
        if context.json() {
            context.output.json(&agents)?;
            return Ok(Exit::Done);
        }
        let mut table = Table::new(&["NAME", "AGENT", "FOUND", "PROFILE", "DETAILS"]);
        for agent in agents {
            let (found, details) = match agent.found {
                Found::Usable { path, version } => {
                    let details = format!("{} {version}", home(&path));
                    (Cell::painted(Paint::Good, if agent.default { "default" } else { "usable" }), details)
                }
                Found::Unusable { reason } => {
                    let install = if agent.install.is_empty() { String::new() } else { format!("; {}", agent.install) };
                    (Cell::faint("unusable"), format!("{reason}{install}"))
                }
            };
            table.row([
                Cell::plain(agent.name.as_str()),
                Cell::plain(agent.title),
                found,
                Cell::faint(agent.origin),
                Cell::plain(details),
            ]);
        }
        table.write(&mut context.output, "there is no agent profile")?;
        Ok(Exit::Done)
    }
}
