//! Agents' words made short and harmless: nothing in them moves a cursor, and nothing in them hides.

use std::fmt::Write;

/// The longest line that is made of a tool's input, a failure or an option, in characters.
pub(in crate::agent) const LINE_CHARACTERS: usize = 160;

/// The first line of `text` that says something, at most `characters` long, without control characters. An end of `…`
/// says that there is more.
pub(in crate::agent) fn line(text: &str, characters: usize) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let spaced = first.chars().map(|character| if character == '\t' { ' ' } else { character });
    let mut left = spaced.filter(|character| !hides(*character));
    let mut short: String = left.by_ref().take(characters).collect();
    let cut = left.next().is_some();
    if cut {
        short.pop();
    }
    if cut || (lines.next().is_some() && short.chars().count() < characters) {
        short.push('…');
    }
    short
}

/// `text` as it is to be judged: whole up to `bytes`, and saying how much is missing beyond; what a terminal would obey
/// or not show is spelled out.
pub(super) fn whole(text: &str, bytes: usize) -> String {
    /// Room for the words about what is missing.
    const ENDING: usize = 48;
    let room = bytes.saturating_sub(ENDING);
    let mut shown = String::with_capacity(text.len().min(bytes));
    for (at, character) in text.char_indices() {
        let before = shown.len();
        if character == '\n' || character == '\t' || !hides(character) {
            shown.push(character);
        } else {
            // Writing into a string can't fail.
            let _ = write!(shown, "{}", character.escape_unicode());
        }
        if shown.len() > room && text.len() > room {
            shown.truncate(before);
            let _ = write!(shown, "\n… {} more bytes", text.len() - at);
            break;
        }
    }
    shown
}

/// It is obeyed by a terminal, not seen by the person, or changes the order in which the rest is seen.
fn hides(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(character, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_that_there_is_more() {
        assert_eq!(line("\n  cargo\ttest \n", 40), "cargo test");
        assert_eq!(line("cargo test\nrm -r target", 40), "cargo test…");
        assert_eq!(line("éééééé", 4), "ééé…");
        assert_eq!(line("éééé\nx", 4), "éééé");
        assert_eq!(line("", 4), "");
    }

    #[test]
    fn what_is_judged_hides_nothing() {
        assert_eq!(whole("a\tb\n\u{1b}[2K\u{202e}c", 1000), "a\tb\n\\u{1b}[2K\\u{202e}c");
        let long = whole(&"é".repeat(1000), 200);
        assert!(long.len() <= 200, "{}", long.len());
        assert!(long.ends_with("\n… 1848 more bytes"), "{long}");
        assert_eq!(whole(&"x".repeat(200), 200).len(), 200 - 48 + "\n… 48 more bytes".len());
        assert_eq!(whole("short", 200), "short");
    }
}
