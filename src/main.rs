//! The command `qd`: hands the arguments to [`quarterdeck::cli`] and turns the outcome into an exit code.

use std::{ffi::OsStr, process::ExitCode};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next().as_deref().and_then(OsStr::to_str) {
        // Agents wait for their hooks, so nothing is started for them that they don't need.
        Some("hook") => quarterdeck::cli::hook(arguments),
        // The stand-in takes a prompt as agents do, whatever it looks like, so no parser of ours may see its arguments.
        Some("stand-in") => {
            let arguments = arguments.map(|argument| argument.to_string_lossy().into_owned());
            quarterdeck::demo::stand_in(arguments.collect())
        }
        _ => quarterdeck::cli::main(),
    }
}
