//! Processes, as the system lists them.

use std::{fs, path::Path};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::wait::until_true;

/// It runs: it is there and no zombie.
pub(crate) fn lives(pid: u32) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    // The name, in parentheses, may hold anything.
    stat.rsplit_once(')').is_some_and(|(_, rest)| !matches!(rest.trim_start().chars().next(), Some('Z' | 'X') | None))
}

/// Sends a signal to a process that a story has started.
pub(crate) fn signal(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).expect("a process id");
    let _ = kill(Pid::from_raw(pid), signal);
}

/// Kills, and waits until it is gone.
pub(crate) fn kill_nine(pid: u32) {
    signal(pid, Signal::SIGKILL);
    until_true(&format!("process {pid} is gone after kill -9"), || !lives(pid));
}

/// The processes whose environment says that they came from this home: its daemon, its tmux server and everything in its
/// panes.
pub(crate) fn of_home(home: &Path) -> Vec<u32> {
    with_environment(|entry| entry == format!("QD_HOME={}", home.display()).as_bytes())
}

/// The processes that have this folder for a home.
pub(crate) fn with_home(home: &Path) -> Vec<u32> {
    with_environment(|entry| entry == format!("HOME={}", home.display()).as_bytes())
}

/// Those of them that came from an agent.
pub(crate) fn of_agents(home: &Path) -> Vec<u32> {
    let all = of_home(home);
    let marked = with_environment(|entry| entry.starts_with(b"QD_ATTEMPT="));
    all.into_iter().filter(|pid| marked.contains(pid)).collect()
}

fn with_environment(wanted: impl Fn(&[u8]) -> bool) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").expect("listed").flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let Ok(environment) = fs::read(entry.path().join("environ")) else { continue };
        if environment.split(|&byte| byte == 0).any(&wanted) && lives(pid) {
            found.push(pid);
        }
    }
    found
}

/// Its command line, with spaces between the arguments.
pub(crate) fn command_line(pid: u32) -> String {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).replace('\0', " ")
}
