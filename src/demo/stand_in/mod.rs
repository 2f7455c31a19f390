//! The scripted stand-in for an agent: `qd stand-in [--conversation ID | --resume ID] [--] [PROMPT …]`.
//!
//! It behaves as coding agents do in what matters to a supervisor: a title, an input box, bracketed paste, a queue while
//! it works, dialogs that swallow text, real files and real commits. Words in the prompt choose what it does, in their
//! order, as often as they occur:
//!
//! | word | it |
//! | --- | --- |
//! | `play:work` | works for ten seconds, with colour, wide characters and emoji |
//! | `play:endless` | works until it is interrupted |
//! | `play:commit` | writes a file and commits it |
//! | `play:edit` | changes the uploader's sources: some of it committed, some not |
//! | `play:ask` | asks for a permission in its own dialog; a digit answers |
//! | `play:permission`, `play:question`, `play:plan` | asks as Claude Code does, through a hook that waits, and in its own dialog |
//! | `play:ask-user` | asks through our own tool |
//! | `play:retry` | loses its provider for a while |
//! | `play:overload`, `play:limit`, `play:background`, `play:progress` | says so with `qd signal` |
//! | `play:flood` | prints 20,000 lines within twenty seconds |
//! | `play:fail`, `play:exit` | ends with exit code 1, with 0 |
//! | `play:stubborn` | ignores the signals that ask it to end, and has children that do too |
//!
//! and these change how it is, from then on, also through `QD_STAND_IN_PLAY`: `play:inline` (no alternate screen),
//! `play:swallow-enter` (the first Enter after a paste is lost), `play:slow-start` (what is typed in its first three
//! seconds, or until the file `QD_STAND_IN_GATE` exists, is lost), `play:meter` (it tells what it uses). Without any of the first it tells a short story.
//!
//! `QD_STAND_IN_PACE` multiplies all its pauses; 0 leaves none. `QD_STAND_IN_LOG` names a file to which it appends what
//! happened to it, one JSON object a line: see [`log::Entry`].

mod actor;
mod face;
pub mod log;
mod mischief;
mod script;
mod speech;
mod voice;
mod work;

use std::{io, process::ExitCode, time::Duration};

use actor::Actor;
use log::Log;
use script::Modes;

/// Runs the stand-in in the terminal it is started in; `args` are those after `stand-in`.
pub fn stand_in(args: Vec<String>) -> ExitCode {
    let start = match parse(args) {
        Ok(start) => start,
        Err(error) => {
            eprintln!("qd stand-in: {error}");
            return ExitCode::from(2);
        }
    };
    match run(start) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("qd stand-in: {error}");
            ExitCode::FAILURE
        }
    }
}

struct Start {
    conversation: String,
    resumed: bool,
    prompt: String,
}

fn parse(args: Vec<String>) -> Result<Start, String> {
    let mut start = Start { conversation: "none".into(), resumed: false, prompt: String::new() };
    let mut args = args.into_iter();
    let mut words = Vec::new();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--conversation" | "--resume" => {
                start.conversation = args.next().ok_or_else(|| format!("{arg} wants an id"))?;
                start.resumed = arg == "--resume";
            }
            "--" => words.extend(args.by_ref()),
            option if option.starts_with('-') => return Err(format!("there is no option {option}")),
            _ => words.push(arg),
        }
    }
    start.prompt = words.join(" ");
    Ok(start)
}

fn run(start: Start) -> io::Result<u8> {
    let log = Log::open(start.conversation.clone())?;
    let earlier = if start.resumed { log.earlier()? } else { Some(Vec::new()) };
    let Some(earlier) = earlier else {
        eprintln!("No conversation found with the id {}", start.conversation);
        return Ok(1);
    };
    let mut modes = Modes::default();
    modes.learn(&std::env::var("QD_STAND_IN_PLAY").unwrap_or_default());
    modes.learn(&start.prompt);
    log.write(log::Entry::Start { pid: std::process::id(), resumed: start.resumed });
    if modes.slow_start {
        println!("stand-in is getting up …");
        wait_for_the_gate();
    }
    Actor::new(log, modes, pace())?.play(&earlier, &start.prompt)
}

/// What all pauses are multiplied with.
fn pace() -> f64 {
    let pace = std::env::var("QD_STAND_IN_PACE").ok().and_then(|pace| pace.parse().ok());
    pace.filter(|pace: &f64| (0.0..=1000.0).contains(pace)).unwrap_or(1.0)
}

fn wait_for_the_gate() {
    match std::env::var_os("QD_STAND_IN_GATE").map(std::path::PathBuf::from) {
        None => std::thread::sleep(Duration::from_secs(3).mul_f64(pace())),
        Some(gate) => {
            while !gate.exists() {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }
}
