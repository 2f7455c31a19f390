//! Whether an agent can be used on this machine.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{process::Command, time::timeout};

use super::profile::{Profile, Program};

/// Whether an agent can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It can.
    Usable {
        /// The program's absolute path.
        path: PathBuf,
        /// What it says its version is, one line; empty when it can't say.
        version: String,
    },
    /// It can't.
    Unusable {
        /// Why, in one line.
        reason: String,
    },
}

/// How long a program may take to print its version. Agents are large: a cold start takes seconds.
const PATIENCE: Duration = Duration::from_secs(15);
/// The longest version that is kept, in characters.
const VERSION_CHARACTERS: usize = 80;

/// Looks for the agent's program in `search`, which has the form of `PATH`, and asks for its version.
pub async fn detect(profile: &Profile, search: &str) -> Found {
    let program = profile.program.resolve();
    let Some(path) = find(&program, search) else {
        let reason = match &profile.program {
            Program::Named(name) if name.contains('/') => format!("{name} is not there, or can't be run"),
            Program::Named(name) => format!("there is no {name} in PATH"),
            Program::Quarterdeck | Program::Shell => format!("{program} can't be run"),
        };
        return Found::Unusable { reason };
    };
    if profile.version.is_empty() {
        return Found::Usable { path, version: String::new() };
    }
    let mut command = Command::new(&path);
    command.args(&profile.version).stdin(Stdio::null()).kill_on_drop(true);
    match timeout(PATIENCE, command.output()).await {
        Err(_) => Found::Unusable {
            reason: format!("{} did not print its version within {} s", path.display(), PATIENCE.as_secs()),
        },
        Ok(Err(error)) => Found::Unusable { reason: format!("{} can't be run: {error}", path.display()) },
        Ok(Ok(output)) if output.status.success() => {
            let lines = [output.stdout, output.stderr];
            let version = lines.iter().find_map(|text| first_line(text)).unwrap_or_default();
            Found::Usable { path, version }
        }
        Ok(Ok(output)) => {
            let said = first_line(&output.stderr).or_else(|| first_line(&output.stdout));
            let said = said.map(|line| format!(": {line}")).unwrap_or_default();
            let asked = profile.version.join(" ");
            Found::Unusable { reason: format!("{} {asked} ended with {}{said}", path.display(), output.status) }
        }
    }
}

/// The program's absolute path: an executable file of this name in `search`, or this very path.
fn find(program: &str, search: &str) -> Option<PathBuf> {
    if program.contains('/') {
        return Some(PathBuf::from(program)).filter(|path| path.is_absolute() && is_executable(path));
    }
    std::env::split_paths(search)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(program))
        .find(|path| is_executable(path))
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

fn first_line(text: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(text);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.chars().filter(|character| !character.is_control()).take(VERSION_CHARACTERS).collect())
}
