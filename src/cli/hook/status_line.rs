//! `qd hook DIALECT --status-line`: hears what an agent tells its status line, and lets the person's own command draw it.
//!
//! An agent takes one command for its status line, and ours takes the place of the person's. So ours becomes theirs once
//! it has heard what it wants to hear: the same shell, the same input, the same output, and as the same process, so that
//! whatever the agent does to it (an agent ends a status line that is too slow) reaches it.

use std::{
    fs::{self, File},
    io::{self, Seek, Write},
    os::unix::{fs::OpenOptionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use serde::Deserialize;
use uuid::Uuid;

use super::{call::Call, knock::Door, payload};
use crate::{agent::signals::Dialect, config::environment::OF_AN_AGENT};

/// How long the person's status line is kept when the daemon does not answer.
const DEADLINE: Duration = Duration::from_millis(200);

/// Tells the daemon, and becomes the person's own command where there is one. The next status line says what this one
/// could not.
pub(super) fn run(dialect: Dialect) {
    let call = Call::new(format!("/status-line/{}", dialect.word()), payload());
    if let Some(door) = Door::of_environment() {
        let _ = door.ask(&call, Instant::now() + DEADLINE);
    }
    if dialect != Dialect::Claude {
        return;
    }
    if let Some(command) = own_command(&call.body) {
        // It returns only when it could not be started, and then there is no status line.
        let _ = become_command(&command, &call.body);
    }
}

fn become_command(command: &str, payload: &[u8]) -> io::Result<()> {
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(command).stdin(nameless_file(payload)?);
    // It is the person's, and has nothing to say at our door.
    for name in OF_AN_AGENT {
        shell.env_remove(name);
    }
    Err(shell.exec())
}

/// A file without a name that holds `text`, to be read from its beginning.
fn nameless_file(text: &[u8]) -> io::Result<File> {
    let path = std::env::temp_dir().join(format!("qd-{}", Uuid::new_v4()));
    let mut file = File::options().create_new(true).read(true).write(true).mode(0o600).open(&path)?;
    fs::remove_file(&path)?;
    file.write_all(text)?;
    file.rewind()?;
    Ok(file)
}

/// What we read of what a status line is given.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Given {
    cwd: Option<PathBuf>,
    workspace: Workspace,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Workspace {
    project_dir: Option<PathBuf>,
}

/// What we read of Claude Code's settings.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Settings {
    status_line: Option<StatusLine>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct StatusLine {
    command: String,
}

/// The person's own command for Claude Code's status line: the first of its settings files that has one.
fn own_command(payload: &[u8]) -> Option<String> {
    let given: Given = serde_json::from_slice(payload).unwrap_or_default();
    let project = given.workspace.project_dir.or(given.cwd).or_else(|| std::env::current_dir().ok());
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let person = variable("CLAUDE_CONFIG_DIR").or_else(|| Some(variable("HOME")?.join(".claude")));
    find(project.as_deref(), person.as_deref())
}

fn find(project: Option<&Path>, person: Option<&Path>) -> Option<String> {
    let projects = project
        .into_iter()
        .flat_map(|project| ["settings.local.json", "settings.json"].map(|name| project.join(".claude").join(name)));
    let persons = person.map(|person| person.join("settings.json"));
    projects.chain(persons).find_map(|file| {
        let settings: Settings = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
        settings.status_line.map(|line| line.command).filter(|command| !command.trim().is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_projects_own_command_wins_over_the_persons() {
        let folder = tempfile::tempdir().unwrap();
        let (project, person) = (folder.path().join("project"), folder.path().join("person"));
        let found = || find(Some(&project), Some(&person));
        assert_eq!(found(), None);
        let write = |file: PathBuf, text: &str| {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        let line = |command: &str| format!(r#"{{"statusLine":{{"type":"command","command":"{command}"}},"env":{{}}}}"#);
        write(person.join("settings.json"), &line("person"));
        assert_eq!(found().as_deref(), Some("person"));
        write(project.join(".claude/settings.json"), "{ broken");
        assert_eq!(found().as_deref(), Some("person"));
        write(project.join(".claude/settings.json"), &line("project"));
        assert_eq!(found().as_deref(), Some("project"));
        write(project.join(".claude/settings.local.json"), &line("local"));
        assert_eq!(found().as_deref(), Some("local"));
    }
}
