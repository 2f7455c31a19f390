//! The files of a workspace as they are, as a tree of git.

use std::{collections::BTreeSet, path::PathBuf};

use super::{
    super::{
        Error, folders,
        git::{Git, failure, path, text, words},
    },
    aside::Aside,
    checkout::Checkout,
};
use crate::{
    domain::Workspace,
    target::{FileKind, Host},
};

/// The largest untracked file that is taken into a tree, in bytes.
const LARGEST: u64 = 16 << 20;
/// How many are named in one note.
const NAMED: usize = 5;

/// The files of a workspace as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The tree that holds them.
    pub tree: String,
    /// The commit they were changed from; `None` where there is none yet.
    pub head: Option<String>,
    /// What should be known about it: files that were left out, files hidden from `git status`.
    pub notes: Vec<String>,
    /// Files with conflicts that nobody has resolved.
    pub(super) conflicted: BTreeSet<Vec<u8>>,
    /// Untracked entries that the tree does not hold.
    pub(super) left_out: Vec<PathBuf>,
}

/// Writes the files of a workspace as they are, committed, changed and untracked ones, as a tree. Ignored ones are not
/// in it, nor are untracked ones of more than 16 MiB and repositories that lie inside. Only objects are written.
///
/// # Errors
/// [`Error::NotThere`], [`Error::NotARepository`], [`Error::NotOurs`], and git's own.
pub async fn snapshot(host: &Host, workspace: &Workspace) -> Result<Snapshot, Error> {
    take(&Checkout::find(host, workspace).await?, Care::Lenient).await
}

/// What becomes of files that can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    /// They are left out, with a note.
    Lenient,
    /// There is no snapshot without them.
    Strict,
}

/// Takes a snapshot.
pub(super) async fn take(checkout: &Checkout<'_>, care: Care) -> Result<Snapshot, Error> {
    let aside = Aside::new(checkout).await?;
    let git = aside.index(checkout).await?;
    take_into(checkout, &git, care).await
}

/// Takes a snapshot with this index, which holds exactly the snapshot afterwards.
pub(super) async fn take_into(checkout: &Checkout<'_>, git: &Git<'_>, care: Care) -> Result<Snapshot, Error> {
    let head = checkout.head().await?;
    let mut entries = Entries::list(checkout, git).await?;
    let mut notes = entries.notes();
    entries.reveal(git).await?;
    notes.extend(stage(git, &entries, care).await?);
    if folders::is_there(checkout.git.host(), &checkout.folder().join(".gitmodules")).await? {
        notes.extend(changed_submodules(git).await?);
    }
    let tree = git.line("write the files as a tree", &["write-tree", "--missing-ok"]).await?;
    let left_out = entries.large.into_iter().chain(entries.nested).map(|name| path(&name)).collect();
    Ok(Snapshot { tree, head, notes, conflicted: entries.conflicted, left_out })
}

/// What the index and the folder hold that needs more than git's own eye.
#[derive(Default)]
struct Entries {
    /// Tracked files that git was told to take for unchanged.
    assumed: Vec<Vec<u8>>,
    /// Tracked files that git was told not to have here, and that are here.
    skipped: Vec<Vec<u8>>,
    conflicted: BTreeSet<Vec<u8>>,
    untracked: Vec<Vec<u8>>,
    large: Vec<Vec<u8>>,
    nested: Vec<Vec<u8>>,
    unreadable: Vec<Vec<u8>>,
}

impl Entries {
    async fn list(checkout: &Checkout<'_>, git: &Git<'_>) -> Result<Self, Error> {
        let arguments = ["ls-files", "-z", "-v", "--cached", "--others", "--exclude-standard"];
        let output = git.try_run(&arguments).await?;
        if !output.succeeded() || output.truncated {
            return Err(failure("list the files", &output));
        }
        let mut entries = Entries::default();
        let (mut untracked, mut sparse) = (Vec::new(), Vec::new());
        for entry in output.stdout.split(|&byte| byte == 0).filter(|entry| entry.len() > 2) {
            let (tag, name) = (entry[0], &entry[2..]);
            match tag {
                b'?' => untracked.push(name),
                b'M' | b'm' => drop(entries.conflicted.insert(name.to_vec())),
                b'S' | b's' => sparse.push(entry),
                tag if tag.is_ascii_lowercase() => entries.assumed.push(name.to_vec()),
                _ => {}
            }
        }
        entries.take_untracked(checkout, &untracked).await?;
        let host = checkout.git.host();
        let names = sparse.iter().map(|entry| &entry[2..]).collect();
        let here: BTreeSet<&[u8]> = folders::those_there(host, checkout.folder(), names).await?.into_iter().collect();
        for entry in sparse {
            match (here.contains(&entry[2..]), entry[0]) {
                (true, _) => entries.skipped.push(entry[2..].to_vec()),
                (false, b's') => entries.assumed.push(entry[2..].to_vec()),
                (false, _) => {}
            }
        }
        // Folders are listed as the disk has them.
        for names in [&mut entries.untracked, &mut entries.large, &mut entries.nested] {
            names.sort();
        }
        Ok(entries)
    }

