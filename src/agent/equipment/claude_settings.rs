//! The person's own settings of Claude Code, as far as ours would hide them: of several `--settings` it takes the last,
//! and of several status lines ours.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

use crate::agent::profile::Profile;

/// What the person gives it with `--settings` in the arguments of the profile.
pub(super) enum Given {
    /// Nothing.
    Nothing,
    /// These.
    Settings(Map<String, Value>),
    /// Something that is no settings file; it is for Claude Code to say so.
    Unreadable,
}

impl Given {
    /// What these arguments give, read as Claude Code reads it when it is started in `workspace`.
    pub(super) fn of(arguments: &[String], workspace: &Path) -> Self {
        let mut value = None;
        for (at, argument) in arguments.iter().enumerate() {
            if argument == "--settings" {
                value = arguments.get(at + 1).map(String::as_str);
            } else if let Some(joined) = argument.strip_prefix("--settings=") {
                value = Some(joined);
            }
        }
        let Some(value) = value else { return Given::Nothing };
        let settings = if value.trim_start().starts_with('{') {
            serde_json::from_str(value).ok()
        } else {
            read(&workspace.join(value))
        };
        settings.map_or(Given::Unreadable, Given::Settings)
    }
}

/// The status line that Claude Code would have without ours: that of the repository, or the person's.
pub(super) fn status_line(profile: &Profile, workspace: &Path) -> Option<Map<String, Value>> {
    let variable = |name: &str| {
        let own = profile.environment.get(name).cloned().or_else(|| std::env::var(name).ok());
        own.filter(|value| !value.is_empty()).map(PathBuf::from)
    };
    let person = variable("CLAUDE_CONFIG_DIR").or_else(|| Some(variable("HOME")?.join(".claude")));
    let project = ["settings.local.json", "settings.json"].map(|name| workspace.join(".claude").join(name));
    let files = project.into_iter().chain(person.map(|person| person.join("settings.json")));
    files.into_iter().find_map(|file| match read(&file)?.remove("statusLine")? {
        Value::Object(line) if line.get("command").is_some_and(Value::is_string) => Some(line),
        _ => None,
    })
}

/// The settings in a file; no more of it than settings are long, and nothing that isn't a file.
fn read(file: &Path) -> Option<Map<String, Value>> {
    const BYTES: u64 = 4 << 20;
    let found = fs::metadata(file).ok()?;
    if !found.is_file() || found.len() > BYTES {
        return None;
    }
    serde_json::from_slice(&fs::read(file).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_are_found_as_claude_code_finds_them() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("mine.json"), r#"{"model":"a"}"#).expect("written");
        let given = |arguments: &[&str]| {
            let arguments: Vec<String> = arguments.iter().map(|word| (*word).into()).collect();
            match Given::of(&arguments, folder.path()) {
                Given::Nothing => json!(null),
                Given::Unreadable => json!("unreadable"),
                Given::Settings(settings) => Value::Object(settings),
            }
        };
        assert_eq!(given(&["--model", "x"]), json!(null));
        assert_eq!(given(&["--settings", "mine.json"]), json!({ "model": "a" }));
        assert_eq!(given(&["--settings=mine.json", "--settings", r#"{"model":"b"}"#]), json!({ "model": "b" }));
        for unreadable in ["--settings=none.json", "--settings=.", "--settings=[]", "--settings={"] {
            assert_eq!(given(&[unreadable]), json!("unreadable"), "{unreadable}");
        }
    }
}
