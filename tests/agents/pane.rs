//! A stand-in in a pane of a tmux server of its own.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use quarterdeck::{
    agent::{LaunchRequest, OwnSettings, Reading, Sight, read},
    demo::stand_in::log::{Entry, Line, Way},
};
use tempfile::TempDir;
use uuid::Uuid;

use crate::{built_in, ours, profile};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A stand-in in a pane of a tmux server of its own. Everything ends with it.
pub(crate) struct Pane {
    folder: TempDir,
    started: Vec<u32>,
}

impl Pane {
    /// Starts it as its profile says, in an empty folder, with no pauses.
    pub(crate) fn start(prompt: &str) -> Self {
        Self::start_with(prompt, None, &[], |_| ())
    }

    pub(crate) fn start_with(
        prompt: &str,
        resume: Option<&str>,
        environment: &[(&str, &str)],
        prepare: impl FnOnce(&Path),
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("home")).expect("made");
        let mut pane = Self { folder, started: Vec::new() };
        prepare(pane.folder.path());
        fs::create_dir_all(pane.work()).expect("made");
        fs::write(pane.path("tmux.conf"), "set -s exit-empty off\nset -g remain-on-exit on\nset -s escape-time 0\n")
            .expect("written");
        pane.launch(prompt, resume, environment);
        pane
    }

    /// Starts a stand-in in a fresh session of the server.
    pub(crate) fn launch(&mut self, prompt: &str, resume: Option<&str>, environment: &[(&str, &str)]) {
        let profiles = built_in();
        let mut launch = profile(&profiles, "stand-in").launch(LaunchRequest {
            prompt: Some(prompt).filter(|prompt| !prompt.is_empty()),
            resume,
            new_conversation: Uuid::nil(),
            prompt_file: &self.path("prompt"),
            workspace: &self.work(),
            shell: None,
            ours: ours(),
            own: &OwnSettings::default(),
        });
        launch.argv[0] = env!("CARGO_BIN_EXE_qd").into();
        let log = self.path("log");
        let config = self.path("tmux.conf");
        let work = self.work();
        let text = |path: &Path| path.to_str().expect("text").to_owned();
        let mut arguments = vec!["-f".to_owned(), text(&config), "new-session".into(), "-d".into()];
        arguments.extend(["-x", "90", "-y", "30", "-c", &text(&work)].map(String::from));
        let own = [("QD_STAND_IN_LOG", log.to_str().expect("text")), ("QD_STAND_IN_PACE", "0")];
        for (name, value) in own.iter().chain(environment) {
            arguments.extend(["-e".into(), format!("{name}={value}")]);
        }
        arguments.push("--".into());
        // tmux takes a trailing ; of any argument for its own.
        let escaped = |word: String| word.strip_suffix(';').map_or(word.clone(), |head| format!("{head}\\;"));
        arguments.extend(launch.argv.into_iter().map(escaped));
        self.tmux(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    }

    /// A path in the folder of the test.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The stand-in's working directory.
    pub(crate) fn work(&self) -> PathBuf {
        self.path("work")
    }

    /// Runs tmux on the server, and gives what it printed.
    pub(crate) fn tmux(&self, arguments: &[&str]) -> String {
        let output = self.command().args(arguments).output().expect("tmux runs");
        assert!(output.status.success(), "tmux {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    fn command(&self) -> Command {
        let mut command = Command::new("tmux");
        command.arg("-u").arg("-S").arg(self.path("tmux.sock")).env_remove("TMUX").env("HOME", self.path("home"));
        command.current_dir(self.folder.path());
        command
    }

    pub(crate) fn keys(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys"], keys].concat());
    }

    pub(crate) fn type_text(&self, text: &str) {
        self.tmux(&["send-keys", "-l", "--", text]);
    }

    /// Pastes as the supervisor does: bracketed, from a buffer.
    pub(crate) fn paste(&self, text: &str) {
        let mut load =
            self.command().args(["load-buffer", "-b", "b", "-"]).stdin(Stdio::piped()).spawn().expect("tmux");
        load.stdin.take().expect("piped").write_all(text.as_bytes()).expect("taken");
        assert!(load.wait().expect("ended").success());
        self.tmux(&["paste-buffer", "-p", "-d", "-b", "b"]);
    }

    /// What the pane says, as the supervisor reads it.
    pub(crate) fn reading(&self) -> Reading {
        let title = self.tmux(&["display-message", "-p", "#{pane_title}"]);
        let host = self.tmux(&["display-message", "-p", "#{host}"]);
        let screen = self.tmux(&["capture-pane", "-p"]);
        let lines: Vec<&str> = screen.lines().collect();
        let profiles = built_in();
        let sight = Sight { title: title.trim_end(), host: host.trim_end(), lines: &lines, ..Sight::default() };
        read(profile(&profiles, "stand-in"), &sight)
    }

    /// What is on the screen, and what has scrolled away.
    pub(crate) fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-S", "-"])
    }

    /// What happened to the stand-in so far.
    pub(crate) fn log(&self) -> Vec<Entry> {
        let text = fs::read_to_string(self.path("log")).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| serde_json::from_str::<Line>(line).expect(line).entry).collect()
    }

    pub(crate) fn submissions(&self) -> Vec<(Way, String)> {
        let submission = |entry| match entry {
            Entry::Submission { way, text } => Some((way, text)),
            _ => None,
        };
        self.log().into_iter().filter_map(submission).collect()
    }

    /// Waits until `condition` holds.
    pub(crate) fn until(&self, what: &str, condition: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !condition() {
            let seen = || (self.command().args(["capture-pane", "-p"]).output(), self.log());
            assert!(Instant::now() < deadline, "waited in vain until {what}; {:?}", seen());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until this is in the log.
    pub(crate) fn until_logged(&self, entry: &Entry) {
        self.until(&format!("{entry:?} is logged"), || self.log().contains(entry));
    }

    /// Has `pid` killed at the end, if it still lives then.
    pub(crate) fn end_with_test(&mut self, pid: u32) {
        self.started.push(pid);
    }
}

impl Drop for Pane {
    fn drop(&mut self) {
        let _ = self.command().arg("kill-server").output();
        for pid in &self.started {
            let _ = kill(process(*pid), Signal::SIGKILL);
        }
    }
}

pub(crate) fn process(pid: u32) -> Pid {
    Pid::from_raw(pid.try_into().expect("a process id"))
}

/// Whether the process runs; one that only waits to be collected does not.
pub(crate) fn lives(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"));
    match stat {
        Ok(stat) => !stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')),
        Err(_) => !Path::new("/proc/self").exists() && kill(process(pid), None).is_ok(),
    }
}
