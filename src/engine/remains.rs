//! What attempts leave on the disk beside the database: recordings, last pictures, prompts, and the folder of a launch.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use super::clock::now;
use crate::{
    config::Paths,
    domain::{AttemptId, Timestamp},
    store::{self, Store},
};

/// Deletes what a launch was given, once it is over: its token and its settings. What its agent told (`*.jsonl`) stays.
pub(crate) fn forget_launch(paths: &Paths, attempt: AttemptId) {
    let given = |file: &fs::DirEntry| file.path().extension().is_none_or(|extension| extension != "jsonl");
    for file in fs::read_dir(paths.attempt(attempt)).into_iter().flatten().flatten().filter(given) {
        if let Err(error) = fs::remove_file(file.path()) {
            tracing::warn!(path = %file.path().display(), %error, "what a launch was given could not be deleted");
        }
    }
}

/// Deletes what is left of attempts that nobody is shown any more: those of objectives that were put away, and those
/// that the database does not know, in both cases only what nothing has happened to for `kept`. Says how many files
/// and folders went.
///
/// # Errors
/// When the store can't be asked. Files that can't be deleted are tried again the next time.
pub(crate) async fn prune(paths: &Paths, store: &Store, kept: Duration) -> Result<u64, store::Error> {
    // The files are listed first: an attempt is in the store before it has any.
    let folders = [paths.recordings(), paths.prompts(), paths.attempts(), paths.replicas()];
    let old = move || folders.iter().flat_map(|folder| not_written_for(folder, kept)).collect::<Vec<_>>();
    let mut files: BTreeMap<AttemptId, Vec<PathBuf>> = BTreeMap::new();
    for (attempt, path) in tokio::task::spawn_blocking(old).await.unwrap_or_default() {
        files.entry(attempt).or_default().push(path);
    }
    if files.is_empty() {
        return Ok(0);
    }
    let kept = i64::try_from(kept.as_millis()).unwrap_or(i64::MAX);
    let since = Timestamp(now().0.saturating_sub(kept));
    let gone = store.no_longer_shown(files.keys().copied().collect(), since).await?;
    let mut deleted = 0;
    for path in gone.iter().filter_map(|attempt| files.get(attempt)).flatten() {
        let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        match removed {
            Ok(()) => deleted += 1,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!(path = %path.display(), %error, "an old file could not be deleted"),
        }
    }
    Ok(deleted)
}

/// The files and folders of attempts in `folder` that nobody has written to for so long.
fn not_written_for(folder: &Path, long: Duration) -> Vec<(AttemptId, PathBuf)> {
    let is_old = |file: &fs::DirEntry| {
        written_at(&file.path())
            .and_then(|written| SystemTime::now().duration_since(written).ok())
            .is_some_and(|age| age >= long)
    };
    let files = fs::read_dir(folder).into_iter().flatten().flatten().filter(is_old);
    files.filter_map(|file| Some((attempt_of(&file.path())?, file.path()))).collect()
}

/// When a file was last written to, or any file in a folder.
fn written_at(path: &Path) -> Option<SystemTime> {
    let inside =
        fs::read_dir(path).into_iter().flatten().flatten().filter_map(|file| file.metadata().ok()?.modified().ok());
    inside.max().or_else(|| fs::metadata(path).ok()?.modified().ok())
}

