//! Figures in few columns, and small charts of characters that every font has.

use crate::domain::usage::Cost;

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

/// A bar of `columns` of which `part` of `whole` is filled.
pub fn bar(part: u64, whole: u64, columns: u16) -> String {
    let full = u128::from(part.min(whole)) * u128::from(columns);
    let filled = usize::try_from(full.div_ceil(u128::from(whole.max(1)))).unwrap_or(0);
    let filled = if part == 0 { 0 } else { filled };
    format!("{}{}", "█".repeat(filled), "░".repeat(usize::from(columns) - filled))
}

/// One column for each of `values`, as high as it is large.
pub fn chart(values: &[u64]) -> String {
    const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = values.iter().copied().max().unwrap_or(0).max(1);
    let level = |&value: &u64| match value {
        0 => '·',
        value => LEVELS[usize::try_from(u128::from(value) * 7 / u128::from(most)).unwrap_or(7).min(7)],
    };
    values.iter().map(level).collect()
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
    }

    #[test]
    fn charts_have_a_column_for_each_value_and_nothing_is_drawn_for_nothing() {
        assert_eq!(chart(&[0, 1, 50, 100]), "·▁▄█");
        assert_eq!(chart(&[]), "");
        assert_eq!(bar(0, 100, 4), "░░░░");
        assert_eq!(bar(1, 100, 4), "█░░░");
        assert_eq!(bar(100, 100, 4), "████");
        assert_eq!(bar(5, 0, 2), "░░");
    }
}
