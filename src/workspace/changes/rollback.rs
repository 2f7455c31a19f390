//! Back to a checkpoint, with proof that nothing is lost.
//!
//! Files first, then the branch, then the index. Who is interrupted in between and begins again keeps the mixture too;
//! what was there before the first attempt is kept since then.

use std::path::PathBuf;

use super::{
    super::{
        Error, folders,
        git::{Git, failure, path, text},
        probe::Operation,
        turns,
    },
    aside::Aside,
    checkout::{Checkout, is_ours},
    checkpoint::{Kept, Told, branch, elsewhere, keep},
    listing,
    snapshot::{Care, Snapshot, named, take, take_into},
};
use crate::{
    domain::Workspace,
    target::{FileKind, Host},
};

/// What became of a workspace that was rolled back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolledBack {
    /// What was there before.
    pub before: Kept,
    /// Why nothing is lost, in words.
    pub proof: String,
}

/// Makes a workspace as a checkpoint kept it: its branch, its files and what was staged. What is there is kept first, with
/// all its commits; ignored files stay as they are.
///
/// # Errors
/// [`Error::NoCheckpoint`], [`Error::NotNow`] when something speaks against it, and git's own. Nothing is lost then
/// either, and a further attempt finishes what this one began.
pub async fn rollback(host: &Host, workspace: &Workspace, commit: &str) -> Result<RolledBack, Error> {
    if !is_ours(workspace.kind) {
        return Err(Error::NotNow("it is your own folder, which is never changed; use git there yourself".into()));
    }
    let checkout = Checkout::find(host, workspace).await?;
    let turn = turns::take(host, &checkout.common).await;
    let checkout = checkout.in_turn(&turn);
    let told = Told::read(&checkout, workspace, commit).await?;
    refuse(&checkout, &told).await?;

    let aside = Aside::new(&checkout).await?;
    let index = aside.index(&checkout).await?;
    let mut now = take_into(&checkout, &index, Care::Strict).await?;
    let in_the_way = in_the_way(&checkout, &index, &mut now, &told).await?;
    let tip = match &told.branch {
        Some(branch) => checkout.git.commit(branch).await?,
        None => None,
    };
    // The branch to move need not be the one that is checked out.
    let also: Vec<String> = tip.iter().filter(|tip| now.head.as_ref() != Some(tip)).cloned().collect();
    let name = format!("before-{}", told.commit.get(..10).unwrap_or(&told.commit));
    let before = keep(&checkout, workspace, &now, &name, &also).await?;
    check(&checkout, &now, &in_the_way).await?;

    let files = ["-c", "submodule.recurse=false", "read-tree", "-m", "-u", &now.tree, &told.tree];
    index.run("change the files, some of which were just written", &files).await?;
    move_branch(&checkout, &told, tip.as_deref()).await?;
    let staged = told.staged.as_ref().or(told.head.as_ref());
    let staged = checkout.tree(staged.map(String::as_str)).await?;
    checkout.git.run("make the index as it was", &["read-tree", "--reset", &staged]).await?;
    // Tells only that files differ from what is staged, which is so.
    checkout.git.try_run(&["update-index", "-q", "--refresh"]).await?;

    let proof = proof(&checkout, &told, &before, &now).await?;
    Ok(RolledBack { before, proof })
}

/// Finds what speaks against it before anything is touched.
async fn refuse(checkout: &Checkout<'_>, told: &Told) -> Result<(), Error> {
    let operations = Operation::under_way(checkout.git.host(), &checkout.own).await?;
    if let Some(operation) = operations.first() {
        let why = format!("{} is under way there; finish or abort it first", operation.label());
        return Err(Error::NotNow(why));
    }
    if folders::is_there(checkout.git.host(), &checkout.own.join("index.lock")).await? {
        return Err(Error::NotNow("git is just at work there, or was interrupted: index.lock exists".into()));
    }
    if told.head.is_none() {
        return Err(Error::NotNow("there was no commit yet when the checkpoint was made".into()));
    }
    if let Some(branch) = &told.branch
        && let Some(place) = elsewhere(checkout, branch).await?
    {
        return Err(Error::NotNow(format!("its branch is checked out in {place}")));
    }
    Ok(())
}

