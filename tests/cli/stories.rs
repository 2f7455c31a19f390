//! Work from its start to its end, through commands alone.

use std::{
    fs,
    io::Write,
    process::{Child, Stdio},
};

use serde_json::Value;

use crate::home::{Ended, Home, wait_for};

/// The lines that the session's pane shows; none before it has drawn any.
fn screen(home: &Home, session: &str) -> String {
    home.run(&["screen", session]).output
}

fn waiting(home: &Home, arguments: &[&str]) -> Child {
    home.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("qd runs")
}

fn state(home: &Home, session: &str) -> Value {
    home.json(&["show", session])["session"]["state"].clone()
}

#[test]
fn a_shell_is_started_steered_and_canceled() {
    let home = Home::new();
    assert_eq!(home.done(&["new", "--agent", "shell", "--title", "Say hello", "echo hello-$((40+2))"]), "o1 s1\n");
    wait_for("the prompt to be carried out", || screen(&home, "s1").contains("hello-42").then_some(()));

    let board = home.json(&["ls"]);
    assert_eq!(board[0]["objective"]["title"], "Say hello");
    assert_eq!(board[0]["sessions"][0]["state"]["state"], "running");
    assert!(home.done(&["ps"]).contains("Say hello"));

    let sent = home.json(&["send", "s1", "--wait", "--", "-x; echo a;b; echo 'semi;'"]);
    assert_eq!(sent["delivery"]["delivery"], "taken_up");
    wait_for("the text to be carried out", || screen(&home, "s1").contains("\nsemi;").then_some(()));

    let mut command = home.command(&["send", "s1", "-", "--wait"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("qd runs");
    child.stdin.take().expect("a pipe").write_all("echo ü-$((1+1))\n".as_bytes()).expect("written");
    assert!(child.wait().expect("an end").success());
    wait_for("the piped text to be carried out", || screen(&home, "s1").contains("ü-2").then_some(()));

    assert!(home.done(&["transcript", "s1"]).contains("hello-42"));
    assert!(home.done(&["why", "s1"]).contains("because"));
    assert!(home.done(&["search", "hello"]).contains("objective"));
    let printed = home.json(&["search", "HELLO-42"]);
    assert_eq!((&printed[0]["place"], &printed[0]["id"]), (&"transcript".into(), &"s1".into()));
    assert!(printed[0]["excerpt"].as_str().expect("text").contains("[hello-42]"), "{printed}");
    home.done(&["rename", "s1", "Another", "title"]);
    assert_eq!(home.json(&["show", "s1"])["session"]["title"], "Another title");

    home.done(&["cancel", "s1"]);
    assert_eq!(state(&home, "s1")["state"], "canceled");
    wait_for("its program to end", || {
        (home.json(&["show", "s1"])["attempts"][0]["state"]["state"] == "ended").then_some(())
    });
    let again = home.run(&["send", "s1", "hello"]);
    assert_eq!(again.code, 4, "{}", again.notices);
}

#[test]
fn waiting_for_the_outcome_ends_with_its_exit_code() {
    let home = Home::new();
    let ended = home.run(&["new", "--agent", "shell", "--wait", "exit 3"]);
    assert_eq!(ended.code, 1, "{}", ended.notices);
    assert!(ended.output.ends_with("s1 failed: its program exited with code 3\n"), "{}", ended.output);

    let waits = waiting(&home, &["new", "--agent", "shell", "--wait", "true"]);
    wait_for("s2 to run", || (home.run(&["show", "s2"]).output.contains("running")).then_some(()));
    home.done(&["done", "s2"]);
    let ended = Ended::of(waits.wait_with_output().expect("an end"));
    assert_eq!((ended.code, ended.output.lines().last()), (0, Some("s2 succeeded")));

    let waits = waiting(&home, &["new", "--agent", "shell", "--wait", "--json", "true"]);
    wait_for("s3 to run", || (home.run(&["show", "s3"]).output.contains("running")).then_some(()));
    home.done(&["cancel", "o3"]);
    let ended = Ended::of(waits.wait_with_output().expect("an end"));
    assert_eq!(ended.code, 4);
    let session: Value = serde_json::from_str(&ended.output).expect("JSON");
    assert_eq!(session["state"]["state"], "canceled");
}

#[test]
fn waiting_lives_through_a_restart_of_the_daemon() {
    let home = Home::new();
    let waits = waiting(&home, &["new", "--agent", "shell", "--wait", "true"]);
    wait_for("s1 to run", || (home.run(&["show", "s1"]).output.contains("running")).then_some(()));
    home.done(&["daemon", "restart"]);
    home.done(&["done", "s1"]);
    let ended = Ended::of(waits.wait_with_output().expect("an end"));
    assert_eq!((ended.code, ended.output.lines().last()), (0, Some("s1 succeeded")), "{}", ended.notices);
}

#[test]
fn the_stand_in_works_in_a_worktree_of_its_own_and_its_branch_is_reclaimed_with_proof() {
    let home = Home::new();
    let repository = home.repository();
    fs::write(repository.join("mine.txt"), "not committed").expect("written");
    let repo = repository.to_str().expect("text");
    home.done(&["new", "--repo", repo, "--agent", "stand-in", "Write it down. play:commit"]);
    let detail = wait_for("the commit", || {
        let workspaces = home.json(&["workspaces"]);
        workspaces.get(0)?;
        let detail = home.run(&["show", "w1", "--json"]);
        let detail: Value = serde_json::from_str(&detail.output).ok()?;
        (detail["only_here"].as_array()?.len() == 1).then_some(detail)
    });
    assert_eq!(detail["removable"], false);
    assert!(detail["workspace"]["branch"].as_str().expect("a branch").starts_with("qd/"));
    assert_eq!(fs::read_to_string(repository.join("mine.txt")).expect("there"), "not committed");

    home.done(&["done", "s1"]);
    wait_for("its program to end", || {
        (home.json(&["show", "s1"])["attempts"][0]["state"]["state"] == "ended").then_some(())
    });
    let refused = home.run(&["reclaim", "w1"]);
    assert_eq!(refused.code, 4, "{}{}", refused.output, refused.notices);
    assert!(refused.notices.contains("w1 stays"), "{}", refused.notices);
    home.done(&["reclaim", "w1", "--reason", "it was an exercise"]);
    assert_eq!(home.json(&["workspaces"]), serde_json::json!([]));
}

#[test]
fn an_agent_that_ends_by_itself_asks_and_is_answered() {
    let home = Home::new();
    home.done(&["new", "--agent", "stand-in", "--workspace", "scratch", "play:fail"]);
    let question = wait_for("the question", || home.json(&["questions"]).get(0).cloned());
    assert_eq!(question["session"], "s1");
    assert_eq!(state(&home, "s1")["state"], "waiting_user");
    let choices = question["choices"].as_array().expect("choices");
    let failed = choices.iter().position(|choice| choice["action"] == "mark_failed").expect("a way to give up") + 1;
    home.done(&["answer", "q1", &failed.to_string()]);
    assert_eq!(state(&home, "s1")["state"], "failed");
    assert_eq!(home.json(&["show", "q1"])["state"]["state"], "answered");
    assert_eq!(home.run(&["answer", "q1", "1"]).code, 3);
    home.done(&["done", "o1"]);
    home.done(&["archive", "o1"]);
    assert_eq!(home.json(&["ls"]), serde_json::json!([]));
}

#[test]
fn text_of_agents_cannot_speak_to_the_terminal() {
    let home = Home::new();
    home.done(&[
        "new",
        "--agent",
        "shell",
        "--title",
        "a\u{1b}]0;owned\u{7}b",
        "printf '\\033[31mred\\033[0m\\033]0;x\\007'",
    ]);
    wait_for("the colour", || screen(&home, "s1").contains("\nred").then_some(()));
    for arguments in
        [["ls"].as_slice(), &["ps"], &["show", "s1"], &["events"], &["screen", "s1"], &["transcript", "s1"]]
    {
        let printed = home.done(arguments);
        assert!(!printed.contains(['\u{1b}', '\u{7}']), "{arguments:?}: {printed:?}");
    }
    let coloured = home.done(&["screen", "s1", "--ansi"]);
    assert!(coloured.contains("\u{1b}[31mred"), "{coloured:?}");
    assert!(!coloured.contains("\u{1b}]") && !coloured.contains('\u{7}'), "{coloured:?}");
}

#[test]
fn a_target_that_is_switched_off_keeps_work_waiting_until_it_is_back() {
    let home = Home::new();
    home.done(&["target", "drain", "local"]);
    home.done(&["new", "--agent", "shell", "true"]);
    assert_eq!(state(&home, "s1")["state"], "waiting_capacity");
    home.done(&["target", "resume", "local"]);
    wait_for("s1 to run", || (state(&home, "s1")["state"] == "running").then_some(()));
    home.done(&["target", "capacity", "local", "1"]);
    home.done(&["new", "--agent", "shell", "true"]);
    assert_eq!(state(&home, "s2")["state"], "waiting_capacity");
    home.done(&["new", "--objective", "o2", "--agent", "shell", "--after", "s2", "true"]);
    assert_eq!(state(&home, "s3")["state"], "queued");
    home.done(&["cancel", "s1"]);
    wait_for("s2 to run", || (state(&home, "s2")["state"] == "running").then_some(()));
    assert_eq!(home.json(&["target"])[0]["capacity"], 1);
}

#[test]
fn a_host_that_can_not_be_reached_is_kept_and_says_why_and_what_to_do() {
    let home = Home::new();
    let refused = home.run(&["target", "add", "h1", "-oProxyCommand=x"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    home.done(&["target", "add", "h1", "nowhere.invalid", "--no-wait", "--label", "gpu", "--capacity", "3"]);
    let listed = home.json(&["target"]);
    let (local, host) = (&listed[0], &listed[1]);
    assert_eq!((&host["name"], &host["capacity"], &host["labels"][0]), (&"h1".into(), &3.into(), &"gpu".into()));
    assert_eq!(
        (&host["place"]["address"]["host"], &local["link"]["link"]),
        (&"nowhere.invalid".into(), &"here".into())
    );
    home.done(&["target", "edit", "h1", "--user", "ada", "--label", "big"]);
    let shown = home.done(&["target", "show", "h1"]);
    assert!(shown.contains("ada@nowhere.invalid") && shown.contains("big") && !shown.contains("gpu"), "{shown}");
    let session = home.json(&["new", "--target", "h1", "--agent", "shell", "--workspace", "scratch", "wait there"]);
    let session = session["session"].as_str().expect("an id").to_owned();
    let waits = home.done(&["show", &session]);
    assert!(waits.contains("waiting_capacity") && waits.contains("h1 "), "{waits}");
    let refused = home.run(&["target", "remove", "h1"]);
    assert!(refused.code == 4 && refused.notices.contains(&format!("qd cancel {session}")), "{refused:?}");
    // A key that is wrong must not have to wait for those who wait for it.
    let key = home.work().join("key");
    std::fs::write(&key, "no key").expect("written");
    let key = key.display().to_string();
    home.done(&["target", "edit", "h1", "--identity", &key]);
    std::fs::remove_file(&key).expect("removed");
    home.done(&["target", "edit", "h1", "--label", "big"]);
    assert_eq!(home.json(&["target"])[1]["place"]["address"]["identity"], *key);
    home.done(&["target", "edit", "h1", "--identity", "", "--work-root", ""]);
    assert!(home.json(&["target"])[1]["place"]["address"]["identity"].is_null());
    assert_eq!(home.run(&["target", "edit", "h1", "--port", "99"]).code, 4);
    home.done(&["cancel", &session]);
    home.done(&["target", "remove", "h1"]);
    assert_eq!(home.json(&["target"]).as_array().map(Vec::len), Some(1));
}
