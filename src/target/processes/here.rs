//! Processes of this machine, looked at and sent signals.

use std::collections::HashSet;

use nix::{
    errno::Errno,
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::{
    system,
    table::{self, Identity},
};

/// Those that came from an attempt and live.
pub(super) fn look(tag: &str, leader: Option<u32>, known: &HashSet<Identity>) -> Vec<Identity> {
    let is_tagged = |pid| system::is_tagged(pid, tag);
    table::tied(&system::all(), known, leader, std::process::id(), is_tagged)
}

/// This very process lives.
pub(super) fn lives(process: &Identity) -> bool {
    system::one(process.pid).is_some_and(|found| found.id == *process && !found.ended)
}

/// Sends signals to these very processes. Between the look and the signal lie microseconds, in which a number would have
/// to be given away and come round again.
pub(super) fn signal(processes: &[Identity], signals: &[Signal]) {
    for process in processes {
        for &signal in signals {
            if lives(process) {
                let _ = kill(pid(process), signal);
            }
        }
    }
}

/// It lives, and we are not allowed to end it.
pub(super) fn is_out_of_reach(process: &Identity) -> bool {
    lives(process) && kill(pid(process), None) == Err(Errno::EPERM)
}

/// Its command line.
pub(super) fn command(process: &Identity) -> String {
    system::command(process.pid)
}

fn pid(process: &Identity) -> Pid {
    // No system gives numbers that large; if one did, this one exists nowhere.
    Pid::from_raw(i32::try_from(process.pid).unwrap_or(i32::MAX))
}
