//! Lets go of a file's head while somebody appends to it.
//!
//! The head becomes a hole: it reads as zeros and takes no room. The writer notices nothing, and the file's length stays,
//! so what was ever at an offset is still there or gone. Where the disk knows no holes (HFS+, FAT, some network file
//! systems; this program asks for them on Linux only), the newest part is copied aside and the file emptied, which
//! loses what is appended in the instant between the last read and the emptying.
//!
//! A program enters the alternate screen once, often with its first bytes. Where those go, the sequence that entered it
//! takes the place of the first bytes that stay, of a line that is cut anyway.

use std::{
    fs,
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::Path,
};

use super::replay::last_screen;

/// Enters the alternate screen.
pub(super) const ENTER_ALTERNATE: &[u8] = b"\x1b[?1049h";
/// A sequence that begins before a position ends so many bytes behind it at most.
const OVERHANG: u64 = 16;
/// How much is looked through at once.
const CHUNK: u64 = 256 << 10;

/// Lets go of what lies before `until` in the file at `path`; where that can't be, of all but its newest `keep` bytes,
/// which go to `kept`.
pub(super) fn let_go(path: &Path, kept: &Path, until: u64, keep: u64) -> io::Result<()> {
    let file = fs::OpenOptions::new().read(true).write(true).open(path)?;
    if first_byte(&file)? >= until {
        return Ok(());
    }
    if punch(&file, until)? { forget(kept) } else { copy_and_empty(file, kept, keep) }
}

/// The first byte of a file that has not been let go of.
#[cfg(target_os = "linux")]
pub(super) fn first_byte(file: &fs::File) -> io::Result<u64> {
    use nix::{
        errno::Errno,
        unistd::{Whence, lseek},
    };
    match lseek(file, 0, Whence::SeekData) {
        Ok(position) => Ok(position.unsigned_abs()),
        // No byte stays.
        Err(Errno::ENXIO) => Ok(file.metadata()?.len()),
        // The disk knows no holes.
        Err(Errno::EINVAL) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

/// The first byte of a file that has not been let go of.
#[cfg(not(target_os = "linux"))]
pub(super) fn first_byte(_: &fs::File) -> io::Result<u64> {
    Ok(0)
}

/// False where the disk knows no holes.
#[cfg(target_os = "linux")]
fn punch(file: &fs::File, until: u64) -> io::Result<bool> {
    use nix::{
        errno::Errno,
        fcntl::{FallocateFlags, fallocate},
    };

    let length = i64::try_from(until).map_err(io::Error::other)?;
    let hole = FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE;
    let alternate = is_alternate_at(file, first_byte(file)?, until)?.unwrap_or(false);
    match fallocate(file, hole, 0, length) {
        Ok(()) if alternate => file.write_all_at(ENTER_ALTERNATE, until).map(|()| true),
        Ok(()) => Ok(true),
        Err(Errno::EOPNOTSUPP | Errno::ENOSYS) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// False where the disk knows no holes.
#[cfg(not(target_os = "linux"))]
fn punch(_: &fs::File, _: u64) -> io::Result<bool> {
    Ok(false)
}

/// Copies the newest `keep` bytes to `kept`, and empties the file. What ends between the two is there twice.
pub(super) fn copy_and_empty(mut file: fs::File, kept: &Path, keep: u64) -> io::Result<()> {
    let from = file.metadata()?.len().saturating_sub(keep);
    let alternate = match is_alternate_at(&file, 0, from)? {
        Some(alternate) => alternate,
        None => fs::File::open(kept)
            .and_then(|before| is_alternate_at(&before, 0, before.metadata()?.len()))
            .ok()
            .flatten()
            .unwrap_or(false),
    };
    let beside = kept.with_extension("new");
    let mut copy = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    if alternate {
        copy.write_all(ENTER_ALTERNATE)?;
    }
    file.seek(SeekFrom::Start(from))?;
    io::copy(&mut file, &mut copy)?;
    fs::rename(&beside, kept)?;
    // What has been appended meanwhile.
    io::copy(&mut file, &mut copy)?;
    file.set_len(0)
}

/// Whether the alternate screen is shown at `position`, if what stands between `from` and there says so.
pub(super) fn is_alternate_at(file: &fs::File, from: u64, position: u64) -> io::Result<Option<bool>> {
    let mut until = position + OVERHANG;
    loop {
        let begin = until.saturating_sub(CHUNK).max(from);
        if let Some(alternate) = last_screen(&bytes_of(file, begin, until)?) {
            return Ok(Some(alternate));
        }
        if begin == from {
            return Ok(None);
        }
        until = begin + OVERHANG;
    }
}

/// The bytes of a file from `from` on, up to `until`; fewer where it ends before.
pub(super) fn bytes_of(mut file: &fs::File, from: u64, until: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(until.saturating_sub(from)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn forget(kept: &Path) -> io::Result<()> {
    match fs::remove_file(kept) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}
