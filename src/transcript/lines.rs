//! Lines with escapes, and without.

/// `line` without its escape sequences and other control characters; a tab stays.
pub fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\x1b' => skip_sequence(&mut characters),
            '\t' => text.push('\t'),
            character if character.is_control() => {}
            character => text.push(character),
        }
    }
    text
}

fn skip_sequence(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match characters.next() {
        Some('[') => {
            // Parameters and intermediates, then one final character.
            let _ = characters.find(|character| ('\x40'..='\x7e').contains(character));
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            while let Some(character) = characters.next() {
                if character == '\x07' || (character == '\x1b' && characters.next_if_eq(&'\\').is_some()) {
                    break;
                }
            }
        }
        Some(' '..='/') => {
            let _ = characters.find(|character| ('\x30'..='\x7e').contains(character));
        }
        Some(_) | None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn only_the_text_is_left() {
        assert_eq!(
            plain("\x1b[1;31mred\x1b[m\tand\x07 \x1b]8;;http://x\x1b\\link\x1b]8;;\x07\x1b(B!\x1b7"),
            "red\tand link!"
        );
        assert_eq!(plain("\x1b["), "");
        assert_eq!(plain("\x1b]2;never ends"), "");
    }
}
