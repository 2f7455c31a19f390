//! The person's terminal: taken at the start, given back at the end, whatever the end is.

use std::{
    io::{self, IsTerminal, Write},
    panic,
    sync::{
        Arc, Once,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use color_eyre::eyre::{Context, bail};
use crossterm::{
    cursor, event, execute,
    terminal::{EnterAlternateScreen, LeaveAlternateScreen, SetTitle, disable_raw_mode, enable_raw_mode},
};
use ratatui::{Terminal, backend::CrosstermBackend, buffer::Buffer, layout::Position};

use crate::screen;

/// Keeps the window's name on the terminal's own stack, and takes it back from there (xterm's window operations).
const KEEP_WINDOW_NAME: &str = "\x1b[22;2t";
const RESTORE_WINDOW_NAME: &str = "\x1b[23;2t";

/// The person's terminal while it is ours. Dropping it gives it back.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Out>>,
    // What the terminal shows is no longer what was drawn.
    stale: bool,
    gone: Arc<AtomicBool>,
}

/// Standard output, which takes everything: what a closed window no longer takes is thrown away, and remembered. The
/// drawing library would print its complaint on standard error, which is as closed, and panic over that.
struct Out {
    gone: Arc<AtomicBool>,
}

impl Screen {
    /// Takes the terminal.
    pub(super) fn take(mouse: bool) -> color_eyre::Result<Self> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            bail!(
                "the dashboard needs a terminal to draw on, and this is none; for scripts there are qd ls --json and qd ps --json"
            );
        }
        restore_on_panic();
        enable_raw_mode().wrap_err("cannot take the keys of the terminal")?;
        // From here on, whatever fails gives the terminal back.
        let gone = Arc::new(AtomicBool::new(false));
        match enter(mouse).and_then(|()| fresh(&gone)) {
            Ok(terminal) => Ok(Self { terminal, stale: false, gone }),
            Err(error) => {
                restore();
                Err(error).wrap_err("cannot draw on the terminal")
            }
        }
    }

    /// Columns and rows.
    pub(super) fn size(&self) -> (u16, u16) {
        self.terminal.size().map_or((80, 24), |size| (size.width, size.height))
    }

    /// The window was closed.
    pub(super) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    /// Gives the frames from here on the size that the terminal has now, and says which: columns and rows. A frame of
    /// another size than the one before is sent whole.
    pub(super) fn measure(&mut self) -> io::Result<(u16, u16)> {
        if std::mem::take(&mut self.stale) {
            // To the same size, if it has not changed; `clear` would ask the terminal where its cursor is.
            let size = self.terminal.size()?;
            self.terminal.resize(size.into())?;
        } else {
            self.terminal.autoresize()?;
        }
        let area = self.terminal.get_frame().area();
        Ok((area.width, area.height))
    }

    /// Draws one frame, of the size that was measured last: the terminal may have changed its size since.
    pub(super) fn draw(&mut self, paint: impl FnOnce(&mut Buffer) -> Option<Position>) -> io::Result<()> {
        let cursor = paint(self.terminal.get_frame().buffer_mut());
        self.terminal.apply_buffer_with_cursor(cursor).map(drop)
    }

    /// Sends everything anew with the next frame.
    pub(super) fn redraw(&mut self) {
        self.stale = true;
    }

    /// Gives the terminal back for a while.
    pub(super) fn give_back(&mut self) {
        restore();
    }

    /// Takes the terminal again; the next frame is sent whole.
    pub(super) fn take_again(&mut self, mouse: bool) -> color_eyre::Result<()> {
        enable_raw_mode().wrap_err("cannot take the keys of the terminal again")?;
        enter(mouse).wrap_err("cannot draw on the terminal again")?;
        self.terminal = fresh(&self.gone)?;
        Ok(())
    }

    /// Sends something that moves nothing and draws nothing.
    pub(super) fn send(&mut self, sequence: &str) -> io::Result<()> {
        let out = self.terminal.backend_mut();
        out.write_all(sequence.as_bytes()).and_then(|()| out.flush())
    }

    /// Names the terminal's window.
    pub(super) fn name_window(&mut self, name: &str) -> io::Result<()> {
        execute!(self.terminal.backend_mut(), SetTitle(name))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stdout().write(bytes).or_else(|error| self.forgive(error).map(|()| bytes.len()))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush().or_else(|error| self.forgive(error))
    }
}

impl Out {
    fn forgive(&self, error: io::Error) -> io::Result<()> {
        if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) {
            return Err(error);
        }
        self.gone.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// A terminal that knows nothing of what was drawn.
fn fresh(gone: &Arc<AtomicBool>) -> io::Result<Terminal<CrosstermBackend<Out>>> {
    Terminal::new(CrosstermBackend::new(Out { gone: Arc::clone(gone) }))
}

fn enter(mouse: bool) -> io::Result<()> {
    let mut out = io::stdout();
    write!(out, "{KEEP_WINDOW_NAME}")?;
    execute!(out, EnterAlternateScreen, cursor::Hide, event::EnableBracketedPaste, event::EnableFocusChange)?;
    if mouse { execute!(out, event::EnableMouseCapture) } else { Ok(()) }
}

/// Gives the terminal back. Errors are nothing anybody could act on here: the terminal may be gone.
fn restore() {
    let mut out = io::stdout();
    let _ = execute!(
        out,
        event::DisableMouseCapture,
        event::DisableFocusChange,
        event::DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = write!(out, "{RESTORE_WINDOW_NAME}").and_then(|()| out.flush());
    let _ = disable_raw_mode();
}

/// A panic of ours gives the terminal back before it is told. One that is caught, or that ends a task beside us, must
/// not: the dashboard goes on, and what went wrong is in the log.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let (before, ours) = (panic::take_hook(), thread::current().id());
        panic::set_hook(Box::new(move |panic| {
            if screen::panic_is_caught() {
                return;
            }
            if thread::current().id() != ours {
                tracing::error!(%panic, "a task beside the dashboard panicked");
                return;
            }
            restore();
            before(panic);
        }));
    });
}
