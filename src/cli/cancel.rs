//! `qd cancel`: give work up.

use color_eyre::Result;

use super::{
    act::act,
    context::Context,
    failure::Exit,
    ids::{WorkId, candidates},
};
use crate::domain::Command;

/// Give up objectives or sessions: their agents and every process of theirs are ended
#[derive(Debug, clap::Args)]
pub(super) struct Cancel {
    /// Objectives or sessions
    #[arg(value_name = "ID", required = true, add = candidates("os"))]
    ids: Vec<WorkId>,
}

impl Cancel {
    /// Stops at the first that can't be canceled; those before it are.
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        for id in self.ids {
            let command = match id {
                WorkId::Objective(objective) => Command::CancelObjective { objective },
                WorkId::Session(session) => Command::CancelSession { session },
            };
            act(context, &command, format!("{id} is canceled")).await?;
        }
        Ok(Exit::Done)
    }
}
