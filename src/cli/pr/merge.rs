//! `qd pr merge`: take it into its base.

use clap::ValueEnum;
use color_eyre::Result;

use super::outcome::{Wanted, ask_for};
use crate::{
    cli::{context::Context, failure::Exit, ids::candidates, waiting::Waiting},
    domain::{Command, PullRequestId, pull_request},
};

/// Merge a pull request into its base; its session is done then
///
/// A local one goes into your own branch, without touching your checkout: where the base is checked out, that moves only
/// with --move-checkout and only when it is clean; otherwise the merge waits on a branch of its own. With --wait, exit
/// code 0: it is merged; 1: it is not; 4: it waits on a branch of its own, or was closed meanwhile.
///
/// JSON: the reply; with --wait the pull request as it stands then.
#[derive(Debug, clap::Args)]
pub(super) struct Merge {
    /// The pull request
    #[arg(value_name = "PULL-REQUEST", add = candidates("p"))]
    pull_request: PullRequestId,
    /// How
    #[arg(long, value_name = "METHOD", default_value = "merge")]
    method: Method,
    /// Your own checkout of the base may move with it, if nothing is uncommitted there
    #[arg(long)]
    move_checkout: bool,
    /// Even though checks are red or running, changes are wanted, or remarks wait
    #[arg(long)]
    regardless: bool,
    #[command(flatten)]
    waiting: Waiting,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Method {
    /// By a commit with both as parents
    Merge,
    /// As one commit
    Squash,
    /// Commit by commit, on top of the base
    Rebase,
}

impl Merge {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let Self { pull_request, method, move_checkout, regardless, waiting } = self;
        let command = Command::MergePullRequest { pull_request, method: method.into(), move_checkout, regardless };
        ask_for(context, &command, waiting, Wanted::Merged).await
    }
}

impl From<Method> for pull_request::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Merge => Self::Merge,
            Method::Squash => Self::Squash,
            Method::Rebase => Self::Rebase,
        }
    }
}
