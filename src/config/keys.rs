//! Every key there is, what it may hold, and who may set it.

use std::{ops::RangeInclusive, path::Path, str::FromStr};

use super::{layer::Value, notify::Quiet};
use crate::domain::ProfileName;

/// One setting's key.
#[derive(Debug)]
pub struct Key {
    /// As it is written, for example `dashboard.theme`; a `*` stands for any name.
    pub name: &'static str,
    /// A short environment variable beside the one that follows from the name.
    pub short_variable: Option<&'static str>,
    /// A repository's file may set it.
    pub from_repository: bool,
    expects: Expects,
}

/// What a key may hold.
#[derive(Debug)]
enum Expects {
    Switch,
    Whole(RangeInclusive<i64>),
    Text,
    OneOf(&'static [&'static str]),
    Agent,
    Reference,
    File,
    Keys,
    Arguments,
    Quiet,
    Dollars,
}

/// No model costs more for a million tokens.
const MOST_DOLLARS: i64 = 100_000;

impl Key {
    /// Every key, in the order of `default.toml`.
    pub const ALL: &[Key] = &[
        Key::new("agent.default", Expects::Agent).short("QD_AGENT"),
        Key::new("caps.sessions", Expects::Whole(1..=500)),
        Key::new("sessions.stop_grace_ms", Expects::Whole(0..=60_000)),
        Key::new("sessions.columns", Expects::Whole(40..=500)),
        Key::new("sessions.rows", Expects::Whole(10..=200)),
        Key::new("retention.events", Expects::Whole(1_000..=100_000_000)),
        Key::new("retention.recording_mib", Expects::Whole(1..=4_096)),
        Key::new("retention.archived_days", Expects::Whole(1..=36_500)),
        Key::new("retention.removed_days", Expects::Whole(1..=36_500)),
        Key::new("workspace.base", Expects::Reference).harmless(),
        Key::new("workspace.offer_after_hours", Expects::Whole(0..=87_600)),
        Key::new("forge.look_seconds", Expects::Whole(1..=3_600)),
        Key::new("ssh.config", Expects::File),
        Key::new("dashboard.theme", Expects::Text).short("QD_THEME"),
        Key::new("dashboard.mouse", Expects::Switch),
        Key::new("dashboard.detach_key", Expects::Text),
        Key::new("notify.terminal", Expects::OneOf(&["off", "bell", "osc9", "osc777", "osc99"])),
        Key::new("notify.title", Expects::Switch),
        Key::new("notify.tmux", Expects::Switch),
        Key::new("notify.quiet", Expects::Quiet),
        Key::new("notify.command", Expects::Arguments),
        Key::new("prices.*.input", Expects::Dollars),
        Key::new("prices.*.output", Expects::Dollars),
        Key::new("prices.*.cache_read", Expects::Dollars),
        Key::new("prices.*.cache_write", Expects::Dollars),
        Key::new("log.level", Expects::OneOf(&["error", "warn", "info", "debug", "trace"])).short("QD_LOG"),
        Key::new("keys.*", Expects::Keys),
    ];

    const fn new(name: &'static str, expects: Expects) -> Self {
        Self { name, short_variable: None, from_repository: false, expects }
    }

    const fn short(mut self, variable: &'static str) -> Self {
        self.short_variable = Some(variable);
        self
    }

    const fn harmless(mut self) -> Self {
        self.from_repository = true;
        self
    }

