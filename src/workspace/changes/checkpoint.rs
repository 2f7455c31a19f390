//! States of a workspace that are kept: commits of ours below `refs/quarterdeck/`, which no list of branches shows and
//! git never collects.

use super::{
    super::{
        Error, folders,
        git::{Git, failure, text, words},
        keep::Found,
        names, turns,
    },
    aside::Aside,
    checkout::{Checkout, same},
    snapshot::{Care, Snapshot, take},
};
use crate::{domain::Workspace, target::Host};

/// Where checkpoints are kept, below the workspace's id.
pub(super) const CHECKPOINTS: &str = "refs/quarterdeck/checkpoints";
/// What the person saw last.
const LOOKED: &str = "refs/quarterdeck/looked";
/// The line in a checkpoint's message that names the branch.
const BRANCH: &str = "Branch: ";

/// A state that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The commit that holds it. Its first parent is the commit the files were changed from, its second what was staged.
    pub commit: String,
    /// The reference that keeps it.
    pub reference: String,
    /// The tree with its files.
    pub tree: String,
    /// What it does not hold.
    pub notes: Vec<String>,
}

/// Keeps a workspace as it is now: its files, what is staged, where it stands and on which branch. `name` is for people;
/// should it be taken, it gets a number.
///
/// # Errors
/// Those of [`super::snapshot`]; also when a file can't be read.
pub async fn checkpoint(host: &Host, workspace: &Workspace, name: &str) -> Result<Kept, Error> {
    let checkout = Checkout::find(host, workspace).await?;
    let turn = turns::take(host, &checkout.common).await;
    let checkout = checkout.in_turn(&turn);
    let now = take(&checkout, Care::Strict).await?;
    keep(&checkout, workspace, &now, name, &[]).await
}

/// Remembers what the person has seen: the right side of the difference with this fingerprint. Gives its commit.
///
/// # Errors
/// [`Error::UnknownFingerprint`] when there was no such difference here, and git's own.
pub async fn looked(host: &Host, workspace: &Workspace, fingerprint: &str) -> Result<String, Error> {
    let checkout = Checkout::find(host, workspace).await?;
    let unknown = || Error::UnknownFingerprint(fingerprint.into());
    let (_, tree) = fingerprint.split_once("..").ok_or_else(unknown)?;
    if tree.is_empty() || !tree.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(unknown());
    }
    let is_tree = checkout.git.try_run(&["cat-file", "-t", tree]).await?;
    if text(&is_tree.stdout).trim() != "tree" {
        return Err(unknown());
    }
    let head = checkout.head().await?;
    let parents: Vec<&str> = head.as_deref().into_iter().collect();
    let commit = checkout.commit(tree, &parents, "What the person has seen").await?;
    let reference = format!("{LOOKED}/{}", workspace.id);
    checkout.git.run("remember what was seen", &["update-ref", &reference, &commit]).await?;
    Ok(commit)
}

/// Lets go of the checkpoints of a workspace that was removed and can't be brought back any more. Another crew may have
/// one of the same id in this repository: only those go that were made on its branch, before it was removed, and only
/// while there is neither that branch nor anything in its place.
pub(in super::super) async fn forget_checkpoints(git: &Git<'_>, removed: &Found) -> Result<(), Error> {
    let Some(branch) = &removed.kept.branch else { return Ok(()) };
    let reference = format!("refs/heads/{branch}");
    if git.commit(&reference).await?.is_some() || folders::is_there(git.host(), &removed.kept.path).await? {
        return Ok(());
    }
    let below = format!("{CHECKPOINTS}/{}/", removed.kept.workspace);
    let format = "--format=%(refname)%00%(committerdate:unix)%00%(contents)%00";
    let listed = text(&git.run("list checkpoints", &["for-each-ref", format, &below]).await?);
    let fields: Vec<&str> = listed.split('\0').collect();
    let line = format!("{BRANCH}{reference}");
    let is_its = |fields: &&[&str]| {
        let earlier = fields[1].parse::<i64>().is_ok_and(|at| at.saturating_mul(1_000) <= removed.at.0);
        earlier && fields[2].lines().any(|said| said == line)
    };
    let gone = fields.chunks_exact(3).filter(is_its).map(|fields| format!("delete {}\n", fields[0].trim()));
    let gone: String = gone.collect();
    if gone.is_empty() {
        return Ok(());
    }
    let output = git.feed(&["update-ref", "--stdin"], gone.into_bytes()).await?;
    if output.succeeded() { Ok(()) } else { Err(failure("let go of checkpoints", &output)) }
}

/// What the person saw last, if they looked. What is older than the workspace was seen in another one's life.
pub(super) async fn last_look(checkout: &Checkout<'_>, workspace: &Workspace) -> Result<Option<String>, Error> {
    let reference = format!("{LOOKED}/{}", workspace.id);
    let arguments = ["for-each-ref", "--format=%(objectname) %(committerdate:unix)", &reference];
    let said = text(&checkout.git.run("find what was seen", &arguments).await?);
    let seen = said.lines().find_map(|line| line.split_once(' '));
    let own = |&(_, at): &(&str, &str)| at.parse::<i64>().is_ok_and(|at| at >= workspace.created_at.0 / 1_000);
    Ok(seen.filter(own).map(|(commit, _)| commit.to_owned()))
}

