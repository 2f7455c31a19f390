//! The order in which an attempt's processes are ended.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;

use super::{here, table::Identity, there};
use crate::{
    domain::attempt::Survivor,
    target::{Error, Host},
};

/// How many sweeps may find new processes before we name what is left: a fork bomb is frozen in two or three.
const SWEEPS: usize = 20;
/// How long the killed may take to go: one that waits for a disk goes when the disk has answered.
const DYING: Duration = Duration::from_secs(5);
/// The longest command line of a survivor, in characters.
const COMMAND: usize = 120;

/// The longest pause between two looks whether the ended have gone: here, and where a look costs a round trip.
const PAUSE_HERE: Duration = Duration::from_millis(40);
const PAUSE_THERE: Duration = Duration::from_millis(400);

/// Ends every process that came from an attempt: asked to (TERM) and given `grace`, then frozen, so that none can fork
/// away, and killed. Gives those that live on: somebody else's, or stuck in the kernel.
///
/// # Errors
/// When the host can't be asked: nothing is known then of what lives.
pub async fn end(host: &Host, tag: &str, leader: Option<u32>, grace: Duration) -> Result<Vec<Survivor>, Error> {
    let mut hunt = Hunt { host, tag, leader, known: HashSet::new() };
    let asked = hunt.signal(&[Signal::SIGTERM, Signal::SIGCONT]).await?;
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    hunt.gone(&asked, grace).await?;
    // Also what was started after the first look, or while its parent tidied up.
    for _ in 0..SWEEPS {
        let before = hunt.known.len();
        let frozen = hunt.signal(&[Signal::SIGSTOP]).await?;
        if frozen.is_empty() || hunt.known.len() == before {
            break;
        }
    }
    let deadline = Instant::now() + DYING;
    loop {
        let killed = hunt.signal(&[Signal::SIGKILL]).await?;
        hunt.gone(&killed, deadline.saturating_duration_since(Instant::now()).min(DYING / 5)).await?;
        let left = hunt.sweep().await?;
        if left.is_empty() || Instant::now() >= deadline || hunt.are_out_of_reach(&left).await? {
            return hunt.survivors(&left).await;
        }
    }
}

/// The processes that came from an attempt and live.
///
/// # Errors
/// When the host can't be asked.
pub async fn remaining(host: &Host, tag: &str, leader: Option<u32>) -> Result<Vec<Survivor>, Error> {
    let mut hunt = Hunt { host, tag, leader, known: HashSet::new() };
    let found = hunt.sweep().await?;
    hunt.survivors(&found).await
}

/// One attempt's processes, as far as they were seen. Who was seen once stays tied when its parent dies.
struct Hunt<'a> {
    host: &'a Host,
    tag: &'a str,
    leader: Option<u32>,
    known: HashSet<Identity>,
}

impl Hunt<'_> {
    /// Looks, and sends these signals to all that were found.
    async fn signal(&mut self, signals: &'static [Signal]) -> Result<Vec<Identity>, Error> {
        let found = self.sweep().await?;
        match self.host {
            Host::Local(_) => here::signal(&found, signals),
            Host::Ssh(ssh) => there::signal(ssh, &found, signals).await?,
        }
        Ok(found)
    }

    async fn sweep(&mut self) -> Result<Vec<Identity>, Error> {
        let found = match self.host {
            Host::Local(_) => {
                let (tag, leader, known) = (self.tag.to_owned(), self.leader, self.known.clone());
                tokio::task::spawn_blocking(move || here::look(&tag, leader, &known)).await.unwrap_or_default()
            }
            Host::Ssh(ssh) => there::look(ssh, self.tag, self.leader, &self.known).await?,
        };
        self.known.extend(&found);
        Ok(found)
    }

    /// Waits until all have ended, but no longer than `patience`.
    async fn gone(&self, processes: &[Identity], patience: Duration) -> Result<(), Error> {
        let deadline = Instant::now() + patience;
        let longest = if self.host.is_local() { PAUSE_HERE } else { PAUSE_THERE };
        let mut pause = Duration::from_millis(2);
        while self.any_lives(processes).await? && Instant::now() < deadline {
            tokio::time::sleep(pause.min(deadline.saturating_duration_since(Instant::now()))).await;
            pause = (pause * 2).min(longest);
        }
        Ok(())
    }

    async fn any_lives(&self, processes: &[Identity]) -> Result<bool, Error> {
        match self.host {
            Host::Local(_) => Ok(processes.iter().any(here::lives)),
            Host::Ssh(ssh) => Ok(!there::living(ssh, processes).await?.is_empty()),
        }
    }

    /// All of them live, and we are not allowed to end them.
    async fn are_out_of_reach(&self, processes: &[Identity]) -> Result<bool, Error> {
        match self.host {
            Host::Local(_) => Ok(processes.iter().all(here::is_out_of_reach)),
            Host::Ssh(ssh) => there::are_out_of_reach(ssh, processes).await,
        }
    }

    async fn survivors(&self, processes: &[Identity]) -> Result<Vec<Survivor>, Error> {
        let survivor = |pid, command: &str| Survivor { pid, command: command.trim().chars().take(COMMAND).collect() };
        match self.host {
            Host::Local(_) => {
                let living = |process: &&Identity| here::lives(process);
                let named = processes.iter().map(|process| (process, here::command(process)));
                // The name is taken first: a number that lives on after that had it.
                let named = named.filter(|(process, _)| living(process));
                Ok(named.map(|(process, command)| survivor(process.pid, &command)).collect())
            }
            Host::Ssh(ssh) => {
                let commands = there::commands(ssh, processes).await?;
                let named = processes.iter().filter_map(|process| Some((process.pid, commands.get(&process.pid)?)));
                Ok(named.map(|(pid, command)| survivor(pid, command)).collect())
            }
        }
    }
}
