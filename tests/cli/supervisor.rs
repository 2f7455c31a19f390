//! The daemon as commands meet it: started on demand, once, and gone when told.

use std::{process::Stdio, thread};

use crate::home::{Ended, Home, wait_for};

#[test]
fn any_command_starts_the_daemon_and_it_outlives_the_command() {
    let home = Home::new();
    assert_eq!(home.json(&["ls"]), serde_json::json!([]));
    let first = home.json(&["daemon", "status"]);
    home.done(&["ps"]);
    let second = home.json(&["daemon", "status"]);
    assert_eq!(first["pid"], second["pid"]);
    assert_eq!(first["state"], home.qd_home().join("state").to_str().expect("text"));
}

#[test]
fn commands_that_start_it_at_once_end_up_with_one() {
    let home = Home::new();
    let asked: Vec<_> = (0..6)
        .map(|_| home.command(&["ls"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("qd runs"))
        .collect();
    for child in asked {
        let ended = Ended::of(child.wait_with_output().expect("an end"));
        assert_eq!((ended.code, ended.notices.as_str()), (0, ""));
    }
    let lost = home.run(&["daemon", "run"]);
    assert_eq!(lost.code, 4, "{}", lost.notices);
    assert!(lost.notices.contains("another daemon serves"), "{}", lost.notices);
}

#[test]
fn a_restart_gives_another_process_at_once() {
    let home = Home::new();
    home.done(&["ls"]);
    let before = home.json(&["daemon", "status"])["pid"].clone();
    let after = home.json(&["daemon", "restart"])["pid"].clone();
    assert_ne!(before, after);
    home.done(&["daemon", "stop"]);
    assert_eq!(home.run(&["daemon", "status"]).code, 3);
}

#[test]
fn a_daemon_that_cannot_start_says_why_and_the_doctor_too() {
    let home = Home::new();
    std::fs::create_dir_all(home.qd_home().join("state")).expect("a folder");
    std::fs::write(home.qd_home().join("state/quarterdeck.sqlite"), "this is no database".repeat(99)).expect("written");
    let ended = home.run(&["ls"]);
    assert_eq!(ended.code, 1);
    assert!(
        ended.notices.contains("the daemon did not start") && ended.notices.contains("database"),
        "{}",
        ended.notices
    );
    let ended = home.run(&["doctor", "--json"]);
    assert_eq!(ended.code, 1);
    let findings: serde_json::Value = serde_json::from_str(&ended.output).expect("JSON");
    let bad = findings.as_array().expect("a list").iter().filter(|finding| finding["verdict"] == "bad");
    assert_eq!(bad.map(|finding| &finding["about"]).collect::<Vec<_>>(), ["daemon"]);
}

#[test]
fn a_broken_setting_does_not_keep_the_daemon_from_starting() {
    let home = Home::new();
    home.settings("[caps]\nsesions = 1\n");
    assert_eq!(home.run(&["ls"]).code, 2);
    let mut daemon = home.command(&["daemon", "run"]).stderr(Stdio::null()).spawn().expect("qd runs");
    wait_for("the daemon to answer", || (home.run(&["daemon", "status"]).code == 0).then_some(()));
    home.done(&["daemon", "stop"]);
    assert!(daemon.wait().expect("an end").success());
}

#[test]
fn a_person_is_told_of_an_agent_that_is_missing() {
    let home = Home::new();
    let agents = home.json(&["agents"]);
    let named = |name: &str| agents.as_array().expect("a list").iter().find(|agent| agent["name"] == name).cloned();
    assert_eq!(named("shell").expect("the shell")["found"]["found"], "usable");
    let ended = home.run(&["new", "--agent", "no-such-agent", "hello"]);
    assert!([3, 4].contains(&ended.code), "{}: {}", ended.code, ended.notices);
    assert!(ended.notices.contains("no-such-agent"), "{}", ended.notices);
}

#[test]
fn what_follows_the_log_ends_when_its_reader_does() {
    let home = Home::new();
    home.done(&["ls"]);
    let mut command = home.command(&["events", "--follow"]);
    let mut follower = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("qd runs");
    drop(follower.stdout.take());
    let waiting = thread::spawn(move || Ended::of(follower.wait_with_output().expect("an end")));
    wait_for("the follower to end", || {
        home.done(&["new", "--agent", "shell", "--workspace", "scratch", "true"]);
        waiting.is_finished().then_some(())
    });
    let ended = waiting.join().expect("an end");
    assert_eq!((ended.code, ended.notices.as_str()), (141, ""));
}
