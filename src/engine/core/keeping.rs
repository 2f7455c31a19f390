//! States of workspaces that are kept. By the time the core hears of them, git has them.

use super::{CommandResult, Core, Kept, command::checked_title};
use crate::domain::{Change, Checkpoint, CheckpointId, Refusal, Reply, Workspace, WorkspaceId, event};

/// What a checkpoint is for when nothing is said.
const BY_HAND: &str = "by hand";

impl Core {
    /// The person has seen what a workspace changed.
    pub(super) fn looked(&mut self, id: WorkspaceId) -> CommandResult {
        let workspace = self.known_workspace(id)?.clone();
        self.put(Change::Workspace(Workspace { looked_at: Some(self.now), ..workspace }));
        Ok(Reply::Done)
    }

    /// A workspace was kept as it is.
    pub(super) fn checkpoint_by_hand(
        &mut self,
        id: WorkspaceId,
        reason: Option<String>,
        kept: Option<Kept>,
    ) -> CommandResult {
        let reason = reason.map(|reason| checked_title(&reason)).transpose()?.unwrap_or_else(|| BY_HAND.into());
        let workspace = self.known_workspace(id)?.clone();
        let kept = kept.ok_or_else(not_kept)?;
        let checkpoint = self.put_checkpoint(&workspace, kept.commit, reason);
        Ok(Reply::Kept { checkpoint })
    }

    /// A workspace was made as a checkpoint kept it.
    pub(super) fn rolled_back(&mut self, id: CheckpointId, kept: Option<Kept>) -> CommandResult {
        let checkpoint = self.known_checkpoint(id)?;
        let workspace = self.known_workspace(checkpoint.workspace)?.clone();
        let Some(Kept { commit, proof: Some(proof) }) = kept else { return Err(not_kept()) };
        let before = self.put_checkpoint(&workspace, commit, format!("as it was before going back to {id}"));
        let text = format!("{} was rolled back to {id}: {proof}", workspace.id);
        self.log_session(event::Kind::Workspace, workspace.owner, text);
        Ok(Reply::RolledBack { before, proof })
    }

    /// Adds the row of a state that was kept.
    pub(super) fn put_checkpoint(&mut self, workspace: &Workspace, commit: String, reason: String) -> CheckpointId {
        let id = self.next_checkpoint();
        let text = format!("{} was kept as {id}: {reason}", workspace.id);
        self.put(Change::Checkpoint(Checkpoint {
            id,
            objective: workspace.objective,
            session: workspace.owner,
            workspace: workspace.id,
            commit,
            reason,
            created_at: self.now,
        }));
        self.log_session(event::Kind::Workspace, workspace.owner, text);
        id
    }

    fn known_checkpoint(&self, id: CheckpointId) -> Result<&Checkpoint, Refusal> {
        self.world.checkpoints.get(&id).ok_or_else(|| {
            Refusal::not_found(format!("there is no checkpoint {id}"))
                .hint("`qd checkpoints` lists the checkpoints there are")
        })
    }
}

fn not_kept() -> Refusal {
    Refusal::failed("nothing was kept")
}
