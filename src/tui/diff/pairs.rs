//! Which removed line became which added line, where a stretch of lines was replaced by another.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::words::tokens;

/// Most comparisons of lines for one stretch. In a longer one, lines are paired in their order.
const COMPARISONS: usize = 1_024;

/// How alike two lines must be to be one that changed: the part of their characters, in percent, that is in both.
const ALIKE: u32 = 40;

/// The pairs of lines in `removed` and `added` that are one line before and after, in order and never crossing.
pub fn pair(removed: &[&str], added: &[&str]) -> Vec<(usize, usize)> {
    let (removed, added): (Vec<Bag>, Vec<Bag>) =
        (removed.iter().map(|line| Bag::of(line)).collect(), added.iter().map(|line| Bag::of(line)).collect());
    if removed.len() * added.len() > COMPARISONS {
        let in_order = removed.iter().zip(&added).enumerate();
        return in_order.filter(|(_, (old, new))| old.likeness(new) >= ALIKE).map(|(at, _)| (at, at)).collect();
    }
    best(&removed, &added)
}

/// The pairs whose likeness is the greatest in all. `sums` holds, for what is left of both from each place on, how much
/// can still be had.
fn best(removed: &[Bag], added: &[Bag]) -> Vec<(usize, usize)> {
    let columns = added.len() + 1;
    let mut sums = vec![0; (removed.len() + 1) * columns];
    let mut alike = vec![0; removed.len() * added.len()];
    for (old, before) in removed.iter().enumerate().rev() {
        for (new, after) in added.iter().enumerate().rev() {
            let likeness = before.likeness(after);
            let worth = if likeness >= ALIKE { likeness } else { 0 };
            alike[old * added.len() + new] = worth;
            let paired = if worth > 0 { worth + sums[(old + 1) * columns + new + 1] } else { 0 };
            sums[old * columns + new] = paired.max(sums[(old + 1) * columns + new]).max(sums[old * columns + new + 1]);
        }
    }
    let (mut old, mut new, mut pairs) = (0, 0, Vec::new());
    while old < removed.len() && new < added.len() {
        let (worth, sum) = (alike[old * added.len() + new], sums[old * columns + new]);
        if worth > 0 && sum == worth + sums[(old + 1) * columns + new + 1] {
            pairs.push((old, new));
            (old, new) = (old + 1, new + 1);
        } else if sum == sums[(old + 1) * columns + new] {
            old += 1;
        } else {
            new += 1;
        }
    }
    pairs
}

/// The words of a line without their order, each with its length.
struct Bag {
    words: Vec<(u64, u32)>,
    length: u32,
}

/// Most bytes of a line that count.
const BYTES: usize = 2_000;

impl Bag {
    fn of(line: &str) -> Self {
        let end = (0..=line.len().min(BYTES)).rev().find(|&at| line.is_char_boundary(at)).unwrap_or(0);
        let words = tokens(&line[..end]).filter(|word| !word.trim().is_empty());
        let mut words: Vec<(u64, u32)> =
            words.map(|word| (hash(word), u32::try_from(word.len()).unwrap_or(u32::MAX))).collect();
        words.sort_unstable();
        let length = words.iter().map(|(_, length)| length).sum();
        Self { words, length }
    }

    /// The part of both lines' characters that is in both, in percent.
    fn likeness(&self, other: &Bag) -> u32 {
        if self.length + other.length == 0 {
            return 100;
        }
        let (mut one, mut two, mut common) = (self.words.as_slice(), other.words.as_slice(), 0);
        while let ([first, rest @ ..], [second, others @ ..]) = (one, two) {
            match first.cmp(second) {
                std::cmp::Ordering::Equal => {
                    common += first.1;
                    (one, two) = (rest, others);
                }
                std::cmp::Ordering::Less => one = rest,
                std::cmp::Ordering::Greater => two = others,
            }
        }
        200 * common / (self.length + other.length)
    }
}

fn hash(word: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    word.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_changed_line_is_found_among_new_ones() {
        let removed = ["    self.queue.push(message);", "    self.wake();"];
        let added = [
            "    let message = message.stamped(self.clock.now());",
            "    self.queue.push(message)?;",
            "    // Nobody listens before this.",
            "    self.wake()?;",
        ];
        assert_eq!(pair(&removed, &added), [(0, 1), (1, 3)]);
    }

    #[test]
    fn lines_with_nothing_in_common_are_two() {
        assert_eq!(pair(&["return None;"], &["fn main() {"]), []);
        assert_eq!(pair(&[""], &[""]), [(0, 0)]);
    }

    #[test]
    fn long_stretches_are_paired_in_their_order() {
        let lines: Vec<String> = (0..500).map(|number| format!("let line = {number};")).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(pair(&lines, &lines), (0..500).map(|at| (at, at)).collect::<Vec<_>>());
    }

    proptest! {
        #[test]
        fn pairs_never_cross(
            removed in prop::collection::vec("[ab ]{0,6}", 0..12),
            added in prop::collection::vec("[ab ]{0,6}", 0..12),
        ) {
            let removed: Vec<&str> = removed.iter().map(String::as_str).collect();
            let added: Vec<&str> = added.iter().map(String::as_str).collect();
            let pairs = pair(&removed, &added);
            prop_assert!(pairs.is_sorted_by(|one, next| one.0 < next.0 && one.1 < next.1), "{pairs:?}");
            prop_assert!(pairs.iter().all(|(old, new)| *old < removed.len() && *new < added.len()));
        }
    }
}
