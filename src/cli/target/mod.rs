//! `qd target`: where sessions run.

mod add;
mod edit;
mod flags;
mod list;
mod show;

use clap::Subcommand;
use color_eyre::Result;

use super::{act::act, context::Context, failure::Exit, ids::targets};
use crate::domain::{Command, TargetName, target::State};

/// List targets, add hosts, or say how many sessions one takes
///
/// A host needs nothing of quarterdeck: sshd, tmux 3.2 or newer, git and the agents. It is reached through `ssh` as you
/// have set that up, and never asks anything. JSON of the list: targets, each with what is seen of it.
#[derive(Debug, clap::Args)]
pub(super) struct Target {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List targets
    List,
    /// Show everything about a target, with what was found there
    ///
    /// JSON: the target and what is seen of it.
    Show {
        /// The target
        #[arg(add = targets())]
        target: TargetName,
    },
    /// Let sessions run on a host, and look whether they can
    Add(add::Add),
    /// Change what was said of a target; what is not given stays
    Edit(edit::Edit),
    /// Let a target finish what it has and take nothing new
    Drain {
        /// The target
        #[arg(add = targets())]
        target: TargetName,
    },
    /// Let a target take sessions again
    Resume {
        /// The target
        #[arg(add = targets())]
        target: TargetName,
    },
    /// Switch a target off for new sessions
    Disable {
        /// The target
        #[arg(add = targets())]
        target: TargetName,
    },
    /// Say how many sessions a target runs at once
    Capacity {
        /// The target
        #[arg(add = targets())]
        target: TargetName,
        /// How many; 0: only the global cap counts
        #[arg(value_name = "NUMBER")]
        sessions: u32,
    },
    /// Forget a target on which nothing runs; nothing on it is changed
    Remove {
        /// The target
        #[arg(add = targets())]
        target: TargetName,
        /// Why workspaces that are there may be left behind
        #[arg(long)]
        reason: Option<String>,
    },
    /// Look at a target again, now, as `qd doctor TARGET`
    ///
    /// JSON: a list of findings. Exit code 1 when something that is needed is missing.
    #[command(alias = "doctor")]
    Check {
        /// The target
        #[arg(add = targets())]
        target: TargetName,
    },
}

impl Target {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        match self.action {
            None | Some(Action::List) => list::list(context).await,
            Some(Action::Show { target }) => show::show(context, &target).await,
            Some(Action::Add(add)) => add.run(context).await,
            Some(Action::Edit(edit)) => edit.run(context).await,
            Some(Action::Drain { target }) => open(context, target, State::Draining, "takes nothing new").await,
            Some(Action::Resume { target }) => open(context, target, State::Online, "takes sessions").await,
            Some(Action::Disable { target }) => open(context, target, State::Disabled, "is switched off").await,
            Some(Action::Capacity { target, sessions }) => {
                let done = match sessions {
                    0 => format!("{target} has no cap of its own"),
                    sessions => format!("{target} runs at most {sessions} sessions at once"),
                };
                act(context, &Command::SetTarget { target, open: None, capacity: Some(sessions) }, done).await
            }
            Some(Action::Remove { target, reason }) => {
                let done = format!("{target} was removed");
                act(context, &Command::RemoveTarget { target, reason }, done).await
            }
            Some(Action::Check { target }) => super::doctor::check(context, target).await,
        }
    }
}

async fn open(context: &mut Context, target: TargetName, opening: State, done: &str) -> Result<Exit> {
    let done = format!("{target} {done}");
    act(context, &Command::SetTarget { target, open: Some(opening), capacity: None }, done).await
}
