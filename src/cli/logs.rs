//! Where log lines go: to a file below the state directory, never to the terminal.

use std::{
    fs, io,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::{Level, Paths};

/// A file that has this size, in bytes, is put aside.
const FILE_BYTES: u64 = 8 << 20;

/// How many files that were put aside are kept.
const KEPT: u32 = 3;

/// How many lines may wait to be written. Room for each is taken at once.
const WAITING_LINES: usize = 4_096;

/// Sends log lines of at least `level` to `NAME.log`, written by a thread of their own that never holds anybody up:
/// when it falls behind by thousands of lines, lines are lost. The lines are out when the guard is dropped.
pub(super) fn start(paths: &Paths, name: &str, level: Level) -> WorkerGuard {
    let file = BoundedFile { path: paths.logs().join(format!("{name}.log")), open: None };
    let (writer, guard) = NonBlockingBuilder::default().buffered_lines_limit(WAITING_LINES).finish(file);
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(writer);
    let ours = Targets::new().with_target("quarterdeck", filter(level)).with_default(LevelFilter::WARN);
    // A second subscriber in one process is refused; then the first one has the lines.
    let _ = tracing_subscriber::registry().with(lines.with_filter(ours)).try_init();
    guard
}

/// Writes what kills a thread into the log as well, for a daemon has no terminal to say it on.
pub(super) fn record_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let backtrace = std::backtrace::Backtrace::force_capture();
        tracing::error!(%panic, %backtrace, "a thread panicked");
        before(panic);
    }));
}

fn filter(level: Level) -> LevelFilter {
    match level {
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
        Level::Trace => LevelFilter::TRACE,
    }
}

/// A file that opens when it is first written to, and is put aside when it has grown.
struct BoundedFile {
    path: PathBuf,
    open: Option<(fs::File, u64)>,
}

impl BoundedFile {
    fn file(&mut self) -> io::Result<&mut (fs::File, u64)> {
        if self.open.as_ref().is_some_and(|(_, bytes)| *bytes >= FILE_BYTES) {
            self.open = None;
            put_aside(&self.path);
        }
        if self.open.is_none() {
            let file = fs::File::options().append(true).create(true).mode(0o600).open(&self.path)?;
            let bytes = file.metadata()?.len();
            self.open = Some((file, bytes));
        }
        self.open.as_mut().ok_or_else(|| io::Error::other("no log file"))
    }
}

impl Write for BoundedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (file, size) = self.file()?;
        let written = file.write(bytes)?;
        *size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// `qd.log` becomes `qd.log.1`, and so on; the oldest goes. What fails here costs at most old lines.
fn put_aside(path: &Path) {
    let aside = |number: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    };
    for number in (1..KEPT).rev() {
        let _ = fs::rename(aside(number), aside(number + 1));
    }
    let _ = fs::rename(path, aside(1));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_lines_takes_a_bounded_part_of_the_disk() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut file = BoundedFile { path: folder.path().join("qd.log"), open: None };
        let megabyte = vec![b'x'; 1 << 20];
        for _ in 0..60 {
            file.write_all(&megabyte).expect("written");
        }
        let sizes = fs::read_dir(folder.path())
            .expect("there")
            .map(|file| file.expect("a file").metadata().expect("size").len());
        let sizes: Vec<u64> = sizes.collect();
        assert_eq!(sizes.len(), 1 + KEPT as usize);
        assert!(sizes.iter().all(|&bytes| bytes <= FILE_BYTES + (1 << 20)), "{sizes:?}");
    }
}
