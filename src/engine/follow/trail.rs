//! The transcripts of one attempt: the conversation it holds now, and those it held before.
//!
//! Which files these were is kept beside what else is known of the attempt, so that the next daemon finds the same
//! figures. Everything here reads files, so it is done where waiting for them holds nobody up.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use jiff::tz::TimeZone;

use super::{
    tail::{Said, Tail},
    watch::Want,
};
use crate::{
    agent::{
        signals::Dialect,
        transcripts::{Fold, Homes, conversation_in, place, subagents_beside},
    },
    domain::{Signal, Timestamp},
    engine::private_file,
};

/// The transcripts of one attempt.
#[derive(Debug)]
pub(super) struct Trail {
    dialect: Dialect,
    homes: Homes,
    /// Where the agent works.
    folder: PathBuf,
    fold: Fold,
    /// The file that names `known`.
    note: PathBuf,
    /// Every transcript there was, in the order they were begun.
    known: Vec<PathBuf>,
    current: Option<Transcript>,
}

/// The transcript of one conversation.
#[derive(Debug)]
struct Transcript {
    path: PathBuf,
    conversation: String,
    tail: Tail,
    subagents: Option<PathBuf>,
    subagent_tails: BTreeMap<PathBuf, Tail>,
    unread: Unread,
}

/// Which files may say something new.
#[derive(Debug)]
enum Unread {
    All,
    These { own: bool, subagents: Vec<PathBuf> },
}

impl Trail {
    /// `None` for an agent that writes no transcript. `note` names the files of an earlier daemon.
    pub(super) fn new(
        dialect: Dialect,
        homes: Homes,
        folder: PathBuf,
        since: Timestamp,
        note: PathBuf,
    ) -> Option<Self> {
        let fold = Fold::new(dialect, since, TimeZone::system())?;
        Some(Self { dialect, homes, folder, fold, note, known: Vec::new(), current: None })
    }

    /// Takes up what an earlier daemon knew: earlier conversations count for what they used, and the last one goes on.
    pub(super) fn take_up(&mut self) {
        let known = fs::read(&self.note).ok().and_then(|text| serde_json::from_slice::<Vec<PathBuf>>(&text).ok());
        self.known = known.unwrap_or_default();
        let Some((last, earlier)) = self.known.split_last() else { return };
        for path in earlier {
            if let Some(mut transcript) = Transcript::at(self.dialect, path) {
                // What happened in it was told while it went on.
                drop(transcript.read(&mut self.fold));
            }
        }
        self.current = Transcript::at(self.dialect, last);
    }

    /// The agent's conversation has this id now.
    pub(super) fn seek(&mut self, conversation: &str) {
        if self.current.as_ref().is_some_and(|current| current.conversation == conversation) {
            return;
        }
        let of_it = |path: &&PathBuf| conversation_in(self.dialect, path).as_deref() == Some(conversation);
        let known = self.known.iter().find(of_it).cloned();
        if let Some(path) = known.or_else(|| place(self.dialect, conversation, &self.folder, &self.homes)) {
            self.turn_to(path);
        }
    }

    /// The agent writes to this file now.
    pub(super) fn turn_to(&mut self, path: PathBuf) {
        if self.current.as_ref().is_some_and(|current| current.path == path) {
            return;
        }
        let Some(next) = Transcript::at(self.dialect, &path).filter(|_| path.is_absolute()) else { return };
        if let Some(mut last) = self.current.take() {
            // What it did there is over with that conversation; what it used counts.
            drop(last.read(&mut self.fold));
        }
        self.known.retain(|known| conversation_in(self.dialect, known).as_ref() != Some(&next.conversation));
        self.known.push(path);
        self.current = Some(next);
        let text = serde_json::to_string(&self.known).unwrap_or_default();
        if let Err(error) = private_file::write(&self.note, &text) {
            tracing::warn!(%error, path = %self.note.display(), "which transcripts an agent has could not be kept");
        }
    }

    /// What is to be watched for it.
    pub(super) fn wants(&self) -> Vec<Want> {
        let Some(current) = &self.current else { return Vec::new() };
        let file = std::iter::once(Want::File(current.path.clone()));
        file.chain(current.subagents.clone().map(Want::Folder)).collect()
    }

    /// Something happened to the file at `path`; says whether that is one of these.
    pub(super) fn touched(&mut self, path: &Path) -> bool {
        let Some(current) = &mut self.current else { return false };
        let is_own = current.path == path;
        let is_subagents = current.subagents.as_deref() == path.parent() && is_transcript(path);
        if let Unread::These { own, subagents } = &mut current.unread {
            *own |= is_own;
            if is_subagents && !subagents.iter().any(|known| known == path) {
                subagents.push(path.to_owned());
            }
        }
        is_own || is_subagents
    }

    /// Anything may have happened.
    pub(super) fn all_touched(&mut self) {
        if let Some(current) = &mut self.current {
            current.unread = Unread::All;
        }
    }

    /// What has happened since this was last asked.
    pub(super) fn news(&mut self) -> Vec<Signal> {
        self.current.as_mut().map(|current| current.read(&mut self.fold)).unwrap_or_default()
    }

    /// There are figures that were not asked for yet.
    pub(super) fn has_figures(&self) -> bool {
        self.fold.has_figures()
    }

    /// The figures that have changed since this was last asked.
    pub(super) fn figures(&mut self) -> Vec<Signal> {
        self.fold.figures()
    }
}

impl Transcript {
    fn at(dialect: Dialect, path: &Path) -> Option<Self> {
        Some(Self {
            path: path.to_owned(),
            conversation: conversation_in(dialect, path)?,
            tail: Tail::default(),
            subagents: subagents_beside(dialect, path),
            subagent_tails: BTreeMap::new(),
            unread: Unread::All,
        })
    }

    fn read(&mut self, fold: &mut Fold) -> Vec<Signal> {
        let nothing = Unread::These { own: false, subagents: Vec::new() };
        let (own, subagents) = match std::mem::replace(&mut self.unread, nothing) {
            Unread::All => (true, self.subagents.as_deref().map(transcripts_in).unwrap_or_default()),
            Unread::These { own, subagents } => (own, subagents),
        };
        for path in subagents {
            let tail = self.subagent_tails.entry(path.clone()).or_default();
            let read = tail.read(&path, |said| match said {
                Said::Beginning => {}
                Said::Line(line) => fold.subagent_line(line),
            });
            unreadable(&path, read);
        }
        if !own {
            return Vec::new();
        }
        let mut began = false;
        let read = self.tail.read(&self.path, |said| match said {
            Said::Beginning => {
                began = true;
                fold.open(Some(self.conversation.clone()));
            }
            Said::Line(line) => fold.line(line),
        });
        unreadable(&self.path, read);
        if began { fold.caught_up().into_iter().collect() } else { fold.news() }
    }
}

/// Files that are not there yet, or not any more, are as usual as any.
fn unreadable(path: &Path, read: std::io::Result<()>) {
    if let Err(error) = read
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::debug!(path = %path.display(), %error, "a transcript could not be read");
    }
}

fn transcripts_in(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    files.filter(|path| is_transcript(path)).collect()
}

fn is_transcript(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "jsonl")
}
