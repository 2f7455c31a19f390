//! What agents tell: their hooks and their status line, each in its own dialect, read into one vocabulary.

use serde::Deserialize;

/// The way an agent speaks to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// Claude Code's hooks, status line and transcript.
    Claude,
    /// Codex's hooks and rollout.
    Codex,
    /// Nothing of its own: only what it, or a script beside it, says with `qd signal` and our tools.
    #[default]
    Plain,
}

impl Dialect {
    /// The word for it in commands, paths and files.
    pub fn word(self) -> &'static str {
        match self {
            Dialect::Claude => "claude",
            Dialect::Codex => "codex",
            Dialect::Plain => "plain",
        }
    }
}
