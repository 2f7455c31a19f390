//! Recordings as numbered lines, and words in them.

use std::io;

use super::{
    plain,
    recordings::{Recordings, Segment, bytes_of},
    replay::{Replayed, replay},
};
use crate::domain::AttemptId;

/// So much of a recording is read at most, in bytes: its newest segments.
const READ_BYTES: u64 = 8 << 20;

/// A stretch of what a session showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcript {
    /// Number of the first line given, from 0.
    pub first: u64,
    /// The lines, oldest first, with SGR escapes; each starts and ends with plain attributes.
    pub lines: Vec<String>,
    /// How many lines there are in all.
    pub total: u64,
    /// How they were made.
    pub source: Source,
    /// There was more, which is gone or lies too far back to be read.
    pub truncated: bool,
}

/// How lines were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// As they were printed.
    Recorded,
    /// Put together from the pictures of a program that repaints.
    Repainted,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Source::Recorded => "recorded lines",
            Source::Repainted => "repainted screens",
        })
    }
}

/// The size of the terminal on which a recording is replayed: the pane's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
}

/// A line of a recording that holds what was looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its number in the transcript of that attempt alone.
    pub line: u64,
    /// Its text, without escapes.
    pub text: String,
}

/// The newest `lines` lines before line `before` of what `attempts` showed, one after the other. Blocks: up to 8 MiB
/// an attempt are replayed.
///
/// # Errors
/// When a recording is there and can't be read. One that is not there has no lines.
pub fn read(
    recordings: &Recordings,
    attempts: &[AttemptId],
    before: Option<u64>,
    lines: usize,
    size: Size,
) -> io::Result<Transcript> {
    let mut all = Vec::new();
    let (mut source, mut truncated) = (Source::Recorded, false);
    for &attempt in attempts {
        let (replayed, cut) = replay_of(recordings, attempt, size)?;
        if replayed.repainted {
            source = Source::Repainted;
        }
        truncated |= cut;
        all.extend(replayed.lines);
    }
    let total = all.len();
    let end = before.and_then(|before| usize::try_from(before).ok()).map_or(total, |before| before.min(total));
    let first = end.saturating_sub(lines);
    all.truncate(end);
    all.drain(..first);
    Ok(Transcript { first: first as u64, lines: all, total: total as u64, source, truncated })
}

/// The newest `limit` lines of a recording that hold every one of `words`, whatever their case; newest first. Blocks.
///
/// # Errors
/// When the recording is there and can't be read.
pub fn search(
    recordings: &Recordings,
    attempt: AttemptId,
    words: &str,
    limit: usize,
    size: Size,
) -> io::Result<Vec<Found>> {
    let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let (replayed, _) = replay_of(recordings, attempt, size)?;
    let numbered = (0..).zip(replayed.lines.iter().map(|line| plain(line)));
    let mut found: Vec<Found> = numbered
        .filter(|(_, text)| {
            let text = text.to_lowercase();
            words.iter().all(|word| text.contains(word))
        })
        .map(|(line, text)| Found { line, text })
        .collect();
    found.reverse();
    found.truncate(limit);
    Ok(found)
}

/// A recording's newest segments, replayed, and whether there was more.
fn replay_of(recordings: &Recordings, attempt: AttemptId, size: Size) -> io::Result<(Replayed, bool)> {
    let segments = recordings.segments(attempt);
    let read = newest(&segments);
    let mut truncated = read.len() < segments.len() || segments.first().is_some_and(|oldest| oldest.number > 1);
    let mut bytes = Vec::new();
    for segment in read {
        // A segment that is too large to be read whole is read from its end.
        let from = segment.bytes.saturating_sub(READ_BYTES);
        truncated |= from > 0;
        match bytes_of(&segment.path, from, segment.bytes) {
            Ok(part) => bytes.extend(part),
            // It was let go of meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => truncated = true,
            Err(error) => return Err(error),
        }
    }
    Ok((replay(&bytes, size.columns, size.rows), truncated))
}

/// Whole segments, so that lines keep their numbers until the next one begins.
fn newest(segments: &[Segment]) -> &[Segment] {
    let mut room = READ_BYTES;
    let fitting = segments.iter().rev().take_while(|segment| match room.checked_sub(segment.bytes) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    });
    let count = fitting.count().max(1).min(segments.len());
    &segments[segments.len() - count..]
}
