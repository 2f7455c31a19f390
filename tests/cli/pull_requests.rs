//! Work that is offered for review on this machine, and the commands that say whether it is good.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::home::{Ended, Home, wait_for};

/// A session in a repository whose workspace is there; gives the repository and the workspace.
fn at_work(home: &Home) -> (PathBuf, PathBuf) {
    let repository = home.repository();
    let workspace = at_work_in(home, &repository);
    (repository, workspace)
}

fn at_work_in(home: &Home, repository: &Path) -> PathBuf {
    home.done(&["new", "--repo", repository.to_str().expect("text"), "--agent", "shell", "--title", "Lock it", "true"]);
    wait_for("the workspace", || {
        let shown = home.json(&["show", "s1"]);
        (shown["workspace"]["state"]["state"] == "ready")
            .then(|| shown["workspace"]["path"].as_str().expect("a path").into())
    })
}

fn git(folder: &Path, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=A", "-c", "user.email=a@example.org"]).args(arguments).current_dir(folder);
    assert!(git.output().expect("git runs").status.success(), "git {arguments:?}");
}

fn commit(workspace: &Path, name: &str) {
    fs::write(workspace.join(name), "a change\n").expect("written");
    git(workspace, &["add", name]);
    git(workspace, &["commit", "-q", "-m", name]);
}

/// Publishes as soon as the figures of the workspace show that there is something.
fn published(home: &Home, arguments: &[&str]) -> String {
    wait_for("what was committed to be publishable", || {
        let ended = home.run(&[&["pr", "publish", "s1", "--wait"], arguments].concat());
        assert!([0, 4].contains(&ended.code), "{}{}", ended.output, ended.notices);
        (ended.code == 0).then_some(ended.output)
    })
}

/// A program that is run instead of an editor.
fn editor(home: &Home, script: &str) -> String {
    let file = home.work().join("editor");
    fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("written");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o700)).expect("set");
    file.to_str().expect("text").to_owned()
}

fn edited(home: &Home, editor: &str, arguments: &[&str]) -> Ended {
    Ended::of(home.command(arguments).env("EDITOR", editor).output().expect("qd runs"))
}

#[test]
fn work_is_offered_described_and_taken_back_on_this_machine() {
    let home = Home::new();
    let (_, workspace) = at_work(&home);
    assert_eq!(home.done(&["pr", "list"]), "");
    assert_eq!(home.run(&["pr", "publish", "s9", "--forge", "local"]).code, 3);
    commit(&workspace, "lock.txt");
    let said = published(&home, &["--body", "It was open.\n\n- now it is not"]);
    assert!(said.starts_with("p1 is open for review on this machine: qd/") && said.ends_with(" → main\n"), "{said}");

    let listed = home.json(&["pr", "list", "o1"]);
    let first = &listed[0];
    assert_eq!((&first["id"], &first["forge"], &first["title"]), (&json!("p1"), &json!("local"), &json!("Lock it")));
    assert_eq!((&first["state"]["state"], &first["remarks"]), (&json!("open"), &json!(0)));
    assert!(home.done(&["pr", "list"]).contains("local  open"), "{}", home.done(&["pr", "list"]));
    let shown = home.done(&["pr", "show", "p1"]);
    assert!(shown.contains("p1  Lock it\n") && shown.contains("it is on this machine"), "{shown}");
    assert!(shown.ends_with("\nIt was open.\n\n- now it is not\n"), "{shown}");
    assert_eq!(home.done(&["show", "p1"]), shown);
    assert_eq!(home.run(&["pr", "show", "p2"]).code, 3);

    // What is committed later goes into the same one.
    let before = home.json(&["pr", "show", "p1"])["pull_request"]["head"].clone();
    commit(&workspace, "more.txt");
    home.done(&["pr", "update", "p1", "--push", "--title", "Lock it well", "--wait"]);
    let after = home.json(&["pr", "show", "p1"])["pull_request"].clone();
    assert_ne!(before, after["head"]);
    assert_eq!(after["title"], "Lock it well");
    assert_eq!(home.run(&["pr", "update", "p1"]).code, 2);

    let refused = home.run(&["done", "o1"]);
    assert_eq!(refused.code, 4, "an objective is not done while its pull requests are open: {}", refused.output);
    assert_eq!(home.done(&["pr", "close", "p1", "--wait"]), "p1 is closed\n");
    assert_eq!(home.json(&["pr", "list"]), json!([]));
    assert_eq!(home.json(&["pr", "list", "--all"])[0]["state"]["state"], "closed");
}

