//! What was brought home of one attempt: its recording, its spool and its agent's transcripts.
//!
//! How much of a transcript is known is as much as its copy holds. A recording's copy is trimmed like any other, so that
//! is written down beside it; bytes that were appended after that was written last are known by how much the copy has
//! grown since.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{
    gather::{Answer, Ask},
    place::Copies,
};
use crate::{
    domain::{AttemptId, TargetName},
    engine::{private_file, sites::Folders},
    transcript::Recordings,
};

/// A recording on a host holds as many bytes that were brought home, at most, in bytes.
const HELD: u64 = 8 << 20;
/// Heads are let go of in steps of this, in bytes.
const STEP: u64 = 64 << 10;
/// How much of what is known comes again, in bytes: a file that was written anew has something else there.
const AGAIN: u64 = 64;
/// How often it is looked whether whoever reads the spool has finished with it, and after how long.
const TRIES: usize = 50;
const PAUSE: Duration = Duration::from_millis(2);

/// Where the files of one attempt are, here and there.
#[derive(Debug, Clone)]
pub(super) struct Places {
    pub(super) attempt: AttemptId,
    pub(super) copies: Copies,
    /// The copy of its recording.
    pub(super) recording: PathBuf,
    /// The folder of its launch, here.
    pub(super) launch: PathBuf,
}

/// What was brought home of one attempt.
#[derive(Debug)]
pub(super) struct Copied {
    places: Places,
    note: Note,
    /// A spool was brought home: it is needed there no longer.
    spool_is_home: bool,
}

/// What is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    target: TargetName,
    /// How much of the recording there is known.
    known: u64,
    /// How long its copy was then.
    length: u64,
    /// How much of its head was let go of there.
    let_go: u64,
}

/// A transcript, or what is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    Recording,
    Spool,
    Removed,
    /// The copy of a file.
    Copy(PathBuf),
    /// A folder of transcripts there.
    Folder(PathBuf),
    /// The head of the recording until there.
    Head(u64),
}

/// What an answer came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Came {
    /// There is no more for now.
    ToAnEnd,
    /// There is more.
    More,
    /// Something was told while nobody answered.
    Spool,
    /// These files are in the folder.
    Folder(Vec<PathBuf>),
    /// It is there and can't be read.
    Unreadable,
}

impl Copied {
    /// Takes up what an earlier daemon has brought home, or begins.
    ///
    /// # Errors
    /// When it can't be written down.
    pub(super) fn take_up(places: Places, target: &TargetName) -> io::Result<Self> {
        let note = match fs::read(places.copies.note()).ok().and_then(|text| serde_json::from_slice::<Note>(&text).ok())
        {
            Some(mut note) => {
                note.known += length_of(&places.recording)?.saturating_sub(note.length);
                note
            }
            None => Note { target: target.clone(), known: 0, length: length_of(&places.recording)?, let_go: 0 },
        };
        let mut copied = Self { places, note, spool_is_home: false };
        copied.write_down()?;
        Ok(copied)
    }

    /// The target of an attempt of which not all was brought home yet.
    pub(super) fn unfinished(copies: &Copies) -> Option<TargetName> {
        let note: Note = serde_json::from_slice(&fs::read(copies.note()).ok()?).ok()?;
        Some(note.target)
    }

    /// All is home, and nothing more will come.
    pub(super) fn finish(&self) {
        // What stays is found again by the next daemon, and finished.
        let _ = fs::remove_file(self.places.copies.note());
    }

    /// What is wanted of it, beside its transcripts.
    pub(super) fn asks(&self, there: &Folders) -> Vec<(What, Ask)> {
        let Note { known, let_go, .. } = self.note;
        let recording = there.recording(self.places.attempt);
        let spool = there.attempt(self.places.attempt).join("spool.jsonl");
        let mut asks = Vec::new();
        if self.spool_is_home {
            asks.push((What::Removed, Ask::Remove(spool.with_extension("taken.jsonl"))));
        }
        asks.push((What::Spool, Ask::Spool(spool)));
        asks.push((What::Recording, Ask::File { path: recording.clone(), from: known, known }));
        if known - let_go > HELD {
            let until = known / STEP * STEP;
            asks.push((What::Head(until), Ask::LetGo { path: recording, until, known }));
        }
        asks
    }

    /// What is to be removed there when it is over and all is home.
    pub(super) fn farewell(&self, there: &Folders) -> Vec<(What, Ask)> {
        let prompt = there.prompts.join(format!("{}.txt", self.places.attempt));
        let files = [there.recording(self.places.attempt), prompt, there.attempt(self.places.attempt)];
        files.into_iter().map(|file| (What::Removed, Ask::Remove(file))).collect()
    }

    /// What is wanted of a transcript there.
    pub(super) fn ask_for(&self, path: &Path) -> Option<(What, Ask)> {
        let copy = self.places.copies.of_file(path)?;
        let known = length_of(&copy).ok()?;
        let from = known.saturating_sub(AGAIN);
        Some((What::Copy(copy), Ask::File { path: path.to_owned(), from, known }))
    }

