//! Recordings as numbered lines, and words in them.

use std::io;

use super::{
    plain,
    recordings::{Recordings, Segment, bytes_of},
    replay::{Replayed, replay},
};
use crate::domain::AttemptId;

/// So much of a recording is read at most, in bytes: its newest segments.
const READ_BYTES: u64 = if cfg!(test) { 128 << 10 } else { 8 << 20 };

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

#[cfg(test)]
mod tests {
    use std::{
        fs,
        path::Path,
        process::Command,
        time::{Duration, Instant},
    };

    use super::*;

    const ATTEMPT: AttemptId = AttemptId::FIRST;
    const SIZE: Size = Size { columns: 80, rows: 24 };

    /// A tmux server of our own, in which one program is recorded.
    struct Tmux {
        folder: tempfile::TempDir,
        recordings: Recordings,
    }

    impl Tmux {
        fn recording(program: &str) -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let recordings = Recordings::new(folder.path(), 1 << 20);
            let tmux = Self { folder, recordings };
            let pipe = format!("exec cat >> '{}'", tmux.file().display());
            let start = ["-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "exec sh ./program"];
            fs::write(tmux.folder.path().join("program"), program).expect("written");
            tmux.run(&[&start[..], &[";", "pipe-pane", "-O", &pipe]].concat());
            tmux
        }

        fn run(&self, arguments: &[&str]) {
            let run = Command::new("tmux")
                .args(["-u", "-S", "sock"])
                .args(arguments)
                .current_dir(self.folder.path())
                .env_clear()
                .env("PATH", std::env::var_os("PATH").unwrap_or_default())
                .env("HOME", self.folder.path())
                .output()
                .expect("tmux");
            assert!(run.status.success(), "{arguments:?}: {run:?}");
        }

        fn file(&self) -> std::path::PathBuf {
            self.recordings.current(ATTEMPT)
        }

        /// Waits until the recording holds `bytes`.
        fn until(&self, bytes: &str) {
            let deadline = Instant::now() + Duration::from_secs(20);
            let holds = |path: &Path| {
                fs::read(path).is_ok_and(|found| found.windows(bytes.len()).any(|window| window == bytes.as_bytes()))
            };
            while !holds(&self.file()) {
                assert!(Instant::now() < deadline, "no {bytes:?} was recorded within 20 s");
                std::thread::sleep(Duration::from_millis(5));
            }
        }

        fn read(&self) -> Transcript {
            read(&self.recordings, &[ATTEMPT], None, usize::MAX, SIZE).expect("read")
        }
    }

    impl Drop for Tmux {
        fn drop(&mut self) {
            let server =
                Command::new("tmux").args(["-S", "sock", "kill-server"]).current_dir(self.folder.path()).status();
            drop(server);
        }
    }

    /// The numbers of the lines `line N`, in the order in which they stand.
    fn numbers(transcript: &Transcript) -> Vec<u32> {
        let number = |line: &String| plain(line).trim().strip_prefix("line ").and_then(|number| number.parse().ok());
        transcript.lines.iter().filter_map(number).collect()
    }

    #[test]
    fn what_a_program_printed_is_read_back_and_paged_through() {
        let tmux = Tmux::recording("for i in $(seq 300); do echo line $i; done; echo END; read x");
        tmux.until("END");
        let all = tmux.read();
        assert_eq!((all.source, all.truncated, all.total), (Source::Recorded, false, 301));
        assert_eq!(numbers(&all), (1..=300).collect::<Vec<_>>());
        let page = read(&tmux.recordings, &[ATTEMPT], Some(100), 10, SIZE).expect("read");
        assert_eq!((page.first, numbers(&page)), (90, (91..=100).collect()));
        let found = search(&tmux.recordings, ATTEMPT, "LINE 29", 3, SIZE).expect("searched");
        assert_eq!(found.iter().map(|found| found.line).collect::<Vec<_>>(), [298, 297, 296]);
        assert_eq!(found[0].text, "line 299");
    }

    #[test]
    fn a_program_that_repaints_under_a_header_is_told_line_by_line() {
        let tmux = Tmux::recording(
            r#"
            printf '\033[?1049h\033[2J'
            for top in $(seq 1 2 81); do
                printf '\033[H== agent ==\033[K\r\n'
                for row in $(seq 0 19); do printf 'line %d\033[K\r\n' $((top + row)); done
                printf '> type here\033[K\r\nworking %ds\033[K' $top
            done
            printf '\033[HEND'
            read x"#,
        );
        tmux.until("END");
        let transcript = tmux.read();
        assert_eq!(transcript.source, Source::Repainted);
        assert_eq!(numbers(&transcript), (1..=100).collect::<Vec<_>>());
        let boxes = transcript.lines.iter().filter(|line| line.contains("type here")).count();
        assert_eq!(boxes, 1, "the input box has not scrolled");
    }

    #[test]
    fn a_pager_on_the_alternate_screen_is_read_without_holes_or_repeats() {
        let tmux = Tmux::recording(
            "for i in $(seq 120); do echo line $i; done > text; LESS= LESSHISTFILE=- less text; echo BACK; read x",
        );
        tmux.until("\x1b[?1049h");
        tmux.until("line 23");
        for _ in 0..6 {
            tmux.run(&["send-keys", "Space"]);
        }
        tmux.until("line 120");
        tmux.run(&["send-keys", "q"]);
        tmux.until("BACK");
        let transcript = tmux.read();
        assert_eq!(transcript.source, Source::Repainted);
        assert_eq!(numbers(&transcript), (1..=120).collect::<Vec<_>>());
        assert_eq!(transcript.lines.last().map(String::as_str), Some("BACK"));
    }

    #[test]
    fn what_is_gone_is_said_and_the_rest_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let recordings = Recordings::new(folder.path(), 0);
        let read = || read(&recordings, &[ATTEMPT], None, 10, SIZE).expect("read");
        assert_eq!((read().total, read().truncated), (0, false), "nothing was recorded yet");
        fs::write(folder.path().join("a1.000002.rec"), "line 2\r\n").expect("written");
        fs::write(folder.path().join("a1.000003.rec"), "line 3").expect("written");
        assert_eq!((numbers(&read()), read().truncated), (vec![2, 3], true));
        fs::write(folder.path().join("a1.000001.rec"), "line 1\r\n").expect("written");
        assert_eq!((numbers(&read()), read().truncated), (vec![1, 2, 3], false));
        // Larger than what is ever read.
        let large = [vec![b'x'; READ_BYTES as usize], b"\r\nline 4".to_vec()].concat();
        fs::write(folder.path().join("a1.000004.rec"), large).expect("written");
        assert_eq!((numbers(&read()), read().truncated), (vec![4], true));
    }
}