    /// The key that is written `name`.
    pub fn named(name: &str) -> Option<&'static Key> {
        Self::ALL.iter().find(|key| match key.name.split_once('*') {
            Some((start, end)) => {
                let any = name.strip_prefix(start).and_then(|rest| rest.strip_suffix(end)).unwrap_or_default();
                let quoted = any.len() > 2 && any.starts_with('"') && any.ends_with('"');
                !any.is_empty() && (quoted || !any.contains('.'))
            }
            None => key.name == name,
        })
    }

    /// The known key that looks most like `name`, if one does.
    pub fn nearest(name: &str) -> Option<&'static str> {
        let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
        let distance = |key: &Key| edits(name, key.name).min(edits(&last(name), &last(key.name)));
        let nearest = Self::ALL.iter().filter(|key| !key.name.contains('*')).min_by_key(|key| distance(key))?;
        (distance(nearest) <= last(name).chars().count() / 3).then_some(nearest.name)
    }

    /// A key of the section that is written `name`, if there is such a section.
    pub fn of_section(name: &str) -> Option<&'static Key> {
        Self::ALL.iter().find(|key| key.name.split_once('.').is_some_and(|(section, _)| section == name))
    }

    /// The environment variable that follows from the name: `QD_DASHBOARD_THEME`. Keys with a `*` have none.
    pub fn variable(&self) -> Option<String> {
        (!self.name.contains('*')).then(|| format!("QD_{}", self.name.replace('.', "_").to_ascii_uppercase()))
    }

    /// What would be right, where `value` is not.
    pub(super) fn refuses(&self, value: &Value) -> Option<String> {
        let fits = match (&self.expects, value) {
            (Expects::Switch, Value::Switch(_)) => true,
            (Expects::Whole(range), Value::Whole(number)) => range.contains(number),
            (Expects::Text, Value::Text(text)) => !text.is_empty() && !text.contains(char::is_control),
            (Expects::OneOf(words), Value::Text(text)) => words.contains(&text.as_str()),
            (Expects::Agent, Value::Text(text)) => text.is_empty() || text.parse::<ProfileName>().is_ok(),
            (Expects::Reference, Value::Text(text)) => text.is_empty() || is_reference(text),
            (Expects::File, Value::Text(text)) => text.is_empty() || Path::new(text).is_absolute(),
            (Expects::Keys, Value::Texts(keys)) => keys.iter().all(|key| !key.is_empty()),
            (Expects::Arguments, Value::Texts(words)) => {
                words.first().is_none_or(|program| !program.is_empty()) && words.iter().all(|word| !word.contains('\0'))
            }
            (Expects::Quiet, Value::Text(text)) => text.is_empty() || Quiet::from_str(text).is_ok(),
            (Expects::Dollars, Value::Whole(dollars)) => (0..=MOST_DOLLARS).contains(dollars),
            (Expects::Dollars, Value::Fraction(text)) => {
                text.parse::<f64>().is_ok_and(|dollars| (0.0..=MOST_DOLLARS as f64).contains(&dollars))
            }
            (
                Expects::Switch
                | Expects::Whole(_)
                | Expects::Text
                | Expects::OneOf(_)
                | Expects::Agent
                | Expects::Reference
                | Expects::File
                | Expects::Keys
                | Expects::Arguments
                | Expects::Quiet
                | Expects::Dollars,
                Value::Switch(_)
                | Value::Whole(_)
                | Value::Fraction(_)
                | Value::Text(_)
                | Value::Texts(_)
                | Value::Other(_),
            ) => false,
        };
        (!fits).then(|| self.wants())
    }

    /// The value that `text` means, from a place where everything is text.
    pub(super) fn parse(&self, text: &str) -> Value {
        let parsed = match &self.expects {
            Expects::Switch => match text {
                "true" | "yes" | "on" | "1" => Some(Value::Switch(true)),
                "false" | "no" | "off" | "0" => Some(Value::Switch(false)),
                _ => None,
            },
            Expects::Whole(_) => text.parse().ok().map(Value::Whole),
            Expects::Keys => Some(Value::Texts(text.split_whitespace().map(str::to_owned).collect())),
            Expects::Arguments => shell_words::split(text).ok().map(Value::Texts),
            Expects::Dollars => match text.parse() {
                Ok(whole) => Some(Value::Whole(whole)),
                Err(_) => text.parse::<f64>().ok().map(|_| Value::Fraction(text.into())),
            },
            Expects::Text
            | Expects::OneOf(_)
            | Expects::Agent
            | Expects::Reference
            | Expects::File
            | Expects::Quiet => None,
        };
        parsed.unwrap_or_else(|| Value::Text(text.into()))
    }

    fn wants(&self) -> String {
        match &self.expects {
            Expects::Switch => "true or false".into(),
            Expects::Whole(range) => format!("a whole number from {} to {}", range.start(), range.end()),
            Expects::Text => "text of at least one character".into(),
            Expects::OneOf(words) => format!("one of {}", words.join(", ")),
            Expects::Agent => "an agent's name such as \"claude\", or \"\"".into(),
            Expects::Reference => "a branch, tag or commit such as \"develop\", or \"\"".into(),
            Expects::File => "a file's absolute path, or \"\"".into(),
            Expects::Arguments => {
                "a list of a program and its arguments such as [\"notify-send\", \"qd\"], or []".into()
            }
            Expects::Quiet => "hours of a day such as \"22:00-07:00\", or \"\"".into(),
            Expects::Dollars => format!("dollars for a million tokens, 0 to {MOST_DOLLARS}"),
            Expects::Keys => "a list of keys such as [\"x\", \"Delete\"]".into(),
        }
    }
}

/// Whether git could take `text` for a reference, by the rules of `git check-ref-format` and without anything that a
/// revision expression or an option could start with.
pub(super) fn is_reference(text: &str) -> bool {
    let forbidden = |character: char| character.is_control() || " ~^:?*[\\".contains(character);
    !text.is_empty()
        && !text.contains(forbidden)
        && !text.contains("..")
        && !text.contains("@{")
        && !text.starts_with(['-', '/', '@'])
        && !text.ends_with(['/', '.'])
        && text.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock"))
}

/// The word of `known` that looks most like `name`, if one does.
pub(super) fn nearest_of<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let nearest = known.min_by_key(|word| edits(name, word))?;
    (edits(name, nearest) <= name.chars().count() / 3).then_some(nearest)
}

/// How many letters must be added, removed or replaced to make `left` into `right`.
fn edits(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, character) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for column in 0..right.len() {
            let replaced = diagonal + usize::from(right[column] != character);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_key_is_found_by_its_whole_name_or_its_last_part() {
        assert_eq!(Key::nearest("dashboard.thme"), Some("dashboard.theme"));
        assert_eq!(Key::nearest("theme"), Some("dashboard.theme"));
        assert_eq!(Key::nearest("ui.mouse"), Some("dashboard.mouse"));
        assert_eq!(Key::nearest("colour_of_the_sea"), None);
    }

    #[test]
    fn a_base_can_be_neither_an_option_nor_an_expression() {
        for text in ["develop", "release/1.2", "v1.0.0", "0123abcd"] {
            assert!(is_reference(text), "{text}");
        }
        for text in ["--upload-pack=x", "a..b", "HEAD^", "HEAD~1", "a b", "x.lock", "/a", "a/", "@{u}", "a\n", ".a"] {
            assert!(!is_reference(text), "{text}");
        }
    }

    #[test]
    fn no_two_keys_share_a_variable() {
        let mut variables: Vec<String> = Key::ALL
            .iter()
            .flat_map(|key| key.variable().into_iter().chain(key.short_variable.map(str::to_owned)))
            .collect();
        variables.sort();
        let before = variables.len();
        variables.dedup();
        assert_eq!(variables.len(), before);
    }
}
