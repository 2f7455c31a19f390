//! A person with a home of their own and a clone of the scripted forge's repository.

use std::{
    fs::Permissions,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use quarterdeck::{
    forge::{Github, Push, Pushed, github::New, push},
    target::{Host, Local},
};

use crate::scripted::{Forge, OWNER};

pub(crate) struct Person {
    folder: tempfile::TempDir,
    pub(crate) local: Local,
}

impl Person {
    /// A home, and nothing else.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = "[user]\n name = Person\n email = person@example.invalid\n[init]\n defaultBranch = main\n";
        std::fs::write(folder.path().join("gitconfig"), settings).expect("written");
        let local = Local::new()
            .with("HOME", folder.path())
            .with("XDG_CONFIG_HOME", folder.path())
            .with("GIT_CONFIG_GLOBAL", folder.path().join("gitconfig"))
            .with("GIT_CONFIG_NOSYSTEM", "1");
        Self { folder, local }
    }

    /// The machine, as the person sees it.
    pub(crate) fn host(&self) -> Host {
        self.local.clone().into()
    }

    /// A home with a repository `seed` of one commit, and a forge that starts from it.
    pub(crate) fn with_forge() -> (Self, Forge) {
        Self::with_forge_at("github.com")
    }

    /// The same on an enterprise host; `mine` is a clone of the forge's repository.
    pub(crate) fn with_forge_at(host: &str) -> (Self, Forge) {
        let mut person = Self::new();
        person.git(".", &["init", "--quiet", "seed"]);
        person.commit("seed", "README", "one\ntwo\nthree\n");
        let seed = person.at("seed");
        let forge = if host == "github.com" { Forge::start(&seed) } else { Forge::at_host(&seed, host) };
        for (name, value) in forge.variables() {
            person.local = person.local.with(name, value);
        }
        person.git(".", &["clone", "--quiet", &forge.url(OWNER), "mine"]);
        (person, forge)
    }

    /// A home with a repository `mine` of one commit on `main`, and a worktree `topic` on a branch of that name.
    pub(crate) fn with_topic() -> Self {
        let person = Self::new();
        person.git(".", &["init", "--quiet", "mine"]);
        person.commit("mine", "README", "one\ntwo\nthree\n");
        person.git("mine", &["worktree", "add", "--quiet", "-b", "topic", "../topic"]);
        person
    }

    /// Where a branch of `mine` stands.
    pub(crate) fn tip(&self, branch: &str) -> String {
        self.git("mine", &["rev-parse", "--verify", &format!("refs/heads/{branch}")])
    }

    /// What a file holds there; `None` where it is not.
    pub(crate) fn read(&self, path: impl AsRef<Path>) -> Option<String> {
        std::fs::read_to_string(self.at(path)).ok()
    }

    /// The person with a program of their own before all others.
    pub(crate) fn with_own(&self, name: &str, script: &str) -> Host {
        let own = self.at("own");
        std::fs::create_dir_all(&own).expect("made");
        std::fs::write(own.join(name), script).expect("written");
        std::fs::set_permissions(own.join(name), Permissions::from_mode(0o755)).expect("allowed");
        let path = self.local.variable("PATH").unwrap_or_default();
        self.local.clone().with("PATH", format!("{}:{}", own.display(), path.to_string_lossy())).into()
    }

    pub(crate) fn at(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().canonicalize().expect("there").join(name)
    }

    /// A program in one of the person's folders, with their environment.
    pub(crate) fn program(&self, folder: impl AsRef<Path>, program: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.at(folder));
        let names = ["HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_SSH_COMMAND"];
        let gh = ["TMPDIR", "GH_CONFIG_DIR", "GH_TOKEN", "GH_ENTERPRISE_TOKEN", "GH_HOST"];
        for name in names.into_iter().chain(gh) {
            command.env_remove(name).envs(self.local.variable(name).map(|value| (name, value)));
        }
        command.output().expect("it runs")
    }

    /// git as the person runs it, which must succeed.
    pub(crate) fn git(&self, folder: impl AsRef<Path>, arguments: &[&str]) -> String {
        let output = self.program(folder, "git", arguments);
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// The person, or an agent, commits a file; gives the commit.
    pub(crate) fn commit(&self, folder: impl AsRef<Path>, name: &str, text: &str) -> String {
        let path = self.at(&folder).join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
        self.git(&folder, &["add", "--", name]);
        self.git(&folder, &["commit", "--quiet", "-m", &format!("write {name}")]);
        self.git(&folder, &["rev-parse", "HEAD"])
    }

    /// A new branch of `mine` from the base as it is there, with one file changed on it; gives the commit.
    pub(crate) fn work(&self, branch: &str, name: &str, text: &str) -> String {
        self.git("mine", &["switch", "--quiet", "--no-track", "-c", branch, "origin/main"]);
        self.commit("mine", name, text)
    }

    pub(crate) async fn open(&self) -> Github {
        Github::open(&self.host(), &self.at("mine")).await.expect("it answers").expect("a forge")
    }

    /// Pushes a branch of `mine` as we do.
    pub(crate) async fn push(&self, github: &Github, branch: &str, commit: &str) -> Pushed {
        let remote = github.publishes_to().expect("a remote");
        let folder = self.at("mine");
        let asked = Push { folder: &folder, remote, branch, commit, lease: None };
        push(&self.host(), asked).await.expect("it is pushed")
    }

    /// Works on a branch, pushes it and offers it; gives its number and commit.
    pub(crate) async fn offer(&self, github: &Github, branch: &str, name: &str, text: &str) -> (u64, String) {
        let commit = self.work(branch, name, text);
        self.push(github, branch, &commit).await;
        let opened = github.create(&self.host(), &new(branch)).await.expect("it is opened");
        (opened.number, commit)
    }
}

/// A pull request of this branch into `main`.
pub(crate) fn new(branch: &str) -> New<'_> {
    New { branch, base: "main", title: "A title", body: "A body\nwith \"two\" lines", draft: false }
}
