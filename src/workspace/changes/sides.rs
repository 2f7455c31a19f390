//! Which tree a state of a workspace is.

use std::collections::BTreeMap;

use super::{
    super::{Error, git::text},
    checkout::Checkout,
    checkpoint,
    snapshot::{self, Care, Snapshot},
};
use crate::domain::{CheckpointId, Workspace, diff::Side};

/// One state of a workspace.
#[derive(Debug, Clone)]
pub(super) struct State {
    /// Its commit; for files as they are, which are in none, their tree.
    pub(super) commit: String,
    /// Its files.
    pub(super) tree: String,
}

/// The states of one workspace; the files as they are now are looked at once.
pub(super) struct States<'a> {
    pub(super) checkout: &'a Checkout<'a>,
    pub(super) workspace: &'a Workspace,
    pub(super) checkpoints: &'a BTreeMap<CheckpointId, String>,
    pub(super) now: Option<Snapshot>,
    pub(super) notes: Vec<String>,
}

impl States<'_> {
    /// Finds a state.
    pub(super) async fn find(&mut self, side: Side) -> Result<State, Error> {
        let commit = match side {
            Side::Now => {
                let now = self.now().await?;
                return Ok(State { commit: now.tree.clone(), tree: now.tree });
            }
            Side::Head => self.checkout.head().await?,
            Side::Base => self.base().await?,
            Side::Look => match checkpoint::last_look(self.checkout, self.workspace).await? {
                Some(commit) => Some(commit),
                None => self.base().await?,
            },
            Side::Checkpoint(id) => {
                let known = self.checkpoints.get(&id).ok_or_else(|| Error::NoCheckpoint(id.to_string()))?;
                let found = self.checkout.git.commit(known).await?;
                Some(found.ok_or_else(|| Error::NoCheckpoint(id.to_string()))?)
            }
        };
        let tree = self.checkout.tree(commit.as_deref()).await?;
        Ok(State { commit: commit.unwrap_or_else(|| tree.clone()), tree })
    }

    /// The files as they are now.
    pub(super) async fn now(&mut self) -> Result<Snapshot, Error> {
        if let Some(now) = &self.now {
            return Ok(now.clone());
        }
        let now = snapshot::take(self.checkout, Care::Lenient).await?;
        self.notes.extend(now.notes.iter().cloned());
        self.now = Some(now.clone());
        Ok(now)
    }

    async fn base(&mut self) -> Result<Option<String>, Error> {
        let found = base(self.checkout, self.workspace).await?;
        self.notes.extend(found.note);
        Ok(found.commit)
    }
}

/// Where a workspace left its base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Left {
    /// The commit; `None` where there is no commit at all.
    pub(super) commit: Option<String>,
    /// The newest commit of the base that is known here.
    pub(super) newest: Option<String>,
    /// What should be known about it.
    pub(super) note: Option<String>,
}

/// Finds where the workspace's commits left its base: the newest commit that both have. A base that was merged in, or
/// onto which the work was moved, is no change of its own; nor is the commit it began at, should the base's own history
/// have been written anew since.
pub(super) async fn base(checkout: &Checkout<'_>, workspace: &Workspace) -> Result<Left, Error> {
    let Some(base) = &workspace.base else {
        let note = "it has no base: only what is in no commit is shown".to_owned();
        return Ok(Left { commit: checkout.head().await?, newest: None, note: Some(note) });
    };
    let [head, began, newest] = checkout.commits(["HEAD", &base.commit, &base.reference]).await?;
    let note = match (&began, &newest) {
        (_, Some(_)) => None,
        (Some(_), None) => Some(format!("{} is not known here any more; compared with where it began", base.reference)),
        (None, None) => {
            let note = format!("neither {} nor {} is known here any more", base.reference, base.commit);
            return Ok(Left { commit: head, newest: None, note: Some(note) });
        }
    };
    let mut commit = began.clone().or_else(|| newest.clone());
    if let Some(head) = head.as_ref().filter(|head| commit.as_ref() != Some(head)) {
        let mut arguments = vec!["merge-base", head];
        arguments.extend([&newest, &began].into_iter().flatten().map(String::as_str));
        let output = checkout.git.try_run(&arguments).await?;
        let common = text(&output.stdout).trim().to_owned();
        if output.succeeded() && !common.is_empty() {
            commit = Some(common);
        }
    }
    Ok(Left { commit, newest: newest.or(began), note })
}
