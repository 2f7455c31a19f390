//! Standard output, and the notices beside it on standard error.

use std::{
    fmt::Display,
    io::{self, BufWriter, IsTerminal, Write},
};

use serde::Serialize;

use super::Paint;

/// Standard output does not take what is written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the output")]
pub(crate) struct Unwritable(#[from] io::Error);

impl Unwritable {
    /// Whoever read it has gone, as `head` does: nothing is wrong.
    pub(crate) fn reader_has_gone(&self) -> bool {
        self.0.kind() == io::ErrorKind::BrokenPipe
    }
}

/// Standard output. A reader that goes away is an error to pass on, never a panic.
pub(crate) struct Output {
    to: BufWriter<Box<dyn Write>>,
    terminal: bool,
    colours: bool,
    #[cfg(test)]
    captured: std::rc::Rc<std::cell::RefCell<Vec<u8>>>,
}

impl Output {
    /// This process's standard output.
    pub(crate) fn standard() -> Self {
        let terminal = io::stdout().is_terminal();
        Self {
            to: BufWriter::new(Box::new(io::stdout())),
            terminal,
            colours: terminal && colours_are_welcome(),
            #[cfg(test)]
            captured: std::rc::Rc::default(),
        }
    }

    /// Somebody looks at a terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// They want colours.
    pub(crate) fn has_colours(&self) -> bool {
        self.colours
    }

    /// The terminal's width; `None` in a pipe, where nothing is cut.
    pub(super) fn columns(&self) -> Option<usize> {
        self.terminal.then(|| crossterm::terminal::size().ok()).flatten().map(|(columns, _)| usize::from(columns))
    }

    /// A line, as it is: pass other people's text through [`super::line`], [`super::block`] or [`super::sgr_only`].
    pub(crate) fn line(&mut self, text: impl Display) -> Result<(), Unwritable> {
        Ok(writeln!(self.to, "{text}")?)
    }

    /// A line that only matters to a person: left out of a pipe.
    pub(crate) fn note(&mut self, text: impl Display) -> Result<(), Unwritable> {
        if self.terminal { self.line(text) } else { Ok(()) }
    }

    /// One value as JSON, indented for a person and on one line for a program.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<(), Unwritable> {
        let written = if self.terminal { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
        self.line(written.map_err(io::Error::other)?)
    }

    /// One value as JSON on one line, whoever reads it.
    pub(crate) fn json_line(&mut self, value: &impl Serialize) -> Result<(), Unwritable> {
        self.line(serde_json::to_string(value).map_err(io::Error::other)?)
    }

    /// Hands everything on.
    pub(crate) fn flush(&mut self) -> Result<(), Unwritable> {
        Ok(self.to.flush()?)
    }

    /// `text` in colour where colours are welcome.
    pub(crate) fn paint(&self, paint: Paint, text: &str) -> String {
        painted(self.colours, paint, text)
    }
}

#[cfg(test)]
impl Output {
    /// An output behind a pipe that ends in memory.
    pub(super) fn captured() -> Self {
        struct Shared(std::rc::Rc<std::cell::RefCell<Vec<u8>>>);
        impl Write for Shared {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.borrow_mut().write(bytes)
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let captured = std::rc::Rc::default();
        let to = BufWriter::new(Box::new(Shared(std::rc::Rc::clone(&captured))) as Box<dyn Write>);
        Self { to, terminal: false, colours: false, captured }
    }

    /// What was written so far.
    pub(super) fn text(&mut self) -> String {
        self.flush().expect("memory takes it");
        String::from_utf8(self.captured.borrow().clone()).expect("text")
    }
}

/// Standard error: what happens beside the answer. Never fails.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Notices {
    terminal: bool,
    colours: bool,
}

impl Notices {
    /// This process's standard error.
    pub(crate) fn standard() -> Self {
        let terminal = io::stderr().is_terminal();
        Self { terminal, colours: terminal && colours_are_welcome() }
    }

    /// Somebody looks at a terminal and can answer there.
    pub(crate) fn can_ask(self) -> bool {
        self.terminal && io::stdin().is_terminal()
    }

    /// A line that stays.
    pub(crate) fn say(self, text: impl Display) {
        let _ = writeln!(io::stderr(), "{}{text}", if self.terminal { "\r\u{1b}[K" } else { "" });
    }

    /// A line that the next one replaces; only on a terminal.
    pub(crate) fn show(self, text: impl Display) {
        if self.terminal {
            let _ = write!(io::stderr(), "\r\u{1b}[K{text}");
        }
    }

    /// Asks a question that Enter answers with yes.
    pub(crate) fn ask(self, question: impl Display) -> bool {
        let _ = write!(io::stderr(), "{question} [Y/n] ");
        let mut answer = String::new();
        io::stdin().read_line(&mut answer).is_ok_and(|bytes| bytes > 0)
            && matches!(answer.trim().to_ascii_lowercase().as_str(), "" | "y" | "yes")
    }

    /// `text` in colour where colours are welcome.
    pub(crate) fn paint(self, paint: Paint, text: &str) -> String {
        painted(self.colours, paint, text)
    }
}

/// By the conventions of <https://no-color.org> and of terminals that cannot.
fn colours_are_welcome() -> bool {
    let set = |variable| std::env::var_os(variable).filter(|value| !value.is_empty());
    set("NO_COLOR").is_none() && set("TERM").is_none_or(|terminal| terminal != "dumb")
}

fn painted(colours: bool, paint: Paint, text: &str) -> String {
    match paint.parameters() {
        Some(parameters) if colours && !text.is_empty() => format!("\u{1b}[{parameters}m{text}\u{1b}[0m"),
        _ => text.into(),
    }
}
