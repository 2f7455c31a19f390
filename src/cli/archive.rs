//! `qd archive`: put an ended objective away.

use color_eyre::Result;

use super::{act::act, context::Context, failure::Exit, ids::candidates};
use crate::domain::{Command, ObjectiveId};

/// Put an ended objective away; its history stays
#[derive(Debug, clap::Args)]
pub(super) struct Archive {
    /// The objective
    #[arg(value_name = "OBJECTIVE", add = candidates("o"))]
    objective: ObjectiveId,
}

impl Archive {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let objective = self.objective;
        act(context, &Command::Archive { objective }, format!("{objective} is put away")).await
    }
}
