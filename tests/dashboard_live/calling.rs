//! Calling the person: what their terminal, their tmux and their own program really get.

use std::{os::unix::fs::PermissionsExt, path::PathBuf, process::Command};

use crate::{
    home::{Home, wait_for},
    window::{WAY_OUT, Window},
};

/// A home with these settings, in which two agents work until they are interrupted.
fn two_at_work(settings: &str) -> Home {
    let home = Home::new();
    home.settings(settings);
    for title in ["Parse", "Print"] {
        home.done(&["new", "--agent", "stand-in", "--title", title, "play:endless"]);
    }
    for session in ["s1", "s2"] {
        is_doing(&home, session, "working");
    }
    home
}

fn is_doing(home: &Home, session: &str, doing: &str) {
    let wanted = format!("{session} to be at: {doing}");
    wait_for(&wanted, || (home.json(&["show", session])["session"]["activity"]["doing"] == doing).then_some(()));
}

/// A window in which neither agent is looked at.
fn elsewhere(home: &Home) -> Window {
    let mut window = Window::open(home, 120, 36);
    window.see("2 working");
    window.keys("4");
    window.see("online");
    window
}

fn count(bytes: &[u8], wanted: &str) -> usize {
    String::from_utf8_lossy(bytes).matches(wanted).count()
}

/// How often the bell rang: a BEL that ends a sequence is none.
fn bells(bytes: &[u8]) -> usize {
    let mut bells = 0;
    let mut in_sequence = false;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b']' if at > 0 && bytes[at - 1] == 0x1b => in_sequence = true,
            b'\\' if at > 0 && bytes[at - 1] == 0x1b => in_sequence = false,
            0x07 if in_sequence => in_sequence = false,
            0x07 => bells += 1,
            _ => {}
        }
    }
    bells
}

#[test]
fn the_bell_rings_once_for_each_agent_that_begins_to_need_the_person() {
    let home = two_at_work("");
    let mut window = elsewhere(&home);
    assert_eq!(bells(&window.bytes()), 0);
    for (session, rung) in [("s1", 1), ("s2", 2)] {
        home.done(&["interrupt", session]);
        wait_for("the bell", || (bells(&window.bytes()) >= rung).then_some(()));
        assert_eq!(bells(&window.bytes()), rung);
    }
    assert_eq!(count(&window.bytes(), "qd: 2 need you"), 1, "the window's title");
    window.keys("q");
    assert_eq!(window.code(&home), 0);
}

#[test]
fn the_terminal_gets_the_notification_that_it_knows() {
    let ways = [
        ("osc9", "\x1b]9;qd: s1 Parse: your turn\x1b\\"),
        ("osc777", "\x1b]777;notify;qd: s1 Parse;your turn\x1b\\"),
        ("osc99", "\x1b]99;i=qd:d=1:p=body;your turn\x1b\\"),
    ];
    for (way, sequence) in ways {
        let home = two_at_work(&format!("[notify]\nterminal = \"{way}\"\ntitle = false\n"));
        let mut window = elsewhere(&home);
        home.done(&["interrupt", "s1"]);
        wait_for(way, || (count(&window.bytes(), sequence) == 1).then_some(()));
        assert_eq!(bells(&window.bytes()), 0);
        assert_eq!(count(&window.bytes(), "need"), 0, "the window's title is left alone");
        window.keys("q");
        assert_eq!(window.code(&home), 0);
    }
}

#[test]
fn whoever_is_attached_is_called_to_the_others_and_not_to_what_they_look_at() {
    let home = two_at_work("[notify]\nterminal = \"osc9\"\n");
    let mut window = Window::open(&home, 120, 36);
    window.see("2 working");
    window.keys("ga");
    window.see_that("tmux in the whole window", |contents| {
        contents.contains("esc to interrupt") && !contents.contains("1 board")
    });
    home.done(&["interrupt", "s2"]);
    is_doing(&home, "s2", "your_turn");
    home.done(&["interrupt", "s1"]);
    wait_for("the call", || (count(&window.bytes(), "\x1b]9;qd: s1 Parse: your turn\x1b\\") == 1).then_some(()));
    assert_eq!(count(&window.bytes(), "\x1b]9;qd: s2"), 0);
    window.keys(WAY_OUT);
    window.see("1 board");
    assert_eq!(count(&window.bytes(), "\x1b]9;"), 1);
    window.keys("q");
    assert_eq!(window.code(&home), 0);
}

