//! The demo's crew.

use std::path::Path;

use crate::{
    api::client::{Client, Error},
    domain::{Command, ObjectiveId, ProfileName, Reply, SessionId, objective},
};

/// An objective that was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seeded {
    /// The objective.
    pub objective: ObjectiveId,
    /// Its session.
    pub session: SessionId,
    /// Its title.
    pub title: &'static str,
}

/// The crew: titles, and prompts that make the stand-in do its part. The last one waits for a place.
const CREW: [(&str, &str); 11] = [
    (
        "Show the progress of an upload",
        "Show the progress of an upload.\n\nplay:meter play:edit play:progress play:work play:work play:retry play:work play:endless",
    ),
    ("Publish version 0.2", "Publish version 0.2 when the tests pass. play:meter play:permission play:commit"),
    ("Choose how uploads are tried again", "Choose how uploads are tried again. play:meter play:question play:commit"),
    (
        "Keep all settings in one file",
        "Keep all settings in one file: make a plan first. play:meter play:edit play:plan play:work",
    ),
    ("Set up a mirror", "Set up a mirror near most users. play:meter play:ask-user play:work"),
    ("Check the package", "Check the package with a dry run. play:ask play:commit"),
    ("Translate the manual page", "Translate the manual page. play:meter play:work play:overload play:endless"),
    ("Sum up the open reports", "Sum up the open reports. play:meter play:work play:limit"),
    ("Port the build to the old toolchain", "Port the build to the old toolchain. play:work play:fail"),
    ("Replay last night's log", "Replay last night's log. play:flood play:flood play:flood play:flood"),
    ("Write the manual page", "Write the manual page. play:work play:commit"),
];

/// Starts the crew on `repository` through the door, in order.
///
/// # Errors
/// The client's, at the first objective that can't be started.
pub async fn seed(client: &Client, repository: &Path) -> Result<Vec<Seeded>, Error> {
    let mut seeded = Vec::with_capacity(CREW.len());
    for (title, prompt) in CREW {
        let reply = client
            .command(&Command::NewObjective {
                prompt: prompt.into(),
                title: Some(title.into()),
                repository: Some(repository.into()),
                agent: Some(stand_in()),
                target: None,
                labels: Vec::new(),
                mode: objective::Mode::Plain,
                workspace: None,
                base: None,
            })
            .await?;
        match reply {
            Reply::Created { objective, session } => seeded.push(Seeded { objective, session, title }),
            Reply::Accepted { .. }
            | Reply::PullRequest { .. }
            | Reply::Verifying { .. }
            | Reply::Kept { .. }
            | Reply::RolledBack { .. }
            | Reply::Done => {
                return Err(Error::Nonsense { what: format!("a new objective was answered with {reply:?}") });
            }
        }
    }
    Ok(seeded)
}

fn stand_in() -> ProfileName {
    "stand-in".parse().expect("it is a name")
}
