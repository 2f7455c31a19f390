//! `qd done`: say that work is done.

use color_eyre::Result;

use super::{
    act::act,
    context::Context,
    failure::Exit,
    ids::{WorkId, candidates},
};
use crate::domain::Command;

/// Say that an objective or a session is done; its program is ended
#[derive(Debug, clap::Args)]
pub(super) struct Done {
    /// The objective or session
    #[arg(value_name = "ID", add = candidates("os"))]
    id: WorkId,
    /// Even though pull requests of the objective are open
    #[arg(long)]
    regardless: bool,
}

impl Done {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let command = match self.id {
            WorkId::Objective(objective) => Command::DoneObjective { objective, regardless: self.regardless },
            WorkId::Session(session) => Command::DoneSession { session },
        };
        act(context, &command, format!("{} is done", self.id)).await
    }
}
