//! What an objective or a session has left behind, as it is looked through.

use crate::{
    api::wire::ArtifactBody,
    domain::{Artifact, ArtifactId, ObjectiveId, SessionId, World},
    tui::message::Problem,
};

/// What was left behind, as it is looked through.
#[derive(Debug)]
pub struct Artifacts {
    /// Whose.
    pub objective: ObjectiveId,
    /// Only this session's.
    pub session: Option<SessionId>,
    /// The place of the chosen one.
    pub chosen: usize,
    /// The one that is read.
    pub reading: Option<Reading>,
}

/// An artifact that is read.
#[derive(Debug)]
pub struct Reading {
    /// Which.
    pub id: ArtifactId,
    /// Its text, when it has come.
    pub body: Option<Result<Box<ArtifactBody>, Problem>>,
    /// How many lines are above the picture.
    pub scroll: usize,
}

impl Artifacts {
    /// All of an objective, or only what one of its sessions has left.
    pub fn new(objective: ObjectiveId, session: Option<SessionId>) -> Self {
        Self { objective, session, chosen: 0, reading: None }
    }

    /// What there is, newest first.
    pub fn list<'world>(&self, world: &'world World) -> Vec<&'world Artifact> {
        let (objective, session) = (self.objective, self.session);
        let wanted = move |artifact: &&Artifact| {
            artifact.objective == objective && session.is_none_or(|session| artifact.session == session)
        };
        world.artifacts.values().rev().filter(wanted).collect()
    }
}
