//! Workspaces, with what was found in them since the view was opened.

use std::collections::BTreeMap;

use super::{Model, View};
use crate::{
    api::wire::WorkspaceDetail,
    domain::{Timestamp, Workspace, WorkspaceId},
    tui::message::Problem,
};

/// What was found in workspaces, and the cursor among them.
#[derive(Debug, Default)]
pub struct Checkouts {
    found: BTreeMap<WorkspaceId, Result<Found, Problem>>,
    chosen: Option<WorkspaceId>,
}

/// What was found in a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its size on disk.
    pub bytes: u64,
    /// It can go without loss.
    pub removable: bool,
    /// Why, or what would be lost.
    pub verdict: String,
}

impl Checkouts {
    /// What was found in a workspace; `None` while it is being looked at.
    pub fn found(&self, id: WorkspaceId) -> Option<&Result<Found, Problem>> {
        self.found.get(&id)
    }

    /// Keeps what was found.
    pub fn tell(&mut self, id: WorkspaceId, answer: Result<Box<WorkspaceDetail>, Problem>) {
        let found =
            answer.map(|detail| Found { bytes: detail.bytes, removable: detail.removable, verdict: detail.verdict });
        self.found.insert(id, found);
    }

    /// Puts the cursor on one.
    pub fn choose(&mut self, id: WorkspaceId) {
        self.chosen = Some(id);
    }
}

impl Model {
    /// The workspace the cursor is on, in the view of workspaces.
    pub fn checkout(&self) -> Option<&Workspace> {
        let chosen = self.checkouts.chosen.and_then(|id| self.world.workspaces.get(&id));
        chosen.or_else(|| self.world.workspaces.values().next()).filter(|_| self.view == View::Workspaces)
    }

    /// The workspaces that are offered for removal, and their size in all: nobody has used them for as long as the
    /// settings say, and nothing would be lost.
    pub fn offered(&self) -> (Vec<WorkspaceId>, u64) {
        let long_ago = |since: Timestamp| self.now.since(since) >= self.settings.offer_after;
        let mut offered = (Vec::new(), 0);
        for workspace in self.world.workspaces.values() {
            if self.world.unused_since(workspace).is_some_and(long_ago)
                && let Some(Ok(found)) = self.checkouts.found(workspace.id)
                && found.removable
            {
                offered.0.push(workspace.id);
                offered.1 += found.bytes;
            }
        }
        offered
    }
}
