//! What was removed comes back as it was, until its time is over.

use std::{fs, path::Path, time::Duration};

use quarterdeck::{
    domain::{Workspace, WorkspaceId, workspace::Kind},
    workspace::{Error, changes, forget_removed, forget_scratch, remove, removed, restore, scratch},
};

use crate::world::World;

async fn made(world: &World) -> Workspace {
    let prepared = world.prepare(1, "x").await.expect("prepared");
    world.row(1, &prepared)
}

/// All that a person would see of a worktree: where it stands, what is staged, changed and untracked, and the files.
fn seen(world: &World, path: &Path) -> String {
    let say = |arguments: &[&str]| String::from_utf8(world.try_git(path, arguments).stdout).expect("text");
    let mut files: Vec<String> = Vec::new();
    for name in say(&["ls-files", "--cached", "--others", "--exclude-standard", "-z"]).split('\0') {
        files.push(format!("{name}: {:?}", fs::read(path.join(name)).ok()));
    }
    files.sort();
    files.dedup();
    [
        say(&["status", "--porcelain=v2", "--branch", "--untracked-files=all"]),
        say(&["diff", "--cached"]),
        say(&["diff"]),
        files.join("\n"),
    ]
    .join("\n")
}

#[tokio::test]
async fn a_workspace_comes_back_with_its_branch_its_index_and_its_files() {
    for how in
        ["untouched", "committed", "changed", "detached", "on another branch", "a file deleted", "hidden", "moved"]
    {
        let world = World::with_repository();
        world.commit("mine", "second", "2\n");
        let workspace = made(&world).await;
        let path = &workspace.path;
        match how {
            "untouched" => {}
            "committed" => {
                world.commit(path, "f", "committed\n");
            }
            "detached" => {
                world.git(path, &["checkout", "--quiet", "--detach"]);
                world.commit(path, "f", "detached\n");
            }
            "on another branch" => {
                world.git(path, &["switch", "--quiet", "-c", "agent"]);
                world.write(path.join("f"), "x");
            }
            "a file deleted" => fs::remove_file(path.join("second")).expect("removed"),
            "hidden" => {
                world.git(path, &["update-index", "--skip-worktree", "README"]);
                world.write(path.join("README"), "hidden change\n");
            }
            "moved" => {
                world.git(path, &["mv", "second", "third"]);
                world.write(path.join("third"), "3\n");
            }
            _ => {
                world.commit(path, "f", "committed\n");
                world.write(path.join("f"), "staged\n");
                world.write(path.join(".gitignore"), "forced\n");
                world.write(path.join("forced"), "ignored, and staged all the same\n");
                world.git(path, &["add", "f"]);
                world.git(path, &["add", "--force", "forced"]);
                world.write(path.join("f"), "changed\n");
                world.write(path.join("forced"), "changed after it was staged\n");
                world.write(path.join("deep/ünter tracked"), "untracked\n");
            }
        }
        let mut before = seen(&world, path);
        if how == "hidden" {
            // It is told from now on.
            world.git(path, &["update-index", "--no-skip-worktree", "README"]);
            before = seen(&world, path);
            world.git(path, &["update-index", "--skip-worktree", "README"]);
        }
        remove(&world.host(), &workspace, Some("enough")).await.expect(how);
        assert!(!path.exists());
        world.git("mine", &["gc", "--quiet", "--prune=now"]);
        let listed = removed(&world.host(), std::slice::from_ref(&workspace)).await.expect("listed");
        assert_eq!((listed.len(), listed[0].workspace), (1, workspace.id), "{how}");
        let restored = restore(&world.host(), &workspace, None).await.expect(how);
        assert_eq!((&restored.path, &restored.branch, &restored.note), (path, &workspace.branch, &None), "{how}");
        assert_eq!(seen(&world, path), before, "{how}");
        // And is a workspace like any other.
        remove(&world.host(), &workspace, Some("again")).await.expect("removed again");
        restore(&world.host(), &workspace, None).await.expect("restored again");
        assert_eq!(seen(&world, path), before, "{how}");
    }
}

#[tokio::test]
async fn a_branch_that_has_moved_on_is_left_where_it_is() {
    let world = World::with_repository();
    let workspace = made(&world).await;
    let branch = workspace.branch.clone().expect("a branch");
    let commit = world.commit(&workspace.path, "f", "x");
    remove(&world.host(), &workspace, Some("enough")).await.expect("removed");
    world.git("mine", &["branch", &branch]);
    let elsewhere = world.git("mine", &["rev-parse", &branch]);
    let restored = restore(&world.host(), &workspace, None).await.expect("restored");
    assert_eq!(restored.branch, Some(format!("{branch}-2")));
    assert!(restored.note.is_some_and(|note| note.contains("is somewhere else now")));
    assert_eq!(world.git("mine", &["rev-parse", &branch]), elsewhere);
    assert_eq!(world.git(&workspace.path, &["rev-parse", "HEAD"]), commit);
}

