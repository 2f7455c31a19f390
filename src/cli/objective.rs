//! `qd objective`: how an objective is worked on.

use clap::{Subcommand, ValueEnum};
use color_eyre::Result;

use super::{act::act, context::Context, failure::Exit, ids::candidates};
use crate::domain::{Command, ObjectiveId};

/// Say how an objective is worked on
#[derive(Debug, clap::Args)]
pub(super) struct Objective {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Change what its agents may do
    Set {
        /// The objective
        #[arg(value_name = "OBJECTIVE", add = candidates("o"))]
        objective: ObjectiveId,
        /// Its agents publish, update and comment pull requests by themselves; merging and closing stays with you
        #[arg(long, value_name = "on|off", hide_possible_values = true)]
        agents_publish: Switch,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

impl Objective {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let Action::Set { objective, agents_publish } = self.action;
        let may = agents_publish == Switch::On;
        let done = match may {
            true => format!("the agents of {objective} may publish by themselves"),
            false => format!("the agents of {objective} leave publishing to you"),
        };
        act(context, &Command::SetObjective { objective, agents_publish: Some(may) }, done).await
    }
}
