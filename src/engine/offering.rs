//! Takes pull requests the step further that their rows want: looks where they stand first, because the same step comes
//! again after a crash, and refuses what only shows at that moment.

use std::path::Path;

use super::{
    core::{Offered, Outcome},
    describe::chain,
    rooms::Rooms,
    sites::Ground,
    verifying,
};
use crate::{
    domain::{
        PullRequest, PullRequestId, TargetName, Workspace, World,
        pull_request::{Forge, Method, State, Step},
    },
    forge::{self, Github, github, local},
    workspace::{branches, changes, transfer::Home},
};

/// A pull request with the rows that its step needs.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    pub(crate) pull_request: PullRequest,
    workspace: Option<Workspace>,
    /// What else its objective offers in this repository, with the heads.
    others: Vec<(PullRequestId, String)>,
    /// The changes of its workspace that a reviewer, or the person in their place, let pass.
    passed: Vec<String>,
}

impl Offer {
    /// The rows of a pull request.
    pub(crate) fn of(world: &World, id: PullRequestId) -> Option<Self> {
        let pull_request = world.pull_requests.get(&id)?.clone();
        let workspace = pull_request.workspace.and_then(|id| world.workspaces.get(&id)).cloned();
        let others = world
            .pull_requests_of(pull_request.objective)
            .filter(|other| other.id != id && other.state.is_open() && other.repository == pull_request.repository)
            .filter_map(|other| Some((other.id, other.head.clone()?)))
            .collect();
        let judged = world.judgements.values();
        let passed = judged
            .filter(|found| Some(found.workspace) == pull_request.workspace && found.verdict.lets_pass())
            .map(|found| found.fingerprint.clone())
            .collect();
        Some(Self { pull_request, workspace, others, passed })
    }

    /// Where its work is.
    pub(crate) fn target(&self) -> TargetName {
        self.workspace.as_ref().map_or_else(TargetName::local, |workspace| workspace.target.clone())
    }
}

/// Why a step was not taken.
enum Stop {
    /// It stands otherwise than was believed.
    Is(State),
    /// For this reason.
    Not(String),
    /// It conflicts in these files.
    Conflicts(Vec<String>),
}

impl From<forge::Error> for Stop {
    fn from(error: forge::Error) -> Self {
        Stop::Not(chain(&error))
    }
}

impl From<crate::workspace::Error> for Stop {
    fn from(error: crate::workspace::Error) -> Self {
        Stop::Not(chain(&error))
    }
}

/// Takes the step.
pub(crate) async fn take(rooms: &Rooms, offer: &Offer) -> Outcome {
    let pull_request = offer.pull_request.id;
    let what = match step(rooms, offer).await {
        Ok(what) => what,
        Err(Stop::Is(state)) => Offered::Is(state),
        Err(Stop::Not(why)) => Offered::Not { why, conflicts: Vec::new() },
        Err(Stop::Conflicts(conflicts)) => {
            let why = format!("it conflicts with {} in {}", offer.pull_request.base, conflicts.join(", "));
            Offered::Not { why, conflicts }
        }
    };
    Outcome::Offered { pull_request, what }
}

async fn step(rooms: &Rooms, offer: &Offer) -> Result<Offered, Stop> {
    let pull_request = &offer.pull_request;
    let Some(step) = &pull_request.step else { return Err(Stop::Not("nothing is to be done".into())) };
    match (pull_request.forge, step) {
        (_, Step::Publish { force }) => publish(rooms, offer, force.is_some()).await,
        (Forge::Local, Step::Merge { method, move_checkout }) => {
            merge_here(rooms, pull_request, *method, *move_checkout).await
        }
        (Forge::Local, Step::Describe) => Ok(Offered::Described),
        (Forge::Local, Step::Comment { .. }) => Ok(Offered::Commented),
        (Forge::Local, Step::Close) => Ok(Offered::Closed),
        (Forge::Github, step) => at_github(rooms, pull_request, step).await,
    }
}

