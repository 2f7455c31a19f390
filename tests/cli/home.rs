//! A place of its own for one test's `qd`, where nothing is left when the test ends.

use std::{
    path::PathBuf,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

/// How long anything may take on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A home with its own state, sockets and settings, and an environment of which nothing is inherited but `PATH`.
pub(crate) struct Home {
    folder: tempfile::TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) output: String,
    pub(crate) notices: String,
}

impl Home {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["home", "qd", "work"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        Self { folder }
    }

    /// Where its `qd` keeps things.
    pub(crate) fn qd_home(&self) -> PathBuf {
        self.folder.path().join("qd")
    }

    /// A folder outside any repository; commands run here.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Writes the person's settings.
    pub(crate) fn settings(&self, text: &str) {
        let folder = self.qd_home().join("config");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("config.toml"), text).expect("written");
    }

    /// A command in this home, without standard input.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_qd"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path().join("home"))
            .env("QD_HOME", self.qd_home())
            .env("LANG", "C.UTF-8")
            .current_dir(self.work())
            .stdin(Stdio::null());
        command
    }

    /// A repository with one commit, for work.
    pub(crate) fn repository(&self) -> PathBuf {
        let folder = self.folder.path().join("repository");
        std::fs::create_dir(&folder).expect("a folder");
        let git = |arguments: &[&str]| {
            let mut git = Command::new("git");
            git.args(["-c", "user.name=A", "-c", "user.email=a@example.org"]).args(arguments).current_dir(&folder);
            git.env("HOME", self.folder.path().join("home")).env("GIT_CONFIG_NOSYSTEM", "1");
            assert!(git.output().expect("git runs").status.success(), "git {arguments:?}");
        };
        git(&["init", "-q", "-b", "main"]);
        std::fs::write(folder.join("README.md"), "a start\n").expect("written");
        git(&["add", "."]);
        git(&["commit", "-q", "-m", "Start"]);
        folder
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(self.command(arguments).output().expect("qd runs"))
    }

    /// Runs a command that must do what it is asked, and gives what it prints.
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!(ended.code, 0, "qd {arguments:?}: {}{}", ended.output, ended.notices);
        ended.output
    }

    /// The same, read as JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let printed = self.done(&[&["--json"], arguments].concat());
        serde_json::from_str(&printed).unwrap_or_else(|error| panic!("qd {arguments:?} printed {printed:?}: {error}"))
    }
}

impl Ended {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            output: String::from_utf8(output.stdout).expect("text"),
            notices: String::from_utf8(output.stderr).expect("text"),
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = self.command(&["daemon", "stop"]).output();
        let socket = self.qd_home().join("run/tmux.sock");
        if socket.exists() {
            let _ = Command::new("tmux").arg("-S").arg(&socket).arg("kill-server").env_remove("TMUX").output();
        }
    }
}

/// Looks again and again until `look` has its answer; fails with `what` when it has none within [`PATIENCE`].
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {} s for {what}", PATIENCE.as_secs());
        std::thread::sleep(Duration::from_millis(20));
    }
}
