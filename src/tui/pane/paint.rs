//! From a parser's cells to ratatui's: the only way by which what an agent prints reaches the person's terminal.
//!
//! Only what is exactly as wide as its place is drawn, and nothing that a terminal would obey: a control character or
//! an override of the writing direction that a program managed to get into a cell is left out.

use ratatui::{buffer, style::Color, style::Modifier, style::Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::{screen, tui::theme::Colors};

/// Draws one cell that is one column wide, or the left half of a wide one.
pub(super) fn cell(from: &screen::Cell, to: &mut buffer::Cell, colors: Colors) {
    to.reset();
    to.set_style(style(from, colors));
    let contents = from.contents();
    if let [byte @ b' '..=b'~'] = contents.as_bytes() {
        to.set_char(char::from(*byte));
        return;
    }
    let columns = if from.is_wide() { 2 } else { 1 };
    let symbol: String = contents.chars().filter(|character| is_drawn(*character)).collect();
    if symbol.width() == columns {
        to.set_symbol(&symbol);
        return;
    }
    // Combined characters whose width is disputed: the first one alone is sure of its place.
    let first = symbol.chars().next().filter(|character| character.width() == Some(columns));
    to.set_char(first.unwrap_or(' '));
}

/// Draws what is left of a wide character when only one of its halves is inside.
pub(super) fn half(from: &screen::Cell, to: &mut buffer::Cell, colors: Colors) {
    to.reset();
    to.set_style(style(from, colors));
}

/// The style of a cell: with colours hidden, its attributes alone.
pub(super) fn style(from: &screen::Cell, colors: Colors) -> Style {
    let attributes = [
        (from.bold(), Modifier::BOLD),
        (from.dim(), Modifier::DIM),
        (from.italic(), Modifier::ITALIC),
        (from.underline(), Modifier::UNDERLINED),
        (from.inverse(), Modifier::REVERSED),
    ];
    let modifier = attributes.into_iter().filter(|(set, _)| *set).map(|(_, modifier)| modifier).collect();
    let style = Style::new().add_modifier(modifier);
    match colors {
        Colors::Shown => style.fg(color(from.fgcolor())).bg(color(from.bgcolor())),
        Colors::Hidden => style.fg(Color::Reset).bg(Color::Reset),
    }
}

fn color(from: screen::Color) -> Color {
    match from {
        screen::Color::Default => Color::Reset,
        screen::Color::Idx(index) => Color::Indexed(index),
        screen::Color::Rgb(red, green, blue) => Color::Rgb(red, green, blue),
    }
}

/// Neither a control character, nor one that changes the direction of writing or the width of what stands before it.
fn is_drawn(character: char) -> bool {
    !character.is_control()
        && !matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fe0e}' | '\u{fe0f}' | '\u{feff}')
}
