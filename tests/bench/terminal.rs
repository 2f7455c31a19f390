//! A program in a terminal of ours: what it has drawn, and when each piece of it arrived.

use std::{
    io::{Read, Write},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};
use quarterdeck::screen::{Grid, Screen};

use crate::{Outcome, clock, crew::Crew};

/// A program that has drawn nothing for so long has finished its picture.
const SILENCE: Duration = Duration::from_millis(8);

/// How long it takes, at most, until the dashboard shows the screen of the session its cursor came to.
const SHOWN: Duration = Duration::from_millis(400);
/// How many rows are looked through for a session.
const ROWS: usize = 32;

/// A program in a terminal. It is ended when dropped.
pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    // The terminal is closed with it.
    _master: Box<dyn portable_pty::MasterPty + Send>,
    pieces: Receiver<(u64, Vec<u8>)>,
    grid: Grid,
    /// When it was started.
    pub(crate) started: u64,
}

impl Terminal {
    /// Starts a program in a terminal of this size.
    pub(crate) fn start(mut command: CommandBuilder, columns: u16, rows: u16) -> Outcome<Self> {
        let pair = native_pty_system().openpty(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 })?;
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        command.env_remove("TMUX");
        command.env_remove("TMUX_PANE");
        let mut reader = pair.master.try_clone_reader()?;
        let writer = pair.master.take_writer()?;
        let started = clock::now();
        let child = pair.slave.spawn_command(command)?;
        let (sender, pieces) = mpsc::channel();
        thread::spawn(move || {
            let mut buffer = vec![0; 64 << 10];
            while let Ok(length @ 1..) = reader.read(&mut buffer) {
                if sender.send((clock::now(), buffer[..length].to_vec())).is_err() {
                    return;
                }
            }
        });
        Ok(Self { child, writer, _master: pair.master, pieces, grid: Grid::new(columns, rows), started })
    }

    /// The dashboard of `crew`.
    pub(crate) fn dashboard(crew: &Crew, columns: u16, rows: u16) -> Outcome<Self> {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_qd"));
        crew.environment(|name, value| command.env(name, value));
        command.cwd("/tmp");
        Self::start(command, columns, rows)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().unwrap_or(0)
    }

    pub(crate) fn type_keys(&mut self, keys: &str) -> Outcome<u64> {
        let at = clock::now();
        self.writer.write_all(keys.as_bytes())?;
        self.writer.flush()?;
        Ok(at)
    }

    /// Takes in what arrives until `wanted` holds; the moment at which the piece that made it hold arrived.
    pub(crate) fn until(&mut self, patience: Duration, mut wanted: impl FnMut(&Screen) -> bool) -> Option<u64> {
        let deadline = Instant::now() + patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let (at, piece) = self.pieces.recv_timeout(left).ok()?;
            self.grid.feed(&piece);
            if wanted(self.grid.screen()) {
                return Some(at);
            }
        }
    }

    /// The end of the next picture: the moment at which the last piece before a silence arrived.
    pub(crate) fn next_picture(&mut self, patience: Duration) -> Option<u64> {
        let mut last = None;
        loop {
            match self.pieces.recv_timeout(if last.is_some() { SILENCE } else { patience }) {
                Ok((at, piece)) => {
                    self.grid.feed(&piece);
                    last = Some(at);
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return last,
            }
        }
    }

    /// Takes in what arrives for so long; says whether anything did.
    pub(crate) fn rest(&mut self, duration: Duration) -> bool {
        let mut anything = false;
        let deadline = Instant::now() + duration;
        while let Ok((_, piece)) = self.pieces.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            self.grid.feed(&piece);
            anything = true;
        }
        anything
    }

    /// What is on the screen, as text.
    pub(crate) fn contents(&self) -> String {
        self.grid.screen().contents()
    }

    /// Moves the dashboard's cursor, from the first row down, until the screen it shows holds `text`.
    pub(crate) fn look_for(&mut self, text: &str) -> Outcome<()> {
        self.rest(SHOWN);
        self.type_keys("g")?;
        for _ in 0..ROWS {
            if self.shows(text) {
                return Ok(());
            }
            self.type_keys("j")?;
        }
        Err(format!("the dashboard does not show {text:?}, but:\n{}", self.contents()).into())
    }

    /// The screen holds `text`, or soon will.
    pub(crate) fn shows(&mut self, text: &str) -> bool {
        self.contents().contains(text) || self.until(SHOWN, |screen| screen.contents().contains(text)).is_some()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // One that has ended already needs no killing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
