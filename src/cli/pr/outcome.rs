//! What comes of a step: the daemon takes it after it has said that it will.

use std::ops::ControlFlow;

use color_eyre::Result;

use crate::{
    api::{Client, client},
    cli::{
        context::Context,
        failure::{Exit, Failure},
        terminal::line,
        waiting::{Waiting, outlast},
    },
    domain::{
        Command, PullRequest, PullRequestId, Reply, World,
        pull_request::{Mergeable, State},
    },
};

/// What the person wants to become of a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Published,
    Described,
    Commented,
    Merged,
    Closed,
}

/// Sends the command; where the person wants to wait, says what came of it.
///
/// # Errors
/// The daemon's refusal, no daemon, or that it was not done.
pub(super) async fn ask_for(
    context: &mut Context,
    command: &Command,
    waiting: Waiting,
    wanted: Wanted,
) -> Result<Exit> {
    let client = context.client().await?;
    let (id, reply) = begin(&client, command).await?;
    if waiting.is_wanted(context) {
        let ended = ended(context, client, id).await?;
        check(&ended, wanted)?;
        tell(context, &ended, wanted)?;
    } else if context.json() {
        context.output.json(&reply)?;
    } else {
        context.output.line(id)?;
    }
    Ok(Exit::Done)
}

/// Sends the command, and gives the pull request it is about.
///
/// # Errors
/// The daemon's refusal, or no daemon.
pub(super) async fn begin(client: &Client, command: &Command) -> Result<(PullRequestId, Reply)> {
    match client.command(command).await? {
        reply @ Reply::PullRequest { pull_request } => Ok((pull_request, reply)),
        reply => Err(client::Error::Nonsense { what: format!("{reply:?} is no answer about a pull request") }.into()),
    }
}

/// The pull request when nothing is being done to it any more.
///
/// # Errors
/// The daemon can't be reached again.
pub(super) async fn ended(context: &mut Context, client: Client, id: PullRequestId) -> Result<PullRequest> {
    let look = |world: &World| match world.pull_requests.get(&id) {
        None => ControlFlow::Break(None),
        Some(offer) => match &offer.step {
            Some(step) => ControlFlow::Continue(format!("{id} {}", step.label())),
            None => ControlFlow::Break(Some(offer.clone())),
        },
    };
    match outlast(context, client, look).await? {
        Some(offer) => Ok(offer),
        // Put away with its objective: the history has it.
        None => Ok(context.client().await?.pull_request(id).await?.pull_request),
    }
}

/// Whether it came to what was wanted.
///
/// # Errors
/// Why not.
pub(super) fn check(offer: &PullRequest, wanted: Wanted) -> Result<(), Failure> {
    let id = offer.id;
    let is_so = match (wanted, &offer.state) {
        (Wanted::Merged, state) => matches!(state, State::Merged { .. }),
        (Wanted::Closed, state) => *state == State::Closed,
        (Wanted::Published, state) => *state == State::Open && offer.problem.is_none(),
        (Wanted::Described | Wanted::Commented, _) => offer.problem.is_none(),
    };
    if is_so {
        return Ok(());
    }
    if let Some(aside) = offer.aside.as_ref().filter(|_| wanted == Wanted::Merged) {
        let why = offer.problem.clone().unwrap_or_else(|| format!("it is merged on {} only", aside.branch));
        let failure = Failure::new(Exit::Refused, format!("{id} waits on {}: {}", aside.branch, line(&why)));
        return Err(failure.hint(format!("to let your own checkout move: `qd pr merge {id} --move-checkout`")));
    }
    let why = offer.problem.as_deref().map(line);
    let failure = match (why, offer.state.is_open()) {
        (Some(why), true) => Failure::new(Exit::Failed, format!("{id} is not {}: {why}", wanted.label())),
        (Some(why), false) => Failure::new(Exit::Refused, format!("{id} is {}: {why}", offer.state.label())),
        (None, _) => Failure::new(Exit::Refused, format!("{id} is {}", offer.state.label())),
    };
    Err(match &offer.mergeable {
        Mergeable::Conflicts { .. } if wanted == Wanted::Merged => {
            failure.hint(format!("`qd pr fix {id}` gives that to an agent"))
        }
        _ => failure.hint(format!("`qd pr show {id}` says how it stands")),
    })
}

/// Says that it came to what was wanted.
///
/// # Errors
/// Nobody reads it.
pub(super) fn tell(context: &mut Context, offer: &PullRequest, wanted: Wanted) -> Result<()> {
    if context.json() {
        return Ok(context.output.json(offer)?);
    }
    let id = offer.id;
    let place = offer.url.clone().unwrap_or_else(|| format!("{} → {}", offer.branch, offer.base));
    let words = match (wanted, &offer.state) {
        (Wanted::Published, _) if offer.number.is_some() => format!("{id} is published as {}: {place}", offer.name()),
        (Wanted::Published, _) => format!("{id} is open for review on this machine: {place}"),
        (Wanted::Merged, State::Merged { commit: Some(commit) }) => {
            format!("{id} is merged into {} as {}", offer.base, commit.get(..12).unwrap_or(commit))
        }
        (Wanted::Merged, _) => format!("{id} is merged into {}", offer.base),
        (Wanted::Described | Wanted::Commented | Wanted::Closed, _) => format!("{id} is {}", wanted.label()),
    };
    Ok(context.output.line(line(&words))?)
}

impl Wanted {
    fn label(self) -> &'static str {
        match self {
            Wanted::Published => "published",
            Wanted::Described => "updated",
            Wanted::Commented => "commented",
            Wanted::Merged => "merged",
            Wanted::Closed => "closed",
        }
    }
}
