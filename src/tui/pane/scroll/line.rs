//! A line of a pane's past that can be drawn without the lines before it.

use unicode_width::UnicodeWidthChar;

/// How much of what is switched on before a line is kept, in bytes. Programs switch off again long before.
const PEN: usize = 512;
const TAB: usize = 8;
/// What is farther right is never drawn. It is searched, though.
pub const COLUMNS: usize = 1_000;

/// A line, with everything that was switched on where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    drawn: String,
    plain: String,
    columns: usize,
}

impl Line {
    /// Its text with SGR escapes, for [`Grid::load`](crate::screen::Grid::load).
    pub fn drawn(&self) -> &str {
        &self.drawn
    }

    /// Its text alone.
    pub fn plain(&self) -> &str {
        &self.plain
    }

    /// How many columns it needs.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The column at which a byte of [`Line::plain`] is drawn.
    pub fn column(&self, byte: usize) -> usize {
        self.plain.get(..byte).unwrap_or(&self.plain).chars().map(columns).sum()
    }
}

/// Reads lines that follow each other: tmux says what a colour is once, and not again on the next line.
pub fn read<'text>(texts: impl IntoIterator<Item = &'text str>) -> Vec<Line> {
    let mut pen = Pen::default();
    texts.into_iter().map(|text| pen.line(text)).collect()
}

/// What is switched on: SGR sequences since the last reset, and line drawing.
#[derive(Debug, Default)]
struct Pen {
    sequences: String,
    draws_lines: bool,
}

impl Pen {
    fn line(&mut self, text: &str) -> Line {
        let mut drawn = format!("\x1b[0m\x0f{}", self.sequences);
        if self.draws_lines {
            drawn.push('\x0e');
        }
        let mut line = Line { drawn, plain: String::new(), columns: 0 };
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            rest = &rest[character.len_utf8()..];
            match character {
                '\x1b' => {
                    let (sequence, after) = split_sequence(rest);
                    rest = after;
                    if let Some(parameters) = style(sequence) {
                        self.switch(parameters);
                        line.drawn.push_str(&format!("\x1b[{parameters}m"));
                    }
                }
                '\x0e' | '\x0f' => {
                    self.draws_lines = character == '\x0e';
                    line.drawn.push(character);
                }
                '\t' => {
                    let spaces = " ".repeat(TAB - line.columns % TAB);
                    if line.columns + spaces.len() <= COLUMNS {
                        line.drawn.push_str(&spaces);
                    }
                    line.plain.push_str(&spaces);
                    line.columns += spaces.len();
                }
                other if other.is_control() => {}
                other => {
                    line.plain.push(other);
                    line.columns += columns(other);
                    if line.columns <= COLUMNS {
                        line.drawn.push(other);
                    }
                }
            }
        }
        line
    }

    fn switch(&mut self, parameters: &str) {
        let resets = parameters.is_empty() || parameters == "0";
        if resets || parameters.starts_with("0;") {
            self.sequences.clear();
        }
        if !resets && self.sequences.len() < PEN {
            self.sequences.push_str(&format!("\x1b[{parameters}m"));
        }
    }
}

/// What comes after ESC: the sequence, and what follows it.
fn split_sequence(text: &str) -> (&str, &str) {
    let end = match text.as_bytes().first() {
        Some(b'[') => text[1..].find(|character| ('\x40'..='\x7e').contains(&character)).map(|place| place + 2),
        Some(b']' | b'P' | b'X' | b'^' | b'_') => {
            let bell = text.find('\x07').map(|place| place + 1);
            let string_terminator = text.find("\x1b\\").map(|place| place + 2);
            bell.into_iter().chain(string_terminator).min()
        }
        Some(b' '..=b'/') => text[1..].chars().next().map(|character| 1 + character.len_utf8()),
        Some(_) => text.chars().next().map(char::len_utf8),
        None => None,
    };
    text.split_at(end.unwrap_or(text.len()))
}

/// The parameters of a sequence that sets colours or attributes.
fn style(sequence: &str) -> Option<&str> {
    let parameters = sequence.strip_prefix('[')?.strip_suffix('m')?;
    parameters.bytes().all(|byte| byte.is_ascii_digit() || b";:".contains(&byte)).then_some(parameters)
}

fn columns(character: char) -> usize {
    character.width().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_brings_its_own_colours() {
        let lines = read(["a\x1b[31mred", "still\x1b[1m bold", "both\x1b[0m none", "plain", "\x1b[0;4mx", "y"]);
        let drawn: Vec<_> = lines.iter().map(|line| line.drawn().trim_start_matches("\x1b[0m\x0f")).collect();
        assert_eq!(
            drawn,
            [
                "a\x1b[31mred",
                "\x1b[31mstill\x1b[1m bold",
                "\x1b[31m\x1b[1mboth\x1b[0m none",
                "plain",
                "\x1b[0;4mx",
                "\x1b[0;4my"
            ]
        );
        assert_eq!(lines[2].plain(), "both none");
    }

    #[test]
    fn line_drawing_goes_on_too() {
        let lines = read(["\x0elq", "qk\x0f", "x"]);
        assert!(lines[1].drawn().ends_with("\x0eqk\x0f"));
        assert_eq!(lines[2].drawn(), "\x1b[0m\x0fx");
    }

    #[test]
    fn only_text_and_colours_are_kept() {
        let lines = read(["a\x1b[2Jb\x1b]0;title\x07c\x1b]8;;x\x1b\\d\x1b(Be\x08\x07f\x1b[?25lg\x1b"]);
        assert_eq!(lines[0].plain(), "abcdefg");
        assert_eq!(lines[0].drawn(), "\x1b[0m\x0fabcdefg");
    }

    #[test]
    fn columns_are_counted_as_they_are_drawn() {
        let line = &read(["日本\tx"])[0];
        assert_eq!((line.columns(), line.column("日本".len())), (9, 4));
    }

    #[test]
    fn what_is_never_switched_off_stays_bounded() {
        let text = "\x1b[1;31mx".repeat(10_000);
        let lines = read([text.as_str(), "y"]);
        assert!(lines[1].drawn().len() < 2 * PEN);
    }
}
