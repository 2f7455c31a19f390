//! Back to a checkpoint: all is as it was, and nothing that came since is lost.

use std::{collections::BTreeMap, fs, path::Path};

use quarterdeck::{
    domain::{Workspace, workspace::Kind},
    workspace::{
        Error,
        changes::{checkpoint, rollback},
    },
};

use crate::{changes::made, world::World};

/// Every file below a folder with its content, `.git` aside.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("readable").flatten() {
            let name = entry.path().strip_prefix(folder).expect("below").display().to_string();
            match entry.file_type().expect("known") {
                _ if entry.file_name() == ".git" => {}
                kind if kind.is_dir() => folders.push(entry.path()),
                kind if kind.is_symlink() => {
                    let target = fs::read_link(entry.path()).expect("a link");
                    found.insert(name, target.display().to_string().into_bytes());
                }
                _ => drop(found.insert(name, fs::read(entry.path()).expect("readable"))),
            }
        }
    }
    found
}

fn status(world: &World, workspace: &Workspace) -> String {
    world.git(&workspace.path, &["status", "--porcelain=v2", "--branch", "--untracked-files=all"])
}

async fn refusal(world: &World, workspace: &Workspace, commit: &str) -> String {
    match rollback(&world.host(), workspace, commit).await {
        Err(Error::NotNow(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn all_is_as_it_was_and_what_came_since_is_kept() {
    let world = World::with_repository();
    world.commit("mine", ".gitignore", "ignored\n");
    world.commit("mine", "dir/file", "1\n");
    let workspace = made(&world).await;
    let path = &workspace.path;
    world.commit(path, "own", "own\n");
    world.write(path.join("README"), "unstaged\n");
    world.write(path.join("dir/file"), "staged\n");
    world.git(path, &["add", "dir/file"]);
    world.write(path.join("untracked/deep"), "u\n");
    world.write(path.join("ignored"), "mine\n");
    let (before, stood) = (files(path), status(&world, &workspace));
    let kept = checkpoint(&world.host(), &workspace, "c1").await.expect("kept");
    assert_eq!(kept.reference, "refs/quarterdeck/checkpoints/w1/c1");
    assert_eq!(
        (files(path), status(&world, &workspace)),
        (before.clone(), stood.clone()),
        "a checkpoint changes nothing"
    );

    let later = world.commit(path, "later", "later\n");
    fs::remove_dir_all(path.join("untracked")).expect("removed");
    world.write(path.join("untracked"), "a file where a folder was\n");
    fs::remove_file(path.join("dir/file")).expect("removed");
    world.write(path.join("newer"), "newer\n");
    world.write(path.join("ignored"), "newest\n");
    let after = rollback(&world.host(), &workspace, &kept.commit).await.expect("rolled back");
    let mut expected = before;
    expected.insert("ignored".into(), b"newest\n".to_vec());
    assert_eq!((files(path), status(&world, &workspace)), (expected.clone(), stood.clone()));
    assert!(after.proof.contains("with 1 commits made since") && after.proof.contains("ignored"), "{}", after.proof);
    assert_eq!(world.git(path, &["show", &format!("{}:newer", after.before.commit)]), "newer");
    assert_eq!(world.git(path, &["rev-parse", &format!("{}^1", after.before.reference)]), later);

    // And forward again.
    let back = rollback(&world.host(), &workspace, &after.before.commit).await.expect("rolled forward");
    assert_eq!(files(path).get("newer").map(Vec::as_slice), Some(&b"newer\n"[..]));
    assert_eq!(world.git(path, &["rev-parse", "HEAD"]), later);
    assert_ne!(back.before.reference, after.before.reference);
    rollback(&world.host(), &workspace, &kept.commit).await.expect("and back");
    assert_eq!((files(path), status(&world, &workspace)), (expected, stood));
}

#[tokio::test]
async fn another_branch_or_none_is_left_where_it_is() {
    let world = World::with_repository();
    let workspace = made(&world).await;
    let path = &workspace.path;
    let stood = status(&world, &workspace);
    let kept = checkpoint(&world.host(), &workspace, "c1").await.expect("kept");
    let own = workspace.branch.as_deref().expect("a branch");
    let tip = world.commit(path, "a", "a\n");
    world.git(path, &["checkout", "--quiet", "-b", "other"]);
    let other = world.commit(path, "b", "b\n");
    let after = rollback(&world.host(), &workspace, &kept.commit).await.expect("rolled back");
    assert_eq!(status(&world, &workspace), stood);
    assert_eq!(world.git(path, &["rev-parse", "other"]), other);
    let parents = world.git(path, &["show", "--no-patch", "--format=%P", &after.before.commit]);
    assert!(parents.contains(&tip) && parents.contains(&other), "{parents}");

    world.git(path, &["checkout", "--quiet", "--detach", &tip]);
    let detached = checkpoint(&world.host(), &workspace, "c2").await.expect("kept");
    world.git(path, &["checkout", "--quiet", own]);
    rollback(&world.host(), &workspace, &detached.commit).await.expect("rolled back");
    assert_eq!(world.git(path, &["rev-parse", "HEAD"]), tip);
    assert!(!world.try_git(path, &["symbolic-ref", "--quiet", "HEAD"]).status.success());
    assert_ne!(world.git(path, &["rev-parse", own]), tip);
    // Where the branch is checked out elsewhere it can't be moved.
    world.git(path, &["worktree", "add", "--quiet", "../elsewhere", own]);
    let why = refusal(&world, &workspace, &kept.commit).await;
    assert!(why.contains("checked out in"), "{why}");
}

#[tokio::test]
async fn what_speaks_against_it_is_said_and_nothing_is_touched() {
    let world = World::with_repository();
    world.commit("mine", ".gitignore", "ignored\n");
    let workspace = made(&world).await;
    let path = &workspace.path;
    world.commit(path, "x", "ours\n");
    let kept = checkpoint(&world.host(), &workspace, "c1").await.expect("kept");
    assert!(matches!(rollback(&world.host(), &workspace, "HEAD").await, Err(Error::NoCheckpoint(_))));
    assert!(matches!(rollback(&world.host(), &workspace, "--all").await, Err(Error::NoCheckpoint(_))));
    let shared = Workspace { kind: Kind::Shared, path: world.at("mine"), ..workspace.clone() };
    assert!(refusal(&world, &shared, &kept.commit).await.contains("your own folder"));

    world.commit("mine", "x", "theirs\n");
    assert!(!world.try_git(path, &["merge", "--quiet", "main"]).status.success());
    let before = (files(path), status(&world, &workspace));
    assert!(refusal(&world, &workspace, &kept.commit).await.contains("a merge is under way"));
    assert_eq!((files(path), status(&world, &workspace)), before);
    world.git(path, &["merge", "--abort"]);

    // An ignored folder where the checkpoint has a file.
    world.git(path, &["rm", "--quiet", "x"]);
    world.commit(path, ".gitignore", "ignored\nx\n");
    world.write(path.join("x/precious"), "p\n");
    let why = refusal(&world, &workspace, &kept.commit).await;
    assert!(why.starts_with("x: in the way"), "{why}");
    assert_eq!(fs::read(path.join("x/precious")).expect("there"), b"p\n");
    // An ignored file there can be kept.
    fs::remove_dir_all(path.join("x")).expect("removed");
    world.write(path.join("x"), "precious\n");
    let after = rollback(&world.host(), &workspace, &kept.commit).await.expect("rolled back");
    assert_eq!(fs::read(path.join("x")).expect("there"), b"ours\n");
    assert_eq!(world.git(path, &["show", &format!("{}:x", after.before.commit)]), "precious");

    fs::write(world.at("mine/.git/worktrees").join(path.file_name().expect("named")).join("index.lock"), "")
        .expect("written");
    assert!(refusal(&world, &workspace, &kept.commit).await.contains("index.lock"));
}

#[tokio::test]
async fn an_interrupted_rollback_is_finished_by_the_next() {
    let world = World::with_repository();
    world.commit("mine", "a", "1\n");
    let workspace = made(&world).await;
    let path = &workspace.path;
    world.commit(path, "b", "1\n");
    let (before, stood) = (files(path), status(&world, &workspace));
    let kept = checkpoint(&world.host(), &workspace, "c1").await.expect("kept");
    world.commit(path, "c", "1\n");
    world.write(path.join("a"), "2\n");
    world.write(path.join("b"), "2\n");
    let now = checkpoint(&world.host(), &workspace, "as if by the first attempt").await;
    assert!(now.is_err(), "such a name is refused");
    // As it is when the machine dies after some of the files were written: the branch has not moved.
    fs::remove_file(path.join("c")).expect("removed");
    world.write(path.join("a"), "1\n");
    rollback(&world.host(), &workspace, &kept.commit).await.expect("rolled back");
    assert_eq!((files(path), status(&world, &workspace)), (before.clone(), stood.clone()));
    // After the branch has moved, but not the index.
    world.git(path, &["update-ref", "HEAD", "HEAD~1"]);
    rollback(&world.host(), &workspace, &kept.commit).await.expect("rolled back");
    assert_eq!((files(path), status(&world, &workspace)), (before, stood));
}

#[tokio::test]
async fn what_is_not_kept_is_left_alone() {
    let world = World::with_repository();
    let workspace = made(&world).await;
    let path = &workspace.path;
    let kept = checkpoint(&world.host(), &workspace, "c1").await.expect("kept");
    fs::write(path.join("huge"), vec![b'x'; 17 << 20]).expect("written");
    world.git(path, &["init", "--quiet", "inner"]);
    world.write(path.join("inner/file"), "x\n");
    world.write(path.join("small"), "x\n");
    let after = rollback(&world.host(), &workspace, &kept.commit).await.expect("rolled back");
    let left: Vec<String> = files(path).into_keys().collect();
    assert_eq!(left, ["README", "huge", "inner/file"]);
    assert!(after.proof.contains("2 files and repositories that are not kept"), "{}", after.proof);
}
