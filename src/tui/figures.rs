//! Figures in few columns, and small charts of characters that every font has.

pub use crate::domain::figures::{cost, tokens};

/// A bar of `columns` of which `part` of `whole` is filled: that part, and the rest. A part of something is seen, and
/// only all of it fills the bar.
pub fn bar(part: u64, whole: u64, columns: u16) -> (String, String) {
    let full = u128::from(part.min(whole)) * u128::from(columns) / u128::from(whole.max(1));
    let filled = usize::try_from(full).unwrap_or(0).max(usize::from(part > 0));
    ("━".repeat(filled), "─".repeat(usize::from(columns).saturating_sub(filled)))
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
    fn charts_have_a_column_for_each_value_and_nothing_is_drawn_for_nothing() {
        assert_eq!(chart(&[0, 1, 50, 100]), "·▁▄█");
        assert_eq!(chart(&[]), "");
        let drawn = |(filled, rest): (String, String)| filled + &rest;
        assert_eq!(drawn(bar(0, 100, 4)), "────");
        assert_eq!(drawn(bar(1, 100, 4)), "━───");
        assert_eq!(drawn(bar(99, 100, 4)), "━━━─");
        assert_eq!(drawn(bar(100, 100, 4)), "━━━━");
        assert_eq!(drawn(bar(0, 0, 2)), "──");
    }
}
