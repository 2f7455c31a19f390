//! Two states of a workspace compared.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use super::{
    super::{
        Error,
        git::{Git, failure, path, text},
    },
    checkout::Checkout,
    listing::{self, Entry, Half, is_zero},
    patch,
    sides::{State, States},
};
use crate::{
    domain::{
        CheckpointId, Timestamp, Workspace,
        diff::{Content, Diff, File, MOST_BYTES, MOST_FILES, Side, Status},
    },
    target::Host,
};

/// How the pointer of a large file begins (Git LFS specification, "The Pointer").
const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";
/// No pointer is larger, in bytes (the same).
const LARGEST_POINTER: u64 = 1024;

/// What is to be compared.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The left side; `None`: the base.
    pub from: Option<Side>,
    /// The right side; `None`: the files as they are now.
    pub to: Option<Side>,
    /// The file whose text is wanted, by its path now; `None`: all files, without their text.
    pub file: Option<String>,
    /// The commits of the checkpoints that may be named.
    pub checkpoints: BTreeMap<CheckpointId, String>,
}

/// Compares two states of a workspace. Writes nothing but objects.
///
/// # Errors
/// Those of [`super::snapshot`], [`Error::NoCheckpoint`], and git's own.
pub async fn diff(host: &Host, workspace: &Workspace, wanted: &Wanted) -> Result<Diff, Error> {
    let checkout = Checkout::find(host, workspace).await?;
    let (from, to) = (wanted.from.unwrap_or(Side::Base), wanted.to.unwrap_or(Side::Now));
    let mut states =
        States { checkout: &checkout, workspace, checkpoints: &wanted.checkpoints, now: None, notes: Vec::new() };
    let (left, right) = (states.find(from).await?, states.find(to).await?);
    let mut entries = listing::list(&checkout.git, &left, &right).await?;
    let total_files = entries.len();
    let (added, removed) = sums(&entries);
    if let Some(file) = &wanted.file {
        entries.retain(|entry| text(&entry.path) == *file);
    } else if total_files > MOST_FILES {
        entries.truncate(MOST_FILES);
        states.notes.push(format!("{total_files} files changed; only the first {MOST_FILES} are listed"));
    }
    let sizes = sizes(&checkout.git, &entries).await?;
    let uncommitted = match to {
        Side::Now => uncommitted(&mut states, &right).await?,
        Side::Base | Side::Look | Side::Head | Side::Checkpoint(_) => HashSet::new(),
    };
    let conflicted = states.now.as_ref().filter(|_| to == Side::Now).map(|now| &now.conflicted);
    let mut files = Vec::with_capacity(entries.len());
    for entry in &entries {
        let size = |half| entry.blob(half).and_then(|object| sizes.get(object)).copied();
        let mut file = described(entry, size(Half::Old), size(Half::New));
        file.uncommitted =
            [Some(&entry.path), entry.old_path.as_ref()].into_iter().flatten().any(|name| uncommitted.contains(name));
        if conflicted.is_some_and(|conflicted| conflicted.contains(&entry.path)) {
            file.status = Status::Conflicted;
        }
        if wanted.file.is_some() && file.content == Content::Unread {
            file.content = content(&checkout, &left, &right, entry, &sizes).await?;
        }
        files.push(file);
    }
    Ok(Diff {
        workspace: workspace.id,
        from,
        to,
        fingerprint: format!("{}..{}", left.tree, right.tree),
        from_commit: left.commit,
        files,
        total_files,
        added,
        removed,
        notes: states.notes,
        at: now(),
    })
}

/// All added and all removed lines.
pub(super) fn sums(entries: &[Entry]) -> (u64, u64) {
    let counts = entries.iter().filter_map(|entry| entry.lines);
    counts.fold((0, 0), |sums, (added, removed)| (sums.0 + u64::from(added), sums.1 + u64::from(removed)))
}

