//! A folder of our own in a checkout's git directory, for an index that nobody else shall see. It goes with its owner; what a crash left goes with the next one.

use std::{
    fs,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use super::{
    super::{Error, git::Git},
    checkout::Checkout,
};

/// Its folder in the git directory.
const HOME: &str = "quarterdeck";
/// What is older belongs to nobody any more.
const FORGOTTEN: Duration = Duration::from_secs(24 * 60 * 60);

/// A folder of our own. Removed when it is dropped.
#[derive(Debug)]
pub(super) struct Aside {
    folder: PathBuf,
}

impl Aside {
    /// A new one.
    pub(super) fn new(checkout: &Checkout<'_>) -> Result<Self, Error> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let home = checkout.own.join(HOME);
        tidy(&home);
        let folder = home.join(format!("{}-{}", process::id(), NUMBER.fetch_add(1, Ordering::Relaxed)));
        let failed = |source| Error::File { doing: "make", path: folder.clone(), source };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(failed)?;
        Ok(Self { folder })
    }

    /// git with an index of its own that begins as the checkout's is. Also what it knows of the files' times is as it
    /// was: a file that was written in the same moment as the index is compared, not trusted.
    pub(super) fn index<'a>(&self, checkout: &Checkout<'a>) -> Result<Git<'a>, Error> {
        let (real, own) = (checkout.own.join("index"), self.folder.join("index"));
        let failed = |source| Error::File { doing: "copy", path: real.clone(), source };
        match fs::File::open(&real) {
            Ok(mut index) => {
                let times = index.metadata().and_then(|found| found.modified()).map_err(failed)?;
                let mut copy = fs::File::create(&own).map_err(failed)?;
                std::io::copy(&mut index, &mut copy).map_err(failed)?;
                copy.set_modified(times).map_err(failed)?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(failed(source)),
        }
        Ok(checkout.git.clone().with("GIT_INDEX_FILE", own.display().to_string()))
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
        // Only when it is empty: another may be at work.
        let _ = self.folder.parent().map(fs::remove_dir);
    }
}

fn tidy(home: &Path) {
    for entry in fs::read_dir(home).into_iter().flatten().flatten() {
        let age = entry.metadata().and_then(|found| found.modified()).ok().and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age > FORGOTTEN) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
