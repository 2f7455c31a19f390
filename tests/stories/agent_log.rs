//! What happened to the agents of one home, as they wrote it down themselves.

use std::path::PathBuf;

use quarterdeck::demo::stand_in::log::{Entry, Line};

use crate::wait::until;

/// The file to which every stand-in of a home appends what happens to it.
#[derive(Debug, Clone)]
pub(crate) struct AgentLog(pub(crate) PathBuf);

impl AgentLog {
    /// Everything so far, in order, with the conversation it happened in.
    pub(crate) fn lines(&self) -> Vec<Line> {
        let text = std::fs::read_to_string(&self.0).unwrap_or_default();
        // The last line may be half-written.
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Everything so far, in order.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.lines().into_iter().map(|line| line.entry).collect()
    }

    /// What agents were told, byte for byte, in order.
    pub(crate) fn received(&self) -> Vec<String> {
        let told = |entry| match entry {
            Entry::Submission { text, .. } => Some(text),
            _ => None,
        };
        self.entries().into_iter().filter_map(told).collect()
    }

    /// How often agents were told exactly this.
    pub(crate) fn times_received(&self, text: &str) -> usize {
        self.received().iter().filter(|told| *told == text).count()
    }

    /// Waits until an agent was told exactly this.
    pub(crate) fn until_received(&self, text: &str) {
        let head: String = text.chars().take(60).collect();
        until(&format!("an agent is told {head:?}"), || (self.times_received(text) > 0).then_some(()));
    }

    /// Waits for the first thing that `wanted` recognises.
    pub(crate) fn until_logged<T>(&self, what: &str, wanted: impl Fn(&Entry) -> Option<T>) -> T {
        until(what, || self.entries().iter().find_map(&wanted))
    }

    /// The process of the newest agent that was started.
    pub(crate) fn newest_pid(&self) -> u32 {
        let started = |entry: &Entry| match entry {
            Entry::Start { pid, .. } => Some(*pid),
            _ => None,
        };
        until("an agent is started", || self.entries().iter().rev().find_map(started))
    }
}
