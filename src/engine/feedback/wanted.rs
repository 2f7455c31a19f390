//! What is to be found out, read off the world.

use std::{collections::BTreeMap, path::PathBuf};

use crate::domain::{
    Change, PullRequestId, SessionId, Timestamp, World,
    activity::Doing,
    pull_request::{Aside, Forge, Mergeable, State},
    workspace,
};

/// What is to be found out about one repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Its top folder.
    pub(crate) repository: PathBuf,
    /// Its open pull requests.
    pub(crate) offers: Vec<WantedOffer>,
    /// Turns of sessions that have none and may have opened one.
    pub(crate) turns: Vec<Turn>,
}

/// One pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WantedOffer {
    pub(crate) id: PullRequestId,
    pub(crate) forge: Forge,
    pub(crate) number: Option<u64>,
    pub(crate) base: String,
    pub(crate) head: Option<String>,
    pub(crate) aside: Option<Aside>,
    /// Of a local one: whether it could be merged is not known. A forge says so when it has found out.
    pub(crate) unknown: bool,
}

/// A turn that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) session: SessionId,
    pub(crate) branch: String,
    pub(crate) ended: Timestamp,
}

impl Wanted {
    /// Something may change without anybody telling us.
    pub(super) fn needs_looks(&self) -> bool {
        self.asks_forge() || self.offers.iter().any(|offer| offer.aside.is_some())
    }

    /// Something of it is on a forge.
    pub(super) fn asks_forge(&self) -> bool {
        self.offers.iter().any(|offer| offer.forge == Forge::Github)
    }
}

/// These changes may have changed what is to be found out.
pub(crate) fn concerns(changes: &[Change]) -> bool {
    changes.iter().any(|change| matches!(change, Change::PullRequest(_) | Change::Session(_) | Change::Workspace(_)))
}

/// All that is to be found out, by repository.
pub(crate) fn wanted(world: &World) -> Vec<Wanted> {
    let mut repositories: BTreeMap<&PathBuf, Wanted> = BTreeMap::new();
    // Closed ones may be opened again, but nobody waits for that.
    for offer in world.pull_requests.values().filter(|offer| offer.state == State::Open && offer.step.is_none()) {
        repositories.entry(&offer.repository).or_default().offers.push(WantedOffer {
            id: offer.id,
            forge: offer.forge,
            number: offer.number,
            base: offer.base.clone(),
            head: offer.head.clone(),
            aside: offer.aside.clone(),
            unknown: offer.forge == Forge::Local && offer.mergeable == Mergeable::Unknown,
        });
    }
    for session in world.sessions.values() {
        let over = session.activity.doing == Doing::YourTurn || session.state.is_final();
        let Some(workspace) = session.workspace.filter(|_| over).and_then(|id| world.workspaces.get(&id)) else {
            continue;
        };
        let (Some(repository), Some(branch)) = (&workspace.repository, &workspace.branch) else { continue };
        let has_commits = workspace.changed.as_ref().is_some_and(|changed| changed.commits > 0);
        let offered =
            || world.pull_requests.values().any(|offer| offer.repository == *repository && offer.branch == *branch);
        if workspace.kind != workspace::Kind::Isolated || workspace.owner != session.id || !has_commits || offered() {
            continue;
        }
        repositories.entry(repository).or_default().turns.push(Turn {
            session: session.id,
            branch: branch.clone(),
            ended: session.activity.since,
        });
    }
    repositories.into_iter().map(|(repository, wanted)| Wanted { repository: repository.clone(), ..wanted }).collect()
}
