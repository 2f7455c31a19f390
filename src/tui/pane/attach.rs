//! Giving the person's terminal to tmux itself, and getting it back.
//!
//! The event loop hands over like this, in this order:
//! 1. drop crossterm's `EventStream`: it would read the person's keys away from tmux;
//! 2. leave what was entered: focus events, bracketed paste, mouse, keyboard flags, then `ratatui::restore()`;
//! 3. `attach(argv, &way_out).await`;
//! 4. enter again: `ratatui::try_init()`, the modes, a new `EventStream`, and draw. The new `Terminal` paints the whole
//!    frame. `Terminal::clear` must not be called: it asks the terminal for the cursor's position, and the answer can
//!    get lost between the two readers.
//!
//! Whatever `attach` returns, the terminal is ours again; an error is text for the status line.

use std::{
    io::{self, Write},
    process::Stdio,
    time::Duration,
};

use tokio::{
    io::AsyncReadExt,
    process::{ChildStderr, Command},
    signal::unix::{SignalKind, signal},
    time::timeout,
};
use tokio_util::task::AbortOnDropHandle;

use super::WayOut;

/// The most that is kept of what tmux says when it fails, in bytes.
const WORDS: u64 = 4096;
/// How long after its end what it said may still come.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// Why the terminal could not be given to tmux.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The program is not there.
    #[error("cannot start `{program}` to attach; is it installed on this machine?")]
    Start {
        /// What was to be started.
        program: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It started and said no.
    #[error("attaching failed: {words}")]
    Refused {
        /// What it said, or its exit status.
        words: String,
    },
    /// Its end could not be seen.
    #[error("lost sight of the attached tmux client")]
    Lost(#[source] io::Error),
}

/// Runs `argv` (see [`wire::Attach`](crate::api::wire::Attach)) with the terminal, until the person comes back. It
/// works inside another tmux, too. Says first, on a line of its own, how to come back.
///
/// Ctrl-c pressed while tmux gets or gives back the terminal must not end us: from now on this process takes SIGINT
/// through tokio, and it does nothing by itself.
///
/// # Errors
/// What kept the person from attaching; never that they detached or that the program in the pane ended.
pub async fn attach(argv: &[String], way_out: &WayOut) -> Result<(), Error> {
    let Some((program, arguments)) = argv.split_first() else {
        let source = io::Error::new(io::ErrorKind::InvalidInput, "the command to attach with is empty");
        return Err(Error::Start { program: String::new(), source });
    };
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::Lost)?;
    say(way_out);
    let mut child = Command::new(program)
        .args(arguments)
        // With these set, tmux refuses to run inside tmux.
        .env_remove("TMUX")
        .env_remove("TMUX_PANE")
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| Error::Start { program: program.clone(), source })?;
    let words = AbortOnDropHandle::new(tokio::spawn(listen(child.stderr.take())));
    let status = loop {
        tokio::select! {
            status = child.wait() => break status,
            _ = interrupt.recv() => {}
        }
    };
    // A process that it left behind may hold the other end open.
    let words = timeout(LAST_WORDS, words).await.ok().and_then(Result::ok).unwrap_or_default();
    let status = status.map_err(Error::Lost)?;
    match (status.success(), words) {
        (true, _) => Ok(()),
        (false, words) if words.is_empty() => Err(Error::Refused { words: format!("`{program}` ended with {status}") }),
        (false, words) => Err(Error::Refused { words }),
    }
}

async fn listen(words: Option<ChildStderr>) -> String {
    let mut text = Vec::new();
    if let Some(words) = words {
        // What can't be read was not said.
        let _ = words.take(WORDS).read_to_end(&mut text).await;
    }
    String::from_utf8_lossy(&text).trim().to_owned()
}

/// The line stays on the terminal below tmux's screen. tmux throws away what the terminal has not taken when it starts,
/// so the dashboard says the same before it hands over.
fn say(way_out: &WayOut) {
    let mut terminal = io::stdout().lock();
    // Without a terminal to say it on, tmux will complain itself.
    let _ = writeln!(terminal, "{}", notice(way_out)).and_then(|()| terminal.flush());
}

/// How to come back from an attached pane, in one line.
pub fn notice(way_out: &WayOut) -> String {
    format!("{} or Ctrl-b d returns", way_out.label())
}
