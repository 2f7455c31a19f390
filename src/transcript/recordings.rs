//! The files that recordings are kept in.

use std::{
    fs,
    io::{self, Read, Seek, SeekFrom, Write},
    ops::RangeInclusive,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use super::replay;
use crate::domain::AttemptId;

/// A segment's size in bytes, within which an eighth of the bound is taken.
const SEGMENT_BYTES: RangeInclusive<u64> = 64 << 10..=4 << 20;
/// However small the bound, the newest segments stay: the one that is written, and the one before it.
const KEPT: usize = 2;

/// The files that recordings are kept in, `a7.000001.rec` and so on for each attempt. A segment that follows another
/// begins with the sequence that selects the screen the program was on, so that each can be read alone.
#[derive(Debug, Clone)]
pub struct Recordings {
    folder: PathBuf,
    bound: u64,
}

/// A part of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) number: u32,
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
}

impl Recordings {
    /// Recordings in `folder`, each of which keeps about `bound` bytes.
    pub fn new(folder: impl Into<PathBuf>, bound: u64) -> Self {
        Self { folder: folder.into(), bound }
    }

    /// The folder, to be watched.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file to append to now. It need not exist.
    pub fn current(&self, attempt: AttemptId) -> PathBuf {
        let newest = self.segments(attempt).last().map_or(1, |segment| segment.number);
        self.path(attempt, newest)
    }

    /// When the current file is full: the next one, which is there now and is to be appended to from now on. What
    /// still arrives in the old one is kept and read before it. Lets go of the oldest ones beyond the bound.
    ///
    /// # Errors
    /// When the next file can't be made; the current one goes on growing.
    pub fn rotate_if_needed(&self, attempt: AttemptId) -> io::Result<Option<PathBuf>> {
        let mut segments = self.segments(attempt);
        let Some(current) = segments.last().filter(|segment| segment.bytes >= self.segment_bytes()) else {
            return Ok(None);
        };
        let next = self.path(attempt, current.number + 1);
        let prelude: &[u8] = if shows_alternate(&segments) { b"\x1b[?1049h" } else { b"" };
        fs::OpenOptions::new().create_new(true).append(true).mode(0o600).open(&next)?.write_all(prelude)?;

        let mut total: u64 = segments.iter().map(|segment| segment.bytes).sum();
        // The new one is not among them.
        let last_to_stay = segments.len().saturating_sub(KEPT - 1);
        for segment in segments.drain(..last_to_stay) {
            if total.saturating_add(self.segment_bytes()) <= self.bound {
                break;
            }
            fs::remove_file(&segment.path)?;
            total -= segment.bytes;
        }
        Ok(Some(next))
    }

    /// Deletes a recording.
    ///
    /// # Errors
    /// When a file can't be deleted.
    pub fn forget(&self, attempt: AttemptId) -> io::Result<()> {
        self.segments(attempt).iter().try_for_each(|segment| fs::remove_file(&segment.path))
    }

    /// The files of a recording that are there, oldest first.
    pub(super) fn segments(&self, attempt: AttemptId) -> Vec<Segment> {
        let Ok(files) = fs::read_dir(&self.folder) else { return Vec::new() };
        let mut segments: Vec<Segment> = files
            .flatten()
            .filter_map(|file| {
                let (owner, number) = name_of(&file.path())?;
                let bytes = file.metadata().ok()?.len();
                (owner == attempt).then(|| Segment { number, path: file.path(), bytes })
            })
            .collect();
        segments.sort_by_key(|segment| segment.number);
        segments
    }

    fn path(&self, attempt: AttemptId, number: u32) -> PathBuf {
        self.folder.join(format!("{attempt}.{number:06}.rec"))
    }

    fn segment_bytes(&self) -> u64 {
        (self.bound / 8).clamp(*SEGMENT_BYTES.start(), *SEGMENT_BYTES.end())
    }
}

/// The attempt and the number that a recording's file is named for.
pub(super) fn name_of(path: &Path) -> Option<(AttemptId, u32)> {
    let (attempt, rest) = path.file_name()?.to_str()?.split_once('.')?;
    Some((attempt.parse().ok()?, rest.strip_suffix(".rec")?.parse().ok()?))
}

/// The bytes of a file from `from` on, up to `until`; fewer when it has become shorter.
pub(super) fn bytes_of(path: &Path, from: u64, until: u64) -> io::Result<Vec<u8>> {
    let mut file = fs::File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(until.saturating_sub(from)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The newest file that says anything about it decides; each starts with what it takes over.
fn shows_alternate(segments: &[Segment]) -> bool {
    let bytes_of = |segment: &Segment| bytes_of(&segment.path, 0, segment.bytes).ok();
    segments.iter().rev().filter_map(bytes_of).find_map(|bytes| replay::ends_on_alternate(&bytes)).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATTEMPT: AttemptId = AttemptId::FIRST;

    fn append(path: &Path, bytes: &[u8]) {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(path).expect("opened");
        file.write_all(bytes).expect("written");
    }

    #[test]
    fn a_full_segment_is_followed_by_another_and_the_oldest_go() {
        let folder = tempfile::tempdir().expect("a folder");
        let recordings = Recordings::new(folder.path(), 4 * SEGMENT_BYTES.start());
        assert_eq!(recordings.current(ATTEMPT), folder.path().join("a1.000001.rec"));
        assert_eq!(recordings.rotate_if_needed(ATTEMPT).expect("asked"), None);
        append(&folder.path().join("a10.000001.rec"), b"another attempt's");
        for _ in 0..20 {
            append(&recordings.current(ATTEMPT), &[b'x'; 64 << 10]);
            let next = recordings.rotate_if_needed(ATTEMPT).expect("rotated").expect("full");
            assert_eq!(recordings.current(ATTEMPT), next);
            assert_eq!(recordings.rotate_if_needed(ATTEMPT).expect("asked"), None);
        }
        let kept: Vec<_> = recordings.segments(ATTEMPT).iter().map(|segment| segment.number).collect();
        assert_eq!(kept, [18, 19, 20, 21]);
        recordings.forget(ATTEMPT).expect("forgotten");
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1, "the other attempt's stays");
    }

    #[test]
    fn a_segment_begins_on_the_screen_the_program_was_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let recordings = Recordings::new(folder.path(), 0);
        append(&recordings.current(ATTEMPT), b"\x1b[?1049h");
        for _ in 0..3 {
            append(&recordings.current(ATTEMPT), &[b'x'; 64 << 10]);
            let next = recordings.rotate_if_needed(ATTEMPT).expect("rotated").expect("full");
            assert_eq!(fs::read(next).expect("read"), b"\x1b[?1049h");
        }
    }
}
