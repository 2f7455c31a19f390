//! `qd pr comment`: say something about it.

use color_eyre::Result;

use super::outcome::{Wanted, ask_for};
use crate::{
    cli::{context::Context, failure::Exit, given::GivenText, ids::candidates, waiting::Waiting},
    domain::{Command, PullRequestId},
};

/// Comment a pull request; what you say about a local one is given to the agent whose work it is
///
/// JSON: the reply; with --wait the pull request as it stands then.
#[derive(Debug, clap::Args)]
pub(super) struct Comment {
    /// The pull request
    #[arg(value_name = "PULL-REQUEST", add = candidates("p"))]
    pull_request: PullRequestId,
    #[command(flatten)]
    text: GivenText,
    #[command(flatten)]
    waiting: Waiting,
}

impl Comment {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let command = Command::CommentPullRequest { pull_request: self.pull_request, text: self.text.read()? };
        ask_for(context, &command, self.waiting, Wanted::Commented).await
    }
}
