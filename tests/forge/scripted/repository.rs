//! The repositories behind the scripted forge: bare ones on disk, asked and changed with git alone.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use super::Method;

/// A bare repository.
#[derive(Debug, Clone)]
pub(crate) struct Bare(pub(crate) PathBuf);

impl Bare {
    /// git in it, which must succeed.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = self.try_git(arguments);
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    pub(crate) fn try_git(&self, arguments: &[&str]) -> Output {
        git(&self.0, arguments)
    }

    /// Where a branch stands.
    pub(crate) fn tip(&self, branch: &str) -> Option<String> {
        let output = self.try_git(&["rev-parse", "--verify", "--quiet", &format!("refs/heads/{branch}")]);
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Where all branches stand.
    pub(super) fn tips(&self) -> HashMap<String, String> {
        let listed = self.git(&["for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads"]);
        let tips = listed.lines().filter_map(|line| line.split_once(' '));
        tips.map(|(branch, tip)| (branch.to_owned(), tip.to_owned())).collect()
    }

    /// All references and where they stand.
    pub(crate) fn references(&self) -> String {
        self.git(&["for-each-ref", "--format=%(refname) %(objectname)"])
    }

    /// What a file holds on a branch.
    pub(crate) fn file(&self, branch: &str, path: &str) -> Option<String> {
        let output = self.try_git(&["cat-file", "blob", &format!("refs/heads/{branch}:{path}")]);
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Somebody commits a file to a branch here.
    pub(crate) fn commit(&self, branch: &str, path: &str, text: &str) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let checkout = folder.path().join("checkout");
        let place = checkout.to_str().expect("text");
        self.git(&["worktree", "add", "--quiet", "--detach", place, branch]);
        std::fs::write(checkout.join(path), text).expect("written");
        git(&checkout, &["add", "--", path]);
        git(&checkout, &["commit", "--quiet", "-m", &format!("somebody writes {path}")]);
        let commit = String::from_utf8_lossy(&git(&checkout, &["rev-parse", "HEAD"]).stdout).trim().to_owned();
        self.git(&["worktree", "remove", "--force", place]);
        self.git(&["update-ref", &format!("refs/heads/{branch}"), &commit]);
        commit
    }

    /// Two commits could be merged.
    pub(super) fn fit(&self, one: &str, other: &str) -> bool {
        self.try_git(&["merge-tree", "--write-tree", one, other]).status.success()
    }

    /// How many commits `head` has beyond `base`.
    pub(super) fn ahead(&self, base: &str, head: &str) -> usize {
        self.git(&["rev-list", "--count", &format!("{base}..{head}")]).parse().unwrap_or(0)
    }

    /// Merges as the forge does it; gives the commit on the base.
    pub(super) fn merge(&self, base: &str, head: &str, method: Method, title: &str) -> Option<String> {
        let tip = self.tip(base)?;
        let merged = match method {
            Method::Merge => self.commit_merged(&tip, head, title, &["-p", &tip, "-p", head])?,
            Method::Squash => self.commit_merged(&tip, head, title, &["-p", &tip])?,
            Method::Rebase => self.rebase(&tip, head)?,
        };
        self.git(&["update-ref", &format!("refs/heads/{base}"), &merged, &tip]);
        Some(merged)
    }

    fn commit_merged(&self, tip: &str, head: &str, title: &str, parents: &[&str]) -> Option<String> {
        let tree = self.try_git(&["merge-tree", "--write-tree", tip, head]);
        let tree = tree.status.success().then(|| String::from_utf8_lossy(&tree.stdout).trim().to_owned())?;
        Some(self.git(&[&["commit-tree", &tree, "-m", title], parents].concat()))
    }

    fn rebase(&self, tip: &str, head: &str) -> Option<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let checkout = folder.path().join("checkout");
        let place = checkout.to_str().expect("text");
        self.git(&["worktree", "add", "--quiet", "--detach", place, head]);
        let rebased = git(&checkout, &["rebase", "--quiet", "--force-rebase", tip]).status.success();
        let commit = git(&checkout, &["rev-parse", "HEAD"]);
        self.git(&["worktree", "remove", "--force", place]);
        rebased.then(|| String::from_utf8_lossy(&commit.stdout).trim().to_owned())
    }
}

fn git(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "Forge").env(format!("GIT_{who}_EMAIL"), "forge@example.invalid");
    }
    command.output().expect("git runs")
}
