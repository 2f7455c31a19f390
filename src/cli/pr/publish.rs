//! `qd pr publish`: offer a session's work.

use clap::ValueEnum;
use color_eyre::Result;

use super::{
    described::{Described, Description},
    outcome::{Wanted, ask_for},
};
use crate::{
    api::Client,
    cli::{context::Context, failure::Exit, ids::candidates, waiting::Waiting},
    domain::{Artifact, Command, PullRequest, SessionId, World, artifact::Kind, pull_request},
};

/// Offer a session's commits as a pull request, or what has come since in the one there is
///
/// Title and body are the session's title and its agent's report unless given. Only what is committed is offered. With
/// --wait, exit code 0: it is published; 1: it is not; 4: it was merged or closed meanwhile.
///
/// JSON: the reply; with --wait the pull request as it stands then.
#[derive(Debug, clap::Args)]
pub(super) struct Publish {
    /// The session
    #[arg(value_name = "SESSION", add = candidates("s"))]
    session: SessionId,
    #[command(flatten)]
    described: Described,
    /// The branch it shall go into; the one that the work started from unless given
    #[arg(long, value_name = "BRANCH")]
    base: Option<String>,
    /// Where; as the repository is set up unless given: on GitHub if it has a remote there, else local
    #[arg(long, value_name = "FORGE")]
    forge: Option<Forge>,
    /// Overwrite what the forge has of the branch, if it is what was pushed last from here; the reason is kept
    #[arg(long, value_name = "REASON")]
    force: Option<String>,
    #[command(flatten)]
    waiting: Waiting,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Forge {
    /// On this machine: reviewed and merged here
    Local,
    /// On GitHub or a GitHub Enterprise host, through gh
    Github,
}

impl Publish {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        let Self { session, described, base, forge, force, waiting } = self;
        let (title, body) = if described.is_edited() {
            let client = context.client().await?;
            let draft = draft(&client, session).await?;
            described.edited(context, &session.to_string(), draft).await?
        } else {
            described.given()?
        };
        let forge = forge.map(pull_request::Forge::from);
        let command = Command::PublishPullRequest { session, title, body, base, forge, force };
        ask_for(context, &command, waiting, Wanted::Published).await
    }
}

impl From<Forge> for pull_request::Forge {
    fn from(forge: Forge) -> Self {
        match forge {
            Forge::Local => Self::Local,
            Forge::Github => Self::Github,
        }
    }
}

/// What would be said if nothing was given: what it says already, or the session's title and its agent's report.
async fn draft(client: &Client, session: SessionId) -> Result<Description> {
    let world = client.world().await?;
    if let Some(offer) = offer_of(&world, session) {
        return Ok(Description { title: offer.title.clone(), body: offer.body.clone() });
    }
    let detail = client.session(session).await?;
    let report = |found: &&Artifact| found.session == session && found.kind == Kind::Report;
    let body = match detail.artifacts.iter().rfind(report) {
        Some(report) => client.artifact(report.id).await?.body,
        None => String::new(),
    };
    Ok(Description { title: detail.session.title, body })
}

/// What offers the branch that a session works on.
fn offer_of(world: &World, session: SessionId) -> Option<&PullRequest> {
    let workspace = world.workspaces.get(&world.sessions.get(&session)?.workspace?)?;
    world.pull_requests.values().rfind(|offer| {
        Some(&offer.repository) == workspace.repository.as_ref() && Some(&offer.branch) == workspace.branch.as_ref()
    })
}
