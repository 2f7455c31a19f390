//! Filling a new worktree: all of its files or some folders, and large files where git-lfs can be had.

use std::path::Path;

use super::{
    Error, Repository,
    git::{Git, failure, text, words},
};
use crate::target::Output;

/// With these, git takes a large file's pointer for the file.
const WITHOUT_LFS: [&str; 6] =
    ["-c", "filter.lfs.smudge=", "-c", "filter.lfs.process=", "-c", "filter.lfs.required=false"];

/// What is to be made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// The folder, which is free.
    pub(super) path: &'a Path,
    /// The branch.
    pub(super) branch: &'a str,
    /// It is made as well.
    pub(super) is_new: bool,
    /// The commit it starts from, or stands at.
    pub(super) commit: &'a str,
    /// Only these folders; all when empty.
    pub(super) sparse: &'a [String],
}

/// Makes a worktree with its files. What should be known about them is said, one line each.
pub(super) async fn make(git: &Git<'_>, repository: &Repository, wanted: Wanted<'_>) -> Result<Vec<String>, Error> {
    let place = wanted.path.to_str();
    let place =
        place.ok_or_else(|| Error::NotOurs { path: wanted.path.into(), why: "its name is not UTF-8".into() })?;
    let mut add = vec!["worktree", "add", "--quiet", "--no-checkout"];
    match wanted.is_new {
        true => add.extend(["--no-track", "-b", wanted.branch, place, wanted.commit]),
        false => add.extend([place, wanted.branch]),
    }
    git.run("make a worktree", &add).await?;
    let here = git.at(wanted.path);
    let mut notes = Vec::new();
    if !wanted.sparse.is_empty() {
        narrow(&here, repository, wanted.sparse).await?;
        notes.push(format!("only {} is checked out", wanted.sparse.join(", ")));
    }
    let lfs = Lfs::of(git, repository, wanted.commit).await?;
    let mut filled = fill(&here, wanted, if matches!(lfs, Lfs::Missing) { &WITHOUT_LFS } else { &[] }).await?;
    match lfs {
        Lfs::Unused => {}
        Lfs::Missing => notes.push("large files are only their pointers: git-lfs is not installed".into()),
        Lfs::NotSetUp => notes.push("large files are only their pointers: `git lfs install` was never run".into()),
        Lfs::Used if !filled.succeeded() && text(&filled.stderr).contains("lfs") => {
            notes.push(format!("large files are only their pointers: {}", words(&filled)));
            filled = fill(&here, wanted, &WITHOUT_LFS).await?;
        }
        Lfs::Used => {}
    }
    if filled.succeeded() { Ok(notes) } else { Err(failure("check out its files", &filled)) }
}

async fn fill(here: &Git<'_>, wanted: Wanted<'_>, settings: &[&str]) -> Result<Output, Error> {
    // What the hand-written way of a sparse checkout needs to be obeyed.
    let sparse: &[&str] = if wanted.sparse.is_empty() {
        &[]
    } else {
        &["-c", "core.sparseCheckout=true", "-c", "core.sparseCheckoutCone=true"]
    };
    write_files(here, &[settings, sparse].concat(), "HEAD").await
}

/// Makes the files of a new worktree those of a tree. `git reset` would lock the branch as well.
pub(super) async fn write_files(here: &Git<'_>, settings: &[&str], tree: &str) -> Result<Output, Error> {
    let files = ["-c", "checkout.workers=0", "-c", "submodule.recurse=false", "read-tree", "--reset", "-u", tree];
    here.clone().lengthy().try_run(&[settings, &files].concat()).await
}

/// Says which folders are wanted. git's own command writes into the configuration that all worktrees share, which is the
/// person's unless the repository is a mirror of ours or they work like this already: there the folders are written
/// where that command would, and the files left out are marked in the index.
async fn narrow(here: &Git<'_>, repository: &Repository, folders: &[String]) -> Result<(), Error> {
    if repository.bare || repository.settings.one("extensions.worktreeconfig").is_some_and(|value| value == "true") {
        let mut arguments = vec!["sparse-checkout", "set", "--cone", "--end-of-options"];
        arguments.extend(folders.iter().map(String::as_str));
        here.run("narrow the checkout", &arguments).await?;
        return Ok(());
    }
    let file = here.line("find its own folder", &["rev-parse", "--git-path", "info/sparse-checkout"]).await?;
    let file = here.folder().join(file);
    here.host().write(&file, cone(folders).as_bytes()).await.map_err(Error::file("write", &file))
}

/// The folders in the notation of a cone: everything at the top, and of each folder above a wanted one its own files.
fn cone(folders: &[String]) -> String {
    let mut above: Vec<String> = Vec::new();
    for folder in folders {
        for (at, _) in folder.match_indices('/') {
            above.push(folder[..at].to_owned());
        }
    }
    above.retain(|parent| !folders.contains(parent));
    above.sort();
    above.dedup();
    let mut text = "/*\n!/*/\n".to_owned();
    above.iter().for_each(|folder| text.push_str(&format!("/{folder}/\n!/{folder}/*/\n")));
    folders.iter().for_each(|folder| text.push_str(&format!("/{folder}/\n")));
    text
}

/// How a commit's large files can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lfs {
    /// It has none.
    Unused,
    /// With git-lfs.
    Used,
    /// There is no git-lfs here.
    Missing,
    /// git was never told of it.
    NotSetUp,
}

impl Lfs {
    async fn of(git: &Git<'_>, repository: &Repository, commit: &str) -> Result<Self, Error> {
        let asked = ["grep", "--quiet", "--fixed-strings", "filter=lfs", commit, "--", ":(top,glob)**/.gitattributes"];
        if !git.try_run(&asked).await?.succeeded() {
            return Ok(Lfs::Unused);
        }
        Ok(match (git.finds("git-lfs").await?, repository.settings.has("filter.lfs.")) {
            (false, _) => Lfs::Missing,
            (true, false) => Lfs::NotSetUp,
            (true, true) => Lfs::Used,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cone_has_the_files_above_what_is_wanted_and_nothing_beside_it() {
        let folders = ["services/api/src".to_owned(), "libraries".to_owned()];
        let text =
            "/*\n!/*/\n/services/\n!/services/*/\n/services/api/\n!/services/api/*/\n/services/api/src/\n/libraries/\n";
        assert_eq!(cone(&folders), text);
    }
}
