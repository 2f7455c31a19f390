//! Figures as people say them.

use std::{path::Path, time::Duration};

use crate::domain::Timestamp;
pub(crate) use crate::domain::figures::bytes;

/// How long something has lasted, in its largest unit: `12s`, `3m`, `5h`, `2d`.
pub(crate) fn age(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// `1 session`, `3 sessions`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// A moment in the person's own time zone: the time of day today, with the date before that.
pub(crate) fn clock(at: Timestamp, now: Timestamp) -> String {
    let zoned = |at: Timestamp| {
        jiff::Timestamp::from_millisecond(at.0).ok().map(|at| at.to_zoned(jiff::tz::TimeZone::system()))
    };
    match (zoned(at), zoned(now)) {
        (Some(at), Some(now)) if at.date() == now.date() => at.strftime("%H:%M:%S").to_string(),
        (Some(at), _) => at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        (None, _) => format!("{} ms", at.0),
    }
}

/// A path with the person's home as `~`.
pub(crate) fn home(path: &Path) -> String {
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty());
    match home.and_then(|home| path.strip_prefix(home).ok().map(Path::to_owned)) {
        Some(rest) if rest.as_os_str().is_empty() => "~".into(),
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        assert_eq!(age(Duration::from_secs(59)), "59s");
        assert_eq!(age(Duration::from_secs(7_300)), "2h");
        assert_eq!(count(1, "session"), "1 session");
    }
}