async fn publish(rooms: &Rooms, offer: &Offer, force: bool) -> Result<Offered, Stop> {
    let pull_request = &offer.pull_request;
    let gone = || Stop::Not("its workspace is gone".into());
    let workspace = offer.workspace.as_ref().ok_or_else(gone)?;
    let unreached = |error: std::io::Error| Stop::Not(error.to_string());
    let ground = rooms.sites.ground(workspace).map_err(unreached)?;
    match ground.bring_home(&rooms.local).await? {
        None | Some(Home::Here(_) | Home::Nothing) => {}
        Some(Home::Held { place, .. }) => {
            let words = format!("{} is checked out at {}", pull_request.branch, place.display());
            return Err(Stop::Not(format!("{words}, so what was committed on {} can't come there", workspace.target)));
        }
        Some(Home::Apart { here, there }) => {
            return Err(Stop::Not(format!(
                "{} stands at {here:.9} here and at {there:.9} on {}, and each has what the other lacks; bring them \
                 together first",
                pull_request.branch, workspace.target
            )));
        }
    }
    let counted = changes::changed(&ground.host, &ground.workspace).await?;
    if counted.commits == 0 {
        return Err(Stop::Not(format!("nothing that is committed on {} differs from its base", pull_request.branch)));
    }
    let head = branches::tip(&rooms.local, &pull_request.repository, &pull_request.branch).await?;
    let head = head.ok_or_else(|| Stop::Not(format!("there is no branch {} any more", pull_request.branch)))?;
    let note = match counted.uncommitted {
        0 => None,
        1 => Some("1 file is not committed and not in it".to_owned()),
        files => Some(format!("{files} files are not committed and not in it")),
    };
    reviewed(rooms, offer, &ground).await?;
    unmixed(rooms, offer, &head).await?;
    if pull_request.forge == Forge::Local {
        return Ok(Offered::Published { number: None, url: None, head, note });
    }
    let github = github(rooms, &pull_request.repository).await?;
    if let (Some(number), State::Open) = (pull_request.number, &pull_request.state) {
        stands(rooms, &github, number).await?;
    }
    let remote = github.publishes_to()?;
    let push = forge::Push {
        folder: &pull_request.repository,
        remote,
        branch: &pull_request.branch,
        commit: &head,
        lease: pull_request.head.as_deref().filter(|_| force),
    };
    forge::push(&rooms.local, push).await?;
    let new = github::New {
        branch: &pull_request.branch,
        base: &pull_request.base,
        title: &pull_request.title,
        body: &pull_request.body,
        draft: false,
    };
    let opened = github.create(&rooms.local, &new).await?;
    if opened.was_there && pull_request.number != Some(opened.number) {
        // Somebody was faster: what it says of itself is ours to say from now on.
        github.update(&rooms.local, opened.number, &pull_request.title, &pull_request.body).await?;
    }
    Ok(Offered::Published { number: Some(opened.number), url: Some(opened.url), head, note })
}

/// Where a reviewer must agree, they have agreed to exactly this change.
async fn reviewed(rooms: &Rooms, offer: &Offer, ground: &Ground) -> Result<(), Stop> {
    let repository = rooms.repositories.of(&offer.pull_request.repository);
    if repository.is_none_or(|repository| repository.review.is_none()) {
        return Ok(());
    }
    if offer.passed.contains(&verifying::fingerprint(&ground.host, &ground.workspace).await?) {
        return Ok(());
    }
    Err(Stop::Not("its reviewer has not agreed to exactly this change; `qd overrule` lets it pass".into()))
}

/// It does not hold the commits of another pull request of its objective.
async fn unmixed(rooms: &Rooms, offer: &Offer, head: &str) -> Result<(), Stop> {
    let repository = &offer.pull_request.repository;
    for (other, tip) in &offer.others {
        let holds = branches::contains(&rooms.local, repository, head, tip).await?;
        if holds && !branches::contains(&rooms.local, repository, &offer.pull_request.base, tip).await? {
            return Err(Stop::Not(format!(
                "its branch holds the commits of {other}, so both would be reviewed as one; merge {other} first, or \
                 close it"
            )));
        }
    }
    Ok(())
}

async fn github(rooms: &Rooms, repository: &Path) -> Result<Github, Stop> {
    Github::open(&rooms.local, repository)
        .await?
        .ok_or_else(|| Stop::Not("none of this repository's remotes is on GitHub, as far as gh knows".into()))
}

