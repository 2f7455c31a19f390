//! `qd ls`: the board.

use color_eyre::Result;
use serde::Serialize;

use super::{
    context::Context,
    failure::Exit,
    rows,
    terminal::{Cell, Paint, Table, home},
};
use crate::domain::{Objective, Session, objective::State};

/// List objectives with their sessions
///
/// JSON: a list of {"objective": …, "sessions": […]}.
#[derive(Debug, clap::Args)]
pub(super) struct Ls {
    /// Only objectives that are open
    #[arg(long)]
    open: bool,
}

#[derive(Serialize)]
struct Row<'w> {
    objective: &'w Objective,
    sessions: Vec<&'w Session>,
}

impl Ls {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let world = context.client().await?.world().await?;
        let wanted = |objective: &&Objective| !self.open || objective.state == State::Open;
        let row = |objective| Row { objective, sessions: world.sessions_of(objective.id).collect() };
        let listed: Vec<Row<'_>> = world.objectives.values().filter(wanted).map(row).collect();
        if context.json() {
            context.output.json(&listed)?;
            return Ok(Exit::Done);
        }
        let now = rows::now();
        let mut table = Table::new(&["ID", "STATE", "DOING", "AGENT", "WHERE", "TITLE"]);
        for Row { objective, sessions } in listed {
            let place = objective.repository.as_deref().map_or_else(|| "no repository".into(), home);
            table.row([
                Cell::painted(Paint::Strong, objective.id.to_string()),
                Cell::faint(objective.state.label()),
                Cell::plain(""),
                Cell::plain(""),
                Cell::faint(place),
                Cell::painted(Paint::Strong, &objective.title),
            ]);
            for session in sessions {
                table.row([
                    Cell::indented(session.id.to_string()),
                    rows::state(session, world.needs_the_person(session)),
                    rows::doing(&world, session, now),
                    Cell::plain(session.profile.as_str()),
                    Cell::plain(whereabouts(session)),
                    Cell::plain(&session.title),
                ]);
            }
        }
        table.write(&mut context.output, "no objective yet: `qd new TEXT` starts one")?;
        Ok(Exit::Done)
    }
}

/// Where it runs, and in which repository where that is not its objective's.
fn whereabouts(session: &Session) -> String {
    let elsewhere = session.repository.as_deref().map(|folder| format!(" {}", home(folder))).unwrap_or_default();
    format!("{}{elsewhere}", session.target)
}
