//! Removing workspaces never loses a commit or an uncommitted file without the person's word, and not even then for good.

use std::{fs, os::unix::fs::PermissionsExt};

use quarterdeck::{
    domain::{Workspace, WorkspaceId, workspace::Kind},
    workspace::{Error, inspect, remove, scratch, size},
};

use crate::world::World;

async fn made(world: &World) -> Workspace {
    let prepared = world.prepare(1, "x").await.expect("prepared");
    world.row(1, &prepared)
}

/// The risks that removal names.
async fn risks(world: &World, workspace: &Workspace) -> String {
    let seen = inspect(&world.host(), workspace).await.expect("inspected");
    match remove(&world.host(), workspace, None).await {
        Err(Error::AtRisk { risks, .. }) => {
            assert!(!seen.removable && workspace.path.exists());
            risks.join("\n")
        }
        other => panic!("removed, or failed otherwise: {other:?}"),
    }
}

#[tokio::test]
async fn an_untouched_workspace_goes_with_its_branch_and_leaves_only_what_brings_it_back() {
    let world = World::with_remote();
    let before = (world.picture("mine"), world.git("mine", &["for-each-ref"]));
    let workspace = made(&world).await;
    let seen = inspect(&world.host(), &workspace).await.expect("inspected");
    assert!(seen.removable && size(&world.host(), &workspace).await.expect("known") > 0, "{seen:?}");
    let proof = remove(&world.host(), &workspace, None).await.expect("removed");
    assert!(proof.contains("nothing is uncommitted") && proof.contains("origin/main"), "{proof}");
    let kept = "refs/quarterdeck/removed/w1";
    assert!(proof.ends_with(&format!("kept in {kept}")), "{proof}");
    let references = world.git("mine", &["for-each-ref"]);
    let others: Vec<&str> = references.lines().filter(|line| !line.ends_with(kept)).collect();
    assert_eq!((world.picture("mine"), others.join("\n")), before);
    assert_eq!(fs::read_dir(world.root().join("mine")).expect("there").count(), 0);
    remove(&world.host(), &workspace, None).await.expect("removed again");
    assert_eq!(world.git("mine", &["for-each-ref"]), references, "nothing was there to keep");
}

#[tokio::test]
async fn every_risk_is_named_and_stops_the_removal() {
    for (risk, named) in [
        ("untracked", "uncommitted: new file"),
        ("changed", "uncommitted: README"),
        ("staged", "uncommitted: README"),
        ("deleted", "uncommitted: README"),
        ("hidden", "uncommitted: README (hidden from git status)"),
        ("commit", "write f"),
        ("detached commit", "write f"),
        ("merge", "a merge under way"),
        ("stash", "a stash was made here: stash@{0}"),
        ("nested", "uncommitted: nested/"),
        ("ignored nested", "commits only in the repository ignored/nested"),
    ] {
        let world = World::with_repository();
        world.commit("mine", ".gitignore", "ignored\n");
        let workspace = made(&world).await;
        let path = &workspace.path;
        match risk {
            "untracked" => world.write(path.join("new file"), "x"),
            "changed" => world.write(path.join("README"), "x"),
            "staged" => {
                world.write(path.join("README"), "x");
                world.git(path, &["add", "README"]);
            }
            "deleted" => fs::remove_file(path.join("README")).expect("removed"),
            "hidden" => {
                world.git(path, &["update-index", "--assume-unchanged", "README"]);
                world.write(path.join("README"), "x");
            }
            "commit" => {
                world.commit(path, "f", "x");
            }
            "detached commit" => {
                world.git(path, &["checkout", "--quiet", "--detach"]);
                world.commit(path, "f", "x");
            }
            "merge" => {
                world.git("mine", &["switch", "--quiet", "-c", "side"]);
                world.commit("mine", "f", "x");
                world.git("mine", &["switch", "--quiet", "main"]);
                world.git(path, &["merge", "--quiet", "--no-commit", "--no-ff", "side"]);
            }
            "stash" => {
                world.write(path.join("README"), "x");
                world.git(path, &["stash"]);
            }
            _ => {
                let nested = path.join(if risk == "nested" { "nested" } else { "ignored/nested" });
                fs::create_dir_all(&nested).expect("made");
                world.git(&nested, &["init", "--quiet"]);
                world.commit(&nested, "f", "x");
                if risk == "ignored nested" {
                    // git names the ignored folder, not what lies in it.
                    fs::rename(nested.join("f"), path.join("ignored/f")).expect("moved");
                }
            }
        }
        let said = risks(&world, &workspace).await;
        assert!(said.contains(named), "{risk}: {said}");
    }
}

