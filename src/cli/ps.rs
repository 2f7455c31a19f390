//! `qd ps`: sessions, one a line.

use color_eyre::Result;

use super::{
    context::Context,
    failure::Exit,
    rows,
    terminal::{Cell, Table, age},
};
use crate::domain::Session;

/// List sessions
///
/// JSON: a list of sessions.
#[derive(Debug, clap::Args)]
pub(super) struct Ps {
    /// Ended ones too
    #[arg(long, short)]
    all: bool,
    /// Only those that need you
    #[arg(long, conflicts_with = "all")]
    needs_me: bool,
}

impl Ps {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let world = context.client().await?.world().await?;
        let wanted = |session: &&Session| {
            (self.all || !session.state.is_final()) && (!self.needs_me || world.needs_the_person(session))
        };
        let sessions: Vec<&Session> = world.sessions.values().filter(wanted).collect();
        if context.json() {
            context.output.json(&sessions)?;
            return Ok(Exit::Done);
        }
        let now = rows::now();
        let mut table = Table::new(&["ID", "STATE", "DOING", "AGENT", "TARGET", "AGE", "TITLE"]);
        for session in sessions {
            table.row([
                Cell::plain(session.id.to_string()),
                rows::state(session, world.needs_the_person(session)),
                rows::doing(&world, session, now),
                Cell::plain(session.profile.as_str()),
                Cell::plain(session.target.as_str()),
                Cell::plain(age(now.since(session.created_at))),
                Cell::plain(&session.title),
            ]);
        }
        table.write(&mut context.output, "no such session; `qd ps --all` lists ended ones too")?;
        Ok(Exit::Done)
    }
}
