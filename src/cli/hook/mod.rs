//! `qd hook DIALECT`: what an agent runs when one of its hooks fires, with the hook's payload on standard input.
//!
//! The agent waits for this process, so it is as small as it can be: it starts before the command line is parsed, with
//! no runtime, no log and no settings. It tells the daemon what happened and prints nothing but what the person decided,
//! where the hook waits for that. Whatever goes wrong, it says nothing and exits with 0: an agent must never suffer
//! because its supervisor is away. What could not be told is put into a file ([`spool`]) and read by the daemon later.
//!
//! - [`knock`] speaks to the door, [`call`] is what is said there.
//! - [`wait`] waits for the person, over restarts of the daemon.
//! - [`status_line`] hands a status line on to the person's own command.

pub(super) mod call;
pub(super) mod knock;
pub(super) mod spool;
mod status_line;
mod wait;

use std::{
    ffi::OsString,
    io::{Read, Write},
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use crate::{
    agent::signals::{self, Dialect},
    api::wire::agents::BODY_BYTES,
    config::environment,
};

use call::Call;
use knock::{Answer, Door};

/// How long the agent is kept by a hook that does not wait, when the daemon does not answer.
const DEADLINE: Duration = Duration::from_millis(500);

/// Runs `qd hook` with these arguments. Always succeeds.
pub fn hook(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<String> = arguments.filter_map(|argument| argument.into_string().ok()).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [word] => {
            if let (Some(dialect), Some(door)) = (Dialect::of_word(word), Door::of_environment()) {
                tell(dialect, &door);
            }
        }
        [word, "--status-line"] => {
            if let Some(dialect) = Dialect::of_word(word) {
                status_line::run(dialect);
            }
        }
        _ => {}
    }
    ExitCode::SUCCESS
}

fn tell(dialect: Dialect, door: &Door) {
    let call = Call::new(format!("/hook/{}", dialect.word()), payload());
    let answer = if signals::waits(dialect, &call.body) {
        wait::wait(door, &call)
    } else {
        door.ask(&call, Instant::now() + DEADLINE)
    };
    match answer {
        Ok(Answer::Taken | Answer::Refused { .. }) => {}
        Ok(Answer::Decided(decision)) => say(&signals::reply(dialect, &call.body, &decision)),
        Err(_) => keep(&call),
    }
}

/// What the hook was given, as much of it as is read.
fn payload() -> Vec<u8> {
    let mut payload = Vec::new();
    let mut input = std::io::stdin().lock();
    // What was read counts, also when the rest can't be; and whoever writes must be able to write all of it.
    let _ = input.by_ref().take(BODY_BYTES as u64).read_to_end(&mut payload);
    let _ = std::io::copy(&mut input, &mut std::io::sink());
    payload
}

fn say(reply: &str) {
    let mut output = std::io::stdout().lock();
    // The agent may have gone.
    let _ = output.write_all(reply.as_bytes()).and_then(|()| output.flush());
}

/// Puts what could not be told where the daemon finds it.
fn keep(call: &Call) {
    if let Some(file) = std::env::var_os(environment::SPOOL).filter(|file| !file.is_empty()) {
        // There is nobody to complain to.
        let _ = spool::append(&PathBuf::from(file), &call.told());
    }
}
