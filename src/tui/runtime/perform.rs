//! What effects do: each is a task of its own, and what comes of it comes back as a beat.

use std::path::{Path, PathBuf};

use futures_util::{StreamExt, stream};
use tokio::sync::mpsc::Sender;

use super::Beat;
use crate::{
    api::Client,
    config,
    domain::{ArtifactId, Command, ObjectiveId, SessionId, WorkspaceId},
    tui::{
        effect::{Comparison, Completion, Purpose},
        message::{Message, Problem},
        model::form,
        pane::scroll::{self, Fetch},
    },
};

/// Asks the daemon for something.
pub(super) async fn ask(client: Client, purpose: Purpose, command: Command, beats: Sender<Beat>) {
    let answer = client.command(&command).await.map_err(Problem::from);
    tell(&beats, Message::Answered(purpose, answer)).await;
}

/// Fetches a stretch of a screen's past.
pub(super) async fn fetch(client: Client, session: SessionId, fetch: Fetch, beats: Sender<Beat>) {
    let fetched = match fetch {
        Fetch::History { lines } => {
            client.screen(session, lines).await.map(|screen| scroll::Message::History(Box::new(screen)))
        }
        Fetch::Recording { before, lines } => {
            let lines = usize::try_from(lines).unwrap_or(usize::MAX);
            client.transcript(session, before, lines).await.map(scroll::Message::Recorded)
        }
    };
    let message = fetched.unwrap_or_else(|error| scroll::Message::Failed(Problem::from(error).what));
    tell(&beats, Message::Past(session, message)).await;
}

/// Finds out what a workspace changed.
pub(super) async fn compare(client: Client, asked: Comparison, beats: Sender<Beat>) {
    let diff = client.diff(asked.workspace, asked.from, asked.to, asked.path.as_deref()).await;
    let answer = diff.map(Box::new).map_err(Problem::from);
    tell(&beats, Message::Compared(asked, answer)).await;
}

/// Finds out which agents there are.
pub(super) async fn find_agents(client: Client, beats: Sender<Beat>) {
    let agents = client.agents(false).await.map_err(Problem::from);
    tell(&beats, Message::Agents(agents)).await;
}

/// Finds out how we know what a session is doing.
pub(super) async fn explain(client: Client, session: SessionId, beats: Sender<Beat>) {
    let why = client.why(session).await.map(Box::new).map_err(Problem::from);
    tell(&beats, Message::Explained(session, why)).await;
}

/// Looks at workspaces, a few at once.
pub(super) async fn inspect(client: Client, workspaces: Vec<WorkspaceId>, beats: Sender<Beat>) {
    const AT_ONCE: usize = 4;
    let look = |id| {
        let client = client.clone();
        async move { (id, client.workspace(id).await.map(Box::new).map_err(Problem::from)) }
    };
    let mut looked = stream::iter(workspaces).map(look).buffer_unordered(AT_ONCE);
    while let Some((id, answer)) = looked.next().await {
        tell(&beats, Message::Inspected(id, answer)).await;
    }
}

/// Sees how targets fare.
pub(super) async fn see(client: Client, beats: Sender<Beat>) {
    let seen = client.sights().await.map_err(Problem::from);
    tell(&beats, Message::Sights(seen)).await;
}

/// Fetches the text of an artifact.
pub(super) async fn read_artifact(client: Client, id: ArtifactId, beats: Sender<Beat>) {
    let body = client.artifact(id).await.map(Box::new).map_err(Problem::from);
    tell(&beats, Message::Artifact(id, body)).await;
}

/// Writes all of an objective into a file.
pub(super) async fn export(client: Client, objective: ObjectiveId, beats: Sender<Beat>) {
    let message = match client.save_report(objective).await {
        Ok(saved) => Message::Told(format!("{objective} is told in {}", saved.path.display())),
        Err(error) => Message::Failed(Problem::from(error)),
    };
    tell(&beats, message).await;
}

/// Writes how we know what a session is doing into a file.
pub(super) async fn save_why(client: Client, session: SessionId, beats: Sender<Beat>) {
    let message = match client.save_why(session).await {
        Ok(saved) => Message::Told(format!("saved in {}: read it before you give it away", saved.path.display())),
        Err(error) => Message::Failed(Problem::from(error)),
    };
    tell(&beats, message).await;
}

/// Finds out how to reach a session's pane; `then` says what for.
pub(super) async fn reach(
    client: Client,
    session: SessionId,
    then: impl FnOnce(crate::api::wire::Attach) -> Beat,
    beats: Sender<Beat>,
) {
    match client.attach(session).await {
        // Without a dashboard nobody wants to know.
        Ok(attach) => drop(beats.send(then(attach)).await),
        Err(error) => drop(beats.send(Beat::NoWayIn(session, error.into())).await),
    }
}

/// Finds the folders that start with what was written; of a mere word, the repositories whose names do.
pub(super) async fn complete(client: Client, written: String, home: Option<PathBuf>, beats: Sender<Beat>) {
    if !written.starts_with(['~', '.']) && !written.contains('/') {
        let known = client.repositories().await.unwrap_or_default();
        let names = known.iter().flat_map(|repository| std::iter::once(&repository.name).chain(&repository.nicknames));
        let folders = names.filter(|name| name.as_str().starts_with(&written)).map(|name| name.as_str().into());
        let completion = Completion { folders: folders.take(FOLDERS).collect(), written };
        return tell(&beats, Message::Completed(completion)).await;
    }
    let start = form::expand(&written, home.as_deref());
    let slash = written.ends_with('/');
    let folders = tokio::task::spawn_blocking(move || folders_starting_with(&start, slash)).await.unwrap_or_default();
    tell(&beats, Message::Completed(Completion { written, folders })).await;
}

/// Writes the theme's name into the person's settings.
pub(super) async fn keep_theme(file: PathBuf, name: String, beats: Sender<Beat>) {
    let path = file.clone();
    let theme = name.clone();
    let message = match tokio::task::spawn_blocking(move || config::keep_theme(&path, &theme)).await {
        Ok(Ok(())) => Message::Told(format!("{name} is kept in {}", file.display())),
        Ok(Err(error)) => Message::Failed(Problem::new(error.to_string())),
        Err(error) => Message::Failed(Problem::new(error.to_string())),
    };
    tell(&beats, message).await;
}

/// Most folders that are offered.
const FOLDERS: usize = 50;

fn folders_starting_with(start: &Path, slash: bool) -> Vec<PathBuf> {
    let (parent, name) = match (slash, start.parent(), start.file_name()) {
        (false, Some(parent), Some(name)) => (parent, name.to_string_lossy().into_owned()),
        _ => (start, String::new()),
    };
    let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries
        .filter(|entry| {
            let found = entry.file_name().to_string_lossy().into_owned();
            found.starts_with(&name) && (!found.starts_with('.') || name.starts_with('.')) && entry.path().is_dir()
        })
        .map(|entry| entry.path())
        .take(FOLDERS)
        .collect();
    folders.sort();
    folders
}

async fn tell(beats: &Sender<Beat>, message: Message) {
    // Without a dashboard nobody wants to know.
    let _ = beats.send(Beat::Heard(message)).await;
}
