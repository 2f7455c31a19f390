//! Folders of our own.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

use super::Error;

/// Nothing is there, or an empty folder.
pub(super) fn is_free(path: &Path) -> bool {
    match fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(path).is_err(),
    }
}

/// Removes a folder with all that is in it, also what was made read-only (as package caches are). Follows no link.
pub(super) fn remove(path: &Path) -> Result<(), Error> {
    let removed = fs::remove_dir_all(path).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => {
            unlock(path)?;
            fs::remove_dir_all(path)
        }
    });
    removed.map_err(|source| Error::File { doing: "remove", path: path.into(), source })
}

/// The bytes on disk below a folder.
pub(super) fn bytes(path: &Path) -> u64 {
    let Ok(found) = fs::symlink_metadata(path) else { return 0 };
    let own = found.blocks() * 512;
    if !found.is_dir() {
        return own;
    }
    let Ok(entries) = fs::read_dir(path) else { return own };
    own + entries.flatten().map(|entry| bytes(&entry.path())).sum::<u64>()
}

fn unlock(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(folder)?.flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            unlock(&entry.path())?;
        }
    }
    Ok(())
}
