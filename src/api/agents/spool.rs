//! Reads what an agent's hooks put into its spool while nobody answered.
//!
//! The spool is moved away before it is read, under the lock that those who write hold, so that a line is either read or
//! stands in the next spool. It is deleted once what it says is written; a daemon that dies before that reads it again.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
    time::Duration,
};

use crate::api::wire::agents::Told;

/// How often it is looked whether a hook has finished with the file, and after how long.
const TRIES: usize = 50;
const PAUSE: Duration = Duration::from_millis(2);

/// Something stands in the spool, or in one that was moved away.
pub(super) fn exists(folder: &Path) -> bool {
    [spool(folder), taken(folder)].iter().any(|file| fs::metadata(file).is_ok_and(|file| file.len() > 0))
}

/// What stands in the spool, oldest first.
pub(super) fn take(folder: &Path) -> io::Result<Vec<Told>> {
    if !taken(folder).exists() {
        match File::options().append(true).open(spool(folder)) {
            Ok(spooled) => {
                lock(&spooled)?;
                fs::rename(spool(folder), taken(folder))?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        }
    }
    let mut told = Vec::new();
    for line in BufReader::new(File::open(taken(folder))?).split(b'\n') {
        // The script on a host takes over bytes as they are.
        match serde_json::from_str(&String::from_utf8_lossy(&line?)) {
            Ok(line) => told.push(line),
            // A hook that was killed leaves half a line.
            Err(error) => tracing::warn!(folder = %folder.display(), %error, "a line of a spool makes no sense"),
        }
    }
    Ok(told)
}

/// Those who write hold the file for as long as one line takes; one that was stopped in the middle is not waited for.
fn lock(file: &File) -> io::Result<()> {
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(fs::TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            Err(fs::TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(io::ErrorKind::WouldBlock.into())
}

/// What was taken is written.
pub(super) fn forget(folder: &Path) -> io::Result<()> {
    match fs::remove_file(taken(folder)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn spool(folder: &Path) -> PathBuf {
    folder.join("spool.jsonl")
}

fn taken(folder: &Path) -> PathBuf {
    folder.join("spool.taken.jsonl")
}
