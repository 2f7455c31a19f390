//! Which panes live: what observers look at.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};

use crate::domain::{
    AttemptId, Change, MessageId, ProfileName, SessionId, TargetName, Timestamp, World,
    attempt::{self, PaneId},
    message::Delivery,
};

/// Attempts whose recordings have grown.
pub(crate) type Grown = Arc<BTreeSet<AttemptId>>;

/// One pane that lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LivePane {
    pub(crate) attempt: AttemptId,
    pub(crate) session: SessionId,
    /// Where it runs.
    pub(crate) target: TargetName,
    pub(crate) profile: ProfileName,
    pub(crate) pane: PaneId,
    /// It has shown that it takes input.
    pub(crate) ready: bool,
    /// The oldest message that was submitted and not seen to be taken up.
    pub(crate) submitted: Option<Awaited>,
    /// The agent's own id of its conversation, where it is known.
    pub(crate) conversation: Option<String>,
    /// Where the agent works.
    pub(crate) folder: Option<PathBuf>,
    /// When its attempt was planned.
    pub(crate) since: Timestamp,
}

/// A message that was submitted and not seen to be taken up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Awaited {
    pub(crate) message: MessageId,
    pub(crate) excerpt: String,
    /// How often Enter was pressed for it.
    pub(crate) enters: u8,
}

/// These changes may have changed which panes live, or what is to be looked for in them.
pub(crate) fn concerns(changes: &[Change]) -> bool {
    changes.iter().any(|change| matches!(change, Change::Attempt(_) | Change::Message(_)))
}

/// All panes that live.
pub(crate) fn panes(world: &World) -> Vec<LivePane> {
    let mut submitted: BTreeMap<SessionId, Awaited> = BTreeMap::new();
    for message in world.messages.values() {
        if let Delivery::Submitted { enters, .. } = message.delivery {
            let awaited = || Awaited { message: message.id, excerpt: message.excerpt.clone(), enters };
            submitted.entry(message.session).or_insert_with(awaited);
        }
    }
    let live = |attempt: &attempt::Attempt| {
        let attempt::State::Live { pane, .. } = &attempt.state else { return None };
        let session = world.sessions.get(&attempt.session)?;
        let workspace = session.workspace.and_then(|workspace| world.workspaces.get(&workspace));
        Some(LivePane {
            attempt: attempt.id,
            session: session.id,
            target: attempt.target.clone(),
            profile: session.profile.clone(),
            pane: pane.clone(),
            ready: attempt.ready,
            submitted: submitted.get(&session.id).cloned(),
            conversation: attempt.conversation.clone(),
            folder: workspace.map(|workspace| workspace.path.clone()),
            since: attempt.created_at,
        })
    };
    world.attempts.values().filter_map(live).collect()
}
