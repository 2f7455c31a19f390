//! What a setup prints: the beginning in a log file, the end at hand. On another host that file is written when the setup
//! is over.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::super::Error;
use crate::target::Host;

/// How much of the end is at hand, in bytes: what an artifact may hold, with room for a line that says what is missing.
const AT_HAND: usize = crate::domain::artifact::BODY_BYTES - 512;
/// How much of the beginning the log holds, in bytes.
const LOG: u64 = 16 << 20;
/// The same on another host.
const LOG_THERE: usize = 1 << 20;

/// What a setup printed.
#[derive(Debug)]
pub struct Printed {
    /// How it went, one line.
    pub title: String,
    /// Where its log is.
    pub log: PathBuf,
    end: Vec<u8>,
    bytes: u64,
    beginning: Beginning,
}

/// Where the beginning goes.
#[derive(Debug)]
enum Beginning {
    Here(fs::File),
    There(Vec<u8>),
}

impl Printed {
    /// Begins the log anew.
    pub(super) fn into(host: &Host, log: &Path) -> Result<Self, Error> {
        let beginning = match host.is_local() {
            true => Beginning::Here(begin(log).map_err(Error::file("write", log))?),
            false => Beginning::There(Vec::new()),
        };
        Ok(Self { title: String::new(), log: log.to_owned(), end: Vec::new(), bytes: 0, beginning })
    }

    /// Writes what is not yet written.
    pub(super) async fn finish(&self, host: &Host) -> Result<(), Error> {
        match &self.beginning {
            Beginning::Here(_) => Ok(()),
            Beginning::There(bytes) => host.write(&self.log, bytes).await.map_err(Error::file("write", &self.log)),
        }
    }

    /// Takes what was printed.
    pub(super) fn hear(&mut self, bytes: &[u8]) {
        match &mut self.beginning {
            Beginning::Here(file) => {
                let room = usize::try_from(LOG.saturating_sub(self.bytes)).unwrap_or(usize::MAX);
                // A log that can't be written to, on a full disk, says so by its end.
                let _ = file.write_all(&bytes[..bytes.len().min(room)]);
            }
            Beginning::There(beginning) => {
                let room = LOG_THERE - beginning.len();
                beginning.extend_from_slice(&bytes[..bytes.len().min(room)]);
            }
        }
        self.bytes += bytes.len() as u64;
        self.end.extend_from_slice(bytes);
        // Not at every piece, so that a flood costs no more than its copying.
        if self.end.len() > 2 * AT_HAND {
            self.end.drain(..self.end.len() - AT_HAND);
        }
    }

    /// Adds a line of our own.
    pub(super) fn line(&mut self, text: &str) {
        let begun = self.end.last().is_some_and(|&last| last != b'\n');
        self.hear(format!("{}{text}\n", if begun { "\n" } else { "" }).as_bytes());
    }

    /// `how`, with the last lines that say something.
    pub(super) fn with_last_lines(&self, how: &str, most: usize) -> String {
        let text = String::from_utf8_lossy(&self.end[self.end.len().saturating_sub(4_096)..]).into_owned();
        let said = text.lines().filter(|line| !line.trim().is_empty() && *line != how && !line.starts_with("$ "));
        let said: Vec<&str> = said.collect();
        let last = said[said.len().saturating_sub(most)..].iter().map(|line| format!("\n  {}", line.trim_end()));
        format!("its setup failed: {how}{}", last.collect::<String>())
    }

    /// The end of it, as text; a first line says what is missing.
    pub fn text(&self) -> String {
        let end = &self.end[self.end.len().saturating_sub(AT_HAND)..];
        let missing = self.bytes - end.len() as u64;
        let text = String::from_utf8_lossy(end);
        match missing {
            0 => text.into_owned(),
            missing => {
                // Broken characters become longer than they were.
                let start = text.len().saturating_sub(AT_HAND);
                let start = (start..text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len());
                format!("({missing} bytes before this are in {})\n{}", self.log.display(), &text[start..])
            }
        }
    }
}

fn begin(log: &Path) -> io::Result<fs::File> {
    if let Some(folder) = log.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(log)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_leaves_its_beginning_in_the_log_and_its_end_at_hand() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut printed = Printed::into(&Host::local(), &folder.path().join("x/w1.log")).expect("a log");
        printed.line("$ flood");
        for number in 0..40 {
            printed.hear(&vec![b'a' + (number % 26) as u8; 1 << 20]);
        }
        printed.line("the end");
        assert_eq!(fs::metadata(&printed.log).expect("there").len(), LOG);
        let text = printed.text();
        assert!(text.len() <= crate::domain::artifact::BODY_BYTES && text.ends_with("\nthe end\n"), "{}", text.len());
        assert!(text.starts_with('('), "{}", &text[..80]);
        assert!(printed.end.len() <= 2 * AT_HAND);
        let said = printed.with_last_lines("flood exited with code 1", 3);
        assert!(said.starts_with("its setup failed: flood exited with code 1\n") && said.ends_with("\n  the end"));
    }
}
