//! The ids of conversations that agents choose themselves, found where they write them down.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde::Deserialize;
use uuid::Uuid;

use super::profile::{Conversation, Profile};
use crate::target::{self, Host, Program};

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

/// The same on another machine, in one program there. `since` counts back from now, so that its clock does not matter.
///
/// # Errors
/// When the machine can't be asked.
pub async fn conversation_on(
    host: &Host,
    profile: &Profile,
    workspace: &Path,
    since: Duration,
    codex_home: &Path,
) -> Result<Option<String>, target::Error> {
    match profile.conversation {
        Conversation::Ours | Conversation::None => return Ok(None),
        Conversation::CodexRollouts => {}
    }
    let sessions = codex_home.join("sessions").to_string_lossy().into_owned();
    let minutes = (since.as_secs() / 60 + 1).to_string();
    let program = Program::new(["sh", "-c", ROLLOUTS, "sh", &sessions, &format!("-{minutes}"), &DAYS.to_string()]);
    let printed = host.run(program).await?.stdout;
    let real = host.real_path(workspace).await.ok().flatten();
    let ours = |folder: &Path| folder == workspace || Some(folder) == real.as_deref();
    let printed = String::from_utf8_lossy(&printed);
    let mut lines = printed.lines();
    while let (Some(path), Some(folder)) = (lines.next(), lines.next()) {
        let folder = serde_json::from_str::<Payload>(&format!("{{{folder}}}"));
        if folder.is_ok_and(|folder| ours(&folder.cwd))
            && let Some(id) = id_of(Path::new(path))
        {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// Prints, newest first, the rollouts in the folder $1 that were written to in the last minutes $2, of the last days $3:
/// a line with the path, and one with the folder it belongs to as its JSON says it.
const ROLLOUTS: &str = r#"
cd "$1" 2>/dev/null || exit 0
days=$(ls -d [0-9]*/[0-9]*/[0-9]* 2>/dev/null | sort -r | head -n "$3")
[ -n "$days" ] || exit 0
find $days -name 'rollout-*.jsonl' -mmin "$2" -exec ls -t {} + 2>/dev/null | while IFS= read -r rollout; do
    printf '%s
' "$rollout"
    head -n 20 "$rollout" | grep -oE '"cwd":"([^"\\]|\\.)*"' | head -n 1 | grep . || echo
done
"#;

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
    let head = BufReader::new(File::open(path).ok()?.take(HEAD_BYTES));
    let lines = head.lines().take(HEAD_LINES).map_while(Result::ok);
    lines.filter_map(|line| serde_json::from_str::<Line>(&line).ok()).map(|line| line.payload.cwd).next()
}

/// What we read of a record.
#[derive(Deserialize)]
struct Payload {
    cwd: PathBuf,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::Profiles;

    #[tokio::test]
    async fn the_newest_conversation_of_a_folder_is_found_by_asking_its_machine() {
        let home = tempfile::tempdir().expect("a folder");
        let id = |name: &str| format!("3f8c6a3e-1f6f-4a6b-9e0e-0a3ab25a7f1{name}");
        for (name, day, folder) in [("a", "2025/12/31", "/work/my \"app\""), ("b", "2026/01/01", "/work/other")] {
            let day = home.path().join("sessions").join(day);
            std::fs::create_dir_all(&day).expect("made");
            let meta = serde_json::json!({ "type": "session_meta", "payload": { "x": 1, "cwd": folder } });
            let rollout = day.join(format!("rollout-2026-01-01T00-00-00-{}.jsonl", id(name)));
            std::fs::write(rollout, format!("{meta}\nmore\n")).expect("written");
        }
        let profiles = Profiles::load(Path::new("/nonexistent"));
        let codex = profiles.find(&"codex".parse().expect("a name")).expect("known");
        let found = async |folder: &str| {
            let minute = Duration::from_secs(60);
            conversation_on(&Host::local(), codex, Path::new(folder), minute, home.path()).await.expect("asked")
        };
        assert_eq!(found("/work/my \"app\"").await, Some(id("a")));
        assert_eq!(found("/work/other").await, Some(id("b")));
        assert_eq!(found("/work/none").await, None);
    }
}
