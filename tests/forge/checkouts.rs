//! A base that is checked out: its files move with it, or nothing moves.

use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use quarterdeck::{
    domain::pull_request::Method,
    forge::local::{Merge, Merged, merge, taken},
};

use crate::person::Person;

/// A home in which `main` is checked out in `mine`, with work on `topic` that changes `README` and brings `new`.
fn ready() -> Person {
    let person = Person::with_topic();
    person.commit("topic", "new", "new\n");
    person.commit("topic", "README", "one\ntwo\nTHREE\n");
    person.commit("mine", "main-file", "of main\n");
    person
}

async fn merging(person: &Person, method: Method, move_checkout: bool) -> Merged {
    let repository = person.at("mine");
    let wanted =
        Merge { repository: &repository, base: "main", head: "topic", method, message: "m", name: "p1", move_checkout };
    merge(&person.host(), wanted).await.expect("it answers")
}

/// It must wait, and nothing in the checkout or of its branch may have changed; gives why.
async fn waits(person: &Person, move_checkout: bool) -> String {
    let picture = || (person.git("mine", &["status", "--porcelain", "--branch", "--ignored"]), person.tip("main"));
    let files = || ["README", "new", "main-file"].map(|name| person.read(format!("mine/{name}")));
    let before = (picture(), files());
    let Merged::Waiting { commit, branch, checkout, why, take } = merging(person, Method::Merge, move_checkout).await
    else {
        panic!("it does not wait")
    };
    assert_eq!((picture(), files()), before);
    assert_eq!((branch.as_str(), person.tip(&branch)), ("qd/merged/main-p1", commit));
    assert_eq!(take, format!("git -C {} merge --ff-only qd/merged/main-p1", checkout.display()));
    why
}

#[tokio::test]
async fn clean_files_move_with_their_branch_if_the_person_says_so() {
    for method in Method::ALL {
        let person = ready();
        fs::write(person.at("mine/notes"), "untracked\n").expect("written");
        let hook = person.at("mine/.git/hooks/post-merge");
        fs::write(&hook, "#!/bin/sh\ntouch ran\n").expect("written");
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("allowed");
        let merged = merging(&person, method, true).await;
        let commit = person.tip("main");
        assert_eq!(merged, Merged::Moved { commit, checkout: Some(person.at("mine")) });
        assert_eq!(person.read("mine/README").as_deref(), Some("one\ntwo\nTHREE\n"));
        assert_eq!(person.read("mine/notes").as_deref(), Some("untracked\n"));
        assert_eq!(person.git("mine", &["status", "--porcelain"]), "?? notes", "no hook ran, and nothing else changed");
        assert_eq!(person.git("mine", &["symbolic-ref", "HEAD"]), "refs/heads/main");
        assert!(person.git("mine", &["reflog", "-1", "main"]).contains(&format!("quarterdeck: {}", method.label())));
    }
}

#[tokio::test]
async fn without_a_word_of_the_person_a_checked_out_base_stays() {
    let person = ready();
    assert!(waits(&person, false).await.contains("nobody said"));
}

#[tokio::test]
async fn nothing_of_the_persons_is_overwritten() {
    let person = ready();
    fs::write(person.at("mine/README"), "edited\n").expect("written");
    assert_eq!(waits(&person, true).await, "a file there has uncommitted changes");
    person.git("mine", &["add", "README"]);
    assert_eq!(waits(&person, true).await, "a file there has uncommitted changes");

    let person = ready();
    fs::write(person.at("mine/new"), "untracked\n").expect("written");
    let why = waits(&person, true).await;
    assert!(why.contains("untracked") && why.contains("new"), "{why}");

    let person = ready();
    fs::write(person.at("mine/.git/info/exclude"), "new\n").expect("written");
    fs::write(person.at("mine/new"), "ignored\n").expect("written");
    let why = waits(&person, true).await;
    assert!(why.contains("new"), "{why}");
}

