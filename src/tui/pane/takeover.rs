//! Typing live into a pane, inside the dashboard: an ordinary tmux client on a pseudo-terminal of ours.
//!
//! A thread reads what the client draws and hands it over in a bounded channel; when nobody takes it, the client waits
//! and nothing grows. Another thread writes keys, so that a client that does not read never stops the dashboard.
//!
//! Two things here are not obvious. What is typed before the client has its terminal in raw mode would be treated by
//! the kernel as a line that is being edited, so keys wait for the client's first output. And `portable-pty` types a
//! line end and Ctrl-d when its writer is dropped, which would reach the agent (and end many of them), so the writer
//! is let go of only when nobody can read from the terminal any more.

use std::{
    fmt,
    io::{Read, Write},
    sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crossterm::event::{KeyEvent, MouseEvent};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use ratatui::layout::Rect;

use super::{PaneWidget, keys};
use crate::{
    api::wire::{self, Size},
    screen::{Grid, MouseProtocolMode, Screen},
    tui::theme::Colors,
};

/// How much is read at once, in bytes, and how many such pieces may wait to be drawn.
const PIECE: usize = 16 * 1024;
const PIECES: usize = 16;
/// How many keys and pastes may wait to be written.
const KEYS: usize = 1024;
/// How long keys wait for the client's first output.
const READY: Duration = Duration::from_secs(5);
/// tmux reads the terminal by itself; this long after a key it has certainly read it, and the client may go.
const SETTLE: Duration = Duration::from_millis(60);
/// How long leaving a pane waits for keys that the client does not take.
const WRITTEN: Duration = Duration::from_secs(2);
/// How long a client that was ended may keep the terminal open.
const CLOSED: Duration = Duration::from_secs(10);
/// tmux's prefix key, Ctrl-b. Pressed twice, it reaches the program once; otherwise it would reach tmux. The server
/// keeps `C-b` as its prefix, bound to `send-prefix`, and has `assume-paste-time 0`: with its default, keys that come
/// within a millisecond would sometimes count as pasted, and then both would reach the program.
const PREFIX: &[u8] = b"\x02";
/// Escape alone. As a byte tmux would hold it back for a while, to see whether a sequence follows, and take the next key
/// for a part of it; written out it is nothing but itself, and the program still gets the byte.
const ESCAPE: &[u8] = b"\x1b";
const ESCAPE_WRITTEN_OUT: &[u8] = b"\x1b[27;1u";

/// A pane that is taken over.
pub struct Takeover {
    grid: Grid,
    size: Size,
    output: Receiver<Vec<u8>>,
    client: Option<Client>,
    ended: Option<String>,
}

/// The tmux client and our side of its terminal.
struct Client {
    child: Box<dyn Child + Send + Sync>,
    terminal: Box<dyn MasterPty + Send>,
    typed: SyncSender<Typed>,
}

/// What is for the thread that writes.
enum Typed {
    /// These bytes.
    Bytes(Vec<u8>),
    /// To say when it last wrote anything, all that came before this being written.
    When(SyncSender<Option<Instant>>),
}

/// Why a pane can't be taken over, or takes no keys.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no terminal or no program.
    #[error("cannot start `{program}` to take over the pane; is it installed on this machine?")]
    Start {
        /// What was to be started.
        program: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The terminal can't be resized.
    #[error("the pane that was taken over can't be resized")]
    Resize(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Too many keys wait already.
    #[error("the pane does not take its keys: the last one was not sent")]
    Stalled,
    /// The client is gone.
    #[error("the pane is no longer taken over: the key was not sent")]
    Ended,
}

impl Takeover {
    /// Starts the tmux client that `attach` names, in a terminal of `size`. `wake` is called from another thread
    /// whenever there is something new to draw; it should ask for a frame and return at once.
    ///
    /// # Errors
    /// [`Error::Start`] when there is no such program or no pseudo-terminal.
    pub fn start(attach: &wire::Attach, size: Size, wake: impl Fn() + Send + 'static) -> Result<Self, Error> {
        let program = attach.argv.first().cloned().unwrap_or_default();
        let failed =
            |source: Box<dyn std::error::Error + Send + Sync>| Error::Start { program: program.clone(), source };
        if program.is_empty() {
            return Err(failed("the command to attach with is empty".into()));
        }
        let size = at_least(size);
        let pair = native_pty_system().openpty(pty_size(size)).map_err(|error| failed(error.into()))?;
        let reader = pair.master.try_clone_reader().map_err(|error| failed(error.into()))?;
        // Until the client is there, nobody reads what dropping the writer types.
        let writer = pair.master.take_writer().map_err(|error| failed(error.into()))?;
        let child = pair.slave.spawn_command(command(&attach.argv)).map_err(|error| failed(error.into()))?;
        drop(pair.slave);

        let (pieces, output) = mpsc::sync_channel(PIECES);
        let (drawn, terminal_draws) = mpsc::sync_channel(1);
        let (typed, to_write) = mpsc::sync_channel(KEYS);
        thread::spawn(move || read(reader, pieces, drawn, wake));
        thread::spawn(move || write(writer, &to_write, &terminal_draws));
        let client = Client { child, terminal: pair.master, typed };
        let grid = Grid::new(size.columns, size.rows);
        Ok(Self { grid, size, output, client: Some(client), ended: None })
    }

    /// Takes in what the client has drawn; says whether the picture changed. To be called after `wake`, before a frame.
    pub fn update(&mut self) -> bool {
        let mut changed = false;
        // What comes while this runs is for the next frame, which is asked for already.
        for _ in 0..PIECES {
            match self.output.try_recv() {
                Ok(piece) => {
                    self.grid.feed(&piece);
                    changed = true;
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    if self.ended.is_none() {
                        self.ended = Some(self.last_words());
                        changed = true;
                    }
                    break;
                }
            }
        }
        changed
    }

    /// The client has gone by itself (the pane is gone, or tmux was told to detach): the last thing it said. Text from
    /// outside: to be drawn, never printed.
    pub fn ended(&self) -> Option<&str> {
        self.ended.as_deref()
    }

    /// The cells.
    pub fn screen(&self) -> &Screen {
        self.grid.screen()
    }

    /// Draws it; [`PaneWidget::cursor`] says where the terminal's cursor belongs.
    pub fn widget(&self, colors: Colors) -> PaneWidget<'_> {
        PaneWidget::new(self.grid.screen(), colors)
    }

    /// Sends a key. Whoever calls this looks for the [way out](keys::WayOut) first. A key that has no bytes, such as a
    /// modifier alone, is nothing to send.
    ///
    /// # Errors
    /// [`Error::Stalled`] or [`Error::Ended`]: this key was not sent.
    pub fn key(&mut self, event: KeyEvent) -> Result<(), Error> {
        match keys::key(event) {
            Some(bytes) if bytes == PREFIX => self.send([PREFIX, PREFIX].concat()),
            Some(bytes) if bytes == ESCAPE => self.send(ESCAPE_WRITTEN_OUT.into()),
            Some(bytes) => self.send(bytes),
            None => Ok(()),
        }
    }

    /// Sends a paste.
    ///
    /// # Errors
    /// [`Error::Stalled`] or [`Error::Ended`]: nothing of it was sent.
    pub fn paste(&mut self, text: &str) -> Result<(), Error> {
        self.send(keys::paste(text, self.grid.screen().bracketed_paste()))
    }

    /// Sends a mouse event, when it is inside `area` (where the pane is drawn) and the program asked for such events.
    /// Says whether it did; if not, the event is the dashboard's own.
    ///
    /// # Errors
    /// [`Error::Stalled`] or [`Error::Ended`]: the event was not sent.
    pub fn mouse(&mut self, event: MouseEvent, area: Rect) -> Result<bool, Error> {
        match keys::mouse(event, area, self.mouse_mode()) {
            Some(bytes) => self.send(bytes).map(|()| true),
            None => Ok(false),
        }
    }

    /// Says that the person's terminal got or lost the focus.
    ///
    /// # Errors
    /// [`Error::Stalled`] or [`Error::Ended`]: it was not said.
    pub fn focus(&mut self, gained: bool) -> Result<(), Error> {
        self.send(keys::focus(gained).into())
    }

    /// Which mouse events the program wants.
    pub fn mouse_mode(&self) -> MouseProtocolMode {
        self.grid.screen().mouse_protocol_mode()
    }

    /// Follows the rectangle in which the pane is drawn.
    ///
    /// # Errors
    /// [`Error::Resize`] when the terminal can't be resized.
    pub fn resize(&mut self, size: Size) -> Result<(), Error> {
        let size = at_least(size);
        if size == self.size {
            return Ok(());
        }
        if let Some(client) = &self.client {
            client.terminal.resize(pty_size(size)).map_err(|error| Error::Resize(error.into()))?;
        }
        self.grid.resize(size.columns, size.rows);
        self.size = size;
        Ok(())
    }

    /// Leaves the pane, which lives on. Every key that was sent arrives before; that may take a few hundredths of a
    /// second, which another thread waits; the caller may join it.
    pub fn end(mut self) -> JoinHandle<()> {
        let client = self.client.take();
        thread::spawn(move || client.into_iter().for_each(end))
    }

    fn send(&mut self, bytes: Vec<u8>) -> Result<(), Error> {
        let Some(client) = self.client.as_ref().filter(|_| self.ended.is_none()) else {
            return Err(Error::Ended);
        };
        client.typed.try_send(Typed::Bytes(bytes)).map_err(|error| match error {
            TrySendError::Full(_) => Error::Stalled,
            TrySendError::Disconnected(_) => Error::Ended,
        })
    }

    /// The last line on the screen that says anything.
    fn last_words(&self) -> String {
        let contents = self.grid.screen().contents();
        contents.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().into()
    }
}

impl Drop for Takeover {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            end(client);
        }
    }
}

