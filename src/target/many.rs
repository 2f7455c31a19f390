//! Files of a host, many at a time: whoever asks about each of a thousand files must not wait for a thousand answers.

use std::{
    fs,
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::SystemTime,
};

use nix::unistd::{AccessFlags, access};

use super::{
    FileKind, Host,
    files::{kind_of, off_the_loop, remove_folder_local, there},
};

/// What can be known of a file without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// What it is; a link is not followed.
    pub kind: FileKind,
    /// Its length, in bytes.
    pub bytes: u64,
    /// When it was written last.
    pub modified: SystemTime,
    /// We may read it.
    pub readable: bool,
}

/// As with one file, a host that can't be reached is an error, never files that aren't there.
impl Host {
    /// What lies at each of these absolute paths; `None`: nothing.
    ///
    /// # Errors
    /// When it can't be known of one of them.
    pub async fn look(&self, paths: &[PathBuf]) -> io::Result<Vec<Option<Found>>> {
        match self {
            Host::Local(_) => paths.iter().map(|path| look_local(path)).collect(),
            Host::Ssh(ssh) => ssh.look(paths).await,
        }
    }

    /// Something lies at this path.
    ///
    /// # Errors
    /// When it can't be known.
    pub async fn is_there(&self, path: &Path) -> io::Result<bool> {
        Ok(self.kind(path).await?.is_some())
    }

    /// Which of these absolute paths something lies at.
    ///
    /// # Errors
    /// When it can't be known of one of them.
    pub async fn are_there(&self, paths: &[PathBuf]) -> io::Result<Vec<bool>> {
        match self {
            Host::Local(_) => paths.iter().map(|path| Ok(there(fs::symlink_metadata(path))?.is_some())).collect(),
            Host::Ssh(ssh) => ssh.are_there(paths).await,
        }
    }

    /// The bytes of each of these small files, by their absolute paths; `None` for one that isn't there.
    ///
    /// # Errors
    /// When one of them can't be read.
    pub async fn read_all(&self, paths: &[PathBuf]) -> io::Result<Vec<Option<Vec<u8>>>> {
        match self {
            Host::Local(_) => paths.iter().map(|path| there(fs::read(path))).collect(),
            Host::Ssh(ssh) => ssh.read_all(paths).await,
        }
    }

    /// Copies a file with the time of its last change; gives `false` when there is nothing to copy.
    ///
    /// # Errors
    /// When it can't be read or written.
    pub async fn copy(&self, from: &Path, to: &Path) -> io::Result<bool> {
        match self {
            Host::Local(_) => copy_local(from, to),
            Host::Ssh(ssh) => ssh.copy(from, to).await,
        }
    }

    /// The bytes on disk of a folder and all below it; what can't be seen is not counted.
    ///
    /// # Errors
    /// When the host can't be asked.
    pub async fn disk_usage(&self, folder: &Path) -> io::Result<u64> {
        match self {
            Host::Local(_) => {
                let folder = folder.to_owned();
                off_the_loop(move || Ok(bytes_below(&folder))).await
            }
            Host::Ssh(ssh) => ssh.disk_usage(folder).await,
        }
    }

    /// All that is no folder below an absolute path, and the folders that can't be looked into, as paths from there. A
    /// folder that is not there has nothing in it.
    ///
    /// # Errors
    /// When it can't be known.
    pub async fn files_below(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        match self {
            Host::Local(_) => {
                let folder = folder.to_owned();
                off_the_loop(move || {
                    let mut found = Vec::new();
                    files_below(&folder, &folder, &mut found).map(|()| found)
                })
                .await
            }
            Host::Ssh(ssh) => ssh.files_below(folder).await,
        }
    }

    /// The folders of this name below these absolute paths, at any depth but not inside each other, as far as they can be
    /// looked into. What is not there, or no folder, has nothing in it.
    ///
    /// # Errors
    /// When it can't be known.
    pub async fn folders_named(&self, name: &str, below: &[PathBuf]) -> io::Result<Vec<PathBuf>> {
        match self {
            Host::Local(_) => {
                let (name, below) = (name.to_owned(), below.to_owned());
                off_the_loop(move || {
                    let mut found = Vec::new();
                    below.iter().try_for_each(|folder| folders_named(&name, folder, &mut found)).map(|()| found)
                })
                .await
            }
            Host::Ssh(ssh) => ssh.folders_named(name, below).await,
        }
    }

    /// The lines of these files together, as git counts those of new ones: none where it is not text or more than so many
    /// bytes, one of a link. What can't be read is not counted.
    ///
    /// # Errors
    /// When the host can't be asked.
    pub async fn count_lines(&self, files: &[PathBuf], largest: u64) -> io::Result<u64> {
        match self {
            Host::Local(_) => {
                let files = files.to_owned();
                off_the_loop(move || Ok(files.iter().map(|file| lines_in(file, largest)).sum())).await
            }
            Host::Ssh(ssh) => ssh.count_lines(files, largest).await,
        }
    }

