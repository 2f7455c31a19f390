//! What a person writes reaches the agent, or stays.

use crate::{
    home::{Home, wait_for},
    window::{ENTER, ESC, Window},
};

/// The daemon's process, if one answers.
fn daemon(home: &Home) -> Option<i32> {
    let status = home.run(&["--json", "daemon", "status"]);
    let status: serde_json::Value = serde_json::from_str(&status.output).ok()?;
    i32::try_from(status["pid"].as_i64()?).ok()
}

#[test]
fn a_killed_daemon_comes_back_by_itself_and_nothing_that_is_written_is_lost() {
    let home = Home::new();
    home.done(&["new", "--agent", "shell", "--title", "a shell", "echo hello"]);
    let mut window = Window::open(&home, 140, 40);
    window.see("a shell");
    window.see("your turn");
    window.keys("s");
    window.see("to s1");
    window.keys("echo one-");
    window.see("echo one-");
    let before = daemon(&home).unwrap();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(before), nix::sys::signal::Signal::SIGKILL).unwrap();
    window.keys("$((40+2))");
    wait_for("another daemon", || (daemon(&home)? != before).then_some(()));
    window.see_that("no word of a daemon that is away", |contents| !contents.contains("daemon away"));
    window.see("echo one-$((40+2))");
    window.keys(ENTER);
    window.see_that("the answer of the shell", |contents| contents.contains("one-42"));
}

#[test]
fn a_daemon_that_was_told_to_end_stays_ended_and_the_header_says_so() {
    let home = Home::new();
    home.done(&["new", "--agent", "shell", "--title", "a shell", "echo hello"]);
    let mut window = Window::open(&home, 140, 40);
    window.see("a shell");
    home.done(&["daemon", "stop"]);
    window.see("daemon away");
    window.keys("secho kept");
    window.keys(ENTER);
    window.see("no daemon");
    window.keys("s");
    window.see("echo kept");
    assert!(!home.qd_home().join("run/qd.sock").exists());
    home.done(&["ps"]);
    window.see_that("no word of it", |contents| !contents.contains("daemon away"));
    window.see("echo kept");
}

#[test]
fn a_large_paste_arrives_whole_and_is_quick_to_edit() {
    let home = Home::new();
    home.done(&["new", "--agent", "shell", "--title", "a shell", "cat > received"]);
    let mut window = Window::open(&home, 140, 40);
    window.see("a shell");
    window.keys("s");
    window.see("to s1");
    let text = "a line of words that is pasted with many others like it\n".repeat(1_800);
    window.paste(&text);
    window.keys("the end of it");
    window.see("the end of it");
    window.keys(ENTER);
    let file = wait_for("the file", || {
        let entries = std::fs::read_dir(home.qd_home().join("state/workspaces")).ok()?;
        let found = walk(entries.flatten().map(|entry| entry.path()).collect());
        found.into_iter().find(|path| path.ends_with("received"))
    });
    wait_for("all of the paste", || {
        let received = std::fs::read_to_string(&file).ok()?;
        (received == format!("{text}the end of it\n")).then_some(())
    });
}

fn walk(mut folders: Vec<std::path::PathBuf>) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() { folders.push(entry.path()) } else { found.push(entry.path()) }
        }
    }
    found
}

#[test]
fn a_paste_goes_into_the_field_that_is_open() {
    let home = Home::new();
    home.done(&["new", "--agent", "shell", "--title", "first thing", "echo hello"]);
    let mut window = Window::open(&home, 140, 40);
    window.see("first thing");
    window.keys("/");
    window.paste("nothing like it");
    window.see("nothing fits the filter");
    window.keys(ESC);
    window.see("first thing");
    window.keys("n");
    window.see("new objective");
    window.paste("one\ntwo");
    window.see("two");
    window.keys("\t");
    window.paste("/some/where");
    window.see("/some/where");
}