#[tokio::test]
async fn commits_that_exist_elsewhere_are_no_risk() {
    for place in ["merged", "pushed", "tagged", "other branch"] {
        let world = World::with_remote();
        let workspace = made(&world).await;
        let commit = world.commit(&workspace.path, "f", "x");
        let branch = workspace.branch.as_deref().expect("a branch");
        match place {
            "merged" => world.git("mine", &["merge", "--quiet", branch]),
            "pushed" => world.git(&workspace.path, &["push", "--quiet", "-u", "origin", branch]),
            "tagged" => world.git("mine", &["tag", "kept", branch]),
            _ => world.git(&workspace.path, &["switch", "--quiet", "-c", "kept"]),
        };
        remove(&world.host(), &workspace, None).await.expect(place);
        assert!(!world.try_git("mine", &["rev-parse", "--verify", branch]).status.success(), "{place}");
        assert!(!world.git("mine", &["for-each-ref", "--contains", &commit]).is_empty(), "{place}");
        assert!(!world.git("mine", &["config", "--list", "--local"]).contains(branch), "{place}");
    }
}

#[tokio::test]
async fn what_is_given_up_with_a_reason_can_be_had_back() {
    let world = World::with_repository();
    let workspace = made(&world).await;
    let commit = world.commit(&workspace.path, "f", "committed\n");
    world.write(workspace.path.join("f"), "staged\n");
    world.git(&workspace.path, &["add", "f"]);
    world.write(workspace.path.join("f"), "changed\n");
    world.write(workspace.path.join("new file"), "untracked\n");
    let proof = remove(&world.host(), &workspace, Some("a dead end")).await.expect("removed");
    let kept = "refs/quarterdeck/removed/w1";
    assert!(proof.contains("a dead end") && proof.contains(kept), "{proof}");
    assert!(!workspace.path.exists());
    world.git("mine", &["gc", "--quiet", "--prune=now"]);
    assert_eq!(world.git("mine", &["rev-parse", &format!("{kept}^1")]), commit);
    assert_eq!(world.git("mine", &["show", &format!("{kept}:f")]), "changed");
    assert_eq!(world.git("mine", &["show", &format!("{kept}:new file")]), "untracked");
    assert_eq!(world.git("mine", &["show", &format!("{kept}^2:f")]), "staged");
    // An id that comes again, as after a lost database, overwrites nothing.
    let before = world.git("mine", &["rev-parse", kept]);
    let again = made(&world).await;
    world.commit(&again.path, "g", "x");
    let proof = remove(&world.host(), &again, Some("again")).await.expect("removed");
    assert!(proof.contains("refs/quarterdeck/removed/w1-2"), "{proof}");
    assert_eq!(world.git("mine", &["rev-parse", kept]), before);
}

#[tokio::test]
async fn commits_made_in_a_submodule_are_not_lost() {
    let world = World::with_repository();
    world.git(".", &["init", "--quiet", "library"]);
    world.commit("library", "code", "x");
    let library = world.at("library").display().to_string();
    world.git("mine", &["submodule", "--quiet", "add", &library, "library"]);
    world.git("mine", &["commit", "--quiet", "-m", "a submodule"]);
    let workspace = made(&world).await;
    let untouched = inspect(&world.host(), &workspace).await.expect("inspected");
    assert!(untouched.removable, "{untouched:?}");
    let commit = world.commit(workspace.path.join("library"), "code", "changed");
    world.git(&workspace.path, &["commit", "--quiet", "-a", "-m", "point to it"]);
    world.git("mine", &["merge", "--quiet", workspace.branch.as_deref().expect("a branch")]);
    let said = risks(&world, &workspace).await;
    assert!(said.contains("1 commits only in the repository library"), "{said}");
    let proof = remove(&world.host(), &workspace, Some("enough")).await.expect("removed");
    assert!(!workspace.path.exists(), "{proof}");
    world.git("mine", &["gc", "--quiet", "--prune=now"]);
    world.git("mine", &["cat-file", "-e", &commit]);
}

#[tokio::test]
async fn an_untouched_workspace_with_a_submodule_goes() {
    let world = World::with_repository();
    world.git(".", &["init", "--quiet", "library"]);
    world.commit("library", "code", "x");
    let library = world.at("library").display().to_string();
    world.git("mine", &["submodule", "--quiet", "add", &library, "library"]);
    world.git("mine", &["commit", "--quiet", "-m", "a submodule"]);
    let workspace = made(&world).await;
    remove(&world.host(), &workspace, None).await.expect("removed");
    assert!(!workspace.path.exists());
}

