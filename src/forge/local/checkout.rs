//! Where a branch is checked out, and whether its files can move with it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    forge::Error,
    workspace::{
        Operation, Repository,
        git::{Git, path, text},
    },
};

/// A checkout that a branch must not be moved away from under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Holder {
    /// Its top folder.
    pub(super) folder: PathBuf,
    /// It is in the middle of something that ends on the branch.
    busy: bool,
}

/// The checkouts that hold a branch.
pub(super) async fn holders(git: &Git<'_>, repository: &Repository, branch: &str) -> Result<Vec<Holder>, Error> {
    let reference = format!("refs/heads/{branch}");
    let listed = git.run("list the worktrees", &["worktree", "list", "--porcelain", "-z"]).await?;
    let mut found = Vec::new();
    let mut folder = PathBuf::new();
    for line in listed.split(|&byte| byte == 0) {
        if let Some(place) = line.strip_prefix(b"worktree ") {
            folder = path(place);
        }
        if line.strip_prefix(b"branch ").is_some_and(|named| text(named) == reference) {
            found.push(Holder { folder: folder.clone(), busy: false });
        }
    }
    // In the middle of a rebase or a bisection nothing is checked out, but the branch is moved or returned to at its end.
    let linked = fs::read_dir(repository.git_directory.join("worktrees")).into_iter().flatten().flatten();
    let linked = linked.map(|entry| entry.path()).map(|own| (checkout_of(&own), own));
    for (folder, own) in linked.chain([(repository.folder.clone(), repository.git_directory.clone())]) {
        let says = |name: &str| fs::read_to_string(own.join(name)).unwrap_or_default();
        let ends_on = ["rebase-merge/head-name", "rebase-apply/head-name", "BISECT_START"];
        if ends_on.iter().any(|name| [reference.as_str(), branch].contains(&says(name).trim())) {
            found.retain(|holder| holder.folder != folder);
            found.push(Holder { folder, busy: true });
        }
    }
    Ok(found)
}

/// The folder that a linked worktree's own git directory belongs to.
fn checkout_of(own: &Path) -> PathBuf {
    let said = fs::read_to_string(own.join("gitdir")).unwrap_or_default();
    Path::new(said.trim_end()).parent().unwrap_or(own).to_owned()
}

impl Holder {
    /// Why its files can't move, if so.
    pub(super) async fn in_the_way(&self, git: &Git<'_>, branch: &str) -> Result<Option<String>, Error> {
        if self.busy {
            return Ok(Some(format!("it is in the middle of an operation that ends on {branch}")));
        }
        if !self.folder.is_dir() {
            return Ok(Some("its folder is not there".into()));
        }
        let here = git.at(&self.folder);
        let own = path(here.line("find the worktree", &["rev-parse", "--absolute-git-dir"]).await?.as_bytes());
        if let Some(operation) = Operation::under_way(git.host(), &own).await?.first() {
            return Ok(Some(format!("it is in the middle of {}", operation.label())));
        }
        let status = ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=no"];
        let changed = here.run("look at the worktree", &status).await?;
        let changed = changed.split(|&byte| byte == 0).filter(|entry| !entry.is_empty()).count();
        Ok((changed > 0).then(|| match changed {
            1 => "a file there has uncommitted changes".to_owned(),
            many => format!("{many} files there have uncommitted changes"),
        }))
    }

    /// Moves the branch and the files forward together; gives why git did not, if so.
    pub(super) async fn advance(
        &self,
        git: &Git<'_>,
        branch: &str,
        commit: &str,
        why: &str,
    ) -> Result<Option<String>, Error> {
        let here = git.at(&self.folder).with("GIT_REFLOG_ACTION", why);
        let head = here.try_run(&["symbolic-ref", "--quiet", "HEAD"]).await?;
        if text(&head.stdout).trim() != format!("refs/heads/{branch}") {
            return Ok(Some(format!("it is no longer on {branch}")));
        }
        let output = here
            .try_run(&[
                "-c",
                "submodule.recurse=false",
                "-c",
                "merge.verifySignatures=false",
                "merge",
                "--ff-only",
                // Ignored files are somebody's files.
                "--no-overwrite-ignore",
                "--no-autostash",
                "--no-stat",
                "--quiet",
                commit,
            ])
            .await?;
        if output.succeeded() {
            return Ok(None);
        }
        let said = text(&output.stderr);
        let (told, named): (Vec<&str>, Vec<&str>) = said.lines().partition(|line| !line.starts_with('\t'));
        let told = told.first().map_or("", |line| line.trim_start_matches("error: ").trim_start_matches("fatal: "));
        let named: Vec<&str> = named.into_iter().map(str::trim).collect();
        Ok(Some(if named.is_empty() { told.to_owned() } else { format!("{told} {}", named.join(", ")) }))
    }
}