#[tokio::test]
async fn an_operation_under_way_holds_the_base() {
    let person = ready();
    person.git("mine", &["branch", "side", "HEAD~1"]);
    person.git("mine", &["merge", "--quiet", "--no-commit", "--no-ff", "topic"]);
    assert!(waits(&person, true).await.contains("a merge"));

    // In a rebase nothing has the branch checked out, and its end sets it.
    let person = ready();
    person.commit("mine", "README", "mine\n");
    person.program("mine", "git", &["rebase", "--quiet", "topic"]);
    assert!(person.at("mine/.git/rebase-merge").is_dir());
    assert!(matches!(merging(&person, Method::Merge, true).await, Merged::Conflicts { .. }));
    person.git("topic", &["checkout", "--quiet", "HEAD~1", "--", "README"]);
    person.git("topic", &["commit", "--quiet", "--allow-empty", "-m", "back"]);
    let Merged::Waiting { why, .. } = merging(&person, Method::Squash, true).await else { panic!("it does not wait") };
    assert!(why.contains("in the middle of"), "{why}");
}

#[tokio::test]
async fn a_base_in_another_worktree_is_found() {
    let person = ready();
    person.git("mine", &["switch", "--quiet", "-c", "aside"]);
    person.git("mine", &["worktree", "add", "--quiet", "../second", "main"]);
    let merged = merging(&person, Method::Squash, true).await;
    assert_eq!(merged, Merged::Moved { commit: person.tip("main"), checkout: Some(person.at("second")) });
    assert_eq!(person.read("second/new").as_deref(), Some("new\n"));

    let person = ready();
    person.git("mine", &["worktree", "add", "--quiet", "--force", "../second", "main"]);
    assert!(waits(&person, true).await.contains("more than one place"));

    let person = ready();
    person.git("mine", &["switch", "--quiet", "-c", "aside"]);
    person.git("mine", &["worktree", "add", "--quiet", "../second", "main"]);
    person.git("mine", &["worktree", "lock", "../second"]);
    fs::rename(person.at("second"), person.at("unplugged")).expect("moved");
    let why = waits(&person, true).await;
    assert_eq!(why, "its folder is not there");
}

#[tokio::test]
async fn what_waits_is_taken_with_the_command_given_and_then_tidied_away() {
    let person = ready();
    let Merged::Waiting { commit, branch, take, .. } = merging(&person, Method::Rebase, false).await else {
        panic!("it does not wait")
    };
    let again = merging(&person, Method::Rebase, false).await;
    assert!(matches!(&again, Merged::Waiting { commit: same, .. } if *same == commit), "asked again, it is the same");
    let is_taken =
        async || taken(&person.host(), &person.at("mine"), "main", &branch, &commit).await.expect("it answers");
    assert!(!is_taken().await);
    assert_eq!(person.tip(&branch), commit);
    let mut shell = Command::new("sh");
    assert!(shell.args(["-c", &take]).current_dir("/").output().expect("runs").status.success());
    assert_eq!((person.tip("main"), person.read("mine/new").as_deref()), (commit.clone(), Some("new\n")));
    assert!(is_taken().await && is_taken().await);
    assert_eq!(person.git("mine", &["branch", "--list", "qd/merged/*"]), "");
}

#[tokio::test]
async fn a_branch_on_which_somebody_works_is_not_moved_from_under_them() {
    let person = ready();
    let Merged::Waiting { branch, .. } = merging(&person, Method::Squash, false).await else { panic!("it waits") };
    person.git("mine", &["worktree", "add", "--quiet", "../second", &branch]);
    let theirs = person.commit("second", "theirs", "x\n");
    person.commit("topic", "more", "more\n");
    let Merged::Waiting { branch: other, commit, .. } = merging(&person, Method::Squash, false).await else {
        panic!("it waits")
    };
    assert_eq!((other.as_str(), person.tip(&other)), ("qd/merged/main-p1-2", commit));
    assert_eq!(person.tip(&branch), theirs);
}