/// It is open there; merged and closed ones are not touched.
async fn stands(rooms: &Rooms, github: &Github, number: u64) -> Result<forge::Seen, Stop> {
    let look = github.look(&rooms.local, &[number], &[]).await?;
    let seen = look.seen.into_iter().next().ok_or_else(|| Stop::Not(format!("#{number} is not there")))?;
    match seen.state {
        State::Open | State::Draft => Ok(seen),
        state => Err(Stop::Is(state)),
    }
}

async fn at_github(rooms: &Rooms, pull_request: &PullRequest, step: &Step) -> Result<Offered, Stop> {
    let number = pull_request.number.ok_or_else(|| Stop::Not("it is not published yet".into()))?;
    let github = github(rooms, &pull_request.repository).await?;
    match step {
        Step::Publish { .. } => unreachable!("it is published by the caller"),
        Step::Describe => {
            github.update(&rooms.local, number, &pull_request.title, &pull_request.body).await?;
            Ok(Offered::Described)
        }
        Step::Comment { text } => {
            github.comment(&rooms.local, number, text).await?;
            Ok(Offered::Commented)
        }
        Step::Close => {
            stands(rooms, &github, number).await?;
            github.close(&rooms.local, number).await?;
            Ok(Offered::Closed)
        }
        Step::Merge { method, .. } => {
            let seen = stands(rooms, &github, number).await?;
            if pull_request.head.as_ref().is_some_and(|head| *head != seen.head) {
                return Err(Stop::Not("it has another head than you have seen; look at it again".into()));
            }
            if !github.methods().is_empty() && !github.methods().contains(method) {
                return Err(Stop::Not(format!("{} does not allow to {} it", github.repository(), method.label())));
            }
            match github.merge(&rooms.local, number, &seen.head, *method).await? {
                github::Merged::Done { commit } => {
                    branches::keep_merged(&rooms.local, &pull_request.repository, pull_request.id, &seen.head).await?;
                    Ok(Offered::Merged { commit, note: None })
                }
                github::Merged::Refused(why) => Err(Stop::Not(format!("GitHub does not merge it: {why}"))),
                github::Merged::Moved => Err(Stop::Not("its branch has moved meanwhile; look at it again".into())),
            }
        }
    }
}

async fn merge_here(
    rooms: &Rooms,
    pull_request: &PullRequest,
    method: Method,
    move_checkout: bool,
) -> Result<Offered, Stop> {
    let head = pull_request.head.as_deref().ok_or_else(|| Stop::Not("it is not published yet".into()))?;
    let tip = branches::tip(&rooms.local, &pull_request.repository, &pull_request.branch).await?;
    if tip.is_some_and(|tip| tip != head) {
        return Err(Stop::Not(format!("{} has moved since it was published; publish it again", pull_request.branch)));
    }
    let name = pull_request.id.to_string();
    let message = format!("{} ({name})\n\n{}", pull_request.title, pull_request.body);
    let merge = local::Merge {
        repository: &pull_request.repository,
        base: &pull_request.base,
        head,
        method,
        message: message.trim_end(),
        name: &name,
        move_checkout,
    };
    let merged = local::merge(&rooms.local, merge).await?;
    // Squashed and rebased commits are nowhere else, and a workspace is removed only if they are.
    let kept = || branches::keep_merged(&rooms.local, &pull_request.repository, pull_request.id, head);
    match merged {
        local::Merged::Moved { commit, checkout } => {
            kept().await?;
            let note = checkout.map(|folder| format!("your checkout {} moved with it", folder.display()));
            Ok(Offered::Merged { commit: Some(commit), note })
        }
        local::Merged::Nothing { commit } => {
            kept().await?;
            Ok(Offered::Merged { commit: Some(commit), note: Some("its base had all of it already".into()) })
        }
        local::Merged::Waiting { commit, branch, why, take, .. } => {
            kept().await?;
            let how = format!("{why}; `{take}` takes it");
            Ok(Offered::Aside { branch, commit, how })
        }
        local::Merged::Conflicts { files } => Err(Stop::Conflicts(files)),
    }
}
