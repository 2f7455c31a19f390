//! What the person wants done.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{ObjectiveId, Timestamp};

/// What the person wants done; owns sessions, questions and workspaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objective {
    /// `o1`.
    pub id: ObjectiveId,
    /// One line, taken from the prompt unless the person gave one.
    pub title: String,
    /// The repository's top folder (a bare repository: its own), absolute; `None` for work outside any repository.
    pub repository: Option<PathBuf>,
    /// How its work is organised.
    pub mode: Mode,
    /// The branch, tag or commit its isolated workspaces start from; the freshly fetched default branch when absent.
    pub base: Option<String>,
    /// Its agents may publish, update and comment its pull requests by themselves.
    pub agents_publish: bool,
    /// Whether it is still being worked on.
    pub state: State,
    /// When it was created.
    pub created_at: Timestamp,
    /// Out of the person's sight: ended and put away. Kept in the history.
    pub archived: bool,
}

/// How an objective's work is organised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// One session that does the work itself.
    #[default]
    Plain,
    /// An agent that splits the work and delegates it.
    Manager,
}

/// Whether an objective is still being worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Work is going on, or waits.
    Open,
    /// The person, or its last session, said it is done.
    Done,
    /// The person gave it up.
    Canceled,
}

impl State {
    /// The one spelling people see.
    pub fn label(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Done => "done",
            State::Canceled => "canceled",
        }
    }
}

/// The longest title that is made from a prompt, in characters.
pub const TITLE_CHARACTERS: usize = 72;

/// A one-line title for `prompt`: its first line with text in it, without leading list or heading marks, cut at a
/// word where it is too long.
pub fn title_of(prompt: &str) -> String {
    let line = prompt
        .lines()
        .map(|line| line.trim_start_matches(['#', '-', '*', '>', ' ', '\t']).trim())
        .find(|line| !line.is_empty())
        .unwrap_or("untitled");
    let line: String = line.chars().filter(|character| !character.is_control()).collect();
    cut(&line, TITLE_CHARACTERS)
}

/// `line` with at most `most` characters, cut at a word where it is too long.
pub fn cut(line: &str, most: usize) -> String {
    if line.chars().count() <= most {
        return line.to_owned();
    }
    let cut: String = line.chars().take(most - 1).collect();
    let at_word = cut.rfind(' ').filter(|&at| at > most / 2).unwrap_or(cut.len());
    format!("{}…", cut[..at_word].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_first_line_that_says_something() {
        assert_eq!(title_of("\n\n## Fix the parser\nIt panics."), "Fix the parser");
        assert_eq!(title_of(" \n"), "untitled");
        assert_eq!(title_of("a\u{1b}[31mb"), "a[31mb");
        let long = title_of(&"word ".repeat(40));
        assert!(long.chars().count() <= TITLE_CHARACTERS && long.ends_with("word…"), "{long}");
    }
}