impl fmt::Debug for Takeover {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Takeover").field("size", &self.size).field("ended", &self.ended).finish_non_exhaustive()
    }
}

fn command(argv: &[String]) -> CommandBuilder {
    let mut command = CommandBuilder::from_argv(argv.iter().map(Into::into).collect());
    // With these set, tmux refuses to run inside tmux; this terminal is not inside anybody's.
    command.env_remove("TMUX");
    command.env_remove("TMUX_PANE");
    command.env("TERM", "xterm-256color");
    command.env("COLORTERM", "truecolor");
    command
}

/// Reads to the very end, also when nobody takes it any more: then it is thrown away. Dropping `drawn` tells the
/// writer that the terminal is closed.
fn read(mut reader: Box<dyn Read + Send>, pieces: SyncSender<Vec<u8>>, drawn: SyncSender<()>, wake: impl Fn()) {
    let mut buffer = vec![0; PIECE];
    // A terminal whose other side is closed ends with an error on Linux and with nothing on macOS.
    while let Ok(length @ 1..) = reader.read(&mut buffer) {
        // Only the first one counts.
        let _ = drawn.try_send(());
        if pieces.send(buffer[..length].to_vec()).is_ok() {
            wake();
        }
    }
    // The end is told by the channel's; whoever draws has to learn of it.
    drop((drawn, pieces));
    wake();
}

