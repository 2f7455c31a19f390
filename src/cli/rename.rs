//! `qd rename`: give something another title.

use color_eyre::Result;

use super::{
    act::act,
    context::Context,
    failure::Exit,
    ids::{WorkId, candidates},
    terminal::line,
};
use crate::domain::Command;

/// Give an objective or a session another title
#[derive(Debug, clap::Args)]
pub(super) struct Rename {
    /// The objective or session
    #[arg(value_name = "ID", add = candidates("os"))]
    id: WorkId,
    /// The title, one line; words are joined by spaces
    #[arg(value_name = "TITLE", required = true)]
    title: Vec<String>,
}

impl Rename {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let title = self.title.join(" ");
        let done = format!("{} is now called {}", self.id, line(&title));
        let command = match self.id {
            WorkId::Objective(objective) => Command::RenameObjective { objective, title },
            WorkId::Session(session) => Command::RenameSession { session, title },
        };
        act(context, &command, done).await
    }
}
