//! `qd pr close`: take it back.

use color_eyre::Result;

use super::outcome::{Wanted, ask_for};
use crate::{
    cli::{context::Context, failure::Exit, ids::candidates, waiting::Waiting},
    domain::{Command, PullRequestId},
};

/// Close a pull request without merging it; its branch stays
///
/// JSON: the reply; with --wait the pull request as it stands then.
#[derive(Debug, clap::Args)]
pub(super) struct Close {
    /// The pull request
    #[arg(value_name = "PULL-REQUEST", add = candidates("p"))]
    pull_request: PullRequestId,
    #[command(flatten)]
    waiting: Waiting,
}

impl Close {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let command = Command::ClosePullRequest { pull_request: self.pull_request };
        ask_for(context, &command, self.waiting, Wanted::Closed).await
    }
}