/// Keeps this snapshot, with more commits that shall stay reachable. What is kept already under this name is kept once.
pub(super) async fn keep(
    checkout: &Checkout<'_>,
    workspace: &Workspace,
    now: &Snapshot,
    name: &str,
    also: &[String],
) -> Result<Kept, Error> {
    let branch = branch(&checkout.git).await?;
    // From a copy, because git notes in the index what it found. One with conflicts can't become a tree; its sides are
    // in commits, and the files are kept as they are.
    let aside = Aside::new(checkout).await?;
    let staged = aside.index(checkout).await?.try_run(&["write-tree", "--missing-ok"]).await?;
    let mut parents: Vec<String> = now.head.iter().cloned().collect();
    if let (true, Some(head)) = (staged.succeeded(), &now.head) {
        let staged = text(&staged.stdout).trim().to_owned();
        parents.push(checkout.commit(&staged, &[head], "What was staged").await?);
    }
    parents.extend(also.iter().cloned());
    let mut message = format!("The workspace {} as it was: {name}", workspace.id);
    if let Some(branch) = branch {
        message += &format!("\n\n{BRANCH}{branch}");
    }
    let parents: Vec<&str> = parents.iter().map(String::as_str).collect();
    let commit = checkout.commit(&now.tree, &parents, &message).await?;
    let mut refused = String::new();
    for name in names::numbered(name).take(1_000) {
        let reference = format!("{CHECKPOINTS}/{}/{name}", workspace.id);
        // Only if there is none.
        let made = checkout.git.try_run(&["update-ref", &reference, &commit, ""]).await?;
        if made.succeeded() {
            return Ok(Kept { commit, reference, tree: now.tree.clone(), notes: now.notes.clone() });
        }
        refused = words(&made);
        if checkout.git.commit(&reference).await?.is_none() {
            break;
        }
    }
    Err(Error::Git { doing: "keep a checkpoint".into(), said: refused })
}

/// The branch a checkout is on, as a full reference; `None` when it is on none.
pub(super) async fn branch(git: &Git<'_>) -> Result<Option<String>, Error> {
    let said = git.try_run(&["symbolic-ref", "--quiet", "HEAD"]).await?;
    Ok(Some(text(&said.stdout).trim().to_owned()).filter(|branch| !branch.is_empty()))
}

/// What a checkpoint says of where it was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    /// The commit of ours.
    pub(super) commit: String,
    /// Its files.
    pub(super) tree: String,
    /// The commit they were changed from.
    pub(super) head: Option<String>,
    /// What was staged, where that could be kept.
    pub(super) staged: Option<String>,
    /// The branch it was on, as a full reference.
    pub(super) branch: Option<String>,
}

impl Told {
    /// Reads a checkpoint.
    pub(super) async fn read(checkout: &Checkout<'_>, workspace: &Workspace, commit: &str) -> Result<Self, Error> {
        let git = &checkout.git;
        let missing = || Error::NoCheckpoint(commit.into());
        let commit = git.commit(commit).await?.ok_or_else(missing)?;
        let said = git.run("read a checkpoint", &["show", "--no-patch", "--format=%T%n%P%n%B", &commit]).await?;
        let said = text(&said);
        let mut lines = said.lines();
        let (Some(tree), Some(parents)) = (lines.next(), lines.next()) else { return Err(missing()) };
        if lines.next().is_none_or(|subject| !subject.starts_with(&format!("The workspace {} as it was", workspace.id)))
        {
            return Err(missing());
        }
        let mut parents = parents.split_whitespace().map(str::to_owned);
        let head = parents.next();
        let staged = match parents.next() {
            Some(staged) => {
                let subject = git.line("read a checkpoint", &["show", "--no-patch", "--format=%s", &staged]).await?;
                Some(staged).filter(|_| subject == "What was staged")
            }
            None => None,
        };
        let branch = lines.filter_map(|line| line.strip_prefix(BRANCH)).next_back().map(str::to_owned);
        Ok(Self { commit, tree: tree.to_owned(), head, staged, branch })
    }
}

/// Where another checkout of the repository has this branch checked out, if one has.
pub(super) async fn elsewhere(checkout: &Checkout<'_>, branch: &str) -> Result<Option<String>, Error> {
    let place = checkout.git.line("look at the branch", &["for-each-ref", "--format=%(worktreepath)", branch]).await?;
    if place.is_empty() || same(checkout.git.host(), place.as_ref(), checkout.folder()).await? {
        return Ok(None);
    }
    let is_there = folders::is_there(checkout.git.host(), place.as_ref()).await?;
    Ok(is_there.then_some(place))
}
