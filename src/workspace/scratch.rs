//! An empty folder of our own, for work outside any repository. One that was removed with files in it is put aside, as a
//! whole, until its time is over.

use std::{
    fs,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::{
    Error, folders, names,
    record::{Record, Stage},
};
use crate::domain::WorkspaceId;

/// Makes the scratch folder of a workspace, or finds it again.
///
/// # Errors
/// [`Error::File`] when it can't be made.
pub async fn scratch(root: &Path, workspace: WorkspaceId) -> Result<PathBuf, Error> {
    let path = place(root, workspace);
    record(workspace, &path).write()?;
    make(&path)?;
    Ok(path)
}

/// Where the scratch folder of a workspace is.
pub(super) fn place(root: &Path, workspace: WorkspaceId) -> PathBuf {
    root.join("scratch").join(workspace.to_string())
}

/// What is written beside a scratch folder.
pub(super) fn record(workspace: WorkspaceId, path: &Path) -> Record {
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
pub(super) fn put_aside(record: &Record, proof: &str) -> Result<PathBuf, Error> {
    let home = aside(&record.path);
    make(&home)?;
    let free = |place: &PathBuf| folders::is_free(place) && matches!(Record::read(place), Ok(None));
    let mut places = names::numbered(&record.workspace.to_string()).map(|name| home.join(name));
    let place = places.find(free).unwrap_or_default();
    // First what it is, so that no folder lies there of which nobody knows when its time is over.
    let stage = Stage::Removing { proof: proof.into(), tip: None };
    Record { path: place.clone(), stage, ..record.clone() }.write()?;
    let failed = |source| Error::File { doing: "put aside", path: record.path.clone(), source };
    fs::rename(&record.path, &place).map_err(failed)?;
    Ok(place)
}

/// The folders that lie aside beside the scratch folder `path`, the newest first.
pub(super) fn all_aside(path: &Path) -> Vec<Aside> {
    let found = fs::read_dir(aside(path)).into_iter().flatten().flatten().filter_map(|entry| {
        let file = entry.path();
        let record = Record::read(&file.with_extension("")).ok()??;
        let written = file.extension().is_some_and(|extension| extension == "json");
        Some(Aside { record, at: entry.metadata().ok()?.modified().ok()? }).filter(|_| written)
    });
    let mut found: Vec<Aside> = found.collect();
    found.sort_by_key(|aside| std::cmp::Reverse(aside.at));
    found
}

/// Brings back a folder that was put aside, to a place where nothing is.
pub(super) fn bring_back(aside: &Aside, to: &Path) -> Result<(), Error> {
    let failed = |source| Error::File { doing: "bring back", path: aside.record.path.clone(), source };
    fs::rename(&aside.record.path, to).map_err(failed)?;
    aside.record.forget()
}

/// Lets go of a folder that was put aside.
pub(super) fn forget(aside: &Aside) -> Result<(), Error> {
    folders::remove(&aside.record.path)?;
    aside.record.forget()
}

fn aside(path: &Path) -> PathBuf {
    path.with_file_name("removed")
}

fn make(path: &Path) -> Result<(), Error> {
    let failed = |source| Error::File { doing: "make", path: path.to_owned(), source };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)
}
