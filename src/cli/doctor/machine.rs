//! What this machine has: programs, folders, limits, the terminal.

use std::{io::IsTerminal, process::Command};

use nix::sys::{
    resource::{Resource, getrlimit},
    statvfs::statvfs,
};

use crate::{
    cli::terminal::{bytes, home},
    config::{Paths, Problem, paths::SOCKET_PATH_BYTES},
    domain::Finding,
};

/// The oldest tmux with everything that is used of it.
const OLDEST_TMUX: (u32, u32) = (3, 2);

/// Below this much free disk, in bytes, recordings and worktrees soon fail.
const LITTLE_DISK: u64 = 1 << 30;

/// A tmux server takes three open files a pane and some for itself; this is enough for the default cap.
const FEW_FILES: u64 = 1_024;

pub(super) fn tmux() -> Finding {
    let remedy = "install tmux 3.2 or newer, for example `apt install tmux`";
    match said_by("tmux", "-V") {
        Err(why) => Finding::bad("tmux", why, remedy),
        Ok(version) => match tmux_version(&version) {
            Some(found) if found >= OLDEST_TMUX => Finding::good("tmux", version),
            Some(_) => Finding::bad("tmux", format!("{version} is too old"), remedy),
            None => Finding::mind("tmux", format!("{version}: not known whether it is new enough"), remedy),
        },
    }
}

pub(super) fn git() -> Finding {
    let remedy = "install git, for example `apt install git`";
    said_by("git", "--version").map_or_else(|why| Finding::bad("git", why, remedy), |found| Finding::good("git", found))
}

pub(super) fn state(paths: &Paths) -> Finding {
    let place = home(&paths.state);
    if let Err(error) = paths.create() {
        let cause = std::error::Error::source(&error).map_or_else(String::new, |cause| format!(": {cause}"));
        return Finding::bad("state", format!("{error}{cause}"), "make it writable, or set QD_HOME to another folder");
    }
    match statvfs(&paths.state).map(|disk| disk.blocks_available().saturating_mul(disk.fragment_size())) {
        Err(error) => Finding::mind("state", format!("{place}: free disk is not known: {error}"), "look with `df`"),
        Ok(free) if free < LITTLE_DISK => Finding::mind(
            "state",
            format!("{place}: only {} free", bytes(free)),
            "free some disk; `qd workspaces` lists ours",
        ),
        Ok(free) => Finding::good("state", format!("{place}, {} free", bytes(free))),
    }
}

pub(super) fn sockets(paths: &Paths) -> Finding {
    let longest = [paths.socket(), paths.tmux_socket()].iter().map(|path| path.as_os_str().len()).max().unwrap_or(0);
    let found = format!("{}, {longest} of at most {SOCKET_PATH_BYTES} bytes", home(&paths.runtime));
    if longest <= SOCKET_PATH_BYTES {
        Finding::good("sockets", found)
    } else {
        Finding::bad("sockets", found, "set XDG_RUNTIME_DIR or QD_HOME to a shorter path")
    }
}

pub(super) fn open_files() -> Finding {
    match getrlimit(Resource::RLIMIT_NOFILE) {
        Ok((_, hard)) if hard < FEW_FILES => Finding::mind(
            "open files",
            format!("at most {hard}: too few for many sessions"),
            "raise the hard limit (`ulimit -Hn`)",
        ),
        Ok((_, hard)) => Finding::good("open files", format!("up to {hard}")),
        Err(error) => Finding::mind("open files", format!("the limit is not known: {error}"), "look with `ulimit -Hn`"),
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

/// The first line that `program` prints when asked with `flag`, or why there is none.
fn said_by(program: &str, flag: &str) -> Result<String, String> {
    let output = Command::new(program).arg(flag).output().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("{program} is not installed"),
        _ => format!("{program} cannot be run: {error}"),
    })?;
    let said = String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().trim().to_owned();
    if output.status.success() && !said.is_empty() { Ok(said) } else { Err(format!("{program} {flag} failed")) }
}

/// The numbers in `tmux 3.3a`, `tmux next-3.6` and the like.
fn tmux_version(said: &str) -> Option<(u32, u32)> {
    let version = said.strip_prefix("tmux ")?;
    let version = version.strip_prefix("next-").unwrap_or(version);
    let (major, rest) = version.split_once('.')?;
    let minor: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_every_tmux_is_read() {
        assert_eq!(tmux_version("tmux 3.3a"), Some((3, 3)));
        assert_eq!(tmux_version("tmux 3.10"), Some((3, 10)));
        assert_eq!(tmux_version("tmux next-3.6"), Some((3, 6)));
        assert_eq!(tmux_version("tmux master"), None);
    }
}
