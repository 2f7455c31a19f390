//! Nothing of the demo runs on, however it ends.

use std::{path::PathBuf, process::Command};

use crate::home::{Home, wait_for};

/// A terminal window that can be closed: a terminal server of the test's own.
struct Closable<'home> {
    home: &'home Home,
}

impl Closable<'_> {
    fn tmux(&self, arguments: &[&str]) -> String {
        let mut tmux = Command::new("tmux");
        tmux.env_clear();
        for (name, value) in self.home.command(&[]).get_envs() {
            tmux.env(name, value.unwrap());
        }
        let socket = self.home.work().join("window.sock");
        // The demos' homes are looked for in this folder alone.
        tmux.env("TMPDIR", self.home.work()).arg("-u").arg("-S").arg(socket).args(["-f", "/dev/null"]).args(arguments);
        String::from_utf8_lossy(&tmux.output().unwrap().stdout).into_owned()
    }

    fn open(home: &Home) -> Closable<'_> {
        let window = Closable { home };
        let qd = env!("CARGO_BIN_EXE_qd");
        window.tmux(&["new-session", "-d", "-s", "demo", "-x", "120", "-y", "36", &format!("exec '{qd}' demo")]);
        wait_for("the demo's crew at work", || {
            let contents = window.tmux(&["capture-pane", "-p", "-t", "=demo:"]);
            (contents.contains("working") && contents.contains("Publish version 0.2")).then_some(())
        });
        window
    }

    fn folders(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.home.work()).unwrap().flatten().map(|entry| entry.path());
        entries.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("qd-demo-")).collect()
    }
}

impl Drop for Closable<'_> {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
        for folder in self.folders() {
            let _ = self.home.command(&["daemon", "stop"]).env("QD_HOME", &folder).output();
            let socket = folder.join("run/tmux.sock");
            let _ = Command::new("tmux").arg("-S").arg(socket).arg("kill-server").env_remove("TMUX").output();
        }
    }
}

/// Processes that know of `folder`: the daemon by its home, the terminal server and the agents by their arguments.
fn processes_of(folder: &std::path::Path) -> Vec<String> {
    let folder = folder.to_string_lossy().into_owned();
    let listed = Command::new("ps").args(["-eww", "-o", "pid=,args="]).output().unwrap();
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    listed.lines().filter(|line| line.contains(&folder)).map(str::to_owned).collect()
}

#[test]
fn closing_the_window_ends_everything_of_the_demo() {
    let home = Home::new();
    let window = Closable::open(&home);
    let folder = window.folders().pop().expect("a folder");
    assert!(!processes_of(&folder).is_empty());
    window.tmux(&["kill-session", "-t", "=demo"]);
    wait_for("the end of the demo", || (!folder.exists() && processes_of(&folder).is_empty()).then_some(()));
}

#[test]
fn what_a_killed_demo_leaves_behind_the_next_one_clears_away() {
    let home = Home::new();
    let window = Closable::open(&home);
    let folder = window.folders().pop().expect("a folder");
    let pid = window.tmux(&["list-panes", "-t", "=demo:", "-F", "#{pane_pid}"]);
    let killed = Command::new("kill").args(["-9", pid.trim()]).status().unwrap();
    assert!(killed.success());
    wait_for("the end of the window", || window.tmux(&["list-sessions"]).is_empty().then_some(()));
    assert!(folder.exists() && !processes_of(&folder).is_empty(), "a killed program cleans nothing up");
    let next = Closable::open(&home);
    assert!(!folder.exists() && processes_of(&folder).is_empty(), "{:?}", processes_of(&folder));
    next.tmux(&["send-keys", "-t", "=demo:", "q"]);
    wait_for("the end of the next demo", || next.folders().is_empty().then_some(()));
}
