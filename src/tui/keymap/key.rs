//! A key as it is written in key files, in the help and in tests: `j`, `G`, `Space`, `Ctrl-s`, `Alt-Enter`.

use std::{fmt, str::FromStr};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// One key with its modifiers. Equal keys are equal however the terminal reports them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// Text that names no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a key: write for example j, G, Space, Ctrl-s, Alt-Enter, PageUp or F2")]
pub struct NotAKey(String);

const NAMES: [(&str, KeyCode); 17] = [
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Space", KeyCode::Char(' ')),
    ("Tab", KeyCode::Tab),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
    ("Insert", KeyCode::Insert),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("PageUp", KeyCode::PageUp),
    ("PageDown", KeyCode::PageDown),
    ("Escape", KeyCode::Esc),
    ("Minus", KeyCode::Char('-')),
];

impl Key {
    fn new(code: KeyCode, modifiers: KeyModifiers) -> Self {
        let known = KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT;
        let (code, modifiers) = match (code, modifiers & known) {
            (KeyCode::BackTab, modifiers) => (KeyCode::Tab, modifiers | KeyModifiers::SHIFT),
            // Terminals send these four control characters for the keys that carry them, and the digits are what
            // the terminal library makes of them.
            (KeyCode::Char('4'), modifiers) if modifiers == KeyModifiers::CONTROL => (KeyCode::Char('\\'), modifiers),
            (KeyCode::Char('5'), modifiers) if modifiers == KeyModifiers::CONTROL => (KeyCode::Char(']'), modifiers),
            (KeyCode::Char('6'), modifiers) if modifiers == KeyModifiers::CONTROL => (KeyCode::Char('^'), modifiers),
            (KeyCode::Char('7'), modifiers) if modifiers == KeyModifiers::CONTROL => (KeyCode::Char('_'), modifiers),
            // A capital letter says it all; with Control, terminals do not tell capitals apart.
            (KeyCode::Char(character), modifiers) if modifiers.contains(KeyModifiers::CONTROL) => {
                (KeyCode::Char(character.to_ascii_lowercase()), modifiers - KeyModifiers::SHIFT)
            }
            (KeyCode::Char(character), modifiers) if modifiers.contains(KeyModifiers::SHIFT) => {
                (KeyCode::Char(character.to_ascii_uppercase()), modifiers - KeyModifiers::SHIFT)
            }
            (code, modifiers) => (code, modifiers),
        };
        Self { code, modifiers }
    }

    /// The event that a terminal sends for it.
    pub fn event(self) -> KeyEvent {
        KeyEvent::new(self.code, self.modifiers)
    }
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        Key::new(event.code, event.modifiers)
    }
}

impl FromStr for Key {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let (mut modifiers, mut rest) = (KeyModifiers::NONE, text);
        while let Some((head, tail)) = rest.split_once('-').filter(|(_, tail)| !tail.is_empty()) {
            modifiers |= match head.to_ascii_lowercase().as_str() {
                "c" | "ctrl" | "control" => KeyModifiers::CONTROL,
                "m" | "a" | "alt" | "meta" => KeyModifiers::ALT,
                "s" | "shift" => KeyModifiers::SHIFT,
                _ => return Err(NotAKey(text.into())),
            };
            rest = tail;
        }
        let mut characters = rest.chars();
        let code = match (characters.next(), characters.next()) {
            (Some(character), None) if !character.is_control() => KeyCode::Char(character),
            _ => named(rest).ok_or_else(|| NotAKey(text.into()))?,
        };
        Ok(Key::new(code, modifiers))
    }
}

fn named(name: &str) -> Option<KeyCode> {
    let found = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, code)| *code);
    let function = || name.strip_prefix(['F', 'f'])?.parse().ok().filter(|number| (1..=24).contains(number));
    found.or_else(|| function().map(KeyCode::F))
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let modifiers =
            [(KeyModifiers::CONTROL, "Ctrl-"), (KeyModifiers::ALT, "Alt-"), (KeyModifiers::SHIFT, "Shift-")];
        for (_, word) in modifiers.iter().filter(|(modifier, _)| self.modifiers.contains(*modifier)) {
            f.write_str(word)?;
        }
        match (NAMES.iter().find(|(_, code)| *code == self.code), self.code) {
            (_, KeyCode::Char('-')) => f.write_str("-"),
            (Some((name, _)), _) => f.write_str(name),
            (None, KeyCode::F(number)) => write!(f, "F{number}"),
            (None, KeyCode::Char(character)) => write!(f, "{character}"),
            (None, other) => write!(f, "{other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_written() {
        for text in ["j", "G", "Space", "Ctrl-s", "Alt-Enter", "Shift-Tab", "F12", "-", "Ctrl--", "?", "ü", "PageUp"] {
            assert_eq!(text.parse::<Key>().expect(text).to_string(), text);
        }
        assert_eq!("C-]".parse::<Key>(), "ctrl-]".parse::<Key>());
        assert_eq!("M-enter".parse::<Key>(), "Alt-Enter".parse::<Key>());
        for text in ["", "Hyper-x", "Ctrl-", "F99", "jj"] {
            assert!(text.parse::<Key>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_same_key_is_the_same_however_a_terminal_reports_it() {
        let key = |code, modifiers| Key::from(KeyEvent::new(code, modifiers));
        let shift_g = key(KeyCode::Char('G'), KeyModifiers::SHIFT);
        assert_eq!(shift_g, "G".parse().expect("a key"));
        assert_eq!(key(KeyCode::Char('5'), KeyModifiers::CONTROL), "Ctrl-]".parse().expect("a key"));
        assert_eq!(key(KeyCode::BackTab, KeyModifiers::SHIFT), "Shift-Tab".parse().expect("a key"));
    }
}