#[test]
fn title_and_body_are_written_in_the_editor_and_leaving_it_does_nothing() {
    let home = Home::new();
    let (_, workspace) = at_work(&home);
    commit(&workspace, "lock.txt");
    published(&home, &[]);
    let update = ["pr", "update", "p1", "--edit", "--wait"];
    let left = edited(&home, "true", &update);
    assert_eq!(left.code, 4, "{}{}", left.output, left.notices);
    assert!(left.notices.contains("without saving"), "{}", left.notices);
    let emptied = edited(&home, &editor(&home, ": > \"$1\""), &update);
    assert_eq!(emptied.code, 4, "{}", emptied.notices);
    let unnamed = home.run(&update);
    assert_eq!(unnamed.code, 2, "{}", unnamed.notices);
    assert!(unnamed.notices.contains("EDITOR=vim"), "{}", unnamed.notices);
    assert_eq!(home.json(&["pr", "show", "p1"])["pull_request"]["title"], "Lock it");

    // It begins with what there is, and with what was given.
    let appends = editor(&home, "sed -i 's/^Lock it$/Lock it twice/' \"$1\"; echo 'and why' >> \"$1\"");
    let written = edited(&home, &appends, &[update.as_slice(), &["--body", "What"]].concat());
    assert_eq!(written.code, 0, "{}", written.notices);
    let offer = home.json(&["pr", "show", "p1"])["pull_request"].clone();
    assert_eq!((&offer["title"], &offer["body"]), (&json!("Lock it twice"), &json!("What\nand why")));
    assert_eq!(fs::read_dir(home.qd_home().join("run/drafts")).expect("a folder").count(), 0, "no draft stays");
}

#[test]
fn what_is_said_about_a_local_one_is_given_to_its_agent_or_settled() {
    let home = Home::new();
    let (_, workspace) = at_work(&home);
    commit(&workspace, "lock.txt");
    published(&home, &[]);
    let nothing = home.run(&["pr", "fix", "p1"]);
    assert_eq!(nothing.code, 4, "{}", nothing.notices);
    home.done(&["pr", "comment", "p1", "--wait", "Never", "mind"]);
    home.done(&["pr", "settle", "r1", "I", "was", "wrong"]);
    let remark = home.json(&["pr", "show", "p1"])["remarks"][0].clone();
    assert_eq!((&remark["text"], &remark["state"]["why"]), (&json!("Never mind"), &json!("I was wrong")));

    home.done(&["pr", "comment", "p1", "Name the lock"]);
    let offered = |typed: &str| {
        let mut asked = home.command(&["--", "qd", "pr", "settle", typed]);
        asked.env("COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", "3").env("_CLAP_IFS", "\n");
        String::from_utf8(asked.output().expect("qd runs").stdout).expect("text").trim().to_owned()
    };
    assert_eq!(offered("r"), "r2");
    home.done(&["pr", "fix", "p1"]);
    let given = home.json(&["pr", "show", "p1"])["remarks"][1].clone();
    assert_eq!(given["state"], json!({"state": "given", "session": "s1"}));
    assert!(home.done(&["pr", "show", "p1"]).contains("r2  comment by you, "), "{}", home.done(&["pr", "show", "p1"]));
    wait_for("the agent to get it", || {
        let told = home.json(&["show", "s1"])["messages"].clone();
        let last = told.as_array().expect("messages").last().cloned()?;
        let body = home.json(&["show", last["id"].as_str()?])["body"].clone();
        body.as_str()?.contains("> Name the lock").then_some(())
    });
    assert_eq!(home.run(&["pr", "settle", "r9"]).code, 3);
}

