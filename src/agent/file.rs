//! A profile as it is written in a file.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    composer::Composer,
    dialog::DialogRule,
    pattern::Pattern,
    profile::{Completion, Conversation, Keys, Profile, Program, PromptWay, Quit, Readiness, Rule},
    signals::Dialect,
    template::{Place, Template},
};
use crate::domain::ProfileName;

/// A profile as it is written in a file: what it leaves out comes from the one it inherits, or from the defaults.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    pub(super) inherit: Option<ProfileName>,
    title: Option<String>,
    install: Option<String>,
    hidden: Option<bool>,
    program: Option<Program>,
    version: Option<Vec<String>>,
    login: Option<Vec<String>>,
    arguments: Option<Vec<String>>,
    environment: BTreeMap<String, String>,
    new: Option<Template>,
    resume: Option<Template>,
    prompt: Option<PromptWay>,
    has_subcommands: Option<bool>,
    signals: Option<Dialect>,
    conversation: Option<Conversation>,
    completion: Option<Completion>,
    accepts_while_working: Option<bool>,
    runs_in_shell: Option<Pattern>,
    ready: Option<Readiness>,
    keys: KeysOfFile,
    composer: Option<Composer>,
    says: Vec<Rule>,
    dialogs: Vec<DialogRule>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct KeysOfFile {
    submit: Option<String>,
    submit_delay_ms: Option<u64>,
    interrupt: Option<Vec<String>>,
    clear_line: Option<Vec<String>>,
    quit: Option<Quit>,
}

/// A mistake in a file: what is wrong, and where, as a range of bytes.
#[derive(Debug)]
pub(super) struct Mistake {
    pub(super) problem: String,
    pub(super) at: usize,
}

impl File {
    /// Reads the text of a file.
    pub(super) fn parse(text: &str) -> Result<Self, Mistake> {
        toml::from_str(text).map_err(|error| Mistake {
            problem: with_nearest(error.message()),
            at: error.span().map_or(0, |span| span.start),
        })
    }

    /// This file on top of the one it inherits. Its rules and dialogs come before the inherited ones.
    pub(super) fn over(mut self, parent: File) -> File {
        let mut environment = parent.environment;
        environment.append(&mut self.environment);
        self.says.extend(parent.says);
        self.dialogs.extend(parent.dialogs);
        File {
            inherit: None,
            title: self.title.or(parent.title),
            install: self.install.or(parent.install),
            hidden: self.hidden.or(parent.hidden),
            program: self.program.or(parent.program),
            version: self.version.or(parent.version),
            login: self.login.or(parent.login),
            arguments: self.arguments.or(parent.arguments),
            environment,
            new: self.new.or(parent.new),
            resume: self.resume.or(parent.resume),
            prompt: self.prompt.or(parent.prompt),
            has_subcommands: self.has_subcommands.or(parent.has_subcommands),
            signals: self.signals.or(parent.signals),
            conversation: self.conversation.or(parent.conversation),
            completion: self.completion.or(parent.completion),
            accepts_while_working: self.accepts_while_working.or(parent.accepts_while_working),
            runs_in_shell: self.runs_in_shell.or(parent.runs_in_shell),
            ready: self.ready.or(parent.ready),
            keys: KeysOfFile {
                submit: self.keys.submit.or(parent.keys.submit),
                submit_delay_ms: self.keys.submit_delay_ms.or(parent.keys.submit_delay_ms),
                interrupt: self.keys.interrupt.or(parent.keys.interrupt),
                clear_line: self.keys.clear_line.or(parent.keys.clear_line),
                quit: self.keys.quit.or(parent.keys.quit),
            },
            composer: self.composer.or(parent.composer),
            says: self.says,
            dialogs: self.dialogs,
        }
    }

