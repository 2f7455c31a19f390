//! The order in which an attempt's processes are ended.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::{
    system,
    table::{self, Identity},
};
use crate::domain::attempt::Survivor;

/// How many sweeps may find new processes before we name what is left: a fork bomb is frozen in two or three.
const SWEEPS: usize = 20;
/// How long the killed may take to go: one that waits for a disk goes when the disk has answered.
const DYING: Duration = Duration::from_secs(5);
/// The longest command line of a survivor, in characters.
const COMMAND: usize = 120;

/// Ends every process that came from an attempt: asked to (TERM) and given `grace`, then frozen, so that none can fork
/// away, and killed. Gives those that live on: somebody else's, or stuck in the kernel.
pub async fn end(tag: &str, leader: Option<u32>, grace: Duration) -> Vec<Survivor> {
    let mut hunt = Hunt { tag: tag.into(), leader, known: HashSet::new() };
    let asked = hunt.signal(&[Signal::SIGTERM, Signal::SIGCONT]).await;
    if asked.is_empty() {
        return Vec::new();
    }
    gone(&asked, grace).await;
    // Also what was started after the first look, or while its parent tidied up.
    for _ in 0..SWEEPS {
        let before = hunt.known.len();
        let frozen = hunt.signal(&[Signal::SIGSTOP]).await;
        if frozen.is_empty() || hunt.known.len() == before {
            break;
        }
    }
    let deadline = Instant::now() + DYING;
    loop {
        let killed = hunt.signal(&[Signal::SIGKILL]).await;
        gone(&killed, deadline.saturating_duration_since(Instant::now()).min(DYING / 5)).await;
        let left = hunt.sweep().await;
        if left.is_empty() || Instant::now() >= deadline || left.iter().all(is_out_of_reach) {
            return left.iter().filter_map(survivor).collect();
        }
    }
}

/// The processes that came from an attempt and live. Blocks for some milliseconds.
pub fn remaining(tag: &str, leader: Option<u32>) -> Vec<Survivor> {
    look(tag, leader, &HashSet::new()).iter().filter_map(survivor).collect()
}

/// One attempt's processes, as far as they were seen. Who was seen once stays tied when its parent dies.
struct Hunt {
    tag: String,
    leader: Option<u32>,
    known: HashSet<Identity>,
}

impl Hunt {
    /// Looks, and sends these signals to all that were found.
    async fn signal(&mut self, signals: &'static [Signal]) -> Vec<Identity> {
        let found = self.sweep().await;
        for &process in &found {
            for &signal in signals {
                send(process, signal);
            }
        }
        found
    }

    async fn sweep(&mut self) -> Vec<Identity> {
        let (tag, leader, known) = (self.tag.clone(), self.leader, self.known.clone());
        let found = tokio::task::spawn_blocking(move || look(&tag, leader, &known)).await.unwrap_or_default();
        self.known.extend(&found);
        found
    }
}

fn look(tag: &str, leader: Option<u32>, known: &HashSet<Identity>) -> Vec<Identity> {
    let is_tagged = |pid| system::is_tagged(pid, tag);
    table::tied(&system::all(), known, leader, std::process::id(), is_tagged)
}

/// Waits until all have ended, but no longer than `patience`.
async fn gone(processes: &[Identity], patience: Duration) {
    let deadline = Instant::now() + patience;
    let mut pause = Duration::from_millis(2);
    while processes.iter().any(lives) && Instant::now() < deadline {
        tokio::time::sleep(pause.min(deadline.saturating_duration_since(Instant::now()))).await;
        pause = (pause * 2).min(Duration::from_millis(40));
    }
}

fn lives(process: &Identity) -> bool {
    system::one(process.pid).is_some_and(|found| found.id == *process && !found.ended)
}

/// Sends a signal to this very process. Between the look and the signal lie microseconds, in which its number would
/// have to be given away and come round again.
fn send(process: Identity, signal: Signal) {
    if lives(&process) {
        let _ = kill(pid(process), signal);
    }
}

/// It lives, and we are not allowed to end it.
fn is_out_of_reach(process: &Identity) -> bool {
    lives(process) && kill(pid(*process), None) == Err(nix::errno::Errno::EPERM)
}

fn pid(process: Identity) -> Pid {
    // No system gives numbers that large; if one did, this one exists nowhere.
    Pid::from_raw(i32::try_from(process.pid).unwrap_or(i32::MAX))
}

fn survivor(process: &Identity) -> Option<Survivor> {
    let command = system::command(process.pid);
    lives(process).then(|| Survivor { pid: process.pid, command: command.trim().chars().take(COMMAND).collect() })
}
