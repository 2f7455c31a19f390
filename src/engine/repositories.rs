//! The repositories there are: those the person wrote down, and those that work was done in.

use std::path::{Path, PathBuf};

use notify::Watcher;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{beat::Letter, core::Input, describe::chain, rooms::Rooms};
use crate::domain::{Refusal, Repository, RepositoryName, repository};

/// All of them: first what was written down, then what was learned, each by its name.
pub(crate) async fn all(rooms: &Rooms) -> Result<Vec<Repository>, Refusal> {
    let failed = |error| Refusal::failed(format!("the database could not be read: {}", chain(&error)));
    let used = rooms.store.repositories().await.map_err(failed)?;
    let mut all = rooms.repositories.all();
    let is_new = |folder: &PathBuf| {
        let is_mirror = folder.starts_with(rooms.paths.mirrors());
        !is_mirror && all.iter().all(|written| written.folder != *folder)
    };
    let mut learned: Vec<Repository> = used
        .into_iter()
        .filter(is_new)
        .map(|folder| Repository { learned: true, ..Repository::at(RepositoryName::of_folder(&folder), folder) })
        .collect();
    learned.sort_by(|one, other| (&one.name, &one.folder).cmp(&(&other.name, &other.folder)));
    all.append(&mut learned);
    Ok(all)
}

/// The folder of the repository that is called so.
pub(crate) async fn called(rooms: &Rooms, name: &str) -> Result<PathBuf, Refusal> {
    let all = all(rooms).await?;
    let found = repository::called(&all, name);
    found.map(|repository| repository.folder.clone()).map_err(|error| match error {
        repository::NotOne::None { .. } => {
            Refusal::not_found(error.to_string()).hint("`qd repo list` lists the repositories that have a name")
        }
        repository::NotOne::Several { .. } => {
            Refusal::usage(error.to_string()).hint("give the path of the one you mean")
        }
    })
}

/// What the person wrote about the repository with this top folder.
///
/// # Errors
/// What is wrong with it: then nobody knows what may be run there.
pub(crate) fn sound(rooms: &Rooms, folder: &Path) -> Result<Option<Repository>, String> {
    let problem = |problem| format!("what you wrote about this repository makes no sense: {problem}");
    rooms.repositories.sound(folder).map_err(problem)
}

/// Tells the core whenever the person has changed what they wrote down, until `cancel`.
pub(crate) async fn follow(rooms: Rooms, inbox: mpsc::Sender<Letter>, cancel: CancellationToken) {
    let file = rooms.repositories.path().to_owned();
    let Some(folder) = file.parent().map(Path::to_owned) else { return };
    let (tell, mut told) = mpsc::channel(1);
    let concerns = move |event: &notify::Event| event.paths.contains(&file) && !event.kind.is_access();
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| concerns(&event)) {
            // One that waits says as much as many.
            let _ = tell.try_send(());
        }
    });
    let watched = watcher.and_then(|mut watcher| {
        watcher.watch(&folder, notify::RecursiveMode::NonRecursive)?;
        Ok(watcher)
    });
    let _watcher = match watched {
        Ok(watcher) => watcher,
        Err(error) => {
            tracing::warn!(%error, "what is written about repositories counts as it was when the daemon started");
            return;
        }
    };
    loop {
        tokio::select! {
            told = told.recv() => if told.is_none() { return },
            () = cancel.cancelled() => return,
        }
        if inbox.send(Letter::Input(Input::Repositories(rooms.repositories.all()))).await.is_err() {
            return;
        }
    }
}
