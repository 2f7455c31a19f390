//! One daemon a state directory: a file lock, and noticing that the directory was removed.

use std::{
    fs::{self, File},
    io,
    os::unix::{fs::MetadataExt, net::UnixStream},
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

use super::Error;
use crate::config::Paths;

/// How long a daemon may take to end once it listens no more.
const ENDING: Duration = Duration::from_secs(5);
/// How often the lock is looked for.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The lock of a state directory, held until the last of these is dropped; the system lets go of it however we end.
#[derive(Debug, Clone)]
pub(super) struct Lock {
    file: Arc<File>,
    path: PathBuf,
}

impl Lock {
    /// Takes the lock. One who holds it and no longer listens is ending: it is waited for.
    ///
    /// # Errors
    /// [`Error::AlreadyRuns`] when somebody holds it and listens, or does not end.
    pub(super) fn take(paths: &Paths) -> Result<Self, Error> {
        let path = paths.lock();
        let failed = |source| Error::File { path: path.clone(), source };
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        let deadline = Instant::now() + ENDING;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { file: Arc::new(file), path }),
                Err(fs::TryLockError::Error(source)) => return Err(failed(source)),
                Err(fs::TryLockError::WouldBlock) => {}
            }
            if Instant::now() >= deadline || UnixStream::connect(paths.socket()).is_ok() {
                return Err(Error::AlreadyRuns(paths.state.clone()));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The file that is locked is the one that another daemon would lock.
    pub(super) fn is_held(&self) -> bool {
        let same = |ours: fs::Metadata, theirs: fs::Metadata| ours.dev() == theirs.dev() && ours.ino() == theirs.ino();
        match (self.file.metadata(), fs::metadata(&self.path)) {
            (Ok(ours), Ok(theirs)) => same(ours, theirs),
            (_, Err(error)) => error.kind() != io::ErrorKind::NotFound,
            (Err(_), _) => true,
        }
    }

    /// Stops the daemon once its state directory was removed: what it would go on to decide nobody could see, and in its
    /// place there may be another daemon.
    pub(super) async fn until_lost(self, stopping: CancellationToken) {
        while self.is_held() {
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = stopping.cancelled() => return,
            }
        }
        tracing::error!(lock = ?self.path, "the state directory was removed: this daemon ends, agents go on");
        stopping.cancel();
    }
}
