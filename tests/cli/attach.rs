//! A person at a pane, and what they leave.

use std::io::{Read, Write};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use quarterdeck::{
    api::{Client, wire::Size},
    config::Paths,
};

use crate::home::{Home, wait_for};

/// Columns and rows of the session's pane.
fn size(home: &Home, session: &str) -> (u64, u64) {
    let screen = home.json(&["screen", session]);
    (screen["columns"].as_u64().expect("a number"), screen["rows"].as_u64().expect("a number"))
}

/// Runs `qd attach s1` in a terminal of 101×33, leaves again, and says which size the pane had meanwhile.
fn visit(home: &Home) -> (u64, u64) {
    let before = size(home, "s1");
    let terminal = PtySize { rows: 33, cols: 101, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(terminal).expect("a terminal");
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_qd"));
    command.args(["attach", "s1"]);
    command.env("QD_HOME", home.qd_home());
    command.env("TERM", "xterm-256color");
    let mut child = pair.slave.spawn_command(command).expect("qd runs");
    let mut output = pair.master.try_clone_reader().expect("its output");
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while matches!(output.read(&mut buffer), Ok(1..)) {}
    });
    let meanwhile = wait_for("the pane to follow the terminal", || Some(size(home, "s1")).filter(|now| *now != before));
    pair.master.take_writer().expect("its keys").write_all(b"\x1d").expect("pressed");
    assert!(child.wait().expect("an end").success());
    meanwhile
}

#[test]
fn a_pane_gets_its_size_back_when_the_person_has_gone() {
    let home = Home::new();
    home.settings("sessions = { columns = 90, rows = 30 }\n");
    home.done(&["new", "--agent", "shell", "--title", "Look", "echo ready"]);
    wait_for("the shell", || home.run(&["screen", "s1"]).output.contains("ready").then_some(()));
    assert_eq!(size(&home, "s1"), (90, 30));

    assert_eq!(visit(&home), (101, 33));
    wait_for("the size of a pane nobody looks at", || (size(&home, "s1") == (90, 30)).then_some(()));

    // A dashboard looks at it.
    let paths = Paths::below(&home.qd_home()).expect("paths");
    let resize = async {
        let client = Client::new(&paths);
        client.resize("s1".parse().expect("an id"), Size { columns: 77, rows: 22 }).await.expect("resized");
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(resize);
    assert_eq!(size(&home, "s1"), (77, 22));
    assert_eq!(visit(&home), (101, 33));
    wait_for("the size it was looked at in", || (size(&home, "s1") == (77, 22)).then_some(()));
}