/// Files of an attempt are called `a7.rec`, `a7.picture` and so on, its folder `a7`.
fn attempt_of(path: &Path) -> Option<AttemptId> {
    path.file_name()?.to_str()?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        domain::{Change, TargetName},
        store::Batch,
    };

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    /// The rows of an objective, a session and an attempt with this number, which ended so long ago.
    fn rows(number: u32, archived: bool, ended: Duration) -> Vec<Change> {
        let at = now().0 - i64::try_from(ended.as_millis()).expect("a time");
        let objective = json!({
            "id": format!("o{number}"), "title": "work", "mode": "plain", "agents_publish": false, "state": "done", "created_at": at,
            "archived": archived,
        });
        let evidence = json!({ "source": "process", "rule": "", "text": "", "at": at });
        let session = json!({
            "id": format!("s{number}"), "objective": format!("o{number}"), "depends_on": [], "role": "worker",
            "title": "work", "profile": "shell", "target": TargetName::local(), "workspace_kind": "scratch",
            "state": { "state": "canceled" }, "state_since": at, "created_at": at,
            "activity": { "doing": "nothing", "since": at, "note": "", "evidence": evidence },
        });
        let attempt = json!({
            "id": format!("a{number}"), "session": format!("s{number}"), "target": TargetName::local(),
            "state": { "state": "ended", "end": { "end": "vanished" } }, "state_since": at, "created_at": at,
            "resumes": false, "ready": true,
        });
        vec![
            Change::Objective(serde_json::from_value(objective).expect("an objective")),
            Change::Session(serde_json::from_value(session).expect("a session")),
            Change::Attempt(serde_json::from_value(attempt).expect("an attempt")),
        ]
    }

    fn written(path: PathBuf, ago: Duration) {
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        let file = fs::File::create(path).expect("made");
        file.set_modified(SystemTime::now() - ago).expect("set");
    }

    #[tokio::test]
    async fn only_what_was_put_away_long_ago_or_is_unknown_goes() {
        let home = tempfile::tempdir().expect("a folder");
        let paths = Paths::below(home.path()).expect("paths");
        paths.create().expect("made");
        let (store, _) = Store::open(&paths.database()).expect("opened");
        let mut changes = vec![Change::Target(
            serde_json::from_value(json!({
                "name": TargetName::local(), "place": { "place": "local" }, "state": "online", "state_since": 0,
                "labels": [], "link": { "link": "here" },
            }))
            .expect("a target"),
        )];
        changes.extend(rows(1, true, 40 * DAY));
        changes.extend(rows(2, false, 40 * DAY));
        changes.extend(rows(3, true, 20 * DAY));
        // Ended long ago, put away yesterday.
        changes.extend(rows(4, true, 40 * DAY));
        let yesterday = now().0 - i64::try_from(DAY.as_millis()).expect("a time");
        changes.push(Change::Event(
            serde_json::from_value(json!({
                "sequence": 1, "at": yesterday, "kind": "objective", "objective": "o4", "text": "o4 was put away",
            }))
            .expect("a line"),
        ));
        store.commit(Batch { revision: 1, changes, bodies: vec![], artifact_bodies: vec![] }).await.expect("committed");

        for number in 1..=5 {
            for name in ["rec", "kept", "picture"] {
                written(paths.recordings().join(format!("a{number}.{name}")), 40 * DAY);
            }
            written(paths.prompts().join(format!("a{number}.txt")), 40 * DAY);
            let attempt = format!("a{number}").parse().expect("a number");
            written(paths.attempt(attempt).join("signals.jsonl"), 40 * DAY);
        }
        // Unknown, and young.
        written(paths.recordings().join("a6.rec"), DAY);
        written(paths.recordings().join("notes.txt"), 40 * DAY);

        assert_eq!(prune(&paths, &store, 30 * DAY).await.expect("pruned"), 10);
        let names = |folder| -> Vec<String> {
            let files = fs::read_dir(folder).expect("listed").flatten();
            let mut names: Vec<_> = files.map(|file| file.file_name().into_string().expect("text")).collect();
            names.sort();
            names
        };
        let of = |number: u32| ["kept", "picture", "rec"].map(|name| format!("a{number}.{name}"));
        let stay = [of(2).to_vec(), of(3).to_vec(), of(4).to_vec(), vec!["a6.rec".into(), "notes.txt".into()]];
        assert_eq!(names(paths.recordings()), stay.concat());
        assert_eq!(names(paths.prompts()), ["a2.txt", "a3.txt", "a4.txt"]);
        assert_eq!(names(paths.attempts()), ["a2", "a3", "a4"]);
        assert_eq!(prune(&paths, &store, 30 * DAY).await.expect("pruned"), 0);
        store.close().await;
    }

    #[test]
    fn what_a_launch_was_given_goes_and_what_its_agent_told_stays() {
        let home = tempfile::tempdir().expect("a folder");
        let paths = Paths::below(home.path()).expect("paths");
        let folder = paths.attempt(AttemptId::FIRST);
        for name in ["token", "token.new", "settings.json", "signals.jsonl", "spool.taken.jsonl"] {
            written(folder.join(name), Duration::ZERO);
        }
        forget_launch(&paths, AttemptId::FIRST);
        let mut left: Vec<_> =
            fs::read_dir(folder).expect("listed").map(|file| file.expect("a file").file_name()).collect();
        left.sort();
        assert_eq!(left, ["signals.jsonl", "spool.taken.jsonl"]);
    }
}
