//! How the stand-in looks: what it said scrolls by, and a block at the bottom is drawn anew.

use std::{
    collections::VecDeque,
    io::{self, BufWriter, Stdout, Write},
};

use crossterm::{
    cursor::{Hide, MoveTo, MoveToColumn, MoveUp, Show},
    event::{DisableBracketedPaste, EnableBracketedPaste},
    queue,
    style::Print,
    terminal::{
        Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, SetTitle, disable_raw_mode, enable_raw_mode, size,
    },
};
use unicode_width::UnicodeWidthChar;

/// How many lines are kept to be drawn again after a change of size.
const KEPT: usize = 200;

/// A terminal in raw mode, given back when dropped.
pub(super) struct Face {
    out: BufWriter<Stdout>,
    alternate: bool,
    said: VecDeque<String>,
    block: Vec<String>,
    title: String,
}

impl Face {
    pub(super) fn new(alternate: bool) -> io::Result<Self> {
        enable_raw_mode()?;
        let mut face = Self {
            out: BufWriter::new(io::stdout()),
            alternate,
            said: VecDeque::new(),
            block: Vec::new(),
            title: String::new(),
        };
        if alternate {
            queue!(face.out, EnterAlternateScreen, MoveTo(0, 0))?;
        }
        queue!(face.out, EnableBracketedPaste, Hide)?;
        Ok(face)
    }

    /// Sets the pane's title, if it is another one.
    pub(super) fn title(&mut self, title: String) -> io::Result<()> {
        if title != self.title {
            queue!(self.out, SetTitle(&title))?;
            self.title = title;
        }
        Ok(())
    }

    /// Lets `lines` scroll by above the block.
    pub(super) fn say(&mut self, lines: &[String]) -> io::Result<()> {
        self.erase()?;
        for line in lines {
            queue!(self.out, Print(line), Print("\r\n"))?;
        }
        self.said.extend(lines.iter().cloned());
        self.said.drain(..self.said.len().saturating_sub(KEPT));
        self.draw()
    }

    /// Shows another block.
    pub(super) fn show(&mut self, block: Vec<String>) -> io::Result<()> {
        if block != self.block {
            self.erase()?;
            self.block = block;
            self.draw()?;
        }
        self.out.flush()
    }

    /// Draws everything anew, after a change of size.
    pub(super) fn again(&mut self) -> io::Result<()> {
        queue!(self.out, Clear(ClearType::All), MoveTo(0, 0))?;
        for line in &self.said {
            queue!(self.out, Print(line), Print("\r\n"))?;
        }
        self.draw()?;
        self.out.flush()
    }

    fn erase(&mut self) -> io::Result<()> {
        let rows = u16::try_from(self.block.len()).unwrap_or(u16::MAX);
        if rows > 1 {
            queue!(self.out, MoveUp(rows - 1))?;
        }
        queue!(self.out, MoveToColumn(0), Clear(ClearType::FromCursorDown))
    }

    fn draw(&mut self) -> io::Result<()> {
        let columns = columns();
        for (at, row) in self.block.iter().enumerate() {
            let end = if at + 1 < self.block.len() { "\r\n" } else { "" };
            queue!(self.out, Print(fitting(row, columns)), Print(end))?;
        }
        Ok(())
    }
}

impl Drop for Face {
    fn drop(&mut self) {
        // The terminal may be gone; there is nobody to tell.
        let _ = queue!(self.out, Show, DisableBracketedPaste);
        if self.alternate {
            let _ = queue!(self.out, LeaveAlternateScreen);
        } else {
            let _ = queue!(self.out, Print("\r\n"));
        }
        let _ = self.out.flush();
        let _ = disable_raw_mode();
    }
}

/// The terminal's width.
pub(super) fn columns() -> usize {
    size().map_or(80, |(columns, _)| usize::from(columns.max(2)))
}

/// `row`, cut so that it is not wrapped.
fn fitting(row: &str, columns: usize) -> String {
    let mut width = 0;
    let fits = |character: &char| {
        width += character.width().unwrap_or(0);
        width <= columns
    };
    row.chars().take_while(fits).collect()
}
