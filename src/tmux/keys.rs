//! Keys, as tmux names them.

use std::str::FromStr;

/// A key press.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// As tmux names it: `Enter`, `C-c`, `y`. A name that [`Key::from_str`] would refuse is refused when it is pressed.
    Named(String),
    /// These bytes, as a terminal would send them.
    Raw(Vec<u8>),
}

/// Text that names no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a key: write it as tmux does, for example Enter, Escape, C-c, M-b, Up, F1 or y")]
pub struct NotAKey(String);

/// The names of keys that are no characters.
const NAMES: [&str; 16] = [
    "Enter", "Escape", "Tab", "BTab", "BSpace", "DC", "IC", "Up", "Down", "Left", "Right", "Home", "End", "PPage",
    "NPage", "Space",
];

impl FromStr for Key {
    type Err = NotAKey;

    /// Reads a name. tmux types a name that it does not know as text, so unknown ones are refused here. Enter with a
    /// modifier is refused too: tmux would type its name.
    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let mut bare = text;
        while let Some(rest) = ["C-", "M-", "S-"].iter().find_map(|prefix| bare.strip_prefix(prefix)) {
            if rest.is_empty() {
                break;
            }
            bare = rest;
        }
        let modified = bare.len() != text.len();
        let function = bare.strip_prefix('F').and_then(|digits| digits.parse::<u8>().ok());
        let mut characters = bare.chars();
        let single = matches!((characters.next(), characters.next()), (Some(first), None) if !first.is_control());
        let known = single || function.is_some_and(|number| (1..=12).contains(&number)) || NAMES.contains(&bare);
        if !known || (modified && bare == "Enter" && text != "M-Enter") {
            return Err(NotAKey(text.to_owned()));
        }
        Ok(Self::Named(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_tmux_knows_are_keys() {
        for text in ["Enter", "Escape", "C-c", "C-]", "M-b", "S-Up", "F12", "y", ";", "-", "M-Enter", "é", "C-Space"] {
            assert!(text.parse::<Key>().is_ok(), "{text}");
        }
        for text in ["", "enter", "S-Enter", "C-Enter", "F13", "F0", "yes", "\n", "Return"] {
            assert!(text.parse::<Key>().is_err(), "{text}");
        }
    }
}
