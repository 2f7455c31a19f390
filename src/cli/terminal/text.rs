//! Other people's text made fit for the person's terminal.
//!
//! Prompts, titles and what agents print may hold anything. Control characters could move the cursor, set the title or
//! the clipboard, or answer for the person; characters that turn the direction of writing could hide what is said.

/// `text` on one line: line breaks and tabs become spaces, other control characters go.
pub(crate) fn line(text: &str) -> String {
    text.trim()
        .chars()
        .map(|character| if "\n\t".contains(character) { ' ' } else { character })
        .filter(is_harmless)
        .collect()
}

/// `text` with its line breaks and tabs, without other control characters.
pub(crate) fn block(text: &str) -> String {
    text.chars().filter(|character| "\n\t".contains(*character) || is_harmless(character)).collect()
}

/// `text` with nothing left of its escape sequences but those that set colours and emphasis (SGR).
pub(crate) fn sgr_only(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        kept.push_str(&block(&rest[..at]));
        let sequence = sequence_length(&rest[at..]);
        let (escape, after) = rest[at..].split_at(sequence);
        if is_sgr(escape) {
            kept.push_str(escape);
        }
        rest = after;
    }
    kept.push_str(&block(rest));
    kept
}

/// `text` without escape sequences and control characters.
pub(crate) fn plain(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        kept.push_str(&block(&rest[..at]));
        rest = rest[at..].split_at(sequence_length(&rest[at..])).1;
    }
    kept.push_str(&block(rest));
    kept
}

fn is_harmless(character: &char) -> bool {
    let turns_direction =
        matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !character.is_control() && !turns_direction
}

fn is_sgr(escape: &str) -> bool {
    escape
        .strip_prefix("\u{1b}[")
        .and_then(|rest| rest.strip_suffix('m'))
        .is_some_and(|parameters| parameters.bytes().all(|byte| byte.is_ascii_digit() || b";:".contains(&byte)))
}

/// The length in bytes of the escape sequence that `text` starts with (ECMA-48: CSI up to its final byte, string
/// sequences up to their terminator, else the escape and one character).
fn sequence_length(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    match characters.next() {
        None => text.len(),
        Some((_, '[')) => characters.find(|(_, character)| !matches!(character, '\u{20}'..='\u{3f}')).map_or(
            text.len(),
            |(at, last)| if matches!(last, '\u{40}'..='\u{7e}') { at + last.len_utf8() } else { at },
        ),
        Some((_, ']' | 'P' | 'X' | '^' | '_')) => {
            let bell = text.find('\u{7}').map(|at| at + 1);
            let terminator = text.find("\u{1b}\\").map(|at| at + 2);
            bell.into_iter().chain(terminator).min().unwrap_or(text.len())
        }
        Some((_, '\u{1b}')) => 1,
        Some((at, character)) => at + character.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_title_cannot_speak_to_the_terminal() {
        assert_eq!(line("a\u{1b}]52;c;eA==\u{7}b\r\nc\u{9b}2J\u{202e}"), "a]52;c;eA==b c2J");
        assert_eq!(block("a\n\tb\u{8}"), "a\n\tb");
    }

    #[test]
    fn colours_pass_and_everything_else_is_swallowed_whole() {
        let hostile =
            "\u{1b}[1;38:5:9mred\u{1b}[0m\u{1b}[2J\u{1b}]0;title\u{7}\u{1b}[>4m\u{1b}P$q\u{1b}\\ok\u{1b}c!\u{1b}";
        assert_eq!(sgr_only(hostile), "\u{1b}[1;38:5:9mred\u{1b}[0mok!");
        assert_eq!(plain("\u{1b}[31mred\u{1b}[m"), "red");
    }

    proptest! {
        #[test]
        fn whatever_comes_only_colours_are_left(text in "(\\PC|\u{1b}|\\[|\\]|[0-9;m\u{7}\u{9b}\n]){0,40}") {
            let mut kept = sgr_only(&text);
            while let Some(at) = kept.find('\u{1b}') {
                let end = sequence_length(&kept[at..]);
                prop_assert!(is_sgr(&kept[at..at + end]), "{kept:?}");
                kept.replace_range(at..at + end, "");
            }
            prop_assert!(!kept.chars().any(|character| character.is_control() && character != '\n'));
        }
    }
}
