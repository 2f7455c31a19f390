//! The agent works in a checkout of its own; the person's stays as it is, and no work is thrown away unasked.

use std::path::PathBuf;

use quarterdeck::domain::{SessionId, Workspace, activity::Doing, workspace::Kind};

use crate::{
    home::{Home, until_gone},
    repository::{Repository, git},
    wait::until_true,
};

fn workspace_of(home: &Home, session: SessionId) -> Workspace {
    home.detail(session).workspace.expect("a workspace")
}

#[test]
fn the_persons_checkout_is_untouched_through_the_whole_life_of_a_session() {
    let home = Home::new();
    let repository = Repository::busy(&home);
    let before = repository.fingerprint();
    let (status, head) = (repository.git(&["status", "--porcelain"]), repository.git(&["rev-parse", "main"]));
    let session = home.start(&["--repo", repository.path(), "write it down play:commit"]);
    home.until_doing(session, Doing::YourTurn);
    let workspace = workspace_of(&home, session);
    assert_eq!(workspace.kind, Kind::Isolated);
    assert!(!workspace.path.starts_with(&repository.folder), "{workspace:?}");
    let branch = workspace.branch.expect("a branch");
    assert!(branch.starts_with("qd/"), "{branch}");
    assert_eq!(workspace.base.expect("a base").commit, head);
    assert_eq!(git(&home, &workspace.path, &["log", "--format=%s", "main.."]), "Note what turn 1 found");
    assert!(!workspace.path.join("untracked.txt").exists(), "it starts from what was committed");
    assert_eq!(std::fs::read_to_string(workspace.path.join("tracked.txt")).expect("read"), "as committed\n");
    let agent = home.log().newest_pid();
    home.kill_daemon();
    home.done(&["cancel", &session.to_string()]);
    until_gone("the agent", &[agent]);
    home.until("the attempt is over", |world| world.attempt_of(session)?.state.is_ended().then_some(()));
    home.done(&["reclaim", "--reason", "it was a try", &workspace.id.to_string()]);
    until_true("the workspace is gone", || !workspace.path.exists());
    home.until("nothing is being removed", |world| world.workspaces.is_empty().then_some(()));
    assert_eq!(repository.git(&["status", "--porcelain"]), status);
    assert_eq!(repository.git(&["rev-parse", "main"]), head);
    assert_eq!(repository.git(&["symbolic-ref", "HEAD"]), "refs/heads/main");
    let after = repository.fingerprint();
    let changed: Vec<&PathBuf> =
        before.keys().chain(after.keys()).filter(|path| before.get(*path) != after.get(*path)).collect();
    assert_eq!(changed, Vec::<&PathBuf>::new());
}

#[test]
fn work_starts_from_what_the_remote_has_now() {
    let home = Home::new();
    let origin = Repository::with_one_commit(&home, "origin");
    let clone = home.path().join("clone");
    let clone = clone.to_str().expect("text");
    origin.git(&["clone", "--quiet", origin.path(), clone]);
    origin.write("new.txt", "pushed by a colleague\n");
    origin.git(&["add", "."]);
    origin.git(&["commit", "--quiet", "--message", "second"]);
    let session = home.start(&["--repo", clone, "play:work"]);
    home.until_doing(session, Doing::YourTurn);
    let workspace = workspace_of(&home, session);
    let base = workspace.base.expect("a base");
    assert_eq!((base.reference.as_str(), base.commit), ("origin/main", origin.git(&["rev-parse", "main"])));
    assert!(workspace.path.join("new.txt").exists());
    assert!(!home.path().join("clone/new.txt").exists());
}

#[test]
fn removal_is_refused_with_what_would_be_lost_and_with_a_reason_nothing_is() {
    let home = Home::new();
    let repository = Repository::with_one_commit(&home, "repository");
    let session = home.start(&["--repo", repository.path(), "play:commit"]);
    home.until_doing(session, Doing::YourTurn);
    let workspace = workspace_of(&home, session);
    let id = workspace.id.to_string();
    std::fs::write(workspace.path.join("thought.txt"), "not committed\n").expect("written");
    let refused = home.run(&["reclaim", &id]);
    assert_eq!(refused.code, 4, "it is in use: {refused:?}");
    home.done(&["done", &session.to_string()]);
    home.until("the attempt is over", |world| world.attempt_of(session)?.state.is_ended().then_some(()));
    let shown = home.done(&["show", &id]);
    assert!(shown.contains("thought.txt") && shown.contains("Note what turn 1 found"), "{shown}");
    let refused = home.run(&["reclaim", &id]);
    assert_eq!(refused.code, 4, "{refused:?}");
    assert!(refused.notices.contains("1 uncommitted") || refused.notices.contains("uncommitted"), "{refused:?}");
    assert!(workspace.path.join("thought.txt").exists());
    home.done(&["reclaim", "--reason", "it led nowhere", &id]);
    until_true("the workspace is gone", || !workspace.path.exists());
    home.until("nothing is being removed", |world| world.workspaces.is_empty().then_some(()));
    let kept = repository.git(&["for-each-ref", "--format=%(refname)", "refs/quarterdeck/removed/"]);
    let files: String =
        kept.lines().map(|name| repository.git(&["ls-tree", "-r", "--name-only", name]) + "\n").collect();
    assert!(files.contains("notes/turn-1.md") && files.contains("thought.txt"), "{kept}: {files}");
}

