//! The newest bytes of a recording, from where they can be shown.

use std::{fs, io};

use super::{
    head::{ENTER_ALTERNATE, bytes_of, first_byte, is_alternate_at},
    recordings::Recordings,
};
use crate::domain::AttemptId;

/// A line whose beginning is missing is looked for an end within so many bytes.
const LONGEST_CUT: usize = 16 << 10;
/// How often a recording is read again because it was let go of meanwhile.
const TRIES: u32 = 4;

/// The newest bytes of a recording.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tail {
    /// They begin on the screen the program was on, and with a whole line.
    pub(super) bytes: Vec<u8>,
    /// There were bytes before them.
    pub(super) truncated: bool,
}

/// At most the newest `most` bytes; none of a recording that is not there.
pub(super) fn read(recordings: &Recordings, attempt: AttemptId, most: u64) -> io::Result<Tail> {
    let mut tail = Tail::default();
    for _ in 0..TRIES {
        let Some(whole) = Whole::open(recordings, attempt)? else { return Ok(Tail::default()) };
        let start = whole.start(recordings, most)?;
        tail = whole.tail(start)?;
        if whole.first()? <= start {
            break;
        }
    }
    Ok(tail)
}

/// The files of a recording, read as if they were one.
struct Whole {
    kept: Option<fs::File>,
    kept_bytes: u64,
    file: fs::File,
    bytes: u64,
}

impl Whole {
    fn open(recordings: &Recordings, attempt: AttemptId) -> io::Result<Option<Self>> {
        let Some(file) = open_if_there(&recordings.file(attempt))? else { return Ok(None) };
        let kept = open_if_there(&recordings.kept(attempt))?;
        let kept_bytes = kept.as_ref().map_or(Ok(0), length)?;
        let bytes = length(&file)?;
        Ok(Some(Self { kept, kept_bytes, file, bytes }))
    }

    /// The first byte that is there.
    fn first(&self) -> io::Result<u64> {
        let first = first_byte(&self.file)?;
        Ok(if first == 0 { 0 } else { self.kept_bytes + first })
    }

    /// The byte to read from.
    fn start(&self, recordings: &Recordings, most: u64) -> io::Result<u64> {
        let all = self.kept_bytes + self.bytes;
        let wanted = recordings.steady(all.saturating_sub(most)).min(all);
        Ok(wanted.max(self.first()?))
    }

    fn tail(&self, start: u64) -> io::Result<Tail> {
        let mut bytes = self.bytes_from(start)?;
        let truncated = start > 0 || self.kept.is_some();
        if truncated {
            let alternate = self.is_alternate_at(start)?;
            bytes.drain(..cut(&bytes, alternate));
            if alternate {
                bytes.splice(..0, ENTER_ALTERNATE.iter().copied());
            }
        }
        Ok(Tail { bytes, truncated })
    }

    fn bytes_from(&self, start: u64) -> io::Result<Vec<u8>> {
        let mut bytes = match &self.kept {
            Some(kept) => bytes_of(kept, start, self.kept_bytes)?,
            None => Vec::new(),
        };
        bytes.extend(bytes_of(&self.file, start.saturating_sub(self.kept_bytes), self.bytes)?);
        Ok(bytes)
    }

    fn is_alternate_at(&self, position: u64) -> io::Result<bool> {
        let in_file = match position.checked_sub(self.kept_bytes) {
            Some(position) => is_alternate_at(&self.file, first_byte(&self.file)?, position)?,
            None => None,
        };
        let told = match (in_file, &self.kept) {
            (None, Some(kept)) => is_alternate_at(kept, 0, position.min(self.kept_bytes))?,
            (told, _) => told,
        };
        Ok(told.unwrap_or(false))
    }
}

/// How many bytes belong to a line or a sequence whose beginning is missing.
fn cut(bytes: &[u8], alternate: bool) -> usize {
    let near = &bytes[..bytes.len().min(LONGEST_CUT)];
    if alternate {
        let entered = if near.starts_with(ENTER_ALTERNATE) { ENTER_ALTERNATE.len() } else { 0 };
        return near[entered..].iter().position(|&byte| byte == 0x1b).map_or(entered, |escape| entered + escape);
    }
    near.iter().position(|&byte| byte == b'\n').map_or(0, |end| end + 1)
}

fn open_if_there(path: &std::path::Path) -> io::Result<Option<fs::File>> {
    match fs::File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn length(file: &fs::File) -> io::Result<u64> {
    file.metadata().map(|file| file.len())
}
