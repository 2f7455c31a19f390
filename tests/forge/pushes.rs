//! A push moves one branch, and only forward.

use std::{fs, os::unix::fs::PermissionsExt};

use quarterdeck::forge::{Error, Push, Pushed, push};

use crate::{
    person::Person,
    scripted::{Forge, OWNER},
};

async fn attempt(person: &Person, branch: &str, commit: &str, lease: Option<&str>) -> Result<Pushed, Error> {
    push(&person.host(), Push { folder: &person.at("mine"), remote: "origin", branch, commit, lease }).await
}

fn hook(path: &std::path::Path, script: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, script).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("allowed");
}

fn rewritten(person: &Person) -> String {
    person.git("mine", &["commit", "--quiet", "--amend", "-m", "rewritten"]);
    person.git("mine", &["rev-parse", "HEAD"])
}

#[tokio::test]
async fn exactly_one_branch_moves_whatever_the_configuration_says() {
    let (person, forge) = Person::with_forge();
    let first = person.work("qd/work", "a", "a\n");
    person.git("mine", &["tag", "-a", "-m", "v1", "v1"]);
    person.git("mine", &["branch", "other"]);
    for (name, value) in [
        ("push.followTags", "true"),
        ("remote.origin.push", "refs/heads/*:refs/heads/*"),
        ("remote.origin.mirror", "true"),
        ("push.default", "matching"),
    ] {
        person.git("mine", &["config", name, value]);
    }
    let before = forge.bare().references();
    assert_eq!(attempt(&person, "qd/elsewhere", &first, None).await.expect("pushed"), Pushed::Created);
    assert_eq!(attempt(&person, "qd/elsewhere", &first, None).await.expect("pushed"), Pushed::Unchanged);
    let second = person.commit("mine", "b", "b\n");
    assert_eq!(attempt(&person, "qd/elsewhere", &second, None).await.expect("pushed"), Pushed::Advanced);
    let expected = format!("{before}\nrefs/heads/qd/elsewhere {second}");
    assert_eq!(forge.bare().references(), expected);
    assert_eq!(person.git("mine", &["rev-parse", "origin/qd/elsewhere"]), second);
}

#[tokio::test]
async fn a_branch_is_never_moved_back_without_a_lease() {
    let (person, forge) = Person::with_forge();
    let first = person.work("qd/work", "a", "a\n");
    attempt(&person, "qd/work", &first, None).await.expect("pushed");
    let theirs = forge.bare().commit("qd/work", "theirs", "x\n");
    let mine = rewritten(&person);
    let refused = attempt(&person, "qd/work", &mine, None).await;
    assert!(matches!(refused, Err(Error::Moved(_))), "{refused:?}");
    let stale = attempt(&person, "qd/work", &mine, Some(&first)).await;
    assert!(matches!(stale, Err(Error::Moved(_))), "{stale:?}");
    let new = attempt(&person, "qd/work", &mine, Some("")).await;
    assert!(matches!(new, Err(Error::Moved(_))), "it is not new: {new:?}");
    assert_eq!(forge.bare().tip("qd/work"), Some(theirs.clone()));
    assert_eq!(attempt(&person, "qd/work", &mine, Some(&theirs)).await.expect("pushed"), Pushed::Forced);
    assert_eq!(forge.bare().tip("qd/work"), Some(mine));
}

#[tokio::test]
async fn no_hook_of_the_person_runs() {
    let (person, forge) = Person::with_forge();
    let commit = person.work("qd/work", "a", "a\n");
    for name in ["pre-push", "reference-transaction"] {
        let hook_ran = format!("#!/bin/sh\ntouch '{}'\nexit 1\n", person.at("hook-ran").display());
        hook(&person.at(format!("mine/.git/hooks/{name}")), &hook_ran);
    }
    attempt(&person, "qd/work", &commit, None).await.expect("pushed");
    assert!(!person.at("hook-ran").exists());
    assert_eq!(forge.bare().tip("qd/work"), Some(commit));
}

#[tokio::test]
async fn the_remotes_refusals_are_told_apart() {
    let (person, forge): (Person, Forge) = Person::with_forge();
    let commit = person.work("qd/work", "a", "a\n");
    let before = forge.bare().references();
    hook(&forge.bare().0.join("hooks/pre-receive"), "#!/bin/sh\necho 'GH006: Protected branch' >&2\nexit 1\n");
    let refused = attempt(&person, "qd/work", &commit, None).await;
    assert!(matches!(&refused, Err(Error::Refused(said)) if said.contains("GH006")), "{refused:?}");
    forge.let_person_push(false);
    let refused = attempt(&person, "qd/work", &commit, None).await;
    assert!(matches!(&refused, Err(Error::NoPermission(said)) if said.contains("denied to person")), "{refused:?}");
    forge.let_git_through(false);
    let refused = attempt(&person, "qd/work", &commit, None).await;
    assert!(refused.as_ref().is_err_and(Error::passes), "{refused:?}");
    forge.let_git_through(true);
    person.git("mine", &["remote", "set-url", "origin", &forge.url("nobody")]);
    let refused = attempt(&person, "qd/work", &commit, None).await;
    assert!(matches!(&refused, Err(Error::NotFound(_))), "{refused:?}");
    assert_eq!(forge.bare().references(), before);
    assert_eq!(forge.url(OWNER), "git@github.com:acme/tool.git");
}
