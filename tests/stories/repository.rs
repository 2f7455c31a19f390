//! A person's own repository, and proof that nobody touched it.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use crate::home::Home;

/// A repository of the person.
pub(crate) struct Repository<'h> {
    pub(crate) home: &'h Home,
    pub(crate) folder: PathBuf,
}

/// Everything of a checkout that is the person's: each file with its bytes, mode and time of change, and what git keeps
/// beside its objects for this checkout.
pub(crate) type Fingerprint = BTreeMap<PathBuf, (u32, i64, i64, Vec<u8>)>;

impl<'h> Repository<'h> {
    /// One commit on `main`, a changed file, a staged one, an untracked and an ignored one.
    pub(crate) fn busy(home: &'h Home) -> Self {
        let this = Self::with_one_commit(home, "repository");
        this.write("tracked.txt", "changed and not staged\n");
        this.write("staged.txt", "staged\n");
        this.git(&["add", "staged.txt"]);
        this.write("untracked.txt", "nobody knows it\n");
        this.write("ignored.log", "ignored\n");
        this
    }

    pub(crate) fn with_one_commit(home: &'h Home, name: &str) -> Self {
        let this = Self::empty(home, name);
        this.write("tracked.txt", "as committed\n");
        this.write(".gitignore", "*.log\n");
        this.git(&["add", "."]);
        this.git(&["commit", "--quiet", "--message", "first"]);
        this
    }

    /// A repository without a commit.
    pub(crate) fn empty(home: &'h Home, name: &str) -> Self {
        let folder = home.path().join(name);
        fs::create_dir(&folder).expect("a folder");
        let this = Self { home, folder };
        this.git(&["init", "--quiet"]);
        this
    }

    /// A clone of what is at `url`.
    pub(crate) fn clone_of(home: &'h Home, url: &str, name: &str) -> Self {
        git(home, home.path(), &["clone", "--quiet", url, name]);
        Self { home, folder: home.path().join(name) }
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), text).expect("written");
    }

    pub(crate) fn path(&self) -> &str {
        self.folder.to_str().expect("text")
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git(self.home, &self.folder, arguments)
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        let mut found = Fingerprint::new();
        collect(&self.folder, &mut found);
        found
    }
}

/// Runs git without letting it write anything by the way; gives what it prints.
pub(crate) fn git(home: &Home, folder: &Path, arguments: &[&str]) -> String {
    let mut command = home.program("git");
    let output = command.arg("--no-optional-locks").arg("-C").arg(folder).args(arguments).output().expect("git runs");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").trim_end().to_owned()
}

/// Files of git that are not the checkout's own: objects, other branches, worktrees, and notes of fetches.
const SHARED: [&str; 6] = ["objects", "refs", "logs", "worktrees", "packed-refs", "FETCH_HEAD"];

fn collect(folder: &Path, found: &mut Fingerprint) {
    for entry in fs::read_dir(folder).expect("listed").flatten() {
        let path = entry.path();
        let in_git = path.parent().is_some_and(|parent| parent.ends_with(".git"));
        if in_git && SHARED.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        let about = entry.metadata().expect("there");
        if about.is_dir() {
            collect(&path, found);
        } else {
            let bytes = fs::read(&path).expect("read");
            found.insert(path, (about.permissions().mode(), about.mtime(), about.mtime_nsec(), bytes));
        }
    }
}