#[test]
fn what_was_removed_comes_back_as_it_was() {
    let home = Home::new();
    let repository = Repository::with_one_commit(&home, "repository");
    let session = home.start(&["--repo", repository.path(), "play:commit"]);
    home.until_doing(session, Doing::YourTurn);
    let workspace = workspace_of(&home, session);
    let id = workspace.id.to_string();
    let refused = home.run(&["restore", &id]);
    assert_eq!(refused.code, 4, "it is there: {refused:?}");
    home.done(&["done", &session.to_string()]);
    home.until("the attempt is over", |world| world.attempt_of(session)?.state.is_ended().then_some(()));
    std::fs::write(workspace.path.join("thought.txt"), "not committed\n").expect("written");
    home.done(&["reclaim", "--reason", "it led nowhere", &id]);
    assert!(!workspace.path.exists());
    // What was put away can come back too, also by another daemon.
    home.done(&["archive", &home.detail(session).objective.id.to_string()]);
    home.kill_daemon();
    let listed = home.done(&["workspaces", "--removed"]);
    assert!(listed.contains(&id) && listed.contains("1 file"), "{listed}");
    let said = home.done(&["restore", &id]);
    assert!(said.contains(&workspace.path.display().to_string()), "{said}");
    assert_eq!(std::fs::read_to_string(workspace.path.join("thought.txt")).expect("there"), "not committed\n");
    assert_eq!(git(&home, &workspace.path, &["log", "--format=%s", "main.."]), "Note what turn 1 found");
    assert_eq!(git(&home, &workspace.path, &["status", "--porcelain"]), "?? thought.txt");
    let nothing = home.run(&["restore", "w9"]);
    assert_eq!(nothing.code, 3, "{nothing:?}");
}

#[test]
fn only_what_nobody_uses_and_nobody_would_miss_goes_at_once() {
    let home = Home::new();
    let repository = Repository::with_one_commit(&home, "repository");
    let start = || {
        let session = home.start(&["--repo", repository.path(), "play:work"]);
        home.until_doing(session, Doing::YourTurn);
        (session, workspace_of(&home, session))
    };
    let (idle, ended, risky) = (start(), start(), start());
    for (session, _) in [&ended, &risky] {
        home.done(&["done", &session.to_string()]);
        home.until("the attempt is over", |world| world.attempt_of(*session)?.state.is_ended().then_some(()));
    }
    std::fs::write(risky.1.path.join("thought.txt"), "not committed\n").expect("written");
    let listed = home.done(&["workspaces"]);
    for word in ["in use", "can go", "at risk", "KiB"] {
        assert!(listed.contains(word), "{word}: {listed}");
    }
    let said = home.done(&["reclaim", "--unused", "--dry-run"]);
    assert!(said.contains("1 workspace, ") && said.contains("uncommitted: thought.txt"), "{said}");
    assert!(ended.1.path.exists());
    let said: serde_json::Value = serde_json::from_str(&home.done(&["--json", "reclaim", "--unused"])).expect("JSON");
    assert_eq!(said["removed"], serde_json::json!([ended.1.id]));
    assert_eq!(said["stay"][0]["workspace"], serde_json::json!(risky.1.id));
    assert!(!ended.1.path.exists() && idle.1.path.exists() && risky.1.path.exists());
}

#[test]
fn a_workspace_whose_work_is_merged_goes_without_a_reason() {
    let home = Home::new();
    let repository = Repository::with_one_commit(&home, "repository");
    let session = home.start(&["--repo", repository.path(), "play:commit"]);
    home.until_doing(session, Doing::YourTurn);
    home.done(&["done", &session.to_string()]);
    home.until("the attempt is over", |world| world.attempt_of(session)?.state.is_ended().then_some(()));
    let workspace = workspace_of(&home, session);
    repository.git(&["merge", "--quiet", workspace.branch.as_deref().expect("a branch")]);
    home.done(&["reclaim", &workspace.id.to_string()]);
    until_true("the workspace is gone", || !workspace.path.exists());
    assert!(repository.folder.join("notes/turn-1.md").exists());
}

#[test]
fn a_shared_workspace_is_the_persons_own_and_never_removed() {
    let home = Home::new();
    let repository = Repository::with_one_commit(&home, "repository");
    let session = home.start(&["--repo", repository.path(), "--workspace", "shared", "play:commit"]);
    home.until_doing(session, Doing::YourTurn);
    let workspace = workspace_of(&home, session);
    assert_eq!((workspace.kind, &workspace.path), (Kind::Shared, &repository.folder));
    assert_eq!(repository.git(&["log", "-1", "--format=%s"]), "Note what turn 1 found");
    home.done(&["done", &session.to_string()]);
    home.until("the attempt is over", |world| world.attempt_of(session)?.state.is_ended().then_some(()));
    home.done(&["reclaim", &workspace.id.to_string()]);
    home.until("nothing is being removed", |world| world.workspaces.is_empty().then_some(()));
    assert!(repository.folder.join("notes/turn-1.md").exists() && repository.folder.join(".git").is_dir());
}

#[test]
fn a_bare_repository_gives_each_session_a_checkout() {
    let home = Home::new();
    let repository = Repository::with_one_commit(&home, "repository");
    let bare = home.path().join("bare.git");
    let bare = bare.to_str().expect("text");
    repository.git(&["clone", "--quiet", "--bare", repository.path(), bare]);
    let session = home.start(&["--repo", bare, "play:commit"]);
    home.until_doing(session, Doing::YourTurn);
    let workspace = workspace_of(&home, session);
    let branch = workspace.branch.expect("a branch");
    assert_eq!(git(&home, bare.as_ref(), &["log", "-1", "--format=%s", &branch]), "Note what turn 1 found");
    let refused = home.run(&["new", "--agent", "stand-in", "--repo", bare, "--workspace", "shared", "anything"]);
    assert_eq!(refused.code, 4, "{refused:?}");
}
