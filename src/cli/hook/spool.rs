//! Keeps what could not be told in a file that the daemon reads when it is back.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
    time::Duration,
};

use crate::api::wire::agents::{SPOOL_BYTES, Told};

/// How often it is looked whether another process has finished with the file, and after how long: each holds it for as
/// long as one line takes.
const TRIES: usize = 50;
const PAUSE: Duration = Duration::from_millis(2);

/// Adds a line to the spool. A full spool takes no more: what is oldest is what explains the rest.
///
/// # Errors
/// When it can't be written, is full, or the agent's folder is gone.
pub(in crate::cli) fn append(file: &Path, told: &Told) -> io::Result<()> {
    let mut line = serde_json::to_vec(told)?;
    line.push(b'\n');
    let mut spool = open(file)?;
    if spool.metadata()?.len() + line.len() as u64 > SPOOL_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    spool.write_all(&line)
}

/// The spool, locked. Whoever reads it locks it as well and moves it away first.
fn open(path: &Path) -> io::Result<File> {
    for _ in 0..TRIES {
        let spool = File::options().create(true).append(true).mode(0o600).open(path)?;
        match spool.try_lock() {
            Ok(()) => {
                // It may have been moved away between the opening and the lock.
                let stands = fs::metadata(path).ok();
                if stands.is_some_and(|stands| spool.metadata().is_ok_and(|held| held.ino() == stands.ino())) {
                    return Ok(spool);
                }
            }
            Err(fs::TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            Err(fs::TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(io::ErrorKind::WouldBlock.into())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::domain::Timestamp;

    fn told(payload: String) -> Told {
        Told { call: "c".into(), at: Timestamp(1), path: "/hook/claude".into(), payload }
    }

    #[test]
    fn many_at_once_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("spool.jsonl");
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let file = &file;
                scope.spawn(move || (0..10).for_each(|line| append(file, &told(format!("{writer}.{line}"))).unwrap()));
            }
        });
        let text = fs::read_to_string(&file).unwrap();
        let lines: Vec<Told> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 80);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_full_spool_takes_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("spool.jsonl");
        let mebibyte = told("x".repeat(1 << 20));
        (0..3).for_each(|_| append(&file, &mebibyte).unwrap());
        assert!(append(&file, &mebibyte).is_err());
        append(&file, &told("small".into())).unwrap();
        assert!(fs::metadata(&file).unwrap().len() < SPOOL_BYTES);
    }

    #[test]
    fn without_the_agents_folder_nothing_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        assert!(append(&folder.path().join("gone/spool.jsonl"), &told(String::new())).is_err());
    }
}
