//! What `qd` itself needs here, whether a daemon runs or not: a place for its sockets, a terminal, and settings that
//! make sense.

use std::io::IsTerminal;

use crate::{
    cli::terminal::home,
    config::{Paths, Problem, paths::SOCKET_PATH_BYTES},
    domain::Finding,
};

pub(super) fn sockets(paths: &Paths) -> Finding {
    let longest = [paths.socket(), paths.tmux_socket()].iter().map(|path| path.as_os_str().len()).max().unwrap_or(0);
    let found = format!("{}, {longest} of at most {SOCKET_PATH_BYTES} bytes", home(&paths.runtime));
    if longest <= SOCKET_PATH_BYTES {
        Finding::good("sockets", found)
    } else {
        Finding::bad("sockets", found, "set XDG_RUNTIME_DIR or QD_HOME to a shorter path")
    }
}

pub(super) fn terminal() -> Finding {
    if !std::io::stdout().is_terminal() {
        return Finding::good("terminal", "none here: commands work, the dashboard needs one");
    }
    let variable = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
    let name = variable("TERM").unwrap_or_else(|| "TERM is not set".into());
    let (columns, rows) = crossterm::terminal::size().unwrap_or_default();
    let colours = match variable("COLORTERM").as_deref() {
        Some("truecolor" | "24bit") => "24-bit colour",
        _ if name.contains("256color") => "256 colours",
        _ => "16 colours",
    };
    let found = format!("{name}, {columns}×{rows}, {colours}");
    let locale = variable("LC_ALL").or_else(|| variable("LC_CTYPE")).or_else(|| variable("LANG")).unwrap_or_default();
    if name == "dumb" || name == "TERM is not set" {
        Finding::mind("terminal", found, "set TERM to what your terminal is, for example xterm-256color")
    } else if !locale.to_ascii_lowercase().replace('-', "").contains("utf8") {
        Finding::mind("terminal", format!("{found}, locale {locale:?}"), "set LANG to a UTF-8 locale such as C.UTF-8")
    } else if columns < 80 || rows < 24 {
        Finding::mind("terminal", found, "the dashboard wants 80×24 or more")
    } else {
        Finding::good("terminal", found)
    }
}

pub(super) fn settings(problems: &[Problem]) -> Vec<Finding> {
    if problems.is_empty() {
        return vec![Finding::good("settings", "all make sense")];
    }
    let bad = |problem: &Problem| {
        Finding::bad("settings", problem.to_string(), "correct it there; until then it does not count")
    };
    problems.iter().map(bad).collect()
}