/// The person's own tmux.
struct Tmux(PathBuf);

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = Command::new("tmux").arg("-S").arg(&self.0).arg("kill-server").env_remove("TMUX").output();
    }
}

#[test]
fn the_persons_own_tmux_shows_a_message_if_they_like() {
    let home = two_at_work("[notify]\nterminal = \"off\"\ntmux = true\ntitle = false\n");
    let tmux = Tmux(home.work().join("own.sock"));
    let starts = home.work().join("starts");
    let (socket, qd) = (tmux.0.display(), env!("CARGO_BIN_EXE_qd"));
    std::fs::write(&starts, format!("#!/bin/sh\nexec tmux -u -S '{socket}' -f /dev/null new-session '{qd}'\n"))
        .unwrap();
    std::fs::set_permissions(&starts, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut window = Window::open_with(&home, 120, 36, &[("QD", starts.to_str().unwrap())]);
    window.see("2 working");
    window.keys("4");
    window.see("online");
    home.done(&["interrupt", "s1"]);
    window.see("qd: s1 Parse: your turn");
    window.keys("q");
    assert_eq!(window.code(&home), 0);
}

/// A program of the person's that writes down what it is told, and the settings that have it run.
struct Told {
    folder: tempfile::TempDir,
}

impl Told {
    fn new() -> Self {
        let told = Self { folder: tempfile::tempdir().unwrap() };
        let program = told.folder.path().join("tell me");
        // One write: two programs at a time would be seen.
        std::fs::write(&program, "#!/bin/sh\ntext=$(cat)\necho \"$1 $text\" >> \"$0.log\"\n").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        told
    }

    fn settings(&self) -> String {
        format!("[notify]\ncommand = ['{}/tell me', '$HOME; exit']\n", self.folder.path().display())
    }

    /// What it was told, each time it was run.
    fn runs(&self) -> Vec<serde_json::Value> {
        let log = std::fs::read_to_string(self.folder.path().join("tell me.log")).unwrap_or_default();
        let argument = "$HOME; exit ";
        log.lines().map(|line| serde_json::from_str(line.strip_prefix(argument).unwrap()).unwrap()).collect()
    }

    fn wait_for(&self, runs: usize) -> Vec<serde_json::Value> {
        wait_for("the person's program", || Some(self.runs()).filter(|all| all.len() >= runs))
    }
}

#[test]
fn the_persons_program_is_run_once_for_what_begins_to_need_them_also_over_a_restart() {
    let told = Told::new();
    let home = two_at_work(&told.settings());
    home.done(&["interrupt", "s1"]);
    let first = told.wait_for(1)[0]["notifications"].clone();
    assert_eq!(first.as_array().unwrap().len(), 1, "{first}");
    let first = &first[0];
    assert_eq!([&first["session"], &first["kind"], &first["title"]], ["s1", "needs_you", "Parse"]);
    home.done(&["daemon", "stop"]);
    is_doing(&home, "s1", "your_turn");
    home.done(&["interrupt", "s2"]);
    let runs = told.wait_for(2);
    let sessions: Vec<_> = runs.iter().flat_map(|run| run["notifications"].as_array().unwrap()).collect();
    let sessions: Vec<_> = sessions.iter().map(|notice| notice["session"].as_str().unwrap()).collect();
    assert_eq!(sessions, ["s1", "s2"], "each once");
}

#[test]
fn the_persons_program_is_not_run_in_their_quiet_hours() {
    let told = Told::new();
    // The daemon's clock, which knows nothing of this test's environment.
    let clock = Command::new("date").arg("+%H").env_clear().env("PATH", std::env::var_os("PATH").unwrap()).output();
    let hour: u32 = String::from_utf8(clock.unwrap().stdout).unwrap().trim().parse().unwrap();
    let hours = format!("{:02}:00-{:02}:00", (hour + 23) % 24, (hour + 2) % 24);
    let home = two_at_work(&format!("{}quiet = \"{hours}\"\n", told.settings()));
    home.done(&["interrupt", "s1"]);
    let file = home.qd_home().join("state/notified.json");
    wait_for("what counts as told", || {
        std::fs::read_to_string(&file).ok()?.contains(r#""s1":"your_turn""#).then_some(())
    });
    assert_eq!(told.runs().len(), 0);
}
