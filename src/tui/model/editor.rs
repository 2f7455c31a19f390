//! A field in which the person writes.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
    widgets::Widget,
};
use ratatui_textarea::{CursorMove, TextArea, WrapMode};

/// A field in which the person writes, of one line or many.
#[derive(Debug, Clone)]
pub struct Editor {
    area: TextArea<'static>,
    lines: Lines,
}

/// How many lines a field has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// One.
    One,
    /// As many as are written.
    Many,
}

/// The longest text a field takes in one paste, in bytes: what a message can hold.
const PASTE_BYTES: usize = crate::domain::message::BODY_BYTES;

impl Editor {
    /// An empty field.
    pub fn new(lines: Lines) -> Self {
        let mut area = TextArea::default();
        area.set_cursor_line_style(Style::new());
        if lines == Lines::Many {
            area.set_wrap_mode(WrapMode::WordOrGlyph);
        }
        Self { area, lines }
    }

    /// A field of one line with `text` in it, the cursor at its end.
    pub fn line(text: &str) -> Self {
        let mut editor = Self::new(Lines::One);
        editor.paste(text);
        editor
    }

    /// What is written.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Nothing but white space is written.
    pub fn is_blank(&self) -> bool {
        self.area.lines().iter().all(|line| line.trim().is_empty())
    }

    /// How many lines are written, before wrapping.
    pub fn line_count(&self) -> usize {
        self.area.lines().len()
    }

    /// Replaces what is written.
    pub fn set(&mut self, text: &str) {
        let lines = self.lines;
        *self = Self::new(lines);
        self.paste(text);
    }

    /// Types a key; Enter makes a new line only in a field of many.
    pub fn type_key(&mut self, key: KeyEvent) {
        match (key.code, self.lines) {
            (KeyCode::Enter, Lines::One) | (KeyCode::Tab | KeyCode::BackTab | KeyCode::Esc, _) => {}
            // As in every shell; what it does otherwise here is done by the other key that people know for it.
            (KeyCode::Char('u'), _) if key.modifiers == KeyModifiers::CONTROL => {
                self.area.delete_line_by_head();
            }
            (KeyCode::Char('z'), _) if key.modifiers == KeyModifiers::CONTROL => {
                self.area.undo();
            }
            _ => {
                self.area.input(key);
            }
        }
    }

    /// Breaks the line, in a field of many.
    pub fn new_line(&mut self) {
        if self.lines == Lines::Many {
            self.area.insert_newline();
        }
    }

    /// Puts text in at the cursor: line ends of any kind, no other control characters but tabs.
    pub fn paste(&mut self, text: &str) {
        let end = (0..=text.len().min(PASTE_BYTES)).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        let text = text[..end].replace("\r\n", "\n").replace('\r', "\n");
        let fits = |character: &char| !character.is_control() || matches!(character, '\n' | '\t');
        let clean: String = text.chars().filter(fits).collect();
        let clean = if self.lines == Lines::One { clean.replace(['\n', '\t'], " ") } else { clean };
        self.area.insert_str(clean);
    }

    /// The cursor is on the first line.
    pub fn at_top(&self) -> bool {
        self.area.cursor().0 == 0
    }

    /// The cursor is on the last line.
    pub fn at_bottom(&self) -> bool {
        self.area.cursor().0 + 1 >= self.area.lines().len()
    }

    /// Puts the cursor behind everything.
    pub fn go_to_end(&mut self) {
        self.area.move_cursor(CursorMove::Bottom);
        self.area.move_cursor(CursorMove::End);
    }

    /// Draws it; the cursor is seen where `focused`.
    pub fn draw(&self, area: Rect, focused: bool, style: Style, cursor: Style, buffer: &mut Buffer) {
        // Only the area itself remembers where its lines wrap: a copy would wrap all of a long text for every frame.
        // So it is drawn as it is, and what it looks like is put over it; nothing else in it is reversed.
        let area = area.intersection(buffer.area);
        (&self.area).render(area, buffer);
        for position in area.positions() {
            let cell = &mut buffer[position];
            let here = cell.modifier.contains(Modifier::REVERSED);
            cell.modifier.remove(Modifier::REVERSED);
            cell.set_style(style);
            if here && focused {
                cell.set_style(cursor);
            }
        }
    }
}
