//! What changed lines look like. A theme that knows its background gives them a ground of their own, and the colours of
//! their languages stay; on the terminal's own background nobody knows what can be read, so there the lines themselves
//! have the colours.

use ratatui::style::{Color, Style};

use super::{Colors, Role, Styles, contrast};
use crate::{domain::diff::LineKind, tui::diff::Token};

/// What changed lines look like: made once for a frame.
#[derive(Debug, Clone)]
pub struct Changes {
    kinds: [Kind; 3],
    tokens: [[Style; TOKENS.len()]; 3],
}

#[derive(Debug, Clone, Copy, Default)]
struct Kind {
    line: Style,
    words: Style,
    sign: Style,
}

/// In the order of [`place`].
const KINDS: [LineKind; 3] = [LineKind::Context, LineKind::Added, LineKind::Removed];
const TOKENS: [(Token, Role); 6] = [
    (Token::Comment, Role::Dim),
    (Token::String, Role::YourTurn),
    (Token::Number, Role::Retrying),
    (Token::Keyword, Role::Accent),
    (Token::Type, Role::KeyHint),
    (Token::Call, Role::Working),
];

/// How much of its colour the ground of a line has, in parts of 256; the first that leaves its text readable.
const GROUND: [u8; 4] = [34, 17, 8, 0];
/// The same for the words that changed, which stand out from their line.
const WORDS: [u8; 5] = [88, 72, 60, 52, 46];
/// The least contrast of what is read (WCAG 2, AA).
const READABLE: f64 = 4.5;

impl Styles {
    /// What changed lines look like.
    pub fn changes(&self) -> Changes {
        let kinds = KINDS.map(|kind| self.kind(kind));
        let tokens = KINDS.map(|kind| TOKENS.map(|(token, role)| self.token(token, role, kind)));
        Changes { kinds, tokens }
    }

    fn kind(&self, kind: LineKind) -> Kind {
        let Some(role) = role(kind) else { return Kind::default() };
        let sign = if role == Role::Succeeded { self.added() } else { self.removed() }.bold();
        if self.colors() == Colors::Hidden {
            return Kind { line: Style::new(), words: Style::new().bold().underlined(), sign };
        }
        match self.ground(role, &GROUND) {
            Some(ground) => {
                let line = Style::new().fg(self.theme().color(Role::Text)).bg(ground);
                let words = match self.ground(role, &WORDS) {
                    Some(ground) => line.bg(ground).bold(),
                    None => line.bold().underlined(),
                };
                Kind { line, words, sign }
            }
            None => {
                let color = self.theme().color(role);
                Kind { line: Style::new().fg(color), words: Style::new().fg(color).reversed(), sign }
            }
        }
    }

    /// The background with as much of a role's colour as leaves the text readable; `None` where no part of `parts` does,
    /// or where the terminal decides what its background looks like.
    fn ground(&self, role: Role, parts: &[u8]) -> Option<Color> {
        let color = |role| self.theme().color(role);
        let grounds = parts.iter().filter_map(|part| contrast::mixed(color(Role::Background), color(role), *part));
        let reads = |ground: &Color| contrast::ratio(color(Role::Text), *ground).is_some_and(|found| found >= READABLE);
        grounds.into_iter().find(reads)
    }

    fn token(&self, token: Token, role: Role, kind: LineKind) -> Style {
        let color = self.theme().color(role);
        let style = match (self.colors(), token) {
            (Colors::Hidden, Token::Comment) => return Style::new().dim(),
            (Colors::Hidden, _) => return Style::new(),
            (Colors::Shown, Token::Comment) if color == Color::Reset => Style::new().dim(),
            (Colors::Shown, _) => Style::new().fg(color),
        };
        let Some(changed) = self::role(kind) else { return style };
        let Some(ground) = self.ground(changed, &GROUND) else {
            // The line has a colour already.
            return Style::new();
        };
        if contrast::ratio(color, ground).is_some_and(|found| found >= READABLE) { style } else { Style::new() }
    }
}

impl Changes {
    /// A whole line.
    pub fn line(&self, kind: LineKind) -> Style {
        self.kinds[place(kind)].line
    }

    /// Words that changed, over their line.
    pub fn words(&self, kind: LineKind) -> Style {
        self.kinds[place(kind)].words
    }

    /// The sign before a line.
    pub fn sign(&self, kind: LineKind) -> Style {
        self.kinds[place(kind)].sign
    }

    /// A part of a line, over the line.
    pub fn token(&self, token: Token, kind: LineKind) -> Style {
        let found = TOKENS.iter().position(|(known, _)| *known == token);
        found.map_or_else(Style::new, |at| self.tokens[place(kind)][at])
    }
}

/// The role whose colour a line has.
fn role(kind: LineKind) -> Option<Role> {
    match kind {
        LineKind::Added => Some(Role::Succeeded),
        LineKind::Removed => Some(Role::Failed),
        LineKind::Context | LineKind::NoLineEnd => None,
    }
}

fn place(kind: LineKind) -> usize {
    match kind {
        LineKind::Context | LineKind::NoLineEnd => 0,
        LineKind::Added => 1,
        LineKind::Removed => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::Themes;

    #[test]
    fn whatever_is_shown_of_a_change_can_be_read_in_every_theme() {
        for name in Themes::built_in().names().filter(|name| *name != Themes::DEFAULT) {
            let styles = Styles::new(Themes::built_in().find(name).expect("listed"), Colors::Shown);
            let changes = styles.changes();
            for kind in KINDS {
                let line = styles.frame().patch(changes.line(kind));
                let words = line.patch(changes.words(kind));
                let tokens = TOKENS.map(|(token, _)| line.patch(changes.token(token, kind)));
                for drawn in tokens.into_iter().chain([line, words]) {
                    let (text, ground) = (drawn.fg.expect("set"), drawn.bg.expect("set"));
                    let found = contrast::ratio(text, ground).expect("24-bit colours");
                    // On its own background a theme's colours are its own affair.
                    let least = if role(kind).is_some() { READABLE } else { 3.0 };
                    assert!(found >= least, "{name}: {kind:?} has a contrast of {found:.2}");
                }
            }
        }
    }

    #[test]
    fn added_and_removed_differ_from_what_stayed_and_from_each_other() {
        for name in Themes::built_in().names() {
            let styles = Styles::new(Themes::built_in().find(name).expect("listed"), Colors::Shown);
            let lines = KINDS.map(|kind| styles.changes().line(kind));
            assert!(lines[0] != lines[1] && lines[1] != lines[2], "{name}");
        }
    }

    #[test]
    fn without_colours_only_attributes_are_left() {
        let styles = Styles::new(Themes::built_in().next("terminal"), Colors::Hidden);
        let changes = styles.changes();
        for kind in KINDS {
            let tokens = TOKENS.map(|(token, _)| changes.token(token, kind));
            for style in tokens.into_iter().chain([changes.line(kind), changes.words(kind), changes.sign(kind)]) {
                assert!(style.fg.is_none() && style.bg.is_none(), "{style:?}");
            }
        }
        assert_ne!(changes.words(LineKind::Added), Style::new());
    }
}
