//! `qd pr show`: everything about one.

use color_eyre::Result;

use super::looks;
use crate::{
    api::wire::PullRequestDetail,
    cli::{
        context::Context,
        failure::Exit,
        ids::candidates,
        rows,
        show::{field, heading},
        terminal::{Output, Paint, Unwritable, age, block, clock, home, line},
    },
    domain::{
        PullRequest, PullRequestId, Remark, Timestamp,
        pull_request::{self, Forge, Mergeable},
        remark,
    },
};

/// Show everything about a pull request: how it stands, what was said about it, and what it says of itself
///
/// JSON: {"pull_request": …, "remarks": […]}
#[derive(Debug, clap::Args)]
pub(super) struct Show {
    /// The pull request
    #[arg(value_name = "PULL-REQUEST", add = candidates("p"))]
    pull_request: PullRequestId,
}

impl Show {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit> {
        show(context, self.pull_request).await
    }
}

/// Shows everything about a pull request.
///
/// # Errors
/// There is none of this id, or no daemon.
pub(in crate::cli) async fn show(context: &mut Context, id: PullRequestId) -> Result<Exit> {
    let found = context.client().await?.pull_request(id).await?;
    if context.json() {
        context.output.json(&found)?
    } else {
        write(&mut context.output, &found)?
    }
    Ok(Exit::Done)
}

fn write(output: &mut Output, found: &PullRequestDetail) -> Result<(), Unwritable> {
    let PullRequestDetail { pull_request: offer, remarks } = found;
    let now = rows::now();
    let number = offer.number.map(|number| format!("  #{number}")).unwrap_or_default();
    heading(output, &format!("{}{number}  {}", offer.id, offer.title))?;
    field(output, "state", format!("{} since {}", looks::state_words(offer), clock(offer.state_since, now)))?;
    if let Some(problem) = &offer.problem {
        output.line(format!("             {}", output.paint(Paint::Bad, &line(problem))))?;
    }
    if let pull_request::State::Merged { commit: Some(commit) } = &offer.state {
        field(output, "merged as", commit)?;
    }
    if let Some(url) = &offer.url {
        field(output, "url", url)?;
    }
    field(output, "forge", offer.forge.label())?;
    field(output, "repository", home(&offer.repository))?;
    let head = offer.head.as_deref().map(|head| format!(" at {}", head.get(..12).unwrap_or(head))).unwrap_or_default();
    field(output, "branch", format!("{} → {}{head}", offer.branch, offer.base))?;
    if !offer.checks.is_empty() {
        let failed = &offer.checks.failed;
        let failed = if failed.is_empty() { String::new() } else { format!("  failed: {}", failed.join(", ")) };
        field(output, "checks", looks::check_words(&offer.checks) + &failed)?;
    }
    if offer.review != pull_request::Review::None {
        field(output, "review", offer.review.label())?;
    }
    write_mergeable(output, offer)?;
    field(output, "session", format!("{} for {}", offer.session, offer.objective))?;
    if let Some(workspace) = offer.workspace {
        field(output, "workspace", workspace.to_string())?;
    }
    field(output, "created", clock(offer.created_at, now))?;
    field(output, "known", known(offer, now))?;
    for remark in remarks {
        write_remark(output, remark, now)?;
    }
    if !offer.body.trim().is_empty() {
        output.line("")?;
        output.line(block(offer.body.trim_end()))?;
    }
    Ok(())
}

fn write_mergeable(output: &mut Output, offer: &PullRequest) -> Result<(), Unwritable> {
    match &offer.mergeable {
        Mergeable::Unknown => {}
        Mergeable::Clean if offer.state.is_open() => field(output, "merge", "it could be merged")?,
        Mergeable::Conflicts { files } if offer.state.is_open() => {
            let files = if files.is_empty() { String::new() } else { format!(" in {}", files.join(", ")) };
            field(output, "merge", format!("it conflicts with {}{files}", offer.base))?;
        }
        Mergeable::Clean | Mergeable::Conflicts { .. } => {}
    }
    match &offer.aside {
        None => Ok(()),
        Some(aside) => {
            let commit = aside.commit.get(..12).unwrap_or(&aside.commit);
            field(output, "aside", format!("merged on {} as {commit}; take it from there", aside.branch))
        }
    }
}

/// How all this is known.
fn known(offer: &PullRequest, now: Timestamp) -> String {
    match (offer.forge, offer.seen_at) {
        (Forge::Local, _) => "it is on this machine".into(),
        (Forge::Github, None) => "GitHub has not been asked yet".into(),
        (Forge::Github, Some(at)) => format!("seen on GitHub at {}, {} ago", clock(at, now), age(now.since(at))),
    }
}

fn write_remark(output: &mut Output, remark: &Remark, now: Timestamp) -> Result<(), Unwritable> {
    let (paint, state) = match &remark.state {
        remark::State::Pending => (Paint::Needs, "waits for work".to_owned()),
        remark::State::Given { session } => (Paint::Busy, format!("given to {session}")),
        remark::State::Settled { why } => (Paint::Faint, format!("settled: {why}")),
    };
    let place = remark.place.as_ref().map(|place| format!(" on {place}")).unwrap_or_default();
    let at = clock(remark.created_at, now);
    output.line("")?;
    let words = format!("{}  {}{}{place}, {at}  {state}", remark.id, remark.kind.label(), remark.by());
    output.line(output.paint(paint, &line(&words)))?;
    for row in block(&remark.text).lines() {
        output.line(format!("  │ {row}"))?;
    }
    match &remark.url {
        Some(url) => output.line(format!("    {}", line(url))),
        None => Ok(()),
    }
}