#[tokio::test]
async fn an_interrupted_removal_is_finished() {
    for step in ["half deleted", "registration gone", "branch left", "worked in"] {
        let world = World::with_repository();
        let workspace = made(&world).await;
        let record = world.root().join("mine/w1-x.json");
        let text = fs::read_to_string(&record).expect("a record");
        let tip = &workspace.base.as_ref().expect("a base").commit;
        let removing = format!("\"stage\": \"removing\", \"proof\": \"it was proven\", \"tip\": \"{tip}\"");
        fs::write(&record, text.replace("\"stage\": \"made\"", &removing)).expect("written");
        let path = workspace.path.to_str().expect("text");
        match step {
            "half deleted" => fs::remove_file(workspace.path.join("README")).expect("removed"),
            "registration gone" => {
                world.git("mine", &["worktree", "remove", "--force", path]);
                world.write(workspace.path.join("left"), "x");
                fs::set_permissions(&workspace.path, fs::Permissions::from_mode(0o500)).expect("set");
            }
            "branch left" => {
                world.git("mine", &["worktree", "remove", "--force", path]);
            }
            _ => {
                world.write(workspace.path.join("new"), "precious");
                risks(&world, &workspace).await;
                continue;
            }
        }
        assert_eq!(remove(&world.host(), &workspace, None).await.expect(step), "it was proven");
        assert!(!workspace.path.exists() && !record.exists(), "{step}");
        assert_eq!(world.git("mine", &["branch", "--list", "qd/*"]), "", "{step}");
    }
}

#[tokio::test]
async fn a_stash_made_on_no_branch_counts_only_where_one_may_have_been_made() {
    let world = World::with_repository();
    let left = made(&world).await;
    let untouched = world.row(2, &world.prepare(2, "y").await.expect("prepared"));
    world.git(&left.path, &["checkout", "--quiet", "--detach"]);
    world.write(left.path.join("README"), "changed");
    world.git(&left.path, &["stash", "--quiet"]);
    assert!(risks(&world, &left).await.contains("a stash was made here"));
    remove(&world.host(), &untouched, None).await.expect("removed");
}

#[tokio::test]
async fn what_is_not_ours_stays() {
    let world = World::with_repository();
    let mut workspace = made(&world).await;
    world.git("mine", &["worktree", "lock", workspace.path.to_str().expect("text")]);
    let error = remove(&world.host(), &workspace, Some("locked")).await.expect_err("locked");
    assert!(error.to_string().contains("lock"), "{error}");
    assert!(workspace.path.join("README").exists());
    workspace.path = world.at("mine");
    assert!(matches!(remove(&world.host(), &workspace, Some("x")).await, Err(Error::NotOurs { .. })));
    workspace.kind = Kind::Shared;
    remove(&world.host(), &workspace, Some("x")).await.expect("forgotten");
    workspace.kind = Kind::Scratch;
    assert!(matches!(remove(&world.host(), &workspace, Some("x")).await, Err(Error::NotOurs { .. })));
    assert!(world.at("mine/README").exists());
}

#[tokio::test]
async fn a_branch_that_the_person_looks_at_stays() {
    let world = World::with_repository();
    let workspace = made(&world).await;
    let branch = workspace.branch.clone().expect("a branch");
    let commit = world.commit(&workspace.path, "f", "x");
    world.git(&workspace.path, &["checkout", "--quiet", "--detach"]);
    world.git("mine", &["switch", "--quiet", &branch]);
    remove(&world.host(), &workspace, None).await.expect("removed");
    assert_eq!(world.git("mine", &["rev-parse", &branch]), commit);
}

#[tokio::test]
async fn a_scratch_folder_goes_when_it_is_empty_or_given_up() {
    let world = World::with_repository();
    let mut workspace = made(&world).await;
    workspace.kind = Kind::Scratch;
    workspace.path = scratch(&world.host(), &world.root(), WorkspaceId::FIRST).await.expect("made");
    world.write(workspace.path.join("deep/work"), "x");
    assert!(risks(&world, &workspace).await.contains("uncommitted: deep/work"));
    let proof = remove(&world.host(), &workspace, Some("done with it")).await.expect("removed");
    assert!(proof.contains("done with it") && !workspace.path.exists(), "{proof}");
}
