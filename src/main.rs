//! The command `qd`: hands the arguments to [`quarterdeck::cli`] and turns the outcome into an exit code.

fn main() -> std::process::ExitCode {
    quarterdeck::cli::main()
}
