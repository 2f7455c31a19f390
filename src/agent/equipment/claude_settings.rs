//! The person's own settings of Claude Code, as far as ours would hide them: of several `--settings` it takes the last,
//! and of several status lines ours.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::{
    agent::{profile::Profile, signals::Dialect},
    target::{FileKind, Host},
};

/// What of the person's own settings an agent's equipment has to leave standing, as it is where the agent is started.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OwnSettings {
    pub(super) given: Given,
    /// The status line that Claude Code would have without ours: that of the repository, or the person's.
    pub(super) status_line: Option<Map<String, Value>>,
}

/// What the person gives it with `--settings` in the arguments of the profile.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Given {
    /// Nothing.
    #[default]
    Nothing,
    /// These.
    Settings(Map<String, Value>),
    /// Something that is no settings file; it is for Claude Code to say so.
    Unreadable,
}

impl OwnSettings {
    /// What the agent of this profile finds on this machine when it is started in `workspace`, from an environment of
    /// these `variables`. What can't be read is not there.
    pub async fn find(
        host: &Host,
        profile: &Profile,
        workspace: &Path,
        variables: impl Fn(&str) -> Option<String>,
    ) -> Self {
        if profile.signals != Dialect::Claude {
            return Self::default();
        }
        let variable = |name: &str| {
            let own = profile.environment.get(name).cloned().or_else(|| variables(name));
            own.filter(|value| !value.is_empty()).map(PathBuf::from)
        };
        let person = variable("CLAUDE_CONFIG_DIR").or_else(|| Some(variable("HOME")?.join(".claude")));
        let project = ["settings.local.json", "settings.json"].map(|name| workspace.join(".claude").join(name));
        let drawn = project.into_iter().chain(person.map(|person| person.join("settings.json")));
        let given = given(&profile.arguments);
        let of_argument = given.filter(|given| !is_json(given)).map(|given| workspace.join(given));
        let mut files: Vec<PathBuf> = drawn.collect();
        files.extend(of_argument);
        let mut read = read_all(host, &files).await;
        let given = match given {
            None => Given::Nothing,
            Some(json) if is_json(json) => Given::of(serde_json::from_str(json).ok()),
            Some(_) => Given::of(read.pop().flatten()),
        };
        let status_line = read.into_iter().flatten().find_map(|mut settings| match settings.remove("statusLine")? {
            Value::Object(line) if line.get("command").is_some_and(Value::is_string) => Some(line),
            _ => None,
        });
        Self { given, status_line }
    }
}

impl Given {
    fn of(settings: Option<Map<String, Value>>) -> Self {
        settings.map_or(Given::Unreadable, Given::Settings)
    }
}

/// What follows the last `--settings`, as Claude Code reads it: a path or JSON.
fn given(arguments: &[String]) -> Option<&str> {
    let mut value = None;
    for (at, argument) in arguments.iter().enumerate() {
        if argument == "--settings" {
            value = arguments.get(at + 1).map(String::as_str);
        } else if let Some(joined) = argument.strip_prefix("--settings=") {
            value = Some(joined);
        }
    }
    value
}

fn is_json(given: &str) -> bool {
    given.trim_start().starts_with('{')
}

/// The settings in each of these files; no more of it than settings are long, and nothing that isn't a file.
async fn read_all(host: &Host, files: &[PathBuf]) -> Vec<Option<Map<String, Value>>> {
    const BYTES: u64 = 4 << 20;
    let found = host.look(files).await.unwrap_or_else(|_| vec![None; files.len()]);
    let mut settings = Vec::new();
    for (file, found) in files.iter().zip(found) {
        let real = match found.map(|found| (found.kind, found.bytes)) {
            Some((FileKind::File, bytes)) if bytes <= BYTES => Some(file.clone()),
            // Configuration is often linked to from where it is looked for.
            Some((FileKind::Link, _)) => host.real_path(file).await.ok().flatten(),
            _ => None,
        };
        let text = match real {
            Some(real) if matches!(host.kind(&real).await, Ok(Some(FileKind::File))) => host.read(&real).await,
            _ => Ok(None),
        };
        settings.push(text.ok().flatten().and_then(|text| serde_json::from_slice(&text).ok()));
    }
    settings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::agent::Profiles;

    #[tokio::test]
    async fn settings_are_found_as_claude_code_finds_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
        write("mine.json", r#"{"model":"a"}"#);
        let given = async |arguments: &[&str]| {
            let mut profile = Profiles::load(Path::new("/nonexistent"))
                .find(&"claude".parse().expect("a name"))
                .expect("known")
                .clone();
            profile.arguments = arguments.iter().map(|word| (*word).into()).collect();
            match OwnSettings::find(&Host::local(), &profile, folder.path(), |_| None).await.given {
                Given::Nothing => json!(null),
                Given::Unreadable => json!("unreadable"),
                Given::Settings(settings) => Value::Object(settings),
            }
        };
        assert_eq!(given(&["--model", "x"]).await, json!(null));
        assert_eq!(given(&["--settings", "mine.json"]).await, json!({ "model": "a" }));
        assert_eq!(given(&["--settings=mine.json", "--settings", r#"{"model":"b"}"#]).await, json!({ "model": "b" }));
        std::os::unix::fs::symlink("mine.json", folder.path().join("link.json")).expect("linked");
        assert_eq!(given(&["--settings", "link.json"]).await, json!({ "model": "a" }));
        for unreadable in ["--settings=none.json", "--settings=.", "--settings=[]", "--settings={"] {
            assert_eq!(given(&[unreadable]).await, json!("unreadable"), "{unreadable}");
        }
    }
}
