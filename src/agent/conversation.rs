//! The ids of conversations that agents choose themselves.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    time::SystemTime,
};

use serde::Deserialize;
use uuid::Uuid;

use super::profile::{Conversation, Profile};

/// How many lines at the head of a rollout are looked at for the folder it belongs to.
const HEAD_LINES: usize = 20;
/// How much of a rollout's head is read, in bytes: its first line holds the agent's whole instructions.
const HEAD_BYTES: u64 = 4 << 20;
/// How many days of rollouts are looked through, newest first.
const DAYS: usize = 3;

/// The id that the agent chose for the newest conversation in `workspace` that was written to after `since`.
///
/// `home` is the home directory the agent runs with, and `codex_home` what its `CODEX_HOME` says. Only reads; `None`
/// where the agent keeps no such record, or has not written it yet.
pub fn conversation_of(
    profile: &Profile,
    workspace: &Path,
    since: SystemTime,
    home: &Path,
    codex_home: Option<&Path>,
) -> Option<String> {
    match profile.conversation {
        Conversation::Ours | Conversation::None => None,
        Conversation::CodexRollouts => {
            let folder = codex_home.map_or_else(|| home.join(".codex"), Path::to_owned).join("sessions");
            newest_rollout(&folder, workspace, since)
        }
    }
}

fn newest_rollout(sessions: &Path, workspace: &Path, since: SystemTime) -> Option<String> {
    let mut rollouts: Vec<(SystemTime, PathBuf)> = newest_days(sessions)
        .iter()
        .flat_map(|day| entries(day))
        .filter_map(|path| Some((path.metadata().ok()?.modified().ok()?, path)))
        .filter(|(modified, _)| *modified >= since)
        .collect();
    rollouts.sort();
    // Codex follows links in the folder it is started in.
    let real = workspace.canonicalize().unwrap_or_else(|_| workspace.to_owned());
    rollouts.iter().rev().find_map(|(_, path)| {
        let id = id_of(path)?;
        let folder = folder_of(path)?;
        (folder == workspace || folder == real).then_some(id)
    })
}

/// The last folders of `Y/M/D`.
fn newest_days(sessions: &Path) -> Vec<PathBuf> {
    let descending = |folder: &Path| {
        let mut found = entries(folder);
        found.sort_by(|left, right| right.cmp(left));
        found
    };
    let years = descending(sessions).into_iter();
    let months = years.flat_map(|year| descending(&year));
    months.flat_map(|month| descending(&month)).take(DAYS).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// `rollout-2026-11-21T08-11-00-01a1fd35-….jsonl` ends with the conversation's id.
fn id_of(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?.strip_prefix("rollout-")?.strip_suffix(".jsonl")?;
    let id = name.get(name.len().checked_sub(36)?..)?;
    Uuid::parse_str(id).is_ok().then(|| id.to_owned())
}

/// The folder that a rollout belongs to: `cwd` of its `session_meta`, or of a `turn_context`.
fn folder_of(path: &Path) -> Option<PathBuf> {
    #[derive(Deserialize)]
    struct Line {
        payload: Payload,
    }
    #[derive(Deserialize)]
    struct Payload {
        cwd: PathBuf,
    }
    let head = BufReader::new(File::open(path).ok()?.take(HEAD_BYTES));
    let lines = head.lines().take(HEAD_LINES).map_while(Result::ok);
    lines.filter_map(|line| serde_json::from_str::<Line>(&line).ok()).map(|line| line.payload.cwd).next()
}
