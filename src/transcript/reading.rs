//! Recordings as numbered lines.

use std::io;

use super::{
    recordings::Recordings,
    replay::{Replayed, replay},
    tail,
};
use crate::domain::AttemptId;

/// So much of a recording is read at most, in bytes: its newest part.
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

/// A recording's newest part, replayed, and whether there was more.
fn replay_of(recordings: &Recordings, attempt: AttemptId, size: Size) -> io::Result<(Replayed, bool)> {
    let tail = tail::read(recordings, attempt, READ_BYTES)?;
    Ok((replay(&tail.bytes, size.columns, size.rows), tail.truncated))
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        io::Write,
        os::unix::fs::MetadataExt,
        path::Path,
        process::Command,
        time::{Duration, Instant},
    };

    use super::{super::plain, *};

    const ATTEMPT: AttemptId = AttemptId::FIRST;
    const SIZE: Size = Size { columns: 80, rows: 24 };
    const BOUND: u64 = 1 << 20;

    /// A tmux server of our own, in which one program is recorded.
    struct Tmux {
        folder: tempfile::TempDir,
        recordings: Recordings,
    }

    impl Tmux {
        fn recording(program: &str) -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let recordings = Recordings::new(folder.path(), BOUND);
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
            self.recordings.file(ATTEMPT)
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

    fn append(path: &Path, bytes: &[u8]) {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(path).expect("opened");
        file.write_all(bytes).expect("written");
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
    #[cfg_attr(not(target_os = "linux"), ignore = "without holes, lines can get lost in a flood")]
    fn a_flood_stays_within_the_bound_and_nothing_is_lost_behind_the_kept_head() {
        let printed = 120_000_u32;
        let tmux = Tmux::recording(&format!("seq -f 'line %.0f and some more text' {printed}; echo END; read x"));
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut most = 0;
        let ends = || {
            let file = fs::File::open(tmux.file())?;
            let length = file.metadata()?.len();
            super::super::head::bytes_of(&file, length.saturating_sub(64), length)
        };
        while !ends().is_ok_and(|end| end.windows(3).any(|end| end == b"END")) {
            assert!(Instant::now() < deadline, "the flood did not end within 60 s");
            tmux.recordings.trim(ATTEMPT).expect("trimmed");
            most = most.max(fs::metadata(tmux.file()).map_or(0, |file| file.blocks() * 512));
            std::thread::sleep(Duration::from_millis(2));
        }
        tmux.recordings.trim(ATTEMPT).expect("trimmed");
        let blocks = fs::metadata(tmux.file()).expect("there").blocks() * 512;
        assert!(blocks <= BOUND + (64 << 10), "{blocks} bytes of the disk are taken");
        assert!(most <= 2 * BOUND, "{most} bytes of the disk were taken at once");
        let kept = tail::read(&tmux.recordings, ATTEMPT, u64::MAX).expect("read");
        assert!(kept.truncated);
        let text = String::from_utf8(kept.bytes).expect("text");
        let numbers: Vec<u32> = text.lines().filter_map(|line| line.split(' ').nth(1)?.parse().ok()).collect();
        assert!(numbers.len() > 20_000, "{} lines are kept", numbers.len());
        assert!(numbers.iter().copied().eq(numbers[0]..=printed), "from {} to {printed} without a gap", numbers[0]);
    }

    #[test]
    fn what_is_gone_is_said_and_the_rest_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let recordings = Recordings::new(folder.path(), 0);
        let read = || read(&recordings, &[ATTEMPT], None, usize::MAX, SIZE).expect("read");
        assert_eq!((read().total, read().truncated), (0, false), "nothing was recorded yet");
        let lines = |range: std::ops::RangeInclusive<u32>| {
            range.map(|number| format!("line {number}\r\n")).collect::<String>().into_bytes()
        };
        append(&recordings.file(ATTEMPT), &lines(1..=3));
        assert_eq!((numbers(&read()), read().truncated), (vec![1, 2, 3], false));
        append(&recordings.file(ATTEMPT), &lines(4..=40_000));
        let before = read();
        let first = numbers(&before)[0];
        assert!(before.truncated && numbers(&before).into_iter().eq(first..=40_000), "larger than what is ever read");
        recordings.trim(ATTEMPT).expect("trimmed");
        let first = numbers(&read())[0];
        assert!(read().truncated && numbers(&read()).into_iter().eq(first..=40_000), "and larger than what is kept");
        append(&recordings.file(ATTEMPT), &lines(40_001..=40_001));
        assert_eq!(numbers(&read())[0], first, "lines keep their numbers while a recording grows a little");
    }

    #[test]
    fn a_pager_whose_beginning_is_gone_is_still_known_for_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let recordings = Recordings::new(folder.path(), 0);
        append(&recordings.file(ATTEMPT), b"\x1b[?1049h");
        for top in 0..1_000 {
            let rows: String = (top..top + 20).map(|line| format!("\r\nline {line}\x1b[K")).collect();
            append(&recordings.file(ATTEMPT), format!("\x1b[H== pager =={rows}").as_bytes());
            recordings.trim(ATTEMPT).expect("trimmed");
        }
        let read = read(&recordings, &[ATTEMPT], None, usize::MAX, SIZE).expect("read");
        assert_eq!((read.source, read.truncated), (Source::Repainted, true));
        assert_eq!(read.lines.last().map(String::as_str), Some("line 1018"));
        let first = numbers(&read)[0];
        assert!(numbers(&read).into_iter().eq(first..=1_018));
    }
}
