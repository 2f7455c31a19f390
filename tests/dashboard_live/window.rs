//! A terminal window with the real program in it, and what a person sees there.

use std::{
    io::{Read, Write},
    sync::{Arc, Mutex},
    thread,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use quarterdeck::screen::Grid;

use crate::home::{Home, wait_for};

/// A terminal window. Closing it ends what runs in it.
pub(crate) struct Window {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    drawn: Arc<Mutex<Drawn>>,
}

struct Drawn {
    grid: Grid,
    // Every byte that ever came.
    bytes: Vec<u8>,
}

/// The keys that are no letters.
pub(crate) const ENTER: &str = "\r";
pub(crate) const ESC: &str = "\x1b";
pub(crate) const WAY_OUT: &str = "\x1d";

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

impl Window {
    /// Opens a window with `qd`, and the settings of its terminal before and after in the home's work folder.
    pub(crate) fn open(home: &Home, columns: u16, rows: u16) -> Self {
        Self::open_with(home, columns, rows, &[])
    }

    /// The same with something more in the environment.
    pub(crate) fn open_with(home: &Home, columns: u16, rows: u16, environment: &[(&str, &str)]) -> Self {
        let script = "stty -g > before; sh -c 'echo $$ > pid; exec \"$QD\"'; echo $? > code; stty -g > after";
        let mut command = CommandBuilder::new("sh");
        command.args(["-c", script]);
        command.env_clear();
        for (name, value) in home.command(&[]).get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        command.env("QD", env!("CARGO_BIN_EXE_qd"));
        command.env("TERM", "xterm-256color");
        for (name, value) in environment {
            command.env(name, value);
        }
        command.cwd(home.work());
        let pair = native_pty_system().openpty(size(columns, rows)).expect("a terminal");
        let child = pair.slave.spawn_command(command).expect("a shell");
        drop(pair.slave);
        let reader = pair.master.try_clone_reader().expect("a reader");
        let grid = Grid::new(columns, rows);
        let drawn = Arc::new(Mutex::new(Drawn { grid, bytes: Vec::new() }));
        let reading = Arc::clone(&drawn);
        thread::spawn(move || read(reader, &reading));
        let writer = pair.master.take_writer().expect("a writer");
        Self { master: pair.master, writer, child, drawn }
    }

    /// What is on the screen.
    pub(crate) fn contents(&self) -> String {
        self.drawn.lock().expect("nobody panicked").grid.screen().contents()
    }

    /// Every byte that ever came.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.drawn.lock().expect("nobody panicked").bytes.clone()
    }

    /// Waits until the screen shows `words`.
    pub(crate) fn see(&self, words: &str) {
        self.see_that(words, |contents| contents.contains(words));
    }

    /// Waits until the screen is as `wanted` says.
    pub(crate) fn see_that(&self, what: &str, wanted: impl Fn(&str) -> bool) {
        let shown = |contents: &str| format!("{what:?} on the screen; it shows\n{contents}");
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(18);
        wait_for(what, || {
            let contents = self.contents();
            assert!(wanted(&contents) || std::time::Instant::now() < deadline, "{}", shown(&contents));
            wanted(&contents).then_some(())
        });
    }

    /// Types.
    pub(crate) fn keys(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).and_then(|()| self.writer.flush()).expect("typed");
    }

    /// Pastes.
    pub(crate) fn paste(&mut self, text: &str) {
        self.keys(&format!("\x1b[200~{text}\x1b[201~"));
    }

    /// Drags the window's corner.
    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        self.drawn.lock().expect("nobody panicked").grid.resize(columns, rows);
        self.master.resize(size(columns, rows)).expect("resized");
    }

    /// Sends a signal to the dashboard.
    pub(crate) fn signal(&self, home: &Home, signal: Signal) {
        let pid = wait_for("the dashboard's process", || {
            std::fs::read_to_string(home.work().join("pid")).ok()?.trim().parse().ok()
        });
        kill(Pid::from_raw(pid), signal).expect("a signal");
    }

    /// Waits until the dashboard has ended, and gives its exit code.
    pub(crate) fn code(&mut self, home: &Home) -> i32 {
        wait_for("the end of the dashboard", || self.child.try_wait().expect("a child"));
        std::fs::read_to_string(home.work().join("code")).expect("a code").trim().parse().expect("a number")
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // Its terminal goes with it, and with that the dashboard.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(mut reader: Box<dyn Read + Send>, drawn: &Mutex<Drawn>) {
    let mut buffer = [0; 1 << 16];
    while let Ok(length @ 1..) = reader.read(&mut buffer) {
        let mut drawn = drawn.lock().expect("nobody panicked");
        drawn.grid.feed(&buffer[..length]);
        drawn.bytes.extend_from_slice(&buffer[..length]);
    }
}
