//! Other people's text character by character, with nothing hidden: whatever a terminal would obey, not show, or show in
//! another order is written out.

use std::borrow::Cow;

use super::text;

/// Columns of a tab.
const TAB: usize = 4;

/// A character as it is shown, with whatever combines with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell<'line> {
    /// Where it begins, in bytes of the line.
    pub start: usize,
    /// What is shown.
    pub text: Cow<'line, str>,
    /// How many columns that takes.
    pub columns: u16,
    /// It stands for something that would not be seen.
    pub odd: bool,
}

/// The characters of `line`. Only as much of it is looked at as is taken.
pub fn spell(line: &str) -> impl Iterator<Item = Cell<'_>> {
    let mut rest = line.char_indices().peekable();
    let mut column = 0;
    std::iter::from_fn(move || {
        let (start, character) = rest.next()?;
        let (text, odd): (Cow<'_, str>, bool) = match character {
            '\t' => (Cow::Borrowed(&"    "[column % TAB..]), false),
            _ if character.is_ascii_control() => (format!("^{}", char::from((character as u8) ^ 0x40)).into(), true),
            _ if character.is_control() || is_unseen(character) => {
                (format!("<U+{:04X}>", character as u32).into(), true)
            }
            _ => {
                let mut end = start + character.len_utf8();
                let mut joins = false;
                while let Some(&(at, next)) =
                    rest.peek().filter(|(_, next)| joins && is_plain(*next) || combines(*next))
                {
                    joins = next == JOINER;
                    end = at + next.len_utf8();
                    rest.next();
                }
                (Cow::Borrowed(&line[start..end]), false)
            }
        };
        let columns = text::width(&text);
        column += usize::from(columns);
        Some(Cell { start, text, columns, odd })
    })
}

/// Joins two pictures into one.
const JOINER: char = '\u{200d}';

/// What has no width of its own stays with what it is put on, and so do the colours of a skin.
fn combines(character: char) -> bool {
    let mut bytes = [0; 4];
    (is_plain(character) && text::width(character.encode_utf8(&mut bytes)) == 0)
        || matches!(character, '\u{1f3fb}'..='\u{1f3ff}')
}

/// A terminal shows it and does nothing else.
fn is_plain(character: char) -> bool {
    !character.is_control() && !is_unseen(character)
}

/// Characters that nobody sees, or that make others read in another order. What joins the parts of one picture
/// (U+200D, U+FE0F) is seen by what it does.
fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{a0}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{180e}'
            | '\u{2000}'..='\u{200c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202f}'
            | '\u{205f}'..='\u{206f}'
            | '\u{3000}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tabs_go_to_their_columns_and_what_combines_stays_together() {
        let shown: Vec<String> = spell("a\tb\u{1b}\u{202e}").map(|cell| cell.text.into_owned()).collect();
        assert_eq!(shown, ["a", "   ", "b", "^[", "<U+202E>"]);
        let joined: Vec<String> = spell("0\u{200d}\u{1b}[31m").map(|cell| cell.text.into_owned()).take(2).collect();
        assert_eq!(joined, ["0\u{200d}", "^["], "what joins lets nothing through");
        let cells: Vec<(usize, u16)> =
            spell("e\u{301}日👩\u{200d}👧x").map(|cell| (cell.start, cell.columns)).collect();
        assert_eq!(cells, [(0, 1), (3, 2), (6, 2), (17, 1)]);
    }

    proptest! {
        #[test]
        fn every_byte_is_in_one_character_and_none_of_them_is_obeyed(line in "(\\PC|[\t\u{1b}\u{200d}\u{301}\u{9b}\r\u{202e}]){0,40}") {
            let cells: Vec<Cell<'_>> = spell(&line).collect();
            prop_assert!(cells.first().is_none_or(|cell| cell.start == 0));
            prop_assert!(cells.is_sorted_by(|one, next| one.start < next.start));
            for cell in cells {
                prop_assert!(!cell.text.chars().any(char::is_control), "{cell:?}");
            }
        }
    }
}
