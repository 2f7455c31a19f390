//! The person's clipboard, reached through their terminal.

use std::io::{self, Write};

use crossterm::{clipboard::CopyToClipboard, execute};

/// Puts `text` on the clipboard with OSC 52, which also works over ssh. Whether it arrived can't be known: the terminal
/// does not answer, and some need to be allowed to. `terminal` is the person's, between two frames.
///
/// # Errors
/// When the terminal can't be written to.
pub fn copy(text: &str, terminal: &mut impl Write) -> io::Result<()> {
    execute!(terminal, CopyToClipboard::to_clipboard_from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_travels_encoded() {
        let mut written = Vec::new();
        copy("tmux attach; é\x1b[0m", &mut written).expect("memory");
        assert_eq!(written, b"\x1b]52;c;dG11eCBhdHRhY2g7IMOpG1swbQ==\x1b\\");
    }
}
