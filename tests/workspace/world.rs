//! A person's machine in a temporary folder: a home of their own, a repository, perhaps a remote.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Command,
};

use quarterdeck::{
    domain::{
        ObjectiveId, SessionId, TargetName, Timestamp, Workspace, WorkspaceId,
        workspace::{Kind, State},
    },
    target::{Host, Local},
    workspace::{Error, Prepared, Request, Start, prepare},
};

pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) local: Local,
}

impl World {
    /// A home, and nothing else.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let config = folder.path().join("gitconfig");
        let settings = "[user]\n name = Person\n email = person@example.invalid\n[init]\n defaultBranch = main\n\
                        [protocol \"file\"]\n allow = always\n";
        fs::write(&config, settings).expect("written");
        let local = Local::new()
            .with("HOME", folder.path())
            .with("XDG_CONFIG_HOME", folder.path())
            .with("GIT_CONFIG_GLOBAL", config)
            .with("GIT_CONFIG_NOSYSTEM", "1");
        Self { folder, local }
    }

    /// The machine, as seen from this home.
    pub(crate) fn host(&self) -> Host {
        self.local.clone().into()
    }

    /// A home with a repository `mine` of one commit.
    pub(crate) fn with_repository() -> Self {
        let world = Self::new();
        world.git(".", &["init", "--quiet", "mine"]);
        world.commit("mine", "README", "hello\n");
        world
    }

    /// A home with a bare repository `origin.git` of one commit, and its clone `mine`.
    pub(crate) fn with_remote() -> Self {
        let world = Self::with_repository();
        world.git(".", &["clone", "--quiet", "--bare", "mine", "origin.git"]);
        fs::remove_dir_all(world.at("mine")).expect("removed");
        world.git(".", &["clone", "--quiet", "origin.git", "mine"]);
        world
    }

    pub(crate) fn at(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().canonicalize().expect("there").join(name)
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.at("workspaces")
    }

    /// git as the person runs it, which must succeed.
    pub(crate) fn git(&self, folder: impl AsRef<Path>, arguments: &[&str]) -> String {
        let output = self.try_git(folder, arguments);
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    pub(crate) fn try_git(&self, folder: impl AsRef<Path>, arguments: &[&str]) -> std::process::Output {
        let mut command = Command::new("git");
        command.arg("-C").arg(self.at(folder)).args(arguments);
        for name in ["HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"] {
            command.env(name, self.local.variable(name).expect("set"));
        }
        command.output().expect("git runs")
    }

    pub(crate) fn write(&self, path: impl AsRef<Path>, text: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    /// The person, or an agent, commits a file; gives the commit.
    pub(crate) fn commit(&self, folder: impl AsRef<Path>, name: &str, text: &str) -> String {
        self.write(folder.as_ref().join(name), text);
        self.git(&folder, &["add", "--force", "--", name]);
        self.git(&folder, &["commit", "--quiet", "-m", &format!("write {name}")]);
        self.git(&folder, &["rev-parse", "HEAD"])
    }

    pub(crate) fn request(&self, number: u32, title: &str) -> Request {
        Request {
            workspace: WorkspaceId::from_number(number).expect("not zero"),
            session: SessionId::from_number(number).expect("not zero"),
            objective: ObjectiveId::FIRST,
            title: title.into(),
            repository: self.at("mine"),
            start: Start::Named(None),
            branch: None,
            sparse: Vec::new(),
            root: self.root(),
        }
    }

    pub(crate) async fn prepare(&self, number: u32, title: &str) -> Result<Prepared, Error> {
        prepare(&self.host(), self.request(number, title)).await
    }

    /// The row that the engine keeps of a prepared workspace.
    pub(crate) fn row(&self, number: u32, prepared: &Prepared) -> Workspace {
        Workspace {
            id: WorkspaceId::from_number(number).expect("not zero"),
            objective: ObjectiveId::FIRST,
            owner: SessionId::from_number(number).expect("not zero"),
            target: TargetName::local(),
            kind: Kind::Isolated,
            repository: Some(self.at("mine")),
            path: prepared.path.clone(),
            branch: Some(prepared.branch.clone()),
            base: Some(prepared.base.clone()),
            state: State::Ready,
            changed: None,
            overlaps: Vec::new(),
            looked_at: None,
            created_at: Timestamp(0),
        }
    }

    /// All that must not change in the person's checkout: what stands where, the index to the byte, each file's time.
    pub(crate) fn picture(&self, name: &str) -> String {
        let checkout = self.at(name);
        let git = checkout.join(".git");
        let mut picture = Vec::new();
        for file in ["HEAD", "config", "index", "MERGE_HEAD", "ORIG_HEAD", "FETCH_HEAD", "refs/heads/main", "logs/HEAD"]
        {
            let found = fs::metadata(git.join(file)).map(|found| (found.mtime(), found.mtime_nsec())).ok();
            picture.push(format!("{file} {found:?} {:?}", fs::read(git.join(file)).ok()));
        }
        list(&checkout, &mut picture);
        picture.sort();
        let status = self.git(name, &["--no-optional-locks", "status", "--porcelain", "--branch"]);
        // What the remote has may be known better afterwards: that is what a fetch is for.
        let status = status.lines().map(|line| line.split(" [").next().unwrap_or_default().to_owned());
        picture.extend(status);
        picture.join("\n")
    }
}

fn list(folder: &Path, into: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("readable").flatten() {
        let found = fs::symlink_metadata(entry.path()).expect("there");
        if entry.file_name() == ".git" {
            continue;
        }
        into.push(format!("{:?} {} {} {}", entry.path(), found.mtime(), found.mtime_nsec(), found.len()));
        if found.is_dir() {
            list(&entry.path(), into);
        }
    }
}
