//! One agent, as data.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Deserialize;

use super::{composer::Composer, dialog::DialogRule, pattern::Pattern, signals::Dialect, template::Template};
use crate::domain::{ProfileName, activity::Doing};

/// One agent, as data. What each key means to the person who writes one is explained in `profiles/claude.toml`.
#[derive(Debug, Clone)]
pub struct Profile {
    /// What it is called in commands and files.
    pub name: ProfileName,
    /// What people call it.
    pub title: String,
    /// How to get it, in one line.
    pub install: String,
    /// Not offered to people unless asked for by name.
    pub hidden: bool,
    /// What is run.
    pub program: Program,
    /// The arguments with which it prints its version; empty when it can't.
    pub version: Vec<String>,
    /// Signs that it is logged in, any of which is enough: a file, or a variable.
    pub login: Vec<String>,
    /// The person's own arguments, before all others.
    pub arguments: Vec<String>,
    /// What it finds in its environment beside the usual.
    pub environment: BTreeMap<String, String>,
    /// The arguments of a new conversation.
    pub new: Template,
    /// The arguments that continue a conversation; `None` when it can't.
    pub resume: Option<Template>,
    /// How the first prompt goes in.
    pub prompt: PromptWay,
    /// A prompt of one plain word could be taken for one of its subcommands.
    pub has_subcommands: bool,
    /// How it speaks to us.
    pub signals: Dialect,
    /// Who chooses the conversation's id.
    pub conversation: Conversation,
    /// What says that the work is done.
    pub completion: Completion,
    /// What is submitted while it works is queued by it, and not lost.
    pub accepts_while_working: bool,
    /// A text that begins like this would be run as a command of the shell.
    pub runs_in_shell: Option<Pattern>,
    /// What shows that it takes input.
    pub ready: Readiness,
    /// Its keys.
    pub keys: Keys,
    /// Where the text stands that was typed and not yet submitted.
    pub composer: Option<Composer>,
    /// What its pane says, strongest first.
    pub says: Vec<Rule>,
    /// The dialogs that can be read; the first that fits counts.
    pub dialogs: Vec<DialogRule>,
}

/// What is run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum Program {
    /// A name to be looked for in `PATH`, or an absolute path.
    Named(String),
    /// `{qd}`: this very executable.
    Quarterdeck,
    /// `{shell}`: the person's shell, from `SHELL`, or `/bin/sh`.
    Shell,
}

/// How the first prompt goes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromptWay {
    /// As an element of its argv.
    Argv,
    /// Pasted once it takes input.
    Typed,
}

/// Who chooses the conversation's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conversation {
    /// We do, and give it at launch.
    Ours,
    /// The agent does; it can be read from the rollout files of Codex.
    CodexRollouts,
    /// It has none that we could know.
    None,
}

/// What says that the work is done, beside the person and the agent's own report.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Completion {
    /// Nothing.
    Person,
    /// Its program ends with exit code 0; any other says that the work has failed.
    Exit,
    /// Its turn is over, and these words stand on its screen.
    Marker(Pattern),
    /// Its turn is over, and this program, run in its workspace, ends with exit code 0: an argument vector.
    Command(Vec<String>),
}

/// What shows that an agent takes input.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Readiness {
    /// Its input box is on the screen.
    Composer,
    /// This is on the screen.
    Screen(Pattern),
    /// Something is on the screen, and has not changed for a while: the pane's beholder decides for how long.
    Quiet,
}

/// The keys of an agent, in tmux's notation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// Submits what stands in the input box.
    pub submit: String,
    /// How long after a paste `submit` is understood, in milliseconds.
    pub submit_delay_ms: u64,
    /// Interrupts what it is doing.
    pub interrupt: Vec<String>,
    /// Empties one line of the input box.
    pub clear_line: Vec<String>,
    /// Ends it in an orderly way.
    pub quit: Quit,
}

/// How an agent is ended in an orderly way.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Quit {
    /// This is typed and submitted, for example `/exit`.
    Text(String),
    /// These keys are pressed.
    Keys(Vec<String>),
}

/// One thing an agent's pane can say. All of its conditions must hold.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What the agent is doing then.
    pub doing: Doing,
    /// The rule in words.
    pub rule: String,
    /// Matches the title the agent gave the pane.
    #[serde(default)]
    pub title: Option<Pattern>,
    /// Matches the rows of `place`.
    #[serde(default)]
    pub screen: Option<Pattern>,
    /// Which part of the screen `screen` looks at; never the text in the input box.
    #[serde(default, rename = "where")]
    pub place: Part,
    /// How many rows of that part, counted from its end without empty ones; 0 for all.
    #[serde(default)]
    pub last: usize,
    /// The input box is, or is not, on the screen.
    #[serde(default)]
    pub composer: Option<bool>,
    /// What runs in the foreground of the pane.
    #[serde(default)]
    pub foreground: Option<Foreground>,
}

/// A part of the screen, relative to the input box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Everything but the input box.
    #[default]
    All,
    /// What stands above it; everything when there is no input box.
    Above,
    /// What stands below it; nothing when there is no input box.
    Below,
}

/// What runs in the foreground of a pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Foreground {
    /// The program that was launched.
    Itself,
    /// Another one, started by it.
    Another,
}

impl Profile {
    /// `text` as it is given to this agent, so that it is read and not run: a space, which agents trim away, goes before
    /// what would be a command of the shell.
    pub fn as_text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match &self.runs_in_shell {
            Some(command) if command.matches_beginning(text) => Cow::Owned(format!(" {text}")),
            _ => Cow::Borrowed(text),
        }
    }

    /// It can be started again on a conversation it had.
    pub fn can_resume(&self) -> bool {
        self.resume.is_some()
    }

    /// [`Reading::ready`](super::Reading::ready) counts only when the pane has been quiet for a while.
    pub fn quiet_means_ready(&self) -> bool {
        matches!(self.ready, Readiness::Quiet)
    }
}

impl From<String> for Program {
    fn from(text: String) -> Self {
        match text.as_str() {
            "{qd}" => Program::Quarterdeck,
            "{shell}" => Program::Shell,
            _ => Program::Named(text),
        }
    }
}

impl Program {
    /// The name or path to be run on this machine.
    pub fn resolve(&self) -> String {
        self.resolve_with(std::env::var("SHELL").ok().as_deref())
    }

    /// The name or path to be run where the person has this shell.
    pub fn resolve_with(&self, shell: Option<&str>) -> String {
        match self {
            Program::Named(name) => name.clone(),
            Program::Quarterdeck => own_executable(),
            Program::Shell => shell.filter(|shell| shell.starts_with('/')).unwrap_or("/bin/sh").to_owned(),
        }
    }
}

/// This executable's whole path. A rebuilt one is found under its old name: Linux says `… (deleted)` of the old file.
pub fn own_executable() -> String {
    let Ok(path) = std::env::current_exe() else { return "qd".into() };
    let path = path.to_string_lossy();
    path.strip_suffix(" (deleted)").unwrap_or(&path).to_owned()
}
