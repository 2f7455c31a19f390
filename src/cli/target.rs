//! `qd target`: where sessions run.

use clap::Subcommand;
use color_eyre::Result;

use super::{
    act::act,
    context::Context,
    failure::Exit,
    rows,
    terminal::{Cell, Paint, Table, age},
};
use crate::domain::{
    Command, Target as Place, TargetName,
    target::{Link, State},
};

/// List targets, or say how many sessions one takes
///
/// JSON of the list: targets.
#[derive(Debug, clap::Args)]
pub(super) struct Target {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List targets
    List,
    /// Let a target finish what it has and take nothing new
    Drain {
        /// The target
        target: TargetName,
    },
    /// Let a target take sessions again
    Resume {
        /// The target
        target: TargetName,
    },
    /// Switch a target off for new sessions
    Disable {
        /// The target
        target: TargetName,
    },
    /// Say how many sessions a target runs at once
    Capacity {
        /// The target
        target: TargetName,
        /// How many; 0: only the global cap counts
        #[arg(value_name = "NUMBER")]
        sessions: u32,
    },
}

impl Target {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        match self.action {
            None | Some(Action::List) => list(context).await,
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
        }
    }
}

async fn open(context: &mut Context, target: TargetName, opening: State, done: &str) -> Result<Exit> {
    let done = format!("{target} {done}");
    act(context, &Command::SetTarget { target, open: Some(opening), capacity: None }, done).await
}

async fn list(context: &mut Context) -> Result<Exit> {
    let world = context.client().await?.world().await?;
    let targets: Vec<&Place> = world.targets.values().collect();
    if context.json() {
        context.output.json(&targets)?;
        return Ok(Exit::Done);
    }
    let now = rows::now();
    let mut table = Table::new(&["TARGET", "STATE", "SINCE", "SESSIONS", "CAPACITY", "NOTE"]);
    for target in targets {
        let paint = match (target.state, &target.link) {
            (_, Link::Unreachable { .. } | Link::Unfit { .. }) => Paint::Bad,
            (State::Online, Link::Here | Link::Up { .. }) => Paint::Good,
            (State::Online | State::Draining | State::Disabled, _) => Paint::Needs,
        };
        let here = world.sessions.values().filter(|session| session.target == target.name);
        table.row([
            Cell::plain(target.name.as_str()),
            Cell::painted(paint, target.label()),
            Cell::plain(target.since().map_or_else(|| "-".into(), |since| age(now.since(since)))),
            Cell::plain(here.filter(|session| session.state.takes_a_place()).count().to_string()),
            Cell::plain(target.capacity.map_or_else(|| "-".into(), |capacity| capacity.to_string())),
            Cell::plain(target.trouble().unwrap_or_default()),
        ]);
    }
    table.write(&mut context.output, "there is no target")?;
    Ok(Exit::Done)
}