/// Takes ignored files that lie where the checkpoint has one into what is kept; gives their names. What can't be kept so
/// is refused.
async fn in_the_way(
    checkout: &Checkout<'_>,
    index: &Git<'_>,
    now: &mut Snapshot,
    told: &Told,
) -> Result<Vec<Vec<u8>>, Error> {
    let arguments = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", "--diff-filter=A", &now.tree, &told.tree];
    let coming: Vec<Vec<u8>> =
        listing::names(&checkout.git.run("compare with the checkpoint", &arguments).await?).collect();
    let there = looked(checkout, &coming).await?;
    let (mut files, mut refused) = (Vec::new(), Vec::new());
    for (name, there) in coming.into_iter().zip(there) {
        match there {
            Some(FileKind::Folder) => {
                if ignored_below(checkout, &name).await? {
                    refused.push(name);
                }
            }
            Some(_) if now.left_out.contains(&path(&name)) => refused.push(name),
            Some(_) => files.push(name),
            None => {
                if let Some(above) = above(checkout, &name).await?
                    && !is_tracked(index, &above).await?
                {
                    refused.push(above);
                }
            }
        }
    }
    if !refused.is_empty() {
        let why = format!("{}: in the way, and can't be kept; move it elsewhere first", named(&refused));
        return Err(Error::NotNow(why));
    }
    if !files.is_empty() {
        let input = files.iter().flat_map(|name| name.iter().copied().chain([0])).collect();
        let output = index.feed(&["update-index", "--add", "--remove", "-z", "--stdin"], input).await?;
        if !output.succeeded() {
            return Err(failure("keep ignored files that are in the way", &output));
        }
        now.tree = index.line("write the files as a tree", &["write-tree", "--missing-ok"]).await?;
    }
    Ok(files)
}

/// The folder holds something that the snapshot does not.
async fn ignored_below(checkout: &Checkout<'_>, name: &[u8]) -> Result<bool, Error> {
    let Ok(name) = std::str::from_utf8(name) else { return Ok(true) };
    let arguments = ["status", "--porcelain", "-z", "--ignored=matching", "--untracked-files=all", "--", name];
    let said = checkout.git.run("look for ignored files", &arguments).await?;
    Ok(said.split(|&byte| byte == 0).any(|entry| entry.starts_with(b"!!") || entry.ends_with(b"/")))
}

/// The file that is where one of the folders above this name would have to be.
async fn above(checkout: &Checkout<'_>, name: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    let ends = name.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
    let above: Vec<Vec<u8>> = ends.map(|end| name[..end].to_vec()).collect();
    let looked = looked(checkout, &above).await?;
    let is_file = |kind: &Option<FileKind>| kind.is_some_and(|kind| kind != FileKind::Folder);
    Ok(above.into_iter().zip(looked).find(|(_, kind)| is_file(kind)).map(|(name, _)| name))
}

/// What lies at these names in the checkout.
async fn looked(checkout: &Checkout<'_>, names: &[Vec<u8>]) -> Result<Vec<Option<FileKind>>, Error> {
    let places: Vec<PathBuf> = names.iter().map(|name| checkout.folder().join(path(name))).collect();
    let looked = checkout.git.host().look(&places).await;
    let looked = looked.map_err(Error::file("look at the files of", checkout.folder()))?;
    Ok(looked.into_iter().map(|found| found.map(|found| found.kind)).collect())
}

async fn is_tracked(index: &Git<'_>, name: &[u8]) -> Result<bool, Error> {
    let Ok(name) = std::str::from_utf8(name) else { return Ok(false) };
    let said = index.run("look for a file", &["ls-files", "-z", "--", name]).await?;
    Ok(said.split(|&byte| byte == 0).any(|entry| entry == name.as_bytes()))
}

