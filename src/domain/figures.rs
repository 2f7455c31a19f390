//! Figures as people read them: short, and honest about what is an estimate.

use super::usage::Cost;

/// `950`, `1.2k`, `34k`, `5.6M`.
pub fn tokens(count: u64) -> String {
    let short = |unit: u64, letter: char| {
        let tenths = count / (unit / 10);
        if tenths < 100 {
            format!("{}.{}{letter}", tenths / 10, tenths % 10)
        } else {
            format!("{}{letter}", tenths / 10)
        }
    };
    match count {
        0..1_000 => count.to_string(),
        1_000..1_000_000 => short(1_000, 'k'),
        1_000_000..1_000_000_000 => short(1_000_000, 'M'),
        _ => short(1_000_000_000, 'G'),
    }
}

/// A size on disk: `640 B`, `12 KiB`, `3.4 GiB`.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1_024 {
        return format!("{bytes} B");
    }
    #[expect(clippy::cast_precision_loss, reason = "only a few digits are shown")]
    let mut amount = bytes as f64 / 1_024.0;
    let mut unit = 0;
    while amount >= 1_024.0 && unit + 1 < UNITS.len() {
        amount /= 1_024.0;
        unit += 1;
    }
    if amount < 10.0 { format!("{amount:.1} {}", UNITS[unit]) } else { format!("{amount:.0} {}", UNITS[unit]) }
}

/// `$1.24`, `~$0.31` for an estimate, with `+` where a price is not known; empty for nothing.
pub fn cost(cost: Cost) -> String {
    if cost.micros == 0 {
        return String::new();
    }
    let about = if cost.estimated { "~" } else { "" };
    let more = if cost.partial { "+" } else { "" };
    let cents = cost.micros.div_ceil(10_000);
    match cents {
        0..100_000 => format!("{about}${}.{:02}{more}", cents / 100, cents % 100),
        _ => format!("{about}${}{more}", cents / 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_say_what_is_an_estimate() {
        for (count, words) in
            [(0, "0"), (999, "999"), (1_240, "1.2k"), (34_900, "34k"), (5_600_000, "5.6M"), (2_000_000_000, "2.0G")]
        {
            assert_eq!(tokens(count), words);
        }
        let of = |micros, estimated, partial| cost(Cost { micros, estimated, partial });
        assert_eq!(of(1_240_000, false, false), "$1.24");
        assert_eq!(of(301_000, true, true), "~$0.31+");
        assert_eq!(of(1, true, false), "~$0.01");
        assert_eq!(of(1_234_567_890, false, false), "$1234");
        assert_eq!(of(0, false, true), "");
        assert_eq!((bytes(1_023), bytes(1_536), bytes(20 << 30)), ("1023 B".into(), "1.5 KiB".into(), "20 GiB".into()));
    }
}
