//! What workspaces changed, and which of them change the same.

use super::Core;
use crate::domain::{
    Change, SessionId, Workspace, WorkspaceId, event,
    workspace::{Changed, Overlap},
};

/// How many files are named in one line of the log.
const NAMED: usize = 3;

impl Core {
    /// A workspace was looked at. The same figures as before are not worth a row.
    pub(super) fn workspace_changed(&mut self, id: WorkspaceId, changed: Changed) {
        let Some(workspace) = self.world.workspaces.get(&id) else { return };
        let at = changed.at;
        let known = workspace.changed.as_ref().is_some_and(|known| Changed { at, ..known.clone() } == changed);
        if !known {
            let workspace = Workspace { changed: Some(changed), ..workspace.clone() };
            self.put(Change::Workspace(workspace));
        }
    }

    /// These other workspaces change the same files. Each conflict that begins is logged once for both.
    pub(super) fn workspace_overlaps(&mut self, id: WorkspaceId, overlaps: Vec<Overlap>) {
        let Some(workspace) = self.world.workspaces.get(&id).cloned() else { return };
        if workspace.overlaps == overlaps {
            return;
        }
        let conflicts = |overlaps: &[Overlap], with: WorkspaceId| {
            overlaps.iter().any(|overlap| overlap.with == with && !overlap.conflicts.is_empty())
        };
        let begun: Vec<(SessionId, String)> = overlaps
            .iter()
            .filter(|overlap| conflicts(&overlaps, overlap.with) && !conflicts(&workspace.overlaps, overlap.with))
            .filter_map(|overlap| {
                let other = self.world.workspaces.get(&overlap.with)?;
                // The other one knows of it already, and it was logged then.
                let known = conflicts(&other.overlaps, id);
                (!known).then(|| (workspace.owner, words(workspace.owner, other.owner, &overlap.conflicts)))
            })
            .collect();
        self.put(Change::Workspace(Workspace { overlaps, ..workspace }));
        for (session, text) in begun {
            self.log_session(event::Kind::Workspace, session, text);
        }
    }
}

fn words(one: SessionId, other: SessionId, files: &[String]) -> String {
    let (one, other) = (one.min(other), one.max(other));
    let named: Vec<&str> = files.iter().take(NAMED).map(String::as_str).collect();
    let more = match files.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{one} and {other} both change {}{more} and would conflict", named.join(", "))
}
