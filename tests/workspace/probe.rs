//! What a folder is said to be.

use std::fs;

use quarterdeck::workspace::{Error, Head, Operation, probe};

use crate::world::World;

#[tokio::test]
async fn a_folder_inside_a_checkout_leads_to_its_top() {
    let world = World::with_remote();
    world.commit("mine", "deep/er/file", "x");
    let found = probe(&world.host(), &world.at("mine/deep/er")).await.expect("a repository");
    assert_eq!(found.folder, world.at("mine"));
    assert_eq!(found.git_directory, world.at("mine/.git"));
    assert_eq!(found.head, Head::Branch("main".into()));
    assert_eq!(found.default_branch.as_deref(), Some("main"));
    assert_eq!(found.remotes, ["origin"]);
    assert!(found.has_commits && !found.bare && !found.shallow && !found.submodules && found.operations.is_empty());
    let found = probe(&world.host(), &world.at("mine/.git")).await.expect("a repository");
    assert_eq!(found.folder, world.at("mine"));
}

#[tokio::test]
async fn a_linked_worktree_leads_to_its_main_checkout() {
    let world = World::with_repository();
    world.git("mine", &["worktree", "add", "--quiet", "../linked"]);
    let found = probe(&world.host(), &world.at("linked")).await.expect("a repository");
    assert_eq!(found.folder, world.at("mine"));
}

#[tokio::test]
async fn a_bare_repository_stands_for_itself_also_from_its_worktree() {
    let world = World::with_remote();
    world.git("origin.git", &["worktree", "add", "--quiet", "../linked", "main"]);
    for place in ["origin.git", "origin.git/refs", "linked"] {
        let found = probe(&world.host(), &world.at(place)).await.expect("a repository");
        assert_eq!(found.folder, world.at("origin.git"), "{place}");
        assert!(found.bare && found.has_commits);
    }
}

#[tokio::test]
async fn shallow_detached_and_half_merged_are_seen() {
    let world = World::with_remote();
    world.commit("mine", "README", "ours\n");
    world.git("mine", &["switch", "--quiet", "-c", "other", "HEAD~1"]);
    world.commit("mine", "README", "theirs\n");
    assert!(!world.try_git("mine", &["merge", "main"]).status.success());
    let found = probe(&world.host(), &world.at("mine")).await.expect("a repository");
    assert_eq!(found.operations, [Operation::Merge]);
    world.git("mine", &["merge", "--abort"]);
    world.git("mine", &["checkout", "--quiet", "--detach"]);
    assert_eq!(probe(&world.host(), &world.at("mine")).await.expect("a repository").head, Head::Detached);
    let url = format!("file://{}", world.at("mine").display());
    world.git(".", &["clone", "--quiet", "--depth", "1", &url, "short"]);
    assert!(probe(&world.host(), &world.at("short")).await.expect("a repository").shallow);
}

#[tokio::test]
async fn what_is_no_repository_says_what_to_do() {
    let world = World::new();
    let missing = probe(&world.host(), &world.at("nowhere")).await.expect_err("missing");
    assert!(matches!(missing, Error::NotThere(_)), "{missing}");
    fs::create_dir(world.at("plain")).expect("made");
    let plain = probe(&world.host(), &world.at("plain")).await.expect_err("plain");
    assert!(matches!(plain, Error::NotARepository(_)) && plain.to_string().contains("git init"), "{plain}");
    world.git(".", &["init", "--quiet", "empty"]);
    let empty = probe(&world.host(), &world.at("empty")).await.expect("a repository");
    assert!(!empty.has_commits);
    let no_git = world.local.clone().with("PATH", "/nowhere").into();
    let no_git = probe(&no_git, &world.at("empty")).await.expect_err("no git");
    assert!(matches!(no_git, Error::Program(_)), "{no_git}");
}

#[tokio::test]
async fn a_repository_of_another_user_is_refused_with_gits_remedy() {
    let world = World::with_repository();
    // What git itself uses to test this.
    let distrusting = world.local.clone().with("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1").into();
    let error = probe(&distrusting, &world.at("mine")).await.expect_err("distrusted").to_string();
    assert!(error.contains("safe.directory") && error.contains("mine"), "{error}");
}

#[tokio::test]
async fn a_stray_variable_does_not_lead_to_another_repository() {
    let world = World::with_repository();
    world.git(".", &["init", "--quiet", "other"]);
    let led = world.local.clone().with("GIT_DIR", world.at("other/.git")).into();
    assert_eq!(probe(&led, &world.at("mine")).await.expect("a repository").folder, world.at("mine"));
}
