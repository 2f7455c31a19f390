//! Where agents keep their transcripts. Their folders are only read.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use uuid::Uuid;

use crate::agent::{Profile, signals::Dialect};

/// The folders in which agents keep what is theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Homes {
    /// Claude Code's: `~/.claude`.
    pub claude: PathBuf,
    /// Codex's: `~/.codex`.
    pub codex: PathBuf,
}

impl Homes {
    /// As an agent finds them that is started with this profile from an environment of these `variables`. `None` without
    /// a home directory.
    pub fn of(profile: &Profile, variables: impl Fn(&str) -> Option<OsString>) -> Option<Self> {
        let variable = |name: &str| {
            let set = profile.environment.get(name).map(OsString::from).or_else(|| variables(name));
            set.filter(|value| !value.is_empty()).map(PathBuf::from)
        };
        let home = variable("HOME")?;
        Some(Self {
            claude: variable("CLAUDE_CONFIG_DIR").unwrap_or_else(|| home.join(".claude")),
            codex: variable("CODEX_HOME").unwrap_or_else(|| home.join(".codex")),
        })
    }
}

/// Where the transcript of `conversation`, held in `folder`, is, or will be. Looks into the agent's own folders.
pub fn place(dialect: Dialect, conversation: &str, folder: &Path, homes: &Homes) -> Option<PathBuf> {
    // It becomes part of a path.
    Uuid::parse_str(conversation).ok()?;
    match dialect {
        Dialect::Claude => Some(of_claude(&homes.claude.join("projects"), conversation, folder)),
        Dialect::Codex => of_codex(&homes.codex.join("sessions"), conversation),
        Dialect::Plain => None,
    }
}

/// The conversation whose transcript this is, by its name.
pub fn conversation_in(dialect: Dialect, transcript: &Path) -> Option<String> {
    let name = transcript.file_name()?.to_str()?.strip_suffix(".jsonl")?;
    let id = match dialect {
        Dialect::Claude => name,
        Dialect::Codex => name.get(name.len().checked_sub(36)?..)?,
        Dialect::Plain => return None,
    };
    Uuid::parse_str(id).ok().map(|_| id.to_owned())
}

/// The folder with the transcripts of the subagents of this one, where they have some of their own.
pub fn subagents_beside(dialect: Dialect, transcript: &Path) -> Option<PathBuf> {
    match dialect {
        Dialect::Claude => Some(transcript.with_extension("").join("subagents")),
        Dialect::Codex | Dialect::Plain => None,
    }
}

/// `projects/-work-app/ID.jsonl`: named after the folder. A very long name is shortened in a way of the agent's own, so a
/// file that is there counts more than what it should be called.
fn of_claude(projects: &Path, conversation: &str, folder: &Path) -> PathBuf {
    let name = format!("{conversation}.jsonl");
    let real = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let expected = projects.join(slug(&real)).join(&name);
    if expected.is_file() {
        return expected;
    }
    let found = entries(projects).into_iter().map(|project| project.join(&name)).find(|file| file.is_file());
    found.unwrap_or(expected)
}

fn slug(folder: &Path) -> String {
    let folder = folder.to_string_lossy();
    folder.chars().map(|character| if character.is_ascii_alphanumeric() { character } else { '-' }).collect()
}

/// `sessions/2026/11/21/rollout-2026-11-21T08-11-00-ID.jsonl`: a conversation that goes on stays in the file of the day it
/// began. Newest first.
fn of_codex(sessions: &Path, conversation: &str) -> Option<PathBuf> {
    let ending = format!("-{conversation}.jsonl");
    let descending = |folder: PathBuf| {
        let mut found = entries(&folder);
        found.sort_by(|left, right| right.cmp(left));
        found
    };
    let years = descending(sessions.to_owned()).into_iter();
    let days = years.flat_map(descending).flat_map(descending);
    let mut files = days.flat_map(|day| entries(&day));
    files.find(|file| file.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.ends_with(&ending)))
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "3f8c6a3e-1f6f-4a6b-9e0e-0a3ab25a7f10";

    fn homes(home: &Path) -> Homes {
        Homes { claude: home.join(".claude"), codex: home.join(".codex") }
    }

    fn touch(path: &Path) -> PathBuf {
        fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        fs::write(path, "").expect("written");
        path.to_owned()
    }

    #[test]
    fn a_transcript_is_known_before_it_is_there_and_found_where_it_is() {
        let home = tempfile::tempdir().expect("a folder");
        let homes = homes(home.path());
        let find = || place(Dialect::Claude, ID, Path::new("/work/my.app_2"), &homes);
        let expected = homes.claude.join(format!("projects/-work-my-app-2/{ID}.jsonl"));
        assert_eq!(find(), Some(expected));
        let elsewhere = touch(&homes.claude.join(format!("projects/-work-my-shortened/{ID}.jsonl")));
        assert_eq!(find(), Some(elsewhere.clone()));
        assert_eq!(conversation_in(Dialect::Claude, &elsewhere).as_deref(), Some(ID));
    }

    #[test]
    fn a_rollout_is_found_on_the_day_it_began() {
        let home = tempfile::tempdir().expect("a folder");
        let homes = homes(home.path());
        let find = || place(Dialect::Codex, ID, Path::new("/work/app"), &homes);
        assert_eq!(find(), None);
        touch(
            &homes
                .codex
                .join("sessions/2026/11/21/rollout-2026-11-21T08-00-00-00000000-0000-4000-8000-000000000000.jsonl"),
        );
        let rollout = touch(&homes.codex.join(format!("sessions/2025/12/31/rollout-2025-12-31T23-59-59-{ID}.jsonl")));
        assert_eq!(find(), Some(rollout.clone()));
        assert_eq!(conversation_in(Dialect::Codex, &rollout).as_deref(), Some(ID));
    }

    #[test]
    fn what_is_no_id_leads_nowhere() {
        let homes = homes(Path::new("/nonexistent"));
        assert_eq!(place(Dialect::Claude, "../../etc/passwd", Path::new("/work"), &homes), None);
        assert_eq!(conversation_in(Dialect::Codex, Path::new("/x/notes.jsonl")), None);
        assert_eq!(conversation_in(Dialect::Codex, Path::new("/x/ä.jsonl")), None);
    }
}
