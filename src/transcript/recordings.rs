//! The files that recordings are kept in.

use std::{
    collections::BTreeSet,
    fs, io,
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

use super::head;
use crate::domain::AttemptId;

/// What is let go of at a time, in bytes; within these, an eighth of the bound. A multiple of any file system's block.
const STEP: RangeInclusive<u64> = 64 << 10..=4 << 20;

/// The files that recordings are kept in: `a7.rec`, to which tmux appends, and, where the disk knows no holes, `a7.kept`
/// before it. A file's head is let go of under the writer's feet, so a recording is never interrupted; the file's
/// length goes on counting what was ever printed.
#[derive(Debug, Clone)]
pub struct Recordings {
    folder: PathBuf,
    bound: u64,
}

impl Recordings {
    /// Recordings in `folder`, each of which takes about `bound` bytes of the disk, and at least 128 KiB.
    pub fn new(folder: impl Into<PathBuf>, bound: u64) -> Self {
        Self { folder: folder.into(), bound: bound.max(2 * STEP.start()) }
    }

    /// The folder, to be watched.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file to append to. It need not exist.
    pub fn file(&self, attempt: AttemptId) -> PathBuf {
        self.folder.join(format!("{attempt}.rec"))
    }

    /// Where the newest part is copied to before the file is emptied, on a disk without holes.
    pub(super) fn kept(&self, attempt: AttemptId) -> PathBuf {
        self.folder.join(format!("{attempt}.kept"))
    }

    /// Lets go of the oldest bytes beyond the bound, whoever is appending. Cheap when there is nothing to do; otherwise
    /// it reads what it lets go of. Blocks.
    ///
    /// # Errors
    /// When the disk does not let go; the recording goes on growing.
    pub fn trim(&self, attempt: AttemptId) -> io::Result<()> {
        let (file, kept) = (self.file(attempt), self.kept(attempt));
        let length = length_of(&file)?;
        let excess = (length + length_of(&kept)?).saturating_sub(self.bound);
        if excess == 0 {
            return Ok(());
        }
        head::let_go(&file, &kept, excess.next_multiple_of(self.step()).min(length), self.bound / 2)
    }

    /// A position in a recording that is not before `position`, and stays the same while the recording grows a little:
    /// lines that are counted from there keep their numbers.
    pub(super) fn steady(&self, position: u64) -> u64 {
        position.next_multiple_of(self.step())
    }

    fn step(&self) -> u64 {
        (self.bound / 8).clamp(*STEP.start(), *STEP.end()).next_multiple_of(*STEP.start())
    }
}

/// The attempts of which `folder` holds a recording.
pub(super) fn attempts_in(folder: &Path) -> BTreeSet<AttemptId> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| attempt_of(&file.path())).collect()
}

/// The attempt that a recording's file is named for.
pub(super) fn attempt_of(path: &Path) -> Option<AttemptId> {
    path.file_name()?.to_str()?.strip_suffix(".rec")?.parse().ok()
}

fn length_of(path: &Path) -> io::Result<u64> {
    match fs::metadata(path) {
        Ok(file) => Ok(file.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write, os::unix::fs::MetadataExt};

    use super::*;

    const ATTEMPT: AttemptId = AttemptId::FIRST;

    /// Numbered lines of eight bytes, as one writer that never re-opens the file.
    fn written(recordings: &Recordings, lines: u32, mut after_each: impl FnMut()) {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(recordings.file(ATTEMPT)).expect("opened");
        for first in (0..lines).step_by(512) {
            let text: String = (first..lines.min(first + 512)).map(|number| format!("{number:07}\n")).collect();
            file.write_all(text.as_bytes()).expect("written");
            after_each();
        }
    }

    fn blocks(recordings: &Recordings) -> u64 {
        let paths = [recordings.file(ATTEMPT), recordings.kept(ATTEMPT)];
        paths.iter().filter_map(|path| fs::metadata(path).ok()).map(|file| file.blocks() * 512).sum()
    }

    /// What is there, without a cut first line.
    fn numbers(recordings: &Recordings) -> Vec<u32> {
        let tail = super::super::tail::read(recordings, ATTEMPT, u64::MAX).expect("read");
        String::from_utf8(tail.bytes).expect("text").lines().map(|line| line.parse().expect("a number")).collect()
    }

    #[test]
    fn the_oldest_bytes_beyond_the_bound_take_no_room() {
        let memory = Path::new("/dev/shm");
        let folders = [tempfile::tempdir().ok(), tempfile::tempdir_in(memory).ok()];
        for folder in folders.into_iter().flatten() {
            let recordings = Recordings::new(folder.path(), 256 << 10);
            recordings.trim(ATTEMPT).expect("nothing is there yet");
            let mut most = 0;
            written(&recordings, 400_000, || {
                recordings.trim(ATTEMPT).expect("trimmed");
                most = most.max(blocks(&recordings));
            });
            assert!(most <= (256 << 10) + (64 << 10), "{most} bytes in {folder:?}");
            let kept = numbers(&recordings);
            assert!(kept.len() > 16 << 10, "{} lines are kept", kept.len());
            assert!(kept.iter().copied().eq(kept[0]..=399_999), "no line is lost");
        }
    }

    #[test]
    fn a_disk_without_holes_keeps_as_much_in_two_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let recordings = Recordings::new(folder.path(), 256 << 10);
        let mut most = 0;
        written(&recordings, 400_000, || {
            let lengths =
                [recordings.file(ATTEMPT), recordings.kept(ATTEMPT)].map(|path| length_of(&path).expect("read"));
            if lengths.iter().sum::<u64>() > recordings.bound {
                let file =
                    fs::OpenOptions::new().read(true).write(true).open(recordings.file(ATTEMPT)).expect("opened");
                head::copy_and_empty(file, &recordings.kept(ATTEMPT), recordings.bound / 2).expect("copied");
            }
            most = most.max(blocks(&recordings));
        });
        assert!(most <= (256 << 10) + (64 << 10), "{most} bytes");
        let kept = numbers(&recordings);
        assert!(kept.len() > 16 << 10, "{} lines are kept", kept.len());
        assert!(kept.iter().copied().eq(kept[0]..=399_999), "no line is lost");
    }
}
