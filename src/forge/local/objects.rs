//! Merging in git's object store.

use std::collections::BTreeSet;

use crate::{
    forge::Error,
    target::Status,
    workspace::git::{Git, failure, text, words},
};

/// Two trees, merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trees {
    /// The tree.
    Merged(String),
    /// The files in which they conflict.
    Conflicts(Vec<String>),
}

/// Merges two commits with their common history, into a tree.
pub(super) async fn merge_trees(git: &Git<'_>, ours: &str, theirs: &str) -> Result<Trees, Error> {
    let output =
        git.try_run(&["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", ours, theirs]).await?;
    let mut parts = output.stdout.split(|&byte| byte == 0).filter(|part| !part.is_empty());
    match (output.status, parts.next()) {
        (Status::Exited(0), Some(tree)) => Ok(Trees::Merged(text(tree))),
        // A file comes once for each of its sides.
        (Status::Exited(1), Some(_)) => {
            Ok(Trees::Conflicts(parts.map(text).collect::<BTreeSet<_>>().into_iter().collect()))
        }
        (Status::Exited(129), _) => {
            let version = git.line("tell its version", &["version"]).await?;
            Err(Error::Refused(format!("merging without a checkout needs git 2.38 or later, and this is {version}")))
        }
        (Status::Exited(_) | Status::Signaled(_), _) => Err(Error::Refused(words(&output))),
    }
}

/// A new commit by the person.
pub(super) async fn commit_tree(git: &Git<'_>, tree: &str, parents: &[&str], message: &str) -> Result<String, Error> {
    let mut arguments = vec!["-c", "i18n.commitEncoding=UTF-8", "commit-tree", tree];
    arguments.extend(parents.iter().flat_map(|parent| ["-p", parent]));
    arguments.extend(["-F", "-"]);
    let ended = if message.ends_with('\n') { message.to_owned() } else { format!("{message}\n") };
    let output = git.feed(&arguments, ended.into_bytes()).await?;
    match output.succeeded() {
        true => Ok(text(&output.stdout).trim().to_owned()),
        false => Err(failure("commit the merge", &output).into()),
    }
}

/// The tree of a commit.
pub(super) async fn tree(git: &Git<'_>, commit: &str) -> Result<String, Error> {
    Ok(git.line("look at a commit", &["rev-parse", "--verify", &format!("{commit}^{{tree}}")]).await?)
}

/// `commit` is `tip` or in its history.
pub(super) async fn contains(git: &Git<'_>, tip: &str, commit: &str) -> Result<bool, Error> {
    let output = git.try_run(&["merge-base", "--is-ancestor", commit, tip]).await?;
    match output.status {
        Status::Exited(0) => Ok(true),
        Status::Exited(1) => Ok(false),
        Status::Exited(_) | Status::Signaled(_) => Err(failure("compare commits", &output).into()),
    }
}

/// The files in which two trees differ.
pub(super) async fn differing(git: &Git<'_>, one: &str, other: &str) -> Result<Vec<String>, Error> {
    let listed =
        git.run("compare trees", &["diff-tree", "-r", "-z", "--name-only", "--no-renames", one, other]).await?;
    Ok(listed.split(|&byte| byte == 0).filter(|name| !name.is_empty()).map(text).collect())
}