    /// Removes a folder that nobody needs any more, and the one above it if that is empty then and shall go `with_home`.
    /// Nobody waits for it; what can't be removed stays.
    pub fn abandon(&self, folder: &Path, with_home: bool) {
        match self {
            Host::Local(_) => {
                let _ = remove_folder_local(folder);
                // Only when it is empty: another may be at work.
                let _ = folder.parent().filter(|_| with_home).map(fs::remove_dir);
            }
            Host::Ssh(ssh) => ssh.abandon(folder, with_home),
        }
    }
}

fn look_local(path: &Path) -> io::Result<Option<Found>> {
    let Some(found) = there(fs::symlink_metadata(path))? else { return Ok(None) };
    let kind = kind_of(found.file_type());
    let readable = kind != FileKind::Link && access(path, AccessFlags::R_OK).is_ok();
    Ok(Some(Found { kind, bytes: found.len(), modified: found.modified()?, readable }))
}

fn copy_local(from: &Path, to: &Path) -> io::Result<bool> {
    let Some(mut source) = there(fs::File::open(from))? else { return Ok(false) };
    let modified = source.metadata()?.modified()?;
    let mut copy = fs::File::create(to)?;
    io::copy(&mut source, &mut copy)?;
    copy.set_modified(modified)?;
    Ok(true)
}

fn lines_in(file: &Path, largest: u64) -> u64 {
    let Ok(found) = fs::symlink_metadata(file) else { return 0 };
    if found.is_symlink() {
        return 1;
    }
    if !found.is_file() || found.len() > largest || found.len() == 0 {
        return 0;
    }
    let mut bytes = Vec::new();
    let read = fs::File::open(file).and_then(|file| file.take(largest).read_to_end(&mut bytes));
    // git looks for a zero byte in the first 8,000.
    if read.is_err() || bytes.iter().take(8_000).any(|&byte| byte == 0) {
        return 0;
    }
    let ends = memchr::memchr_iter(b'\n', &bytes).count() as u64;
    ends + u64::from(bytes.last().is_some_and(|&byte| byte != b'\n'))
}

fn bytes_below(path: &Path) -> u64 {
    let Ok(found) = fs::symlink_metadata(path) else { return 0 };
    let own = found.blocks() * 512;
    if !found.is_dir() {
        return own;
    }
    let Ok(entries) = fs::read_dir(path) else { return own };
    own + entries.flatten().map(|entry| bytes_below(&entry.path())).sum::<u64>()
}

fn files_below(top: &Path, folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let from_top = |path: &Path| path.strip_prefix(top).unwrap_or(path).to_owned();
    let entries = match there(fs::read_dir(folder)) {
        Ok(Some(entries)) => entries,
        Ok(None) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            found.push(from_top(folder));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => files_below(top, &entry.path(), found)?,
            false => found.push(from_top(&entry.path())),
        }
    }
    Ok(())
}

fn folders_named(name: &str, folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    if !there(fs::symlink_metadata(folder))?.is_some_and(|found| found.is_dir()) {
        return Ok(());
    }
    let entries = match there(fs::read_dir(folder)) {
        Ok(Some(entries)) => entries,
        Ok(None) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        if entry.file_name() == name {
            found.extend(path.is_dir().then_some(path));
        } else if entry.file_type()?.is_dir() {
            folders_named(name, &path, found)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_not_there_is_told_from_what_is() {
        let home = tempfile::tempdir().expect("a folder");
        let at = |name: &str| home.path().join(name);
        fs::create_dir_all(at("a/x/.git/objects/.git")).expect("made");
        fs::create_dir_all(at("b")).expect("made");
        fs::write(at("a/x/file"), "four").expect("written");
        std::os::unix::fs::symlink("nowhere", at("b/link")).expect("a link");
        let host = Host::local();
        let paths = [at("a/x/file"), at("none"), at("a"), at("b/link"), at("a/x/file/below")];
        let found = host.look(&paths).await.expect("looked");
        let kinds: Vec<Option<FileKind>> = found.iter().map(|found| found.map(|found| found.kind)).collect();
        assert_eq!(kinds, [Some(FileKind::File), None, Some(FileKind::Folder), Some(FileKind::Link), None]);
        assert!(found[0].is_some_and(|found| found.bytes == 4 && found.readable));
        assert_eq!(host.are_there(&paths).await.expect("asked"), [true, false, true, true, false]);
        let read = host.read_all(&[at("a/x/file"), at("none")]).await.expect("read");
        assert_eq!(read, [Some(b"four".to_vec()), None]);
        let below = [at("a"), at("b"), at("none"), at("a/x/file")];
        assert_eq!(host.folders_named(".git", &below).await.expect("listed"), [at("a/x/.git")]);
        let mut files = host.files_below(home.path()).await.expect("listed");
        files.sort();
        assert_eq!(files, [PathBuf::from("a/x/file"), "b/link".into()]);
        assert!(host.copy(&at("a/x/file"), &at("copy")).await.expect("copied"));
        assert!(!host.copy(&at("none"), &at("copy")).await.expect("nothing to copy"));
        let copied = host.look(&[at("copy")]).await.expect("looked")[0].expect("there");
        assert_eq!(copied.modified, found[0].expect("there").modified);
        assert!(host.remove_folder(&at("copy")).await.is_err(), "a file is no folder");
        host.abandon(&at("a"), true);
        assert!(!host.is_there(&at("a")).await.expect("asked"));
    }
}