#[tokio::test]
async fn it_comes_back_to_another_place_and_overwrites_nothing() {
    let world = World::with_repository();
    let workspace = made(&world).await;
    world.write(workspace.path.join("f"), "x");
    remove(&world.host(), &workspace, Some("enough")).await.expect("removed");
    world.write("elsewhere/mine", "not yours");
    world.write("beside.json", "not yours");
    for taken in ["elsewhere", "beside"] {
        let refused = restore(&world.host(), &workspace, Some(&world.at(taken))).await;
        assert!(matches!(refused, Err(Error::Taken(_))), "{refused:?}");
    }
    assert_eq!(fs::read_to_string(world.at("beside.json")).expect("there"), "not yours");
    let restored = restore(&world.host(), &workspace, Some(&world.at("new/place"))).await.expect("restored");
    assert_eq!(fs::read_to_string(restored.path.join("f")).expect("there"), "x");
    assert!(!world.at("new/place.json").exists() && !workspace.path.exists());
}

#[tokio::test]
async fn what_is_kept_goes_when_its_time_is_over_and_not_before() {
    let world = World::with_repository();
    let (workspace, other) = (made(&world).await, world.prepare(2, "y").await.expect("prepared"));
    let other = world.row(2, &other);
    // A commit that is older than any time, and a repository inside.
    world.git(&workspace.path, &["commit", "--quiet", "--allow-empty", "--date=2001-01-01", "-m", "old"]);
    let nested = workspace.path.join("nested");
    fs::create_dir_all(&nested).expect("made");
    world.git(&nested, &["init", "--quiet"]);
    let inner = world.commit(&nested, "f", "x");
    world.write(nested.join("g"), "uncommitted in it\n");
    let checkpoint = changes::checkpoint(&world.host(), &workspace, "by-hand").await.expect("kept");
    // Another crew has a workspace of the same id.
    let tree = format!("{}^{{tree}}", checkpoint.commit);
    let message = "The workspace w1 as it was: by-hand\n\nBranch: refs/heads/qd/s1-another";
    let foreign = world.git("mine", &["commit-tree", &tree, "-m", message]);
    world.git("mine", &["update-ref", "refs/quarterdeck/checkpoints/w1/foreign", &foreign]);
    for workspace in [&workspace, &other] {
        remove(&world.host(), workspace, Some("enough")).await.expect("removed");
    }
    let mine = world.at("mine");
    world.git("mine", &["update-ref", "refs/quarterdeck/removed/w9", "HEAD"]);
    world.git("mine", &["cat-file", "-e", &inner]);
    let as_it_was = "refs/quarterdeck/removed/w1-repository-1/quarterdeck/as-it-was";
    assert_eq!(world.git("mine", &["show", &format!("{as_it_was}:g")]), "uncommitted in it");
    assert_eq!(forget_removed(&world.host(), &mine, Duration::from_secs(3600)).await.expect("looked"), 0);
    world.git("mine", &["rev-parse", "--verify", &checkpoint.reference]);
    assert_eq!(forget_removed(&world.host(), &mine, Duration::ZERO).await.expect("looked"), 2);
    let left = world.git("mine", &["for-each-ref", "--format=%(refname)", "refs/quarterdeck/"]);
    let foreign = "refs/quarterdeck/checkpoints/w1/foreign\nrefs/quarterdeck/removed/w9";
    assert_eq!(left, foreign, "what is not ours stays");
    let nothing = restore(&world.host(), &workspace, None).await;
    assert!(matches!(nothing, Err(Error::NothingKept { .. })), "{nothing:?}");
}

#[tokio::test]
async fn a_scratch_folder_comes_back_with_all_its_files() {
    let world = World::with_repository();
    let id = WorkspaceId::from_number(7).expect("not zero");
    let path = scratch(&world.host(), &world.root(), id).await.expect("made");
    let mut workspace = made(&world).await;
    workspace = Workspace { id, kind: Kind::Scratch, repository: None, branch: None, path: path.clone(), ..workspace };
    remove(&world.host(), &workspace, None).await.expect("it is empty");
    assert!(matches!(restore(&world.host(), &workspace, None).await, Err(Error::NothingKept { .. })));
    scratch(&world.host(), &world.root(), id).await.expect("made");
    world.write(path.join("deep/note"), "thought\n");
    assert!(matches!(remove(&world.host(), &workspace, None).await, Err(Error::AtRisk { .. })));
    let proof = remove(&world.host(), &workspace, Some("enough")).await.expect("removed");
    assert!(proof.contains("kept in") && !path.exists(), "{proof}");
    let listed = removed(&world.host(), std::slice::from_ref(&workspace)).await.expect("listed");
    assert_eq!((listed.len(), listed[0].uncommitted), (1, 1));
    assert_eq!(forget_scratch(&world.host(), &world.root(), Duration::from_secs(3600)).await.expect("looked"), 0);
    restore(&world.host(), &workspace, None).await.expect("restored");
    assert_eq!(fs::read_to_string(path.join("deep/note")).expect("there"), "thought\n");
    restore(&world.host(), &workspace, None).await.expect("it is there already");
    remove(&world.host(), &workspace, Some("enough")).await.expect("removed");
    assert_eq!(forget_scratch(&world.host(), &world.root(), Duration::ZERO).await.expect("looked"), 1);
    assert_eq!(fs::read_dir(world.root().join("scratch/removed")).expect("there").count(), 0);
}