#[test]
fn a_merge_takes_the_work_into_the_base_and_the_session_is_done() {
    let home = Home::new();
    let (repository, workspace) = at_work(&home);
    // A merge is a commit of the person's.
    git(&repository, &["config", "user.name", "Somebody"]);
    git(&repository, &["config", "user.email", "somebody@localhost"]);
    commit(&workspace, "lock.txt");
    published(&home, &[]);
    home.done(&["pr", "comment", "p1", "Hm"]);
    let unready = home.run(&["pr", "merge", "p1", "--wait"]);
    assert_eq!(unready.code, 4, "{}", unready.notices);
    assert!(unready.notices.contains("--regardless"), "{}", unready.notices);
    // The base is checked out, so that it may not move without a word.
    let aside = home.run(&["pr", "merge", "p1", "--regardless", "--wait"]);
    assert_eq!(aside.code, 4, "{}{}", aside.output, aside.notices);
    assert!(aside.notices.contains("--move-checkout"), "{}", aside.notices);
    assert!(!repository.join("lock.txt").exists());
    let merged = home.done(&["pr", "merge", "p1", "--regardless", "--move-checkout", "--method", "squash", "--wait"]);
    assert!(merged.starts_with("p1 is merged into main as "), "{merged}");
    assert!(repository.join("lock.txt").exists());
    assert_eq!(home.json(&["show", "s1"])["session"]["state"]["state"], "succeeded");
    assert_eq!(home.run(&["pr", "update", "p1", "--title", "Too late"]).code, 4);
}

/// Says which commands verify the repository.
fn verified_by(home: &Home, repository: &Path, argv: &Value) {
    home.done(&["repo", "add", repository.to_str().expect("text"), "--name", "here"]);
    let file = home.qd_home().join("config/repositories.toml");
    let text = fs::read_to_string(&file).expect("text");
    fs::write(&file, format!("{text}verify = [{argv}]\n")).expect("written");
}

#[test]
fn verifying_says_whether_work_is_good_and_what_was_printed() {
    let home = Home::new();
    let repository = home.repository();
    verified_by(&home, &repository, &json!(["sh", "-c", "echo looked-$((40+2)); test -f good.txt"]));
    let workspace = at_work_in(&home, &repository);
    let red = home.run(&["verify", "s1", "--wait"]);
    assert_eq!(red.code, 1, "{}{}", red.output, red.notices);
    let red = red.output;
    assert!(red.starts_with("v1 not verified: ") && red.ends_with(" (f1)\n"), "{red}");
    assert!(home.done(&["show", "f1"]).contains("looked-42"));
    fs::write(workspace.join("good.txt"), "").expect("written");
    let green = home.done(&["verify", "s1", "--wait"]);
    assert!(green.starts_with("v2 verified: ") && green.ends_with("; kept as c1 (f2)\n"), "{green}");
    assert_eq!(home.json(&["verify", "s1"]), json!({"reply": "verifying", "verification": "v3"}));
    home.done(&["new", "--workspace", "scratch", "--agent", "shell", "true"]);
    let nothing = home.run(&["verify", "s2", "--wait"]);
    assert_eq!(nothing.code, 4, "{}{}", nothing.output, nothing.notices);
    let nobody = home.run(&["overrule", "s1", "it", "is", "fine"]);
    assert_eq!(nobody.code, 4, "{}", nobody.notices);
}

#[test]
fn waiting_for_a_verification_lives_through_a_restart_of_the_daemon() {
    let home = Home::new();
    let repository = home.repository();
    verified_by(&home, &repository, &json!(["sh", "-c", "touch began; until test -f go; do sleep 0.05; done"]));
    let workspace = at_work_in(&home, &repository);
    let mut command = home.command(&["verify", "s1", "--wait", "--json"]);
    let waits = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("qd runs");
    wait_for("the verification to begin", || workspace.join("began").exists().then_some(()));
    home.done(&["daemon", "restart"]);
    fs::write(workspace.join("go"), "").expect("written");
    let ended = Ended::of(waits.wait_with_output().expect("an end"));
    assert_eq!(ended.code, 0, "{}{}", ended.output, ended.notices);
    let verification: Value = serde_json::from_str(&ended.output).expect("JSON");
    assert_eq!((&verification["id"], &verification["state"]["state"]), (&json!("v1"), &json!("passed")));
}

#[test]
fn whether_agents_may_publish_is_said_per_objective() {
    let home = Home::new();
    home.done(&["new", "--agent", "shell", "--workspace", "scratch", "true"]);
    let may = || home.json(&["show", "o1"])["objective"]["agents_publish"].clone();
    assert_eq!(may(), json!(false));
    let said = home.done(&["objective", "set", "o1", "--agents-publish", "on"]);
    assert_eq!((said.as_str(), may()), ("the agents of o1 may publish by themselves\n", json!(true)));
    home.done(&["objective", "set", "o1", "--agents-publish", "off"]);
    assert_eq!(may(), json!(false));
    assert_eq!(home.run(&["objective", "set", "o1", "--agents-publish", "maybe"]).code, 2);
}
