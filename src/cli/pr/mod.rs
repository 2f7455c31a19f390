//! `qd pr`: branches that are offered for review, on a forge or on this machine.
//!
//! - [`list`], [`mod@show`] say how they stand; [`looks`] is how their parts look.
//! - [`publish`], [`update`], [`comment`], [`merge`], [`close`] move one on; [`described`] is what it says of itself, and
//!   [`outcome`] waits until the daemon has done it.
//! - [`fix`], [`settle`] say what comes of what was said about one.

mod close;
mod comment;
mod described;
mod fix;
mod list;
mod looks;
mod merge;
mod outcome;
mod publish;
mod settle;
mod show;
mod update;

use clap::Subcommand;
use color_eyre::Result;

use super::{context::Context, failure::Exit};

pub(super) use show::show;

/// Offer work for review, follow what is said about it, merge it
///
/// A pull request is on GitHub (through `gh`), or local: then it is reviewed and merged on this machine.
#[derive(Debug, clap::Args)]
pub(super) struct Pr {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(list::List),
    Show(show::Show),
    Publish(publish::Publish),
    Update(update::Update),
    Comment(comment::Comment),
    Merge(merge::Merge),
    Close(close::Close),
    Fix(fix::Fix),
    Settle(settle::Settle),
}

impl Pr {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        match self.action {
            Action::List(action) => action.run(context).await,
            Action::Show(action) => action.run(context).await,
            Action::Publish(action) => action.run(context).await,
            Action::Update(action) => action.run(context).await,
            Action::Comment(action) => action.run(context).await,
            Action::Merge(action) => action.run(context).await,
            Action::Close(action) => action.run(context).await,
            Action::Fix(action) => action.run(context).await,
            Action::Settle(action) => action.run(context).await,
        }
    }
}
