//! Files of a host.

use std::{
    ffi::OsString,
    fs, io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use super::Host;

/// What lies at a path; a link is not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A device, a socket, a pipe.
    Other,
}

/// One name in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name.
    pub name: OsString,
    /// What lies there.
    pub kind: FileKind,
}

/// A host that can't be reached is an [`io::Error`] of the kind `NotConnected`, never a file that isn't there.
impl Host {
    /// What lies at a path; `None`: nothing.
    ///
    /// # Errors
    /// When it can't be known.
    pub async fn kind(&self, path: &Path) -> io::Result<Option<FileKind>> {
        match self {
            Host::Local(_) => Ok(there(fs::symlink_metadata(path))?.map(|found| kind_of(found.file_type()))),
            Host::Ssh(ssh) => ssh.kind(path).await,
        }
    }

    /// A folder is there, or a link that leads to one.
    ///
    /// # Errors
    /// When it can't be known.
    pub async fn is_folder(&self, path: &Path) -> io::Result<bool> {
        match self {
            Host::Local(_) => Ok(there(fs::metadata(path))?.is_some_and(|found| found.is_dir())),
            Host::Ssh(ssh) => ssh.is_folder(path).await,
        }
    }

    /// The bytes of a file; `None` when it isn't there.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        match self {
            Host::Local(_) => there(fs::read(path)),
            Host::Ssh(ssh) => ssh.read(path).await,
        }
    }

    /// Writes a file that only its owner reads, wholly or not at all: beside it, synced, renamed. Folders above it that
    /// are missing are made, private.
    ///
    /// # Errors
    /// When it can't be written; what was there before is there still.
    pub async fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        match self {
            Host::Local(_) => write_local(path, bytes),
            Host::Ssh(ssh) => ssh.write(path, bytes).await,
        }
    }

    /// Writes a small text as [`Host::write`] does, unless it is there: what is there can be used however full the disk is.
    ///
    /// # Errors
    /// When it can't be written.
    pub async fn provide(&self, path: &Path, text: &str) -> io::Result<()> {
        match self {
            Host::Local(_) if fs::read(path).is_ok_and(|found| found == text.as_bytes()) => Ok(()),
            Host::Local(_) => write_local(path, text.as_bytes()),
            Host::Ssh(ssh) => ssh.provide(path, text).await,
        }
    }

    /// Makes a private folder and those above it; one that is there stays as it is.
    ///
    /// # Errors
    /// When it can't be made.
    pub async fn make_folder(&self, path: &Path) -> io::Result<()> {
        match self {
            Host::Local(_) => fs::DirBuilder::new().recursive(true).mode(0o700).create(path),
            Host::Ssh(ssh) => ssh.make_folder(path).await,
        }
    }

    /// Gives a file or folder another name.
    ///
    /// # Errors
    /// When it can't be.
    pub async fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        match self {
            Host::Local(_) => fs::rename(from, to),
            Host::Ssh(ssh) => ssh.rename(from, to).await,
        }
    }

    /// Removes a file; one that isn't there is removed already.
    ///
    /// # Errors
    /// When it can't be removed.
    pub async fn remove_file(&self, path: &Path) -> io::Result<()> {
        match self {
            Host::Local(_) => there(fs::remove_file(path)).map(drop),
            Host::Ssh(ssh) => ssh.remove_file(path).await,
        }
    }

    /// Removes a folder with all that is in it, also where folders in it may not be written; one that isn't there is
    /// removed already.
    ///
    /// # Errors
    /// When not all of it can be removed.
    pub async fn remove_folder(&self, path: &Path) -> io::Result<()> {
        match self {
            Host::Local(_) => {
                let path = path.to_owned();
                off_the_loop(move || remove_folder_local(&path)).await
            }
            Host::Ssh(ssh) => ssh.remove_folder(path).await,
        }
    }

    /// What is in a folder, in no order; `None` when there is no such folder.
    ///
    /// # Errors
    /// When it can't be listed.
    pub async fn list(&self, folder: &Path) -> io::Result<Option<Vec<Entry>>> {
        match self {
            Host::Local(_) => {
                let Some(entries) = there(fs::read_dir(folder))? else { return Ok(None) };
                let entry = |entry: io::Result<fs::DirEntry>| {
                    let entry = entry?;
                    Ok(Entry { name: entry.file_name(), kind: kind_of(entry.file_type()?) })
                };
                entries.map(entry).collect::<io::Result<_>>().map(Some)
            }
            Host::Ssh(ssh) => ssh.list(folder).await,
        }
    }

    /// The path without links and dots; `None` when nothing lies there.
    ///
    /// # Errors
    /// When it can't be known.
    pub async fn real_path(&self, path: &Path) -> io::Result<Option<PathBuf>> {
        match self {
            Host::Local(_) => there(fs::canonicalize(path)),
            Host::Ssh(ssh) => ssh.real_path(path).await,
        }
    }
}

pub(super) fn there<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Does what takes long where it holds up nobody.
pub(super) async fn off_the_loop<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|broken| Err(io::Error::other(broken)))
}

pub(super) fn kind_of(found: fs::FileType) -> FileKind {
    if found.is_file() {
        FileKind::File
    } else if found.is_dir() {
        FileKind::Folder
    } else if found.is_symlink() {
        FileKind::Link
    } else {
        FileKind::Other
    }
}

fn write_local(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    io::Write::write_all(&mut file, bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)
}

/// Follows no link. A file at this place is no folder and stays.
pub(super) fn remove_folder_local(path: &Path) -> io::Result<()> {
    fs::remove_dir_all(path).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => {
            open_up(path)?;
            fs::remove_dir_all(path)
        }
    })
}

/// Lets us write to a folder and those in it, so that they can be removed.
fn open_up(folder: &Path) -> io::Result<()> {
    if !fs::symlink_metadata(folder)?.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(folder)?.flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open_up(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn files_come_and_go_whole() {
        let home = tempfile::tempdir().expect("a folder");
        let (host, file) = (Host::local(), home.path().join("a/b/file"));
        assert_eq!(host.read(&file).await.expect("asked"), None);
        host.write(&file, b"one").await.expect("written");
        host.write(&file, b"two").await.expect("written again");
        assert_eq!(host.read(&file).await.expect("read").as_deref(), Some(&b"two"[..]));
        assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
        let entries = host.list(&home.path().join("a/b")).await.expect("listed").expect("a folder");
        assert_eq!(entries, [Entry { name: "file".into(), kind: FileKind::File }]);
        fs::set_permissions(home.path().join("a/b"), fs::Permissions::from_mode(0o500)).expect("set");
        host.remove_folder(&home.path().join("a")).await.expect("removed");
        assert_eq!(host.kind(&home.path().join("a")).await.expect("asked"), None);
        host.remove_folder(&home.path().join("a")).await.expect("removed already");
        host.remove_file(&file).await.expect("removed already");
    }
}
