//! `qd pr update`: what it says of itself, and what is in it.

use color_eyre::Result;

use super::{
    described::{Described, Description},
    outcome::{Wanted, ask_for, begin, check, ended},
};
use crate::{
    cli::{
        context::Context,
        failure::{Exit, Failure},
        ids::candidates,
        waiting::Waiting,
    },
    domain::{Command, PullRequest, PullRequestId, SessionId, World},
};

/// Change the title or body of a pull request, or publish what was committed since
///
/// JSON: the reply; with --wait the pull request as it stands then.
#[derive(Debug, clap::Args)]
pub(super) struct Update {
    /// The pull request
    #[arg(value_name = "PULL-REQUEST", add = candidates("p"))]
    pull_request: PullRequestId,
    #[command(flatten)]
    described: Described,
    /// Publish what was committed since, in the name of whoever works on its branch
    #[arg(long)]
    push: bool,
    #[command(flatten)]
    waiting: Waiting,
}

impl Update {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let Self { pull_request: id, described, push, waiting } = self;
        if described.is_empty() && !push {
            return Err(Failure::usage("it is not said what shall change")
                .hint("give --title, --body, --body-file or --edit, or --push for what was committed since")
                .into());
        }
        let client = context.client().await?;
        let world = client.world().await?;
        let offer = world.pull_requests.get(&id).cloned().ok_or_else(|| {
            Failure::not_found(format!("there is no pull request {id}"))
                .hint("`qd pr list --all` lists those there are")
        })?;
        let described = match (described.is_empty(), described.is_edited()) {
            (true, _) => None,
            (false, true) => {
                let draft = Description { title: offer.title.clone(), body: offer.body.clone() };
                Some(described.edited(context, &id.to_string(), draft).await?)
            }
            (false, false) => Some(described.given()?),
        };
        let publish = push.then(|| Command::PublishPullRequest {
            session: worker(&world, &offer),
            title: None,
            body: None,
            base: None,
            forge: None,
            force: None,
        });
        let describe = described.map(|(title, body)| Command::DescribePullRequest { pull_request: id, title, body });
        match (publish, describe) {
            (Some(publish), None) => ask_for(context, &publish, waiting, Wanted::Published).await,
            (None, Some(describe)) => ask_for(context, &describe, waiting, Wanted::Described).await,
            (Some(publish), Some(describe)) => {
                // One thing is done to it at a time.
                begin(&client, &publish).await?;
                check(&ended(context, client, id).await?, Wanted::Published)?;
                ask_for(context, &describe, waiting, Wanted::Described).await
            }
            (None, None) => Ok(Exit::Done),
        }
    }
}

/// Whoever works on its branch now, or has last.
fn worker(world: &World, offer: &PullRequest) -> SessionId {
    let workspace = offer.workspace.and_then(|workspace| world.workspaces.get(&workspace));
    workspace.map_or(offer.session, |workspace| workspace.owner)
}
