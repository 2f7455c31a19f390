//! The settings as the rest of the program reads them.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use serde::{Deserialize, Deserializer};

use super::notify::Notify;
use crate::domain::{
    ProfileName,
    usage::{Price, Prices},
};

/// Every setting, checked. What each means stands in `default.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Which agent works.
    pub agent: Agent,
    /// How many run.
    pub caps: Caps,
    /// How they run.
    pub sessions: Sessions,
    /// What is kept of them.
    pub retention: Retention,
    /// Where they work.
    pub workspace: Workspace,
    /// How forges are asked.
    pub forge: Forge,
    /// How hosts are reached.
    pub ssh: Ssh,
    /// How the dashboard looks.
    pub dashboard: Dashboard,
    /// When and how the person is called.
    pub notify: Notify,
    /// What models cost by their providers' lists.
    #[serde(deserialize_with = "prices")]
    pub prices: Prices,
    /// What is logged.
    pub log: Log,
    /// The person's own keys: an action's name, and the keys that do it instead of its own.
    #[serde(default)]
    pub keys: BTreeMap<String, Vec<String>>,
}

/// Which agent works.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// The agent for new work; `None`: the first usable one.
    #[serde(deserialize_with = "unless_empty")]
    pub default: Option<ProfileName>,
}

/// How many sessions run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caps {
    /// At once, over all targets; at least 1.
    pub sessions: u32,
}

/// How sessions run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sessions {
    /// How long an agent that is being ended has to go by itself.
    #[serde(rename = "stop_grace_ms", deserialize_with = "milliseconds")]
    pub stop_grace: Duration,
    /// Columns of a pane nobody looks at.
    pub columns: u16,
    /// Rows of a pane nobody looks at.
    pub rows: u16,
}

/// What is kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Lines of the log.
    pub events: u64,
    /// How much of what a pane printed is kept for each attempt, in bytes.
    #[serde(rename = "recording_mib", deserialize_with = "mebibytes")]
    pub recording_bytes: u64,
    /// How long what panes printed is kept of work that was put away.
    #[serde(rename = "archived_days", deserialize_with = "days")]
    pub archived: Duration,
    /// How long a workspace that was removed can be brought back.
    #[serde(rename = "removed_days", deserialize_with = "days")]
    pub removed: Duration,
}

/// Where sessions work.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workspace {
    /// What new work starts from; `None`: the remote's default branch.
    #[serde(deserialize_with = "unless_empty")]
    pub base: Option<String>,
    /// How long a session must have ended before the dashboard offers to remove its workspace.
    #[serde(rename = "offer_after_hours", deserialize_with = "hours")]
    pub offer_after: Duration,
}

/// How forges are asked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forge {
    /// What lies between two looks at a pull request.
    #[serde(rename = "look_seconds", deserialize_with = "seconds")]
    pub look: Duration,
}

/// How hosts are reached.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ssh {
    /// The person's configuration of ssh; `None`: where `ssh` looks by itself.
    #[serde(deserialize_with = "unless_empty")]
    pub config: Option<PathBuf>,
}

/// How the dashboard looks and listens.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dashboard {
    /// The theme's name.
    pub theme: String,
    /// It takes clicks and the wheel.
    pub mouse: bool,
    /// The key that leaves a pane one types into, in the keymap's notation.
    pub detach_key: String,
}

/// What is logged.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// From which weight on.
    pub level: Level,
}

/// How much weight a line of the log files must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

fn unless_empty<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<String, Error: std::fmt::Display>,
{
    let text = String::deserialize(deserializer)?;
    if text.is_empty() { Ok(None) } else { T::try_from(text).map(Some).map_err(serde::de::Error::custom) }
}

/// Dollars for a million tokens, as they are written; what is not said costs nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct Dollars {
    input: f64,
    output: f64,
    cache_read: f64,
    cache_write: f64,
}

fn prices<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Prices, D::Error> {
    // Whole and not negative: every value was checked against its key.
    let micros = |dollars: f64| (dollars * 1_000_000.0).round() as u64;
    let written = BTreeMap::<String, Dollars>::deserialize(deserializer)?;
    let price = |dollars: Dollars| Price {
        input: micros(dollars.input),
        output: micros(dollars.output),
        cache_read: micros(dollars.cache_read),
        cache_write: micros(dollars.cache_write),
    };
    Ok(Prices(written.into_iter().map(|(model, dollars)| (model, price(dollars))).collect()))
}

fn milliseconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_millis)
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_secs)
}

fn days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(|days| Duration::from_secs(days * 24 * 60 * 60))
}

fn hours<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(|hours| Duration::from_secs(hours * 60 * 60))
}

fn mebibytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    u64::deserialize(deserializer).map(|mebibytes| mebibytes << 20)
}
