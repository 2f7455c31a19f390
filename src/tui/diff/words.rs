//! What changed within a line.

use std::ops::Range;

use similar::{Algorithm, DiffTag, capture_diff_slices};

/// The stretches of a line before and after that are not the same, in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changed {
    /// Before.
    pub old: Vec<Range<usize>>,
    /// After.
    pub new: Vec<Range<usize>>,
}

/// The longest line that is compared word by word, in bytes.
const BYTES: usize = 2_000;
/// So much of both lines must be the same, in percent, that it helps to mark the rest.
const SAME: usize = 25;

/// What changed between two lines; nothing where almost everything did, or where they are very long.
pub fn changed(old: &str, new: &str) -> Changed {
    if old.len().max(new.len()) > BYTES {
        return Changed::default();
    }
    let (before, after): (Vec<&str>, Vec<&str>) = (tokens(old).collect(), tokens(new).collect());
    let mut changed = Changed::default();
    let (mut at_old, mut at_new, mut same) = (0, 0, 0);
    for step in capture_diff_slices(Algorithm::Myers, &before, &after) {
        let (tag, olds, news) = step.as_tag_tuple();
        let bytes = |words: &[&str]| words.iter().map(|word| word.len()).sum::<usize>();
        let (end_old, end_new) = (at_old + bytes(&before[olds.clone()]), at_new + bytes(&after[news]));
        if tag == DiffTag::Equal {
            same += before[olds].iter().map(|word| word.trim().len()).sum::<usize>();
        } else {
            add(&mut changed.old, at_old..end_old, old);
            add(&mut changed.new, at_new..end_new, new);
        }
        (at_old, at_new) = (end_old, end_new);
    }
    let most = old.trim().len().max(new.trim().len());
    if same * 100 < most * SAME { Changed::default() } else { changed }
}

/// Adds a stretch, in one with the last where only white space is between them.
fn add(stretches: &mut Vec<Range<usize>>, stretch: Range<usize>, line: &str) {
    if stretch.is_empty() {
        return;
    }
    match stretches.last_mut() {
        Some(last) if line[last.end..stretch.start].trim().is_empty() => last.end = stretch.end,
        _ => stretches.push(stretch),
    }
}

/// Words, stretches of white space, and every other character by itself.
pub fn tokens(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let kind = kind(first);
        let end = match kind {
            Kind::Word | Kind::Space => rest.find(|next| self::kind(next) != kind).unwrap_or(rest.len()),
            Kind::Other => first.len_utf8(),
        };
        let (token, after) = rest.split_at(end);
        rest = after;
        Some(token)
    })
}

#[derive(PartialEq, Eq)]
enum Kind {
    Word,
    Space,
    Other,
}

fn kind(character: char) -> Kind {
    match character {
        '_' => Kind::Word,
        _ if character.is_alphanumeric() => Kind::Word,
        _ if character.is_whitespace() => Kind::Space,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn marked(old: &str, new: &str) -> (Vec<String>, Vec<String>) {
        let changed = changed(old, new);
        let of = |stretches: &[Range<usize>], line: &str| {
            stretches.iter().map(|stretch| line[stretch.clone()].to_owned()).collect::<Vec<_>>()
        };
        (of(&changed.old, old), of(&changed.new, new))
    }

    #[test]
    fn only_the_words_that_changed_are_marked() {
        let (old, new) = marked("let limit = self.limit(3);", "let limit = self.most(3, now);");
        assert_eq!(old, ["limit"]);
        assert_eq!(new, ["most", ", now"]);
    }

    #[test]
    fn two_lines_with_little_in_common_are_not_marked_all_over() {
        assert_eq!(changed("fn one() -> u8 {", "impl Display for Two<'_>;"), Changed::default());
    }

    proptest! {
        #[test]
        fn what_is_not_marked_is_the_same_on_both_sides(old in "[ab日 (]{0,12}", new in "[ab日 (]{0,12}") {
            let changed = changed(&old, &new);
            if changed == Changed::default() {
                return Ok(());
            }
            let kept = |line: &str, stretches: &[Range<usize>]| {
                let outside = |at: &usize| !stretches.iter().any(|stretch| stretch.contains(at));
                let kept = line.char_indices().filter(|(at, _)| outside(at)).map(|(_, character)| character);
                kept.filter(|character| !character.is_whitespace()).collect::<String>()
            };
            prop_assert_eq!(kept(&old, &changed.old), kept(&new, &changed.new));
        }
    }
}
