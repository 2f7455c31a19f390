//! The lines that leave the top of a grid, for whoever puts a recording together.

use vt100::capture::{BasicFormattedCaptureState, RowContents};

/// A line that never ends is cut here, in bytes.
const LINE_BYTES: usize = 64 << 10;

/// What has left the top. Keeps nothing until it is told to.
#[derive(Debug, Default)]
pub(super) struct Scrolled {
    keeping: bool,
    finished: Vec<String>,
    /// The line whose rows are still coming: those before the last were wrapped into the next.
    unfinished: Option<String>,
    rows: BasicFormattedCaptureState,
}

impl Scrolled {
    pub(super) fn keep(&mut self) {
        self.keeping = true;
    }

    pub(super) fn take(&mut self) -> Vec<String> {
        self.finish();
        self.rows = BasicFormattedCaptureState::new();
        std::mem::take(&mut self.finished)
    }

    fn finish(&mut self) {
        if let Some(mut line) = self.unfinished.take() {
            if line.contains('\x1b') {
                line.push_str("\x1b[m");
            }
            self.finished.push(line);
        }
    }
}

impl vt100::Callbacks for Scrolled {
    fn on_scroll(&mut self, row: RowContents<'_>, _alternate_screen: bool) {
        if !self.keeping {
            return;
        }
        let mut text = String::new();
        // Writing to a `String` cannot fail.
        let _ = row.write_formatted_basic(&mut text, &mut self.rows);
        // The parser starts a row with a line break where the row before it was not wrapped into it.
        match &mut self.unfinished {
            Some(line) if !text.starts_with('\n') && line.len() < LINE_BYTES => line.push_str(&text),
            Some(_) => {
                self.finish();
                text.clear();
                // Each line starts from plain attributes.
                self.rows = BasicFormattedCaptureState::new();
                let _ = row.write_formatted_basic(&mut text, &mut self.rows);
                self.unfinished = Some(text);
            }
            None => self.unfinished = Some(text),
        }
    }
}
