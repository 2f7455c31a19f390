//! How much a workspace changed, for its row: asked again and again, so it writes nothing and starts few programs.

use std::{collections::BTreeSet, path::PathBuf};

use super::{
    super::{
        Error,
        git::{failure, path, text},
    },
    checkout::Checkout,
    sides,
};
use crate::{
    domain::{Workspace, diff::MOST_BYTES},
    target::Host,
};

/// The most untracked files whose lines are counted.
const MOST_READ: usize = 2_000;

/// How much a workspace changed against its base, and in which files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// The paths of changed files; of a renamed one both.
    pub paths: BTreeSet<Vec<u8>>,
    /// Changed files.
    pub files: usize,
    /// Added lines.
    pub added: u64,
    /// Removed lines.
    pub removed: u64,
    /// Files of which something is in no commit.
    pub uncommitted: usize,
    /// Commits that the base does not have.
    pub commits: usize,
    /// The commit it stands on.
    pub head: Option<String>,
    /// The newest commit of the base that is known here.
    pub base: Option<String>,
    /// The git directory of its repository.
    pub common: PathBuf,
}

/// Counts what a workspace changed. Writes nothing.
///
/// # Errors
/// Those of [`super::snapshot`].
pub async fn changed(host: &Host, workspace: &Workspace) -> Result<Counted, Error> {
    let checkout = Checkout::find(host, workspace).await?;
    let left = sides::base(&checkout, workspace).await?;
    let git = &checkout.git;
    let status = ["status", "--porcelain=v2", "-z", "--branch", "--untracked-files=all", "--no-renames"];
    let status = git.try_run(&status).await?;
    if !status.succeeded() || status.truncated {
        return Err(failure("look at the worktree", &status));
    }
    let mut counted = Counted { base: left.newest.clone(), common: checkout.common.clone(), ..Counted::default() };
    let untracked = counted.take_status(&status.stdout);
    if let Some(commit) = &left.commit {
        counted.take_tracked(&checkout, commit).await?;
        if let Some(head) = counted.head.clone().filter(|head| head != commit) {
            let mut arguments = vec!["rev-list", "--count", &head, "--not", commit];
            arguments.extend(left.newest.as_deref());
            counted.commits = git.line("count commits", &arguments).await?.parse().unwrap_or_default();
        }
    }
    let places = untracked.iter().take(MOST_READ).map(|name| checkout.folder().join(path(name)));
    let lines = host.count_lines(&places.collect::<Vec<_>>(), MOST_BYTES).await;
    counted.added += lines.map_err(Error::file("read the files of", checkout.folder()))?;
    counted.files += untracked.len();
    counted.paths.extend(untracked);
    Ok(counted)
}

impl Counted {
    /// Reads `git status`; gives the untracked files.
    fn take_status(&mut self, said: &[u8]) -> Vec<Vec<u8>> {
        let mut untracked = Vec::new();
        for entry in said.split(|&byte| byte == 0).filter(|entry| !entry.is_empty()) {
            match entry[0] {
                b'#' => {
                    let line = text(entry);
                    let commit = line.strip_prefix("# branch.oid ").filter(|commit| *commit != "(initial)");
                    self.head = commit.map(str::to_owned).or(self.head.take());
                }
                // A repository inside is none of its files.
                b'?' if entry.ends_with(b"/") => {}
                b'?' => untracked.push(entry[2..].to_vec()),
                _ => self.uncommitted += 1,
            }
        }
        self.uncommitted += untracked.len();
        untracked
    }

    /// Counts what changed in tracked files since a commit.
    async fn take_tracked(&mut self, checkout: &Checkout<'_>, commit: &str) -> Result<(), Error> {
        let mut arguments = vec!["-c", "core.bigFileThreshold=4m", "diff-index", "-z", "--numstat", "-M", "-l2000"];
        arguments.extend(["--no-ext-diff", "--no-textconv", "--no-relative", commit]);
        let output = checkout.git.try_run(&arguments).await?;
        if !output.succeeded() || output.truncated {
            return Err(failure("compare with the base", &output));
        }
        let mut fields = output.stdout.split(|&byte| byte == 0);
        while let Some(counts) = fields.next().filter(|field| !field.is_empty()) {
            let mut parts = counts.splitn(3, |&byte| byte == b'\t');
            let (added, removed, name) = (parts.next(), parts.next(), parts.next().unwrap_or_default());
            let number = |part: Option<&[u8]>| part.and_then(|part| text(part).parse::<u64>().ok()).unwrap_or_default();
            self.files += 1;
            self.added += number(added);
            self.removed += number(removed);
            match name {
                b"" => self.paths.extend(fields.by_ref().take(2).map(<[u8]>::to_vec)),
                name => drop(self.paths.insert(name.to_vec())),
            }
        }
        Ok(())
    }
}
