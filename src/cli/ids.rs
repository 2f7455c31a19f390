//! Ids as they are typed, and which ones a shell may offer.

use std::{fmt, str::FromStr, time::Duration};

use clap_complete::{ArgValueCandidates, CompletionCandidate};

use super::terminal::line;
use crate::{
    api::Client,
    config::Paths,
    domain::{ArtifactId, MessageId, ObjectiveId, PullRequestId, QuestionId, SessionId, Target, WorkspaceId, World},
};

/// Text that is no id at all.
#[derive(Debug, thiserror::Error)]
#[error("{text:?} is no id: write a letter and a number, {wanted}")]
pub(super) struct NoId {
    text: String,
    wanted: &'static str,
}

/// An id of something that can be worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WorkId {
    Objective(ObjectiveId),
    Session(SessionId),
}

/// An id of anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnyId {
    Objective(ObjectiveId),
    Session(SessionId),
    Message(MessageId),
    Question(QuestionId),
    Workspace(WorkspaceId),
    Artifact(ArtifactId),
    PullRequest(PullRequestId),
}

impl FromStr for WorkId {
    type Err = NoId;

    fn from_str(text: &str) -> Result<Self, NoId> {
        let objective = || text.parse().map(WorkId::Objective);
        let session = || text.parse().map(WorkId::Session);
        objective()
            .or_else(|_| session())
            .map_err(|_| NoId { text: text.into(), wanted: "o1 for an objective or s1 for a session" })
    }
}

impl FromStr for AnyId {
    type Err = NoId;

    fn from_str(text: &str) -> Result<Self, NoId> {
        None.or_else(|| text.parse().map(AnyId::Objective).ok())
            .or_else(|| text.parse().map(AnyId::Session).ok())
            .or_else(|| text.parse().map(AnyId::Message).ok())
            .or_else(|| text.parse().map(AnyId::Question).ok())
            .or_else(|| text.parse().map(AnyId::Workspace).ok())
            .or_else(|| text.parse().map(AnyId::Artifact).ok())
            .or_else(|| text.parse().map(AnyId::PullRequest).ok())
            .ok_or_else(|| NoId { text: text.into(), wanted: "for example o1, s14, m5, q3, w2, f4 or p1" })
    }
}

impl fmt::Display for WorkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WorkId::Objective(id) => id.fmt(f),
            WorkId::Session(id) => id.fmt(f),
        }
    }
}

/// The ids a shell offers, of the kinds whose letters are in `letters`. Asks a daemon that runs; never starts one.
pub(super) fn candidates(letters: &'static str) -> ArgValueCandidates {
    ArgValueCandidates::new(move || world().map(|world| listed(&world, letters)).unwrap_or_default())
}

/// The targets a shell offers. Asks a daemon that runs; never starts one.
pub(super) fn targets() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let world = world().unwrap_or_default();
        let named = |target: &Target| {
            CompletionCandidate::new(target.name.as_str()).help(Some(target.label().to_owned().into()))
        };
        world.targets.values().map(named).collect()
    })
}

fn listed(world: &World, letters: &str) -> Vec<CompletionCandidate> {
    let candidate = |id: String, text: &str| CompletionCandidate::new(id).help(Some(line(text).into()));
    let mut found = Vec::new();
    if letters.contains('o') {
        found.extend(world.objectives.values().map(|objective| candidate(objective.id.to_string(), &objective.title)));
    }
    if letters.contains('s') {
        found.extend(world.sessions.values().map(|session| candidate(session.id.to_string(), &session.title)));
    }
    if letters.contains('m') {
        found.extend(world.messages.values().map(|message| candidate(message.id.to_string(), &message.excerpt)));
    }
    if letters.contains('q') {
        found.extend(world.questions.values().map(|question| candidate(question.id.to_string(), &question.text)));
    }
    if letters.contains('f') {
        found.extend(world.artifacts.values().map(|artifact| candidate(artifact.id.to_string(), &artifact.title)));
    }
    if letters.contains('p') {
        found.extend(world.pull_requests.values().map(|offer| candidate(offer.id.to_string(), &offer.title)));
    }
    if letters.contains('r') {
        let said = |text: &str| text.lines().next().unwrap_or_default().to_owned();
        let open = world.remarks.values().filter(|remark| !remark.state.is_settled());
        found.extend(open.map(|remark| candidate(remark.id.to_string(), &said(&remark.text))));
    }
    if letters.contains('c') {
        found.extend(world.checkpoints.values().map(|kept| candidate(kept.id.to_string(), &kept.reason)));
    }
    if letters.contains('w') {
        let path = |path: &std::path::Path| path.display().to_string();
        found.extend(world.workspaces.values().map(|room| candidate(room.id.to_string(), &path(&room.path))));
    }
    found
}

/// What a running daemon knows, if it says so while the person still waits for their Tab key.
fn world() -> Option<World> {
    let client = Client::new(&Paths::find().ok()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    runtime.block_on(async { tokio::time::timeout(Duration::from_millis(500), client.world()).await.ok()?.ok() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_by_its_letter_what_it_is_of() {
        assert_eq!("s14".parse::<AnyId>().expect("an id"), AnyId::Session("s14".parse().expect("an id")));
        assert_eq!("Q3".parse::<AnyId>().expect("an id"), AnyId::Question("q3".parse().expect("an id")));
        for text in ["", "x1", "14", "a7", "s"] {
            assert!(text.parse::<AnyId>().is_err(), "{text}");
        }
        assert!("q3".parse::<WorkId>().expect_err("a question").to_string().contains("o1 for an objective"));
    }
}
