//! Which workspaces are there to be looked at.

use crate::domain::{
    AttemptId, Change, Workspace, World,
    workspace::{Kind, State},
};

/// A workspace that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its row, without what is only known of it by looking.
    pub(crate) workspace: Workspace,
    /// The newest attempt of the session that owns it.
    pub(crate) attempt: Option<AttemptId>,
    /// That session is not over.
    pub(crate) live: bool,
}

/// These changes may have changed which workspaces are there.
pub(crate) fn concerns(changes: &[Change]) -> bool {
    changes.iter().any(|change| matches!(change, Change::Workspace(_) | Change::Session(_) | Change::Objective(_)))
}

/// All workspaces that are there and belong to a repository.
pub(crate) fn places(world: &World) -> Vec<Place> {
    let place = |workspace: &Workspace| {
        let of_repository = match workspace.kind {
            Kind::Isolated | Kind::PullRequest | Kind::Shared => workspace.repository.is_some(),
            Kind::Scratch => false,
        };
        let there = of_repository && workspace.state == State::Ready;
        let session = world.sessions.get(&workspace.owner).filter(|_| there)?;
        Some(Place {
            workspace: Workspace { changed: None, overlaps: Vec::new(), looked_at: None, ..workspace.clone() },
            attempt: session.attempt,
            live: !session.state.is_final(),
        })
    };
    world.workspaces.values().filter_map(place).collect()
}