    /// Takes an answer in.
    ///
    /// # Errors
    /// When it can't be written here; what was written counts.
    pub(super) fn take(&mut self, what: &What, answer: &Answer) -> io::Result<Came> {
        if answer.word == "unreadable" {
            return Ok(Came::Unreadable);
        }
        match what {
            What::Recording => self.take_recording(answer),
            What::Spool => self.take_spool(answer),
            What::Removed => {
                self.spool_is_home = false;
                Ok(Came::ToAnEnd)
            }
            What::Copy(copy) => take_copy(copy, answer),
            What::Folder(folder) => {
                let names = String::from_utf8_lossy(&answer.bytes);
                Ok(Came::Folder(names.lines().map(|name| folder.join(name)).collect()))
            }
            What::Head(until) => {
                if answer.word == "empty" {
                    (self.note.known, self.note.let_go) = (0, 0);
                } else {
                    if answer.word != "hole" {
                        tracing::warn!(attempt = %self.places.attempt, "the recording on its host grows on: its head can't be let go of");
                    }
                    self.note.let_go = *until;
                }
                self.write_down()?;
                Ok(Came::ToAnEnd)
            }
        }
    }

    fn take_recording(&mut self, answer: &Answer) -> io::Result<Came> {
        let Some(length) = answer.length() else { return Ok(Came::ToAnEnd) };
        if length < self.note.known {
            (self.note.known, self.note.let_go) = (0, 0);
            self.write_down()?;
            return Ok(Came::More);
        }
        if answer.bytes.is_empty() {
            return Ok(if length > self.note.known { Came::More } else { Came::ToAnEnd });
        }
        let mut file = appending(&self.places.recording)?;
        let before = file.metadata()?.len();
        let written = file.write_all(&answer.bytes);
        // Of a full disk: what was written counts.
        let after = file.metadata()?.len();
        self.note.known += after.saturating_sub(before);
        written.and(self.write_down())?;
        Ok(if length > self.note.known { Came::More } else { Came::ToAnEnd })
    }

    /// It is appended to the one that is read here, whole: whoever reads that locks it and moves it away.
    fn take_spool(&mut self, answer: &Answer) -> io::Result<Came> {
        if answer.bytes.is_empty() || self.spool_is_home {
            return Ok(Came::ToAnEnd);
        }
        let path = self.places.launch.join("spool.jsonl");
        for _ in 0..TRIES {
            let mut spool = appending(&path)?;
            match spool.try_lock() {
                Ok(()) => {
                    let stands = fs::metadata(&path).is_ok_and(|stands| {
                        spool.metadata().is_ok_and(|held| (held.dev(), held.ino()) == (stands.dev(), stands.ino()))
                    });
                    if stands {
                        spool.write_all(&answer.bytes)?;
                        self.spool_is_home = true;
                        return Ok(Came::Spool);
                    }
                }
                Err(fs::TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
                Err(fs::TryLockError::Error(error)) => return Err(error),
            }
        }
        Err(io::ErrorKind::WouldBlock.into())
    }

    fn write_down(&mut self) -> io::Result<()> {
        self.note.length = length_of(&self.places.recording)?;
        private_file::write(&self.places.copies.note(), serde_json::to_vec(&self.note)?)
    }
}

fn take_copy(copy: &Path, answer: &Answer) -> io::Result<Came> {
    let Some(length) = answer.length() else { return Ok(Came::ToAnEnd) };
    let known = length_of(copy)?;
    let again = AGAIN.min(known);
    let anew = || File::options().write(true).open(copy)?.set_len(0).map(|()| Came::More);
    if length < known {
        return anew();
    }
    if answer.bytes.is_empty() {
        return Ok(if length > known { Came::More } else { Came::ToAnEnd });
    }
    let Some((before, new)) = usize::try_from(again).ok().and_then(|again| answer.bytes.split_at_checked(again)) else {
        return Ok(Came::More);
    };
    if before != last_of(copy, again)? {
        return anew();
    }
    let mut file = appending(copy)?;
    file.write_all(new)?;
    Ok(if length > known + new.len() as u64 { Came::More } else { Came::ToAnEnd })
}

fn last_of(path: &Path, bytes: u64) -> io::Result<Vec<u8>> {
    let mut last = Vec::new();
    if bytes > 0 {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::End(-i64::try_from(bytes).map_err(io::Error::other)?))?;
        file.read_to_end(&mut last)?;
    }
    Ok(last)
}

fn appending(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    File::options().create(true).append(true).mode(0o600).open(path)
}

fn length_of(path: &Path) -> io::Result<u64> {
    match fs::metadata(path) {
        Ok(file) => Ok(file.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

impl Places {
    pub(super) fn of(paths: &crate::config::Paths, recordings: &Recordings, attempt: AttemptId) -> Self {
        Self {
            attempt,
            copies: Copies::of(paths, attempt),
            recording: recordings.file(attempt),
            launch: paths.attempt(attempt),
        }
    }
}
