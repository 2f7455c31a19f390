//! A throwaway home.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
};

use uuid::Uuid;

use crate::config::Paths;

/// A throwaway home: quarterdeck's own folders and a place for the repository. Removed when dropped, unless kept.
#[derive(Debug)]
pub struct Home {
    folder: PathBuf,
    paths: Paths,
    keep: bool,
    // Locked for as long as somebody plays here.
    _lock: File,
}

/// What the folders are called, before a random word.
const NAME: &str = "qd-demo-";
/// The file that is locked while the demo is shown. Without it a folder is nobody's leftover: it was kept.
const LOCK: &str = "shown.lock";

/// The settings of the demo: the stand-in does the work, and there is one place fewer than there is work.
const SETTINGS: &str = "\
[agent]
default = \"stand-in\"

[caps]
sessions = 10
";

/// Makes a throwaway home in the system's temporary folder, for us alone; `keep` leaves it behind.
///
/// # Errors
/// When the folder can't be made.
pub fn make_home(keep: bool) -> io::Result<Home> {
    let folder = std::env::temp_dir().canonicalize()?.join(format!("{NAME}{}", &Uuid::new_v4().to_string()[..8]));
    fs::DirBuilder::new().mode(0o700).create(&folder)?;
    let paths = Paths::below(&folder).map_err(io::Error::other)?;
    let lock = File::create(folder.join(LOCK))?;
    lock.try_lock().map_err(io::Error::other)?;
    let home = Home { folder, paths, keep, _lock: lock };
    fs::create_dir_all(&home.paths.config)?;
    fs::write(home.paths.config_file(), SETTINGS)?;
    home.paths.create().map_err(io::Error::other)?;
    Ok(home)
}

/// The homes of demos that were killed: their lock is free. They are removed when dropped.
pub fn abandoned_homes() -> Vec<Home> {
    let folder = std::env::temp_dir().canonicalize();
    let entries = folder.and_then(fs::read_dir).into_iter().flatten().flatten();
    entries.filter_map(|entry| abandoned(&entry)).collect()
}

fn abandoned(entry: &fs::DirEntry) -> Option<Home> {
    let folder = entry.path();
    let ours = entry.metadata().ok()?.uid() == nix::unistd::geteuid().as_raw();
    if !ours || !entry.file_name().to_str()?.starts_with(NAME) {
        return None;
    }
    let lock = File::open(folder.join(LOCK)).ok()?;
    lock.try_lock().ok()?;
    Some(Home { paths: Paths::below(&folder).ok()?, folder, keep: false, _lock: lock })
}

impl Home {
    /// The folder that holds everything; what `QD_HOME` would be.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the demo's daemon has its things.
    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    /// Where the repository goes.
    pub fn repository(&self) -> PathBuf {
        self.folder.join("uploader")
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.keep {
            // What is kept is no leftover.
            if let Err(error) = fs::remove_file(self.folder.join(LOCK)) {
                tracing::warn!(%error, "the next demo may remove this one's folder");
            }
            return;
        }
        // A long path keeps its sockets elsewhere.
        for folder in [&self.paths.runtime, &self.folder] {
            if let Err(error) = fs::remove_dir_all(folder)
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(folder = %folder.display(), %error, "the demo's folder could not be removed");
            }
        }
    }
}
