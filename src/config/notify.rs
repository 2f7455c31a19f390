//! When and how the person is called.

use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use crate::domain::Timestamp;

/// When and how the person is called.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    /// What the dashboard sends its terminal.
    pub terminal: Terminal,
    /// The dashboard names its window after how many wait.
    pub title: bool,
    /// A dashboard in the person's own tmux shows a message there.
    pub tmux: bool,
    /// When nobody is called; `None`: always.
    #[serde(deserialize_with = "hours")]
    pub quiet: Option<Quiet>,
    /// A program that the daemon runs, with its arguments; empty for none.
    pub command: Vec<String>,
}

impl Default for Notify {
    fn default() -> Self {
        Self { terminal: Terminal::Off, title: true, tmux: false, quiet: None, command: Vec::new() }
    }
}

/// What a terminal is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Terminal {
    /// Nothing.
    Off,
    /// The bell.
    Bell,
    /// The notification of iTerm2, WezTerm, Ghostty, Windows Terminal.
    Osc9,
    /// The notification of urxvt, foot, Ghostty, VTE.
    Osc777,
    /// The notification of kitty, foot.
    Osc99,
}

/// Hours of every day, in minutes since midnight; they may lie around midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    from: u16,
    to: u16,
}

impl Quiet {
    /// Whether the moment lies in them, by the clock of this machine.
    pub fn covers(self, at: Timestamp) -> bool {
        let Ok(moment) = jiff::Timestamp::from_millisecond(at.0) else { return false };
        let local = moment.to_zoned(jiff::tz::TimeZone::system());
        self.covers_minute(u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs()))
    }

    /// Whether `minute`, counted from midnight, lies in them.
    fn covers_minute(self, minute: u16) -> bool {
        if self.from <= self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        }
    }
}

/// Text that names no hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("hours are written 22:00-07:00")]
pub struct NotHours;

impl FromStr for Quiet {
    type Err = NotHours;

    fn from_str(text: &str) -> Result<Self, NotHours> {
        let (from, to) = text.split_once('-').ok_or(NotHours)?;
        let quiet = Quiet { from: minute(from)?, to: minute(to)? };
        if quiet.from == quiet.to { Err(NotHours) } else { Ok(quiet) }
    }
}

fn minute(text: &str) -> Result<u16, NotHours> {
    let (hours, minutes) = text.trim().split_once(':').ok_or(NotHours)?;
    let number = |text: &str| text.parse::<u16>().ok().filter(|_| text.len() == 2 && !text.starts_with('+'));
    match (number(hours), number(minutes)) {
        (Some(hours @ 0..24), Some(minutes @ 0..60)) => Ok(hours * 60 + minutes),
        _ => Err(NotHours),
    }
}

fn hours<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Quiet>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(serde::de::Error::custom) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_may_lie_around_midnight() {
        let night: Quiet = "22:00-07:30".parse().expect("hours");
        for (minute, quiet) in [(22 * 60, true), (0, true), (7 * 60 + 29, true), (7 * 60 + 30, false), (21 * 60, false)]
        {
            assert_eq!(night.covers_minute(minute), quiet, "{minute}");
        }
        let noon: Quiet = "12:00 - 13:00".parse().expect("hours");
        assert!(noon.covers_minute(12 * 60 + 59) && !noon.covers_minute(13 * 60) && !noon.covers_minute(0));
        for text in ["", "22-7", "24:00-07:00", "22:60-07:00", "7:00-8:00", "08:00-08:00", "+1:00-02:00"] {
            assert_eq!(text.parse::<Quiet>(), Err(NotHours), "{text:?}");
        }
    }
}
