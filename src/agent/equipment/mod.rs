//! What an agent is given at its launch so that it speaks to us, in the dialect of its profile.
//!
//! It holds for this one launch, beside what the person has set, and no file of the person's is written for it: an
//! agent takes it from its argv, from its environment and from files in the folder of the launch. What an agent tells
//! with it is read by [`signals`](super::signals).
//!
//! - Hooks are commands: this very program, or on a [`host`] the script in its place, which finds the door and its token in its environment. So there is no
//!   secret in an argv, nor in a file of the launch but the token's own.
//! - A profile says where the arguments stand, with `{signals}`. One that doesn't gets nothing but the variables that
//!   every program gets.

mod claude;
mod claude_settings;
mod codex;
pub mod host;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

pub use self::claude_settings::OwnSettings;
use super::signals::Dialect;

/// What of ours an agent is pointed to.
#[derive(Debug, Clone, Copy)]
pub struct Ours<'a> {
    /// This executable, or the script in its place, by its whole path.
    pub program: &'a str,
    /// It is the script.
    pub by_script: bool,
    /// Where the agents' door listens.
    pub door: SocketAddr,
    /// The variable that holds the token.
    pub token_variable: &'a str,
    /// Where the files of this launch go.
    pub folder: &'a Path,
}

/// What an agent is given at its launch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Equipment {
    /// Arguments for its argv.
    pub arguments: Vec<String>,
    /// What it finds in its environment beside the usual.
    pub environment: Vec<(String, String)>,
    /// Files to be written before, readable by the owner alone.
    pub files: Vec<(PathBuf, String)>,
}

impl Equipment {
    /// What an agent of this dialect needs, beside the settings of the person's that it has.
    pub fn of(dialect: Dialect, own: &OwnSettings, ours: Ours<'_>) -> Self {
        match dialect {
            Dialect::Claude => claude::equipment(own, ours),
            Dialect::Codex => codex::equipment(ours),
            Dialect::Plain => Self::default(),
        }
    }
}

/// The name of our tools in an agent's list of servers.
const SERVER: &str = "qd";

/// How long the person may take to decide, for an agent that waits for it. Agents want a number.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a hook may take that waits for nobody.
const BRIEF: Duration = Duration::from_secs(10);

impl Ours<'_> {
    /// The command of a hook, for the shell that agents hand it to. `exec` spares the process of that shell.
    fn hook(&self, dialect: Dialect) -> String {
        format!("exec {} hook {}", shell_words::quote(self.program), dialect.word())
    }

    /// Where our tools are.
    fn tools(&self) -> String {
        format!("http://{}/mcp", self.door)
    }
}
