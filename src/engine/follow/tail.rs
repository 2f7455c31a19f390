//! One file, read on from where it was read to.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
};

use nix::fcntl::OFlag;

use crate::agent::transcripts::Lines;

/// How much is read at once, in bytes.
const PIECE: usize = 64 << 10;

/// How much of what was read last is looked at again, in bytes: a file that was written anew has something else there.
const AGAIN: usize = 64;

/// How far a file was read.
#[derive(Debug, Default)]
pub(super) struct Tail {
    seen: Option<Seen>,
    lines: Lines,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    device: u64,
    inode: u64,
    bytes: u64,
    /// What stands before the place that was read to.
    last: Vec<u8>,
}

/// What a file says.
pub(super) enum Said<'a> {
    /// It begins: for the first time, or because it is another file now, or was cut short.
    Beginning,
    /// The next line.
    Line(&'a [u8]),
}

impl Tail {
    /// Reads what the file at `path` says since this was last called.
    ///
    /// # Errors
    /// When it can't be read; what was read counts, and the next call goes on there.
    pub(super) fn read(&mut self, path: &Path, mut each: impl FnMut(Said<'_>)) -> io::Result<()> {
        let mut file = open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a file"));
        }
        let (device, inode) = (metadata.dev(), metadata.ino());
        let mut seen = match self.seen.take() {
            Some(seen) if (seen.device, seen.inode) == (device, inode) && seen.goes_on(&mut file)? => seen,
            Some(_) | None => {
                self.lines = Lines::default();
                each(Said::Beginning);
                Seen { device, inode, bytes: 0, last: Vec::new() }
            }
        };
        file.seek(SeekFrom::Start(seen.bytes))?;
        let mut piece = vec![0; PIECE];
        let outcome = loop {
            match file.read(&mut piece) {
                Ok(0) => break Ok(()),
                Ok(bytes) => {
                    seen.take_in(&piece[..bytes]);
                    self.lines.push(&piece[..bytes], |line| each(Said::Line(line)));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        self.seen = Some(seen);
        outcome
    }
}

impl Seen {
    /// The file still has what was read last where it was.
    fn goes_on(&self, file: &mut File) -> io::Result<bool> {
        let mut again = vec![0; self.last.len()];
        file.seek(SeekFrom::Start(self.bytes - self.last.len() as u64))?;
        match file.read_exact(&mut again) {
            Ok(()) => Ok(again == self.last),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn take_in(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        self.last.extend_from_slice(&piece[piece.len().saturating_sub(AGAIN)..]);
        self.last.drain(..self.last.len().saturating_sub(AGAIN));
    }
}

/// Opens what an agent named: never waits, even if it is a pipe.
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(path)
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write};

    use super::*;

    fn said(tail: &mut Tail, path: &Path) -> Vec<String> {
        let mut all = Vec::new();
        let read = tail.read(path, |said| match said {
            Said::Beginning => all.push("^".to_owned()),
            Said::Line(line) => all.push(String::from_utf8_lossy(line).into_owned()),
        });
        read.expect("read");
        all
    }

    fn append(path: &Path, text: &str) {
        let mut file = OpenOptions::new().create(true).append(true).open(path).expect("opened");
        file.write_all(text.as_bytes()).expect("written");
    }

    #[test]
    fn a_file_is_read_on_and_read_anew_when_it_is_another_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("transcript.jsonl");
        let mut tail = Tail::default();
        assert_eq!(tail.read(&path, |_| ()).map_err(|error| error.kind()), Err(io::ErrorKind::NotFound));
        append(&path, "one\ntw");
        assert_eq!(said(&mut tail, &path), ["^", "one"]);
        append(&path, "o\n");
        assert_eq!(said(&mut tail, &path), ["two"]);
        assert_eq!(said(&mut tail, &path), [""; 0]);
        fs::write(&path, "cut\n").expect("written");
        assert_eq!(said(&mut tail, &path), ["^", "cut"]);
        fs::write(&path, "new\n").expect("written");
        assert_eq!(said(&mut tail, &path), ["^", "new"], "as long as before");
        let other = folder.path().join("other");
        append(&other, "a longer one\nthan before\n");
        fs::rename(&other, &path).expect("renamed");
        assert_eq!(said(&mut tail, &path), ["^", "a longer one", "than before"]);
        fs::remove_file(&path).expect("removed");
        assert!(tail.read(&path, |_| ()).is_err());
    }

    #[test]
    fn what_is_no_file_is_not_waited_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("pipe.jsonl");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
        assert!(Tail::default().read(&pipe, |_| ()).is_err());
        assert!(Tail::default().read(folder.path(), |_| ()).is_err());
    }
}