/// What was kept is what is there: compared once more, because whoever works there may have gone on. What changes after
/// this git itself refuses to overwrite.
async fn check(checkout: &Checkout<'_>, kept: &Snapshot, in_the_way: &[Vec<u8>]) -> Result<(), Error> {
    let again = take(checkout, Care::Strict).await?;
    let arguments = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", &kept.tree, &again.tree];
    let differing = checkout.git.run("compare what was kept", &arguments).await?;
    let changed: Vec<Vec<u8>> = listing::names(&differing).filter(|name| !in_the_way.contains(name)).collect();
    if !changed.is_empty() || again.head != kept.head {
        let what = if changed.is_empty() { "a commit".into() } else { named(&changed) };
        return Err(Error::NotNow(format!("somebody is at work there: {what} changed just now; stop the agent first")));
    }
    Ok(())
}

/// Puts the branch where it stood, and the checkout on it.
async fn move_branch(checkout: &Checkout<'_>, told: &Told, tip: Option<&str>) -> Result<(), Error> {
    let git = &checkout.git;
    let head = told.head.as_deref().unwrap_or_default();
    let why = format!("back to the checkpoint {}", told.commit);
    let Some(name) = &told.branch else {
        let detach = ["update-ref", "--no-deref", "-m", &why, "HEAD", head];
        return git.run("stand where it stood", &detach).await.map(drop);
    };
    // Only from where it was when that was kept. Where there was none, there must be none.
    let moved = ["update-ref", "-m", &why, name, head, tip.unwrap_or("")];
    git.run("put the branch where it stood", &moved).await?;
    if branch(git).await?.as_ref() != Some(name) {
        git.run("stand on the branch", &["symbolic-ref", "-m", &why, "HEAD", name]).await?;
    }
    Ok(())
}

/// Looks once more, and says what is so.
async fn proof(checkout: &Checkout<'_>, told: &Told, before: &Kept, was: &Snapshot) -> Result<String, Error> {
    let now = take(checkout, Care::Lenient).await?;
    let arguments = ["diff-tree", "-r", "-z", "--raw", "--no-renames", &told.tree, &now.tree];
    let said = checkout.git.run("compare with the checkpoint", &arguments).await?;
    let mut fields = said.split(|&byte| byte == 0).filter(|field| !field.is_empty());
    let (mut submodules, mut files) = (Vec::new(), Vec::new());
    while let (Some(entry), Some(name)) = (fields.next(), fields.next()) {
        let is_submodule = text(entry).split(' ').take(2).any(|mode| mode.ends_with(listing::SUBMODULE));
        if is_submodule { &mut submodules } else { &mut files }.push(name.to_vec());
    }
    if !files.is_empty() {
        let why =
            format!("{} changed while it was made as it was; what was there is in {}", named(&files), before.reference);
        return Err(Error::NotNow(why));
    }
    let short = |commit: &str| commit.get(..10).unwrap_or(commit).to_owned();
    let place = match &told.branch {
        Some(branch) => branch.strip_prefix("refs/heads/").unwrap_or(branch).to_owned(),
        None => "no branch".into(),
    };
    let head = told.head.as_deref().unwrap_or_default();
    let mut proof = format!(
        "its files are those of the checkpoint (tree {}), {place} is at {}; all that was there before is kept in {} \
         (tree {}, compared with the files before they were changed)",
        short(&now.tree),
        short(head),
        before.reference,
        short(&was.tree),
    );
    if let Some(earlier) = &was.head {
        let arguments = ["rev-list", "--count", earlier, &format!("^{head}")];
        let count = checkout.git.line("count commits", &arguments).await?;
        if count != "0" {
            proof += &format!(", with {count} commits made since");
        }
    }
    proof += "; ignored files were left alone";
    if !submodules.is_empty() {
        proof += &format!("; the submodules {} stay where they are", named(&submodules));
    }
    if !was.left_out.is_empty() {
        proof += &format!("; {} files and repositories that are not kept were left alone", was.left_out.len());
    }
    Ok(proof)
}
