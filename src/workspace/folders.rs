//! Folders and files of ours, on whichever host they lie. What can't be known is an error, never "not there".

use std::path::{Path, PathBuf};

use super::Error;
use crate::target::{FileKind, Host};

/// Nothing is there, or an empty folder.
pub(super) async fn is_free(host: &Host, path: &Path) -> Result<bool, Error> {
    let failed = Error::file("look at", path);
    let free = async {
        Ok(match host.list(path).await? {
            Some(entries) => entries.is_empty(),
            None => !host.is_there(path).await?,
        })
    };
    free.await.map_err(failed)
}

/// Something is there.
pub(super) async fn is_there(host: &Host, path: &Path) -> Result<bool, Error> {
    host.is_there(path).await.map_err(Error::file("look at", path))
}

/// A file is there.
pub(super) async fn is_file(host: &Host, path: &Path) -> Result<bool, Error> {
    let kind = host.kind(path).await.map_err(Error::file("look at", path))?;
    Ok(kind == Some(FileKind::File))
}

/// A folder is there.
pub(super) async fn is_folder(host: &Host, path: &Path) -> Result<bool, Error> {
    let kind = host.kind(path).await.map_err(Error::file("look at", path))?;
    Ok(kind == Some(FileKind::Folder))
}

/// What is in a file of text; `None` where there is none.
pub(super) async fn text(host: &Host, path: &Path) -> Result<Option<String>, Error> {
    let bytes = host.read(path).await.map_err(Error::file("read", path))?;
    Ok(bytes.map(|bytes| super::git::text(&bytes)))
}

/// Makes a private folder, or finds it made.
pub(super) async fn make(host: &Host, path: &Path) -> Result<(), Error> {
    host.make_folder(path).await.map_err(Error::file("make", path))
}

/// Removes a folder with all that is in it, also what was made read-only (as package caches are). Follows no link.
pub(super) async fn remove(host: &Host, path: &Path) -> Result<(), Error> {
    host.remove_folder(path).await.map_err(Error::file("remove", path))
}

/// Those of the names, as git lists them, at which something is below a folder.
pub(super) async fn those_there<'a>(host: &Host, folder: &Path, names: Vec<&'a [u8]>) -> Result<Vec<&'a [u8]>, Error> {
    let places: Vec<PathBuf> = names.iter().map(|name| folder.join(super::git::path(name))).collect();
    let there = host.are_there(&places).await.map_err(Error::file("look into", folder))?;
    Ok(names.into_iter().zip(there).filter(|(_, there)| *there).map(|(name, _)| name).collect())
}
