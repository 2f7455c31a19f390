//! What objectives leave behind beside their branches.

use super::Core;
use crate::domain::{Artifact, ArtifactId, Change, SessionId, artifact};

impl Core {
    /// Keeps something that `session` made, or that is about its work; `None` when there is no such session. Of a body
    /// that is too long its middle is left out, and it says so.
    pub(super) fn keep_artifact(
        &mut self,
        session: SessionId,
        kind: artifact::Kind,
        title: String,
        body: String,
    ) -> Option<ArtifactId> {
        let objective = self.world.sessions.get(&session)?.objective;
        let body = artifact::bounded(body);
        let id = self.next_artifact();
        let (bytes, created_at) = (body.len(), self.now);
        self.put(Change::Artifact(Artifact { id, objective, session, kind, title, bytes, created_at }));
        self.step.artifact_bodies.push((id, body));
        Some(id)
    }
}
