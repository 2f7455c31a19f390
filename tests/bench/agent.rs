//! The agent that the benchmark watches: this very program, in a pane. It draws what the stand-in's profile reads.
//!
//! Its prompt, which it shows, says what it is: `idle` (SIGUSR1 sends it to work, ten pictures a second, and back), `clock` (writes the
//! time now and then), `echo` (writes back each key), `flood` (becomes `yes`).

use std::{
    io::{self, Read, Write},
    os::unix::process::CommandExt,
    process::Command,
    time::Duration,
};

use crossterm::terminal::{enable_raw_mode, size};
use tokio::signal::unix::{SignalKind, signal};

use crate::clock;

/// What stands before a time on the screen, and how many digits follow.
pub(crate) const MARK: &str = "T=";
pub(crate) const DIGITS: usize = 16;
/// Lives until it is ended.
pub(crate) fn run(prompt: &str) -> io::Result<()> {
    match prompt.split_whitespace().next() {
        Some("flood") => Err(Command::new("yes").exec()),
        Some("echo") => echo(prompt),
        kind => tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(draw(prompt, kind == Some("clock"))),
    }
}

fn echo(prompt: &str) -> io::Result<()> {
    enable_raw_mode()?;
    print(&format!("\x1b]2;✳ echo\x07{prompt}\r\n"))?;
    let mut key = [0_u8; 1];
    let mut echoed = 0_u32;
    while io::stdin().read(&mut key)? == 1 {
        // Below the last row it would scroll, which is another kind of work each time.
        echoed += 1;
        let end = if echoed.is_multiple_of(60) { "\x1b[2;1H\x1b[J" } else { "" };
        io::stdout().write_all(&key)?;
        print(end)?;
    }
    Ok(())
}

async fn draw(prompt: &str, clock: bool) -> io::Result<()> {
    let mut working = false;
    let mut toggled = signal(SignalKind::user_defined1())?;
    let mut resized = signal(SignalKind::window_change())?;
    let mut pictures = 0_u64;
    whole(prompt, working)?;
    loop {
        let pause = match (clock, working) {
            // No two alike, so that nobody can fall into step with them.
            (true, _) => Some(Duration::from_millis(60 + pictures * 37 % 80)),
            (false, true) => Some(Duration::from_millis(100)),
            (false, false) => None,
        };
        tokio::select! {
            _ = toggled.recv() => {
                working = !working;
                whole(prompt, working)?;
            }
            _ = resized.recv() => whole(prompt, working)?,
            () = wait(pause) => {
                pictures += 1;
                if clock {
                    print(&format!("\x1b[3;3H{MARK}{:0width$} ", clock::now(), width = DIGITS))?;
                } else {
                    spinner(pictures)?;
                }
            }
        }
    }
}

async fn wait(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}

/// The whole screen: what it said, and the box that people type into.
fn whole(prompt: &str, working: bool) -> io::Result<()> {
    let (columns, rows) = size().unwrap_or((120, 40));
    let edge = "─".repeat(usize::from(columns));
    let said: String = (5..rows.saturating_sub(6))
        .map(|row| format!("\x1b[{row};1H\x1b[2m⏺ Read\x1b[0m src/part_{row}.rs \x1b[38;2;166;227;161m+{row}\x1b[0m"))
        .collect();
    let footer = if working { "  stand-in · esc to interrupt" } else { "  stand-in · ctrl-c to leave" };
    let title = if working { '◐' } else { '✳' };
    print(&format!(
        "\x1b]2;{title} bench\x07\x1b[?1049h\x1b[2J\x1b[1;1H{prompt}\x1b[?25l{said}\x1b[{};1H{edge}\r\n❯\u{a0}\r\n{edge}\r\n{footer}",
        rows.saturating_sub(3)
    ))
}

fn spinner(pictures: u64) -> io::Result<()> {
    let rows = size().map_or(40, |(_, rows)| rows);
    let turning = ['·', '✢', '✳', '✶', '✻', '✽'][(pictures % 6) as usize];
    let title = if pictures.is_multiple_of(10) {
        ["\x1b]2;◐ bench\x07", "\x1b]2;◑ bench\x07"][(pictures / 10 % 2) as usize]
    } else {
        ""
    };
    print(&format!("{title}\x1b[{};1H{turning} Tinkering… ({}s)\x1b[K", rows.saturating_sub(4), pictures / 10))
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
