//! The repositories there are: those the person wrote down, and those that work was done in.

use std::path::{Path, PathBuf};

use super::{describe::chain, rooms::Rooms};
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
