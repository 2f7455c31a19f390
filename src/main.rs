//! The command `qd`: hands the arguments to [`quarterdeck::cli`] and turns the outcome into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    // The stand-in takes a prompt as agents do, whatever it looks like, so no parser of ours may see its arguments.
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == "stand-in") {
        let arguments = arguments.map(|argument| argument.to_string_lossy().into_owned());
        return quarterdeck::demo::stand_in(arguments.collect());
    }
    quarterdeck::cli::main()
}
