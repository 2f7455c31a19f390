//! When a used-up limit starts anew, from the words that say so.

use std::sync::LazyLock;

use jiff::{SignedDuration, Zoned, civil::Time, tz::TimeZone};
use regex::Regex;

use crate::domain::Timestamp;

/// How long ago a reset may be that is still spoken of: what names a time of this minute does not mean tomorrow's.
const JUST_NOW: SignedDuration = SignedDuration::from_mins(10);

/// The moment in words such as `resets 10:49am (UTC)`: the one just now, or the first one after `at`. `None` without a
/// time zone, which would have to be guessed.
pub fn in_words(text: &str, at: Timestamp) -> Option<Timestamp> {
    static RESETS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"resets (?:at )?(\d{1,2})(?::(\d{2}))? ?([ap])m \(([A-Za-z0-9_+/-]+)\)").expect("a fixed pattern")
    });
    let found = RESETS.captures(text)?;
    let number = |group| found.get(group).map_or(Some(0), |digits| digits.as_str().parse::<i8>().ok());
    let (hour, minute) = (number(1)?, number(2)?);
    if !(1..=12).contains(&hour) {
        return None;
    }
    let hour = hour % 12 + if &found[3] == "p" { 12 } else { 0 };
    let zone = TimeZone::get(&found[4]).ok()?;
    let now = jiff::Timestamp::from_millisecond(at.0).ok()?.to_zoned(zone);
    let today = on_the_day(&now, Time::new(hour, minute, 0, 0).ok()?)?;
    let next = if today > &now - JUST_NOW { today } else { on_the_day(&now.tomorrow().ok()?, today.time())? };
    Some(Timestamp(next.timestamp().as_millisecond()))
}

fn on_the_day(day: &Zoned, time: Time) -> Option<Zoned> {
    day.date().to_datetime(time).to_zoned(day.time_zone().clone()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().expect("a time").as_millisecond())
    }

    #[test]
    fn a_reset_is_the_next_such_time_in_its_zone() {
        let now = at("2026-11-21T08:00:00Z");
        let said = |text| in_words(text, now);
        assert_eq!(said("You've hit your 5-hour limit · resets 10:49am (UTC)"), Some(at("2026-11-21T10:49:00Z")));
        assert_eq!(said("limit · resets 7:59am (UTC)"), Some(at("2026-11-21T07:59:00Z")), "not tomorrow");
        assert_eq!(said("limit · resets 7am (UTC)"), Some(at("2026-11-22T07:00:00Z")));
        assert_eq!(said("limit · resets 12am (UTC)"), Some(at("2026-11-22T00:00:00Z")));
        assert_eq!(said("limit · resets 12:30pm (UTC)"), Some(at("2026-11-21T12:30:00Z")));
    }

    #[test]
    fn a_time_that_would_have_to_be_guessed_is_none() {
        let now = at("2026-11-21T08:00:00Z");
        for text in
            ["resets 10:49am", "resets 10:49am (Nowhere/At_All)", "resets 99:99am (UTC)", "resets 0am (UTC)", ""]
        {
            assert_eq!(in_words(text, now), None, "{text}");
        }
    }
}
