//! What a person reads when something is not as they thought, and what a script gets for an exit code.

use std::process::Stdio;

use crate::home::{Ended, Home};

#[test]
fn without_a_terminal_the_dashboard_says_what_to_do_instead() {
    let ended = Home::new().run(&[]);
    assert_eq!(ended.code, 2);
    assert_eq!(ended.output, "");
    assert!(ended.notices.contains("needs a terminal") && ended.notices.contains("qd ls"), "{}", ended.notices);
}

#[test]
fn a_misspelt_command_names_the_nearest() {
    let ended = Home::new().run(&["cancle", "s1"]);
    assert_eq!(ended.code, 2);
    assert!(ended.notices.contains("cancel"), "{}", ended.notices);
}

#[test]
fn what_is_no_id_is_said_with_an_example() {
    let home = Home::new();
    for (arguments, example) in [
        (["cancel", "14"].as_slice(), "o1 for an objective or s1 for a session"),
        (&["show", "banana"], "for example o1, s14, m5, q3, w2, f4 or p1"),
        (&["send", "o1", "hello"], "for example s1"),
        (&["answer", "s1", "1"], "for example q1"),
        (&["reclaim", "2"], "for example w1"),
    ] {
        let ended = home.run(arguments);
        assert_eq!(ended.code, 2, "{arguments:?}");
        assert!(ended.notices.contains(example), "{arguments:?}: {}", ended.notices);
    }
}

#[test]
fn managers_are_refused_honestly() {
    let ended = Home::new().run(&["new", "--manager", "do it all"]);
    assert_eq!(ended.code, 4);
    assert!(ended.notices.contains("no managers in this version"), "{}", ended.notices);
}

#[test]
fn a_prompt_that_is_not_there_is_asked_for() {
    let home = Home::new();
    std::fs::write(home.work().join("latin1"), b"caf\xe9").expect("written");
    std::fs::write(home.work().join("large"), vec![b'x'; (1 << 20) + 1]).expect("written");
    for (arguments, complaint) in [
        (["new"].as_slice(), "there is no text"),
        (&["new", "-"], "there is no text"),
        (&["new", " \n "], "there is no text"),
        (&["new", "--file", "latin1"], "not UTF-8"),
        (&["new", "--file", "large"], "larger than 1 MiB"),
    ] {
        let ended = home.run(arguments);
        assert_eq!(ended.code, 2, "{arguments:?}");
        assert!(ended.notices.contains(complaint), "{arguments:?}: {}", ended.notices);
    }
    assert_eq!(home.run(&["new", "--file", "nowhere"]).code, 1);
    assert_eq!(home.run(&["new", "--repo", "nowhere", "hello"]).code, 3);
}

#[test]
fn without_a_daemon_its_status_is_not_found_and_stopping_is_done() {
    let home = Home::new();
    assert_eq!(home.run(&["daemon", "status"]).code, 3);
    assert_eq!(home.json(&["daemon", "stop"])["stopped"], false);
}

#[test]
fn text_that_looks_like_an_option_is_taken_after_two_dashes_only() {
    let home = Home::new();
    let ended = home.run(&["send", "s1", "-x"]);
    assert_eq!(ended.code, 2);
    assert!(ended.notices.contains("-- -x"), "{}", ended.notices);
}

#[test]
fn with_json_an_error_is_json_too() {
    let ended = Home::new().run(&["daemon", "status", "--json"]);
    let said: serde_json::Value = serde_json::from_str(&ended.notices).expect("JSON");
    assert_eq!(said["kind"], "not_found");
    assert!(said["hint"].as_str().is_some_and(|hint| hint.contains("qd ls")), "{said}");
}

#[test]
fn a_home_that_is_relative_is_refused() {
    let mut command = Home::new().command(&["ls"]);
    let ended = Ended::of(command.env("QD_HOME", "here").current_dir("/").output().expect("qd runs"));
    assert_eq!(ended.code, 2);
    assert!(ended.notices.contains("not an absolute path"), "{}", ended.notices);
}

#[test]
fn a_reader_that_goes_away_leaves_no_complaint() {
    let home = Home::new();
    let mut command = home.command(&["completions", "bash"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("qd runs");
    drop(child.stdout.take());
    let ended = Ended::of(child.wait_with_output().expect("an end"));
    assert_eq!((ended.code, ended.notices.as_str()), (141, ""));
}
