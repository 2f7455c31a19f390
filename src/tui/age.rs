//! How long ago something was, in as few characters as say it, and when that changes.

use std::time::Duration;

use crate::domain::Timestamp;

/// `7s`, `3m`, `5h`, `12d`.
pub fn short(now: Timestamp, then: Timestamp) -> String {
    let seconds = now.since(then).as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// When what [`short`] says of any of `thens` changes next: within a second while one is younger than a minute,
/// otherwise at the next full minute, so that a screen of old things wakes once a minute.
pub fn next_change(now: Timestamp, thens: impl IntoIterator<Item = Timestamp>) -> Option<Duration> {
    let mut thens = thens.into_iter().peekable();
    thens.peek()?;
    let young = thens.filter(|&then| now.since(then) < Duration::from_secs(60));
    let to_second = young.map(|then| 1000 - now.since(then).subsec_millis()).max();
    let to_minute = 60_000 - now.0.rem_euclid(60_000).unsigned_abs();
    Some(Duration::from_millis(to_second.map_or(to_minute, u64::from)))
}

/// The time of day in UTC, `14:03:59`; the log's own order says the day.
pub fn clock(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(
        |_| "--:--:--".into(),
        |moment| moment.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S").to_string(),
    )
}

/// The time of day at which something is to be, `10:49`; with the day where that is not within a day: `Mon 10:49`.
pub fn moment(now: Timestamp, then: Timestamp) -> String {
    let format = if then.since(now) < Duration::from_secs(20 * 60 * 60) { "%H:%M" } else { "%a %H:%M" };
    jiff::Timestamp::from_millisecond(then.0).map_or_else(
        |_| "--:--".into(),
        |moment| moment.to_zoned(jiff::tz::TimeZone::system()).strftime(format).to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_short_and_never_in_the_future() {
        let then = Timestamp(1_000_000);
        for (later, text) in [(0, "0s"), (59, "59s"), (60, "1m"), (3_599, "59m"), (7_200, "2h"), (200_000, "2d")] {
            assert_eq!(short(then + Duration::from_secs(later), then), text);
        }
        assert_eq!(short(Timestamp(0), then), "0s");
    }

    #[test]
    fn old_things_change_once_a_minute_and_nothing_never() {
        let now = Timestamp(10 * 60_000 + 15_000);
        assert_eq!(next_change(now, []), None);
        assert_eq!(next_change(now, [Timestamp(0), Timestamp(5)]), Some(Duration::from_secs(45)));
        assert_eq!(next_change(now, [Timestamp(0), Timestamp(now.0 - 2_300)]), Some(Duration::from_millis(700)));
    }
}
