//! Workspaces go when nobody uses them any more, and come back when the person wants them again.

use std::path::PathBuf;

use super::{CommandResult, Core, command::checked_title};
use crate::domain::{Change, Refusal, Reply, Workspace, WorkspaceId, event, workspace::State};

impl Core {
    pub(super) fn reclaim(&mut self, id: WorkspaceId, reason: Option<String>) -> CommandResult {
        let found = self.known_workspace(id)?;
        if let Some(refusal) = self.in_use(found) {
            return Err(refusal);
        }
        let mut removing = found.clone();
        removing.state = State::Removing { reason: reason.map(|reason| checked_title(&reason)).transpose()? };
        self.put_workspace(removing);
        Ok(Reply::Done)
    }

    /// Whether anything would be lost is looked at when each is removed; the person has been told that none would.
    pub(super) fn reclaim_unused(&mut self, ids: &[WorkspaceId]) -> CommandResult {
        let found = ids.iter().map(|&id| self.known_workspace(id).cloned()).collect::<Result<Vec<_>, _>>()?;
        for mut removing in found {
            if removing.state == State::Ready && self.in_use(&removing).is_none() {
                removing.state = State::Removing { reason: None };
                self.put_workspace(removing);
            }
        }
        Ok(Reply::Done)
    }

    pub(super) fn restore(
        &mut self,
        id: WorkspaceId,
        to: Option<PathBuf>,
        removed: Option<Box<Workspace>>,
    ) -> CommandResult {
        if let Some(there) = self.world.workspaces.get(&id) {
            let what = format!("{id} is {}, at {}", there.state.label(), there.path.display());
            return Err(Refusal::refused(what).hint("only what was removed can be brought back"));
        }
        let unknown = || {
            Refusal::not_found(format!("there is no workspace {id}"))
                .hint("`qd workspaces --removed` lists what can be brought back")
        };
        let mut restoring = *removed.ok_or_else(unknown)?;
        if let State::Left { reason } = &restoring.state {
            let (target, path) = (&restoring.target, restoring.path.display());
            let what = format!("{id} was left behind on {target}, at {path}: {reason}");
            return Err(Refusal::refused(what).hint("it was not removed, so it may still be there"));
        }
        let State::Removed { proof } = restoring.state else { return Err(unknown()) };
        restoring.state = State::Restoring { proof, to };
        self.put_workspace(restoring);
        Ok(Reply::Done)
    }

    pub(super) fn reclaimed(&mut self, id: WorkspaceId, outcome: Result<String, String>) {
        let Some(mut workspace) = self.world.workspaces.get(&id).cloned() else { return };
        if !matches!(workspace.state, State::Removing { .. }) {
            return;
        }
        let owner = workspace.owner;
        let text = match outcome {
            Ok(proof) => {
                let text = format!("{id} was removed: {proof}");
                workspace.state = State::Removed { proof };
                text
            }
            Err(reason) => {
                workspace.state = State::Ready;
                format!("{id} stays: {reason}")
            }
        };
        self.put(Change::Workspace(workspace));
        self.log_session(event::Kind::Workspace, owner, text);
    }

    pub(super) fn restored(&mut self, id: WorkspaceId, path: PathBuf, branch: Option<String>, note: Option<String>) {
        let Some(mut workspace) = self.world.workspaces.get(&id).cloned() else { return };
        if !matches!(workspace.state, State::Restoring { .. }) {
            return;
        }
        let note = note.map(|note| format!("; {note}")).unwrap_or_default();
        let on = branch.as_deref().map(|branch| format!(" on {branch}")).unwrap_or_default();
        let text = format!("{id} is back at {}{on}{note}", path.display());
        let owner = workspace.owner;
        workspace.path = path;
        workspace.branch = branch.or(workspace.branch);
        workspace.state = State::Ready;
        self.put_workspace(workspace);
        self.log_session(event::Kind::Workspace, owner, text);
    }

    pub(super) fn not_restored(&mut self, id: WorkspaceId, reason: &str) {
        let Some(mut workspace) = self.world.workspaces.get(&id).cloned() else { return };
        let State::Restoring { proof, .. } = workspace.state else { return };
        workspace.state = State::Removed { proof };
        let owner = workspace.owner;
        self.put(Change::Workspace(workspace));
        self.log_session(event::Kind::Workspace, owner, format!("{id} could not be brought back: {reason}"));
    }

    pub(super) fn known_workspace(&self, id: WorkspaceId) -> Result<&Workspace, Refusal> {
        self.world.workspaces.get(&id).ok_or_else(|| {
            Refusal::not_found(format!("there is no workspace {id}"))
                .hint("`qd workspaces` lists the workspaces there are")
        })
    }

    /// Why it can't go now, if somebody uses it.
    fn in_use(&self, workspace: &Workspace) -> Option<Refusal> {
        let owner = self.world.sessions.get(&workspace.owner)?;
        let lives = self.world.attempt_of(owner.id).is_some_and(|attempt| !attempt.state.is_ended());
        (!owner.state.is_final() || lives).then(|| {
            Refusal::refused(format!("{} is in use by {}, which has not ended", workspace.id, owner.id))
                .hint(format!("end it first: `qd cancel {0}` or `qd done {0}`", owner.id))
        })
    }
}
