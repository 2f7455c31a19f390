//! `qd pr fix`: let an agent work on what was said.

use color_eyre::Result;

use crate::{
    cli::{act::act, context::Context, failure::Exit, ids::candidates},
    domain::{Command, PullRequestId},
};

/// Give what was said about a pull request to an agent now: comments, red checks, conflicts
///
/// That happens by itself a little later: to its author while that lives, else to a new session on its branch.
#[derive(Debug, clap::Args)]
pub(super) struct Fix {
    /// The pull request
    #[arg(value_name = "PULL-REQUEST", add = candidates("p"))]
    pull_request: PullRequestId,
}

impl Fix {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let pull_request = self.pull_request;
        let done = format!("what was said about {pull_request} is given to an agent");
        act(context, &Command::FollowUp { pull_request }, done).await
    }
}
