//! An empty folder of our own, for work outside any repository. One that was removed with files in it is put aside, as a
//! whole, until its time is over.

use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::{
    Error, folders, names,
    record::{self, Record, Stage},
};
use crate::{domain::WorkspaceId, target::Host};

/// Makes the scratch folder of a workspace, or finds it again.
///
/// # Errors
/// [`Error::File`] when it can't be made.
pub async fn scratch(host: &Host, root: &Path, workspace: WorkspaceId) -> Result<PathBuf, Error> {
    let path = place(root, workspace);
    new_record(workspace, &path).write(host).await?;
    folders::make(host, &path).await?;
    Ok(path)
}

/// Where the scratch folder of a workspace is.
pub(super) fn place(root: &Path, workspace: WorkspaceId) -> PathBuf {
    root.join("scratch").join(workspace.to_string())
}

/// What is written beside a scratch folder.
pub(super) fn new_record(workspace: WorkspaceId, path: &Path) -> Record {
    Record { workspace, session: None, path: path.into(), branch: None, base: None, stage: Stage::Made }
}

/// A folder that was put aside.
#[derive(Debug)]
pub(super) struct Aside {
    /// What was written when it was put aside.
    pub(super) record: Record,
    /// When that was.
    pub(super) at: SystemTime,
}

/// Puts a scratch folder aside; says where it is.
pub(super) async fn put_aside(host: &Host, record: &Record, proof: &str) -> Result<PathBuf, Error> {
    let home = aside(&record.path);
    folders::make(host, &home).await?;
    let place = free_place(host, &home, record.workspace).await?;
    // First what it is, so that no folder lies there of which nobody knows when its time is over.
    let stage = Stage::Removing { proof: proof.into(), tip: None };
    Record { path: place.clone(), stage, ..record.clone() }.write(host).await?;
    host.rename(&record.path, &place).await.map_err(Error::file("put aside", &record.path))?;
    Ok(place)
}

async fn free_place(host: &Host, home: &Path, workspace: WorkspaceId) -> Result<PathBuf, Error> {
    for name in names::numbered(&workspace.to_string()) {
        let place = home.join(name);
        if folders::is_free(host, &place).await? && !record::is_there(host, &place).await? {
            return Ok(place);
        }
    }
    unreachable!("numbered names never end")
}

/// The folders that lie aside beside the scratch folder `path`, the newest first.
pub(super) async fn all_aside(host: &Host, path: &Path) -> Result<Vec<Aside>, Error> {
    let home = aside(path);
    let failed = || Error::file("look at", &home);
    let entries = host.list(&home).await.map_err(failed())?.unwrap_or_default();
    let files = entries.into_iter().map(|entry| home.join(entry.name));
    let files: Vec<PathBuf> = files.filter(|file| file.extension().is_some_and(|kind| kind == "json")).collect();
    let written = host.read_all(&files).await.map_err(failed())?;
    let looked = host.look(&files).await.map_err(failed())?;
    let found = written
        .into_iter()
        .zip(looked)
        .filter_map(|(written, found)| Some(Aside { record: Record::parse(&written?)?, at: found?.modified }));
    let mut found: Vec<Aside> = found.collect();
    found.sort_by_key(|aside| std::cmp::Reverse(aside.at));
    Ok(found)
}

/// Brings back a folder that was put aside, to a place where nothing is.
pub(super) async fn bring_back(host: &Host, aside: &Aside, to: &Path) -> Result<(), Error> {
    let from = &aside.record.path;
    host.rename(from, to).await.map_err(Error::file("bring back", from))?;
    aside.record.forget(host).await
}

/// Lets go of a folder that was put aside.
pub(super) async fn forget(host: &Host, aside: &Aside) -> Result<(), Error> {
    folders::remove(host, &aside.record.path).await?;
    aside.record.forget(host).await
}

fn aside(path: &Path) -> PathBuf {
    path.with_file_name("removed")
}
