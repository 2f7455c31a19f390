//! The ways into a pane and back.

use std::process::Command;

use crate::{
    home::{Home, wait_for},
    window::{ENTER, WAY_OUT, Window},
};

fn with_a_shell(title: &str) -> Home {
    let home = Home::new();
    home.done(&["new", "--agent", "shell", "--title", title, "echo hello"]);
    home
}

/// The columns and rows of the only agent's pane.
fn pane_size(home: &Home) -> Option<String> {
    let mut tmux = Command::new("tmux");
    tmux.arg("-S").arg(home.qd_home().join("run/tmux.sock")).env_remove("TMUX");
    let listed = tmux.args(["list-panes", "-a", "-F", "#{session_name} #{pane_width}x#{pane_height}"]).output().ok()?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let found = listed.lines().find(|line| !line.starts_with("qd-hub"))?;
    Some(found.split_once(' ')?.1.to_owned())
}

fn wait_for_size(home: &Home, wanted: &str) {
    wait_for(&format!("a pane of {wanted}"), || (pane_size(home)? == wanted).then_some(()));
}

#[test]
fn a_pane_is_taken_over_and_left_with_every_key_in_it() {
    let home = with_a_shell("a shell");
    let mut window = Window::open(&home, 140, 40);
    window.see("your turn");
    window.keys("i");
    // What is typed before the pane is open is not lost.
    window.keys("echo one-$((40+2))");
    window.keys(ENTER);
    window.see("one-42");
    window.see("every other key goes to the agent");
    window.paste("echo two-$((40+3))");
    window.keys(ENTER);
    window.see("two-43");
    window.resize(120, 30);
    wait_for("a smaller pane", || pane_size(&home).filter(|size| size.starts_with("71x")));
    window.keys(WAY_OUT);
    window.see("back in time");
    window.keys("q");
    assert_eq!(window.code(&home), 0);
}

#[test]
fn a_pane_is_attached_to_and_left_by_both_keys_and_has_its_preview_size_again() {
    let home = with_a_shell("a shell");
    let mut window = Window::open(&home, 140, 40);
    window.see("your turn");
    let preview = wait_for("the preview's size", || pane_size(&home).filter(|size| size.starts_with("83x")));
    for way_out in [WAY_OUT, "\x02d"] {
        window.keys("a");
        window.see_that("a pane without a board", |contents| !contents.contains("1 board"));
        wait_for_size(&home, "140x40");
        window.keys(&format!("clear; echo in-$((40+{}))", way_out.len()));
        window.keys(ENTER);
        window.see(&format!("in-{}", 40 + way_out.len()));
        window.keys(way_out);
        window.see("1 board");
        wait_for_size(&home, &preview);
    }
    let bytes = String::from_utf8_lossy(&window.bytes()).into_owned();
    assert!(bytes.contains("Ctrl-]") && bytes.contains("board"), "the way out is said before");
    window.keys("q");
    assert_eq!(window.code(&home), 0);
}

#[test]
fn of_two_dashboards_the_one_that_was_used_last_gives_the_pane_its_size() {
    let home = with_a_shell("a shell");
    let mut large = Window::open(&home, 140, 40);
    large.see("your turn");
    let preview = wait_for("the preview's size", || pane_size(&home).filter(|size| size.starts_with("83x")));
    let mut small = Window::open(&home, 110, 30);
    small.see("your turn");
    let other = wait_for("another size", || pane_size(&home).filter(|size| *size != preview));
    // Pressed until it counts: a dashboard takes a size at most once a second.
    wait_for("the larger one's size", || {
        large.keys("g");
        (pane_size(&home)? == preview).then_some(())
    });
    home.done(&["send", "s1", "echo both-$((40+2))"]);
    small.see("both-42");
    large.see("both-42");
    assert_eq!(pane_size(&home), Some(preview), "the one that is only looked at leaves the size alone");
    wait_for("the smaller one's size", || {
        small.keys("g");
        (pane_size(&home)? == other).then_some(())
    });
}

#[test]
fn the_past_of_a_shell_is_looked_at_and_searched() {
    let home = with_a_shell("a shell");
    home.done(&["send", "s1", "echo needle-$((40+2)); seq 1 300"]);
    let mut window = Window::open(&home, 140, 40);
    window.see("299");
    assert!(!window.contents().contains("needle-42"));
    window.keys("l/needle-4");
    window.keys(ENTER);
    window.see("needle-42");
    window.keys("\x1b");
    window.see("299");
    window.keys("\x1b[5~\x1b[5~");
    window.see_that("older lines", |contents| contents.contains("lines · history") && !contents.contains("299"));
}
