//! The folders of a workspace in which something can change that counts.

use std::{
    collections::{BTreeSet, HashSet},
    fs,
    path::{Path, PathBuf},
};

use super::{
    super::{
        Error,
        git::{failure, path},
    },
    checkout::Checkout,
    listing,
};
use crate::{domain::Workspace, target::Host};

/// The folders of a workspace in which something can change that counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folders {
    /// The checkout's top folder and all below it that git does not ignore, save repositories of their own. None on
    /// another host, where nobody can watch them from here.
    pub files: BTreeSet<PathBuf>,
    /// Files and folders in those that git ignores.
    pub ignored: HashSet<PathBuf>,
    /// Files of git that are written when what a workspace changed is something else than before: where it stands, its
    /// index, its base.
    pub signs: BTreeSet<PathBuf>,
}

/// Finds the folders in which something can change that counts. Asks git once.
///
/// # Errors
/// Those of [`super::snapshot`].
pub async fn folders(host: &Host, workspace: &Workspace) -> Result<Folders, Error> {
    let checkout = Checkout::find(host, workspace).await?;
    let arguments = ["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory"];
    let output = checkout.git.try_run(&arguments).await?;
    if !output.succeeded() || output.truncated {
        return Err(failure("list what is ignored", &output));
    }
    let top = checkout.folder().to_owned();
    let ignored = listing::names(&output.stdout).map(|name| top.join(path(name.strip_suffix(b"/").unwrap_or(&name))));
    let ignored: HashSet<PathBuf> = ignored.collect();
    let signs = signs(&checkout, workspace);
    if !host.is_local() {
        return Ok(Folders { files: BTreeSet::new(), ignored, signs });
    }
    let walked = tokio::task::spawn_blocking(move || {
        let mut files = BTreeSet::new();
        walk(&top, &ignored, &mut files);
        (files, ignored)
    });
    let (files, ignored) = walked.await.unwrap_or_default();
    Ok(Folders { files, ignored, signs })
}

/// Which of these paths git ignores, of those that it does not hold.
///
/// # Errors
/// Those of [`super::snapshot`].
pub async fn ignored(host: &Host, workspace: &Workspace, paths: &[PathBuf]) -> Result<HashSet<PathBuf>, Error> {
    use std::os::unix::ffi::OsStrExt;
    let checkout = Checkout::find(host, workspace).await?;
    let names = paths.iter().flat_map(|path| path.as_os_str().as_bytes().iter().copied().chain([0])).collect();
    // It exits with 1 when none of them is.
    let output = checkout.git.feed(&["check-ignore", "-z", "--stdin"], names).await?;
    Ok(listing::names(&output.stdout).map(|name| path(&name)).collect())
}

fn walk(top: &Path, ignored: &HashSet<PathBuf>, found: &mut BTreeSet<PathBuf>) {
    let mut folders = vec![top.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        let mut inner = Vec::new();
        let mut is_repository = false;
        for entry in entries.flatten() {
            if entry.file_name() == ".git" {
                is_repository = true;
            } else if entry.file_type().is_ok_and(|kind| kind.is_dir()) && !ignored.contains(&entry.path()) {
                inner.push(entry.path());
            }
        }
        if folder == top || !is_repository {
            folders.append(&mut inner);
            found.insert(folder);
        }
    }
}

fn signs(checkout: &Checkout<'_>, workspace: &Workspace) -> BTreeSet<PathBuf> {
    let mut signs: BTreeSet<PathBuf> =
        ["HEAD", "index", "logs/HEAD", "MERGE_HEAD"].iter().map(|name| checkout.own.join(name)).collect();
    if let Some(base) = &workspace.base {
        signs.insert(checkout.common.join("packed-refs"));
        signs.extend(["refs/remotes", "refs/heads"].map(|kind| checkout.common.join(kind).join(&base.reference)));
    }
    signs
}
