//! What a pane shows. Not state: it is never kept, only passed on to whoever looks.

use serde::{Deserialize, Serialize};

use super::{SessionId, Timestamp};

/// A pane's picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// Whose.
    pub session: SessionId,
    /// Columns of the pane, at least 2.
    pub columns: u16,
    /// Rows of the pane, at least 1.
    pub rows: u16,
    /// Lines of text with SGR escapes, separated by `\r\n`; `history` lines come before the `rows` of the screen.
    /// To be fed into a terminal parser, never to a terminal.
    pub contents: String,
    /// Lines of scrollback at the head of `contents`.
    pub history: u32,
    /// Where the cursor is: row, column, from 0; `None` while it is hidden.
    pub cursor: Option<(u16, u16)>,
    /// The program draws on the alternate screen, which has no scrollback.
    pub alternate: bool,
    /// The pane's title.
    pub title: String,
    /// When it was captured.
    pub captured_at: Timestamp,
    /// The program has ended; this is its last picture.
    pub ended: bool,
}

impl Picture {
    /// A looker would see no difference.
    pub fn shows_the_same(&self, other: &Picture) -> bool {
        Picture { captured_at: other.captured_at, ..self.clone() } == *other
    }
}