fn write(mut writer: Box<dyn Write + Send>, typed: &Receiver<Typed>, terminal_draws: &Receiver<()>) {
    // Drawn, closed or too late: in each case there is nothing left to wait for.
    let _ = terminal_draws.recv_timeout(READY);
    let mut written_at = None;
    for next in typed {
        match next {
            Typed::Bytes(bytes) => {
                if writer.write_all(&bytes).is_err() {
                    break;
                }
                written_at = Some(Instant::now());
            }
            // Whoever asked may have stopped waiting.
            Typed::When(answer) => drop(answer.try_send(written_at)),
        }
    }
    let deadline = Instant::now() + CLOSED;
    loop {
        match terminal_draws.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(()) => {}
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => break,
        }
    }
    tracing::warn!("a tmux client keeps its terminal open after its end; the terminal is left to it");
    // A lost file is better than a Ctrl-d that the agent reads.
    std::mem::forget(writer);
}

fn end(mut client: Client) {
    let (answer, when) = mpsc::sync_channel(1);
    if client.typed.try_send(Typed::When(answer)).is_ok()
        && let Ok(Some(written_at)) = when.recv_timeout(WRITTEN)
    {
        thread::sleep(SETTLE.saturating_sub(written_at.elapsed()));
    }
    // A client that has gone already can't be ended, which is as good.
    let _ = client.child.kill();
    if let Err(error) = client.child.wait() {
        tracing::warn!(%error, "a tmux client's end could not be seen");
    }
}

fn at_least(size: Size) -> Size {
    Size { columns: size.columns.max(2), rows: size.rows.max(1) }
}

fn pty_size(size: Size) -> PtySize {
    PtySize { rows: size.rows, cols: size.columns, pixel_width: 0, pixel_height: 0 }
}