    /// The profile it describes, when it is complete and agrees with itself.
    pub(super) fn profile(self, name: ProfileName) -> Result<Profile, String> {
        let program = self.program.ok_or("it does not say what to run: write program = \"NAME\"")?;
        let new = self.new.ok_or("it does not say how to start: write new = [[\"{prompt}\"]], or new = [] for none")?;
        let conversation = self.conversation.unwrap_or(Conversation::None);
        let prompt = self.prompt.unwrap_or(if new.has(Place::Prompt) { PromptWay::Argv } else { PromptWay::Typed });
        let ready = self.ready.unwrap_or(if self.composer.is_some() { Readiness::Composer } else { Readiness::Quiet });
        if prompt == PromptWay::Argv && !new.has(Place::Prompt) {
            return Err("prompt = \"argv\" needs {prompt} in `new`".into());
        }
        if conversation == Conversation::Ours && !new.has(Place::Conversation) {
            return Err("conversation = \"ours\" needs {conversation} in `new`".into());
        }
        if self.resume.as_ref().is_some_and(|resume| !resume.has(Place::Conversation)) {
            return Err("`resume` needs {conversation}".into());
        }
        if matches!(ready, Readiness::Composer) && self.composer.is_none() {
            return Err("ready = \"composer\" needs a [composer]".into());
        }
        if let Some(rule) = self.says.iter().find(|rule| rule.is_always()) {
            return Err(format!(
                "the rule {:?} has no condition: give it a title, a screen or a foreground",
                rule.rule
            ));
        }
        if matches!(&self.completion, Some(Completion::Command(argv)) if argv.is_empty()) {
            return Err("completion = { command = [] } names no program".into());
        }
        if let Some(problem) = self.dialogs.iter().find_map(DialogRule::problem) {
            return Err(problem);
        }
        if let Some(name) = self.environment.keys().find(|name| name.is_empty() || name.contains(['=', '\0'])) {
            return Err(format!("{name:?} is no name for an environment variable"));
        }
        Ok(Profile {
            title: self.title.unwrap_or_else(|| name.to_string()),
            install: self.install.unwrap_or_default(),
            hidden: self.hidden.unwrap_or(false),
            program,
            version: self.version.unwrap_or_default(),
            login: self.login.unwrap_or_default(),
            arguments: self.arguments.unwrap_or_default(),
            environment: self.environment,
            // A conversation that we are not told of can't be continued.
            resume: self.resume.filter(|_| conversation != Conversation::None),
            new,
            prompt,
            has_subcommands: self.has_subcommands.unwrap_or(false),
            signals: self.signals.unwrap_or_default(),
            conversation,
            completion: self.completion.unwrap_or(Completion::Person),
            accepts_while_working: self.accepts_while_working.unwrap_or(false),
            runs_in_shell: self.runs_in_shell,
            ready,
            keys: self.keys.or_usual(),
            composer: self.composer,
            says: self.says,
            dialogs: self.dialogs,
            name,
        })
    }
}

impl KeysOfFile {
    fn or_usual(self) -> Keys {
        let keys = |keys: Option<Vec<String>>, usual: &str| keys.unwrap_or_else(|| vec![usual.into()]);
        Keys {
            submit: self.submit.unwrap_or_else(|| "Enter".into()),
            submit_delay_ms: self.submit_delay_ms.unwrap_or(100),
            interrupt: keys(self.interrupt, "Escape"),
            clear_line: keys(self.clear_line, "C-u"),
            quit: self.quit.unwrap_or_else(|| Quit::Keys(vec!["C-d".into()])),
        }
    }
}

impl Rule {
    fn is_always(&self) -> bool {
        self.title.is_none() && self.screen.is_none() && self.foreground.is_none()
    }
}

/// The parser's words; where they name an unknown key and the known ones, the nearest of these is pointed out instead.
fn with_nearest(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let (true, Some(unknown)) = (message.starts_with("unknown field"), quoted.next()) else {
        return message.trim().to_owned();
    };
    match quoted.min_by_key(|known| distance(unknown, known)) {
        Some(nearest) if distance(unknown, nearest) <= nearest.len().max(unknown.len()) / 2 => {
            format!("there is no key `{unknown}`; the nearest one is `{nearest}`")
        }
        _ => message.trim().to_owned(),
    }
}

/// How many letters must be put in, left out or replaced to make `left` into `right`.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, letter) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, other) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_answered_with_the_nearest_one_and_its_place() {
        let text = "title = \"x\"\ntitel = \"y\"\n";
        let mistake = File::parse(text).expect_err("a typing mistake");
        assert_eq!(mistake.problem, "there is no key `titel`; the nearest one is `title`");
        assert_eq!(text[..mistake.at].lines().count(), 1);
    }

    #[test]
    fn distances_are_counted_in_letters() {
        assert_eq!([distance("titel", "title"), distance("", "abc"), distance("größe", "grosse")], [2, 3, 3]);
    }
}
