//! The commit that a merge ends in, by each method, before it is put anywhere.

use super::objects::{Trees, commit_tree, contains, differing, merge_trees, tree};
use crate::{
    domain::pull_request::Method,
    forge::Error,
    workspace::git::{Git, failure, text},
};

/// What a merge ends in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Combined {
    /// The commit for the base to stand at, a descendant of where it stands.
    Commit(String),
    /// The files in which the two conflict.
    Conflicts(Vec<String>),
    /// The base has all of it already.
    Nothing,
}

/// Merges `head` into the base that stands at `tip`.
pub(super) async fn combine(
    git: &Git<'_>,
    tip: &str,
    head: &str,
    method: Method,
    message: &str,
) -> Result<Combined, Error> {
    if contains(git, tip, head).await? {
        return Ok(Combined::Nothing);
    }
    let merged = match merge_trees(git, tip, head).await? {
        Trees::Merged(merged) => merged,
        Trees::Conflicts(files) => return Ok(Combined::Conflicts(files)),
    };
    let parents: &[&str] = match method {
        Method::Merge => &[tip, head],
        // Nothing would be in the one commit, or in any.
        Method::Squash | Method::Rebase if merged == tree(git, tip).await? => return Ok(Combined::Nothing),
        Method::Squash => &[tip],
        Method::Rebase => return rebase(git, tip, head, &merged).await,
    };
    Ok(Combined::Commit(commit_tree(git, &merged, parents, message).await?))
}

/// Replays the commits of `head` on `tip` one by one, without the merges among them and what turns out empty.
async fn rebase(git: &Git<'_>, tip: &str, head: &str, merged: &str) -> Result<Combined, Error> {
    let range = format!("{tip}..{head}");
    let listed = git.run("list the commits", &["rev-list", "--reverse", "--topo-order", "--no-merges", &range]).await?;
    let merges = git.line("list the commits", &["rev-list", "--count", "--merges", &range]).await?;
    if merges == "0" && contains(git, head, tip).await? {
        // They are on top of it already.
        return Ok(Combined::Commit(head.into()));
    }
    let committer = git.line("tell who commits", &["var", "GIT_COMMITTER_IDENT"]).await?;
    let mut onto = tip.to_owned();
    let mut onto_tree = tree(git, tip).await?;
    for commit in text(&listed).lines() {
        let original = Original::read(git, commit).await?;
        let replayed = match original.replayed(git, commit, &onto_tree).await? {
            Trees::Merged(replayed) => replayed,
            Trees::Conflicts(files) => return Ok(Combined::Conflicts(files)),
        };
        if replayed != onto_tree {
            onto = original.rewritten(git, &replayed, &onto, &committer).await?;
            onto_tree = replayed;
        }
    }
    // A merge among them may hold what no other commit has, such as how a conflict was resolved.
    match onto_tree == merged {
        true => Ok(Combined::Commit(onto)),
        false => Ok(Combined::Conflicts(differing(git, &onto_tree, merged).await?)),
    }
}

/// A commit as it is stored.
struct Original {
    tree: String,
    parent: Option<String>,
    /// The author, and what else describes it; without its committer and signature, which are another's now.
    headers: Vec<u8>,
    message: Vec<u8>,
}

impl Original {
    async fn read(git: &Git<'_>, commit: &str) -> Result<Self, Error> {
        let stored = git.run("read a commit", &["cat-file", "commit", commit]).await?;
        let end = stored.windows(2).position(|two| two == b"\n\n").unwrap_or(stored.len());
        let (head, message) = stored.split_at(end);
        let mut read = Self {
            tree: String::new(),
            parent: None,
            headers: Vec::new(),
            message: message.get(2..).unwrap_or_default().into(),
        };
        for line in head.split(|&byte| byte == b'\n') {
            let (name, value) = line.split_at(line.iter().position(|&byte| byte == b' ').unwrap_or(line.len()));
            let value = || text(value.get(1..).unwrap_or_default());
            match name {
                b"tree" => read.tree = value(),
                b"parent" => read.parent = Some(value()),
                b"author" | b"encoding" => read.headers.extend([line, b"\n"].concat()),
                // The committer; a signature, whose further lines begin with a space.
                _ => {}
            }
        }
        Ok(read)
    }

    /// What this commit changed, applied to another tree.
    async fn replayed(&self, git: &Git<'_>, commit: &str, onto: &str) -> Result<Trees, Error> {
        // Two commits with the same parent merge over that parent, which every git can do that can merge trees at all.
        match &self.parent {
            Some(parent) => {
                let side = commit_tree(git, onto, &[parent], "onto").await?;
                merge_trees(git, &side, commit).await
            }
            None => {
                let nothing = git.line("make an empty tree", &["mktree"]).await?;
                let parent = commit_tree(git, &nothing, &[], "nothing").await?;
                let side = commit_tree(git, onto, &[&parent], "onto").await?;
                let other = commit_tree(git, &self.tree, &[&parent], "replayed").await?;
                merge_trees(git, &side, &other).await
            }
        }
    }

    /// The same commit with another tree and parent.
    async fn rewritten(&self, git: &Git<'_>, tree: &str, parent: &str, committer: &str) -> Result<String, Error> {
        let mut stored = format!("tree {tree}\nparent {parent}\n").into_bytes();
        let (author, rest) =
            self.headers.split_at(self.headers.iter().position(|&byte| byte == b'\n').map_or(0, |at| at + 1));
        stored.extend_from_slice(author);
        stored.extend_from_slice(format!("committer {committer}\n").as_bytes());
        stored.extend_from_slice(rest);
        stored.push(b'\n');
        stored.extend_from_slice(&self.message);
        let output = git.feed(&["hash-object", "-t", "commit", "-w", "--stdin"], stored).await?;
        match output.succeeded() {
            true => Ok(text(&output.stdout).trim().to_owned()),
            false => Err(failure("commit again", &output).into()),
        }
    }
}