    async fn take_untracked(&mut self, checkout: &Checkout<'_>, names: &[&[u8]]) -> Result<(), Error> {
        let places: Vec<PathBuf> = names.iter().map(|name| checkout.folder().join(path(name))).collect();
        let looked = checkout.git.host().look(&places).await;
        let looked = looked.map_err(Error::file("look at the files of", checkout.folder()))?;
        for (name, found) in names.iter().zip(looked) {
            let kind = match found {
                // A repository inside this one is given as a folder.
                _ if name.ends_with(b"/") => &mut self.nested,
                // It has gone since it was listed.
                None => continue,
                Some(found) => match found.kind {
                    FileKind::Folder => &mut self.nested,
                    FileKind::File if found.bytes > LARGEST => &mut self.large,
                    FileKind::File if !found.readable => &mut self.unreadable,
                    FileKind::File | FileKind::Link | FileKind::Other => &mut self.untracked,
                },
            };
            kind.push(name.to_vec());
        }
        Ok(())
    }

    fn notes(&self) -> Vec<String> {
        let mebibytes = LARGEST >> 20;
        let hidden: Vec<Vec<u8>> = self.assumed.iter().chain(&self.skipped).cloned().collect();
        [
            (&self.large, format!("untracked and larger than {mebibytes} MiB, so left out")),
            (&self.nested, "a repository of its own, so left out".into()),
            (&self.unreadable, "can't be read, so left out".into()),
            (&hidden, "hidden from `git status`, and looked at all the same".into()),
        ]
        .into_iter()
        .filter(|(names, _)| !names.is_empty())
        .map(|(names, what)| format!("{}: {what}", named(names)))
        .collect()
    }

    /// Makes git look at what it was told not to look at. In a sparse checkout what is not here stays so.
    async fn reveal(&mut self, git: &Git<'_>) -> Result<(), Error> {
        for (names, flag) in [(&self.assumed, "--no-assume-unchanged"), (&self.skipped, "--no-skip-worktree")] {
            if !names.is_empty() {
                feed(git, &["update-index", flag, "-z", "--stdin"], names).await?;
            }
        }
        Ok(())
    }
}

/// Brings the index up to the files; says what it had to leave.
async fn stage(git: &Git<'_>, entries: &Entries, care: Care) -> Result<Vec<String>, Error> {
    let settings = ["-c", "core.safecrlf=false", "-c", "core.splitIndex=false"];
    let update = [&settings[..], &["add", "--update", "--ignore-errors"]].concat();
    let mut notes = Vec::new();
    let updated = git.try_run(&update).await?;
    if !updated.succeeded() {
        if care == Care::Strict || !text(&updated.stderr).contains("unable to index file") {
            return Err(failure("read the files", &updated));
        }
        notes.push(format!("some files can't be read and are shown as they were: {}", words(&updated)));
    }
    // Each by its own name: as patterns, thousands of them would be compared with every file.
    if !entries.untracked.is_empty() {
        let add = [&settings[..], &["update-index", "--add", "--remove", "-z", "--stdin"]].concat();
        feed(git, &add, &entries.untracked).await?;
    }
    Ok(notes)
}

async fn changed_submodules(git: &Git<'_>) -> Result<Vec<String>, Error> {
    let arguments = ["diff-files", "-z", "--name-only", "--ignore-submodules=none"];
    let names: Vec<Vec<u8>> = super::listing::names(&git.run("look at submodules", &arguments).await?).collect();
    let note = |names| format!("{}: has changes that are in none of its own commits, so they are not shown", names);
    Ok((!names.is_empty()).then(|| note(named(&names))).into_iter().collect())
}

async fn feed(git: &Git<'_>, arguments: &[&str], names: &[Vec<u8>]) -> Result<(), Error> {
    let input = names.iter().flat_map(|name| name.iter().copied().chain([0])).collect();
    let output = git.feed(arguments, input).await?;
    if output.succeeded() { Ok(()) } else { Err(failure("read the files", &output)) }
}

/// Some names, and how many more there are.
pub(super) fn named(names: &[Vec<u8>]) -> String {
    let first: Vec<String> = names.iter().take(NAMED).map(|name| text(name).escape_debug().to_string()).collect();
    match names.len().saturating_sub(NAMED) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}