/// A file as it is listed, without its text; what is known without reading it is said.
fn described(entry: &Entry, old_size: Option<u64>, new_size: Option<u64>) -> File {
    let (added, removed) = entry.lines.unwrap_or_default();
    let object = |object: &str, mode: &str| (mode == listing::SUBMODULE && !is_zero(object)).then(|| object.to_owned());
    let content = if entry.is_submodule() {
        Content::Submodule { old: object(&entry.old, &entry.old_mode), new: object(&entry.new, &entry.new_mode) }
    } else if old_size.max(new_size).is_some_and(|size| size > MOST_BYTES) {
        Content::TooLarge
    } else if entry.lines.is_none() {
        Content::Binary
    } else {
        Content::Unread
    };
    let kept = entry.old_mode != entry.new_mode && ![&entry.old_mode, &entry.new_mode].iter().any(|mode| is_zero(mode));
    File {
        path: text(&entry.path),
        old_path: entry.old_path.as_deref().map(text),
        status: entry.status,
        uncommitted: false,
        added,
        removed,
        bytes: new_size.or(old_size).unwrap_or_default(),
        modes: kept.then(|| (entry.old_mode.clone(), entry.new_mode.clone())),
        content,
    }
}

/// The sizes of all files on both sides, in one question.
async fn sizes(git: &Git<'_>, entries: &[Entry]) -> Result<HashMap<String, u64>, Error> {
    let blobs = entries.iter().flat_map(|entry| [entry.blob(Half::Old), entry.blob(Half::New)]).flatten();
    let input: String = blobs.map(|object| format!("{object}\n")).collect();
    if input.is_empty() {
        return Ok(HashMap::new());
    }
    let arguments = ["cat-file", "--batch-check=%(objectname) %(objectsize)"];
    let output = git.feed(&arguments, input.into_bytes()).await?;
    if !output.succeeded() || output.truncated {
        return Err(failure("read the sizes of files", &output));
    }
    // An object that is missing has no number.
    let said = text(&output.stdout);
    let sizes = said.lines().filter_map(|line| line.split_once(' '));
    Ok(sizes.filter_map(|(object, size)| Some((object.to_owned(), size.parse().ok()?))).collect())
}

/// The paths of which something is in no commit.
async fn uncommitted(states: &mut States<'_>, right: &State) -> Result<HashSet<Vec<u8>>, Error> {
    let head = states.now().await?.head;
    let head = states.checkout.tree(head.as_deref()).await?;
    if head == right.tree {
        return Ok(HashSet::new());
    }
    let arguments = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", &head, &right.tree];
    Ok(listing::names(&states.checkout.git.run("compare with the last commit", &arguments).await?).collect())
}

/// The text of one file's change.
async fn content(
    checkout: &Checkout<'_>,
    left: &State,
    right: &State,
    entry: &Entry,
    sizes: &HashMap<String, u64>,
) -> Result<Content, Error> {
    for object in [entry.blob(Half::New), entry.blob(Half::Old)].into_iter().flatten() {
        if sizes.get(object).is_some_and(|&size| size <= LARGEST_POINTER) {
            let said = checkout.git.run("read a file", &["cat-file", "blob", object]).await?;
            if said.starts_with(POINTER) {
                return Ok(Content::LargeFilePointer);
            }
        }
    }
    let names: Option<Vec<&str>> =
        entry.old_path.iter().chain([&entry.path]).map(|name| std::str::from_utf8(name).ok()).collect();
    let trees = match &names {
        Some(_) => (left.tree.clone(), right.tree.clone()),
        None => (alone(&checkout.git, entry, Half::Old).await?, alone(&checkout.git, entry, Half::New).await?),
    };
    let mut arguments = listing::comparing(&["--patch", "-U3"]);
    arguments.extend([trees.0.as_str(), &trees.1, "--"]);
    arguments.extend(names.unwrap_or_default());
    let output = checkout.git.try_run(&arguments).await?;
    match output.succeeded() && !output.truncated {
        true => Ok(patch::parse(&output.stdout)),
        false => Err(failure("compare a file", &output)),
    }
}

/// A tree that holds only this file, by a name that can be an argument: its own bytes can't. What its name ends in stays,
/// because attributes go by that.
async fn alone(git: &Git<'_>, entry: &Entry, half: Half) -> Result<String, Error> {
    let mode = if half == Half::Old { &entry.old_mode } else { &entry.new_mode };
    let name = path(&entry.path);
    let ending = Path::new(&name).extension().and_then(|ending| ending.to_str());
    let name = ending.map_or("file".to_owned(), |ending| format!("file.{ending}"));
    let input = entry.blob(half).map(|object| format!("{mode} blob {object}\t{name}\0")).unwrap_or_default();
    let output = git.feed(&["mktree", "-z"], input.into_bytes()).await?;
    match output.succeeded() {
        true => Ok(text(&output.stdout).trim().to_owned()),
        false => Err(failure("compare a file", &output)),
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
