//! What git lists between two trees: `diff-tree -r -z --raw --numstat`.

use std::collections::HashMap;

use super::{
    super::{
        Error,
        git::{Git, failure, text},
    },
    sides::State,
};
use crate::domain::diff::{MOST_BYTES, Status};

/// How many files that came and went are compared with each other to find what was renamed.
const RENAMES: &str = "-l2000";
/// The mode of a submodule.
pub(super) const SUBMODULE: &str = "160000";

/// A changed file as git lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: Vec<u8>,
    pub(super) old_path: Option<Vec<u8>>,
    pub(super) status: Status,
    pub(super) old_mode: String,
    pub(super) new_mode: String,
    /// The object before; zeroes where there was none.
    pub(super) old: String,
    /// The object now; zeroes where there is none.
    pub(super) new: String,
    /// Added and removed lines; `None` for what is no text, or too large to be compared.
    pub(super) lines: Option<(u32, u32)>,
}

impl Entry {
    pub(super) fn is_submodule(&self) -> bool {
        self.old_mode == SUBMODULE || self.new_mode == SUBMODULE
    }

    /// The object on this side, if it is a file's content.
    pub(super) fn blob(&self, side: Half) -> Option<&str> {
        let (mode, object) = match side {
            Half::Old => (&self.old_mode, &self.old),
            Half::New => (&self.new_mode, &self.new),
        };
        (mode != SUBMODULE && !is_zero(object)).then_some(object)
    }
}

/// One half of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    Old,
    New,
}

/// What git is told wherever it compares, so that neither the person's settings nor a repository's attributes run
/// programs or change what is written.
pub(super) fn comparing(form: &[&'static str]) -> Vec<&'static str> {
    // Larger files are binary to git then: it does not read them.
    const {
        assert!(MOST_BYTES == 4 << 20, "the same number as below");
    }
    let mut arguments = vec!["-c", "core.bigFileThreshold=4m", "-c", "diff.suppressBlankEmpty=false", "diff-tree"];
    arguments.extend(["-r", "-M", RENAMES, "--no-ext-diff", "--no-textconv", "--no-color", "--no-relative"]);
    arguments.extend(["--submodule=short", "--ignore-submodules=none", "--full-index", "--indent-heuristic"]);
    arguments.extend(["--src-prefix=a/", "--dst-prefix=b/"]);
    arguments.extend(form);
    arguments
}

/// Lists what changed between two states, in the order of the paths.
pub(super) async fn list(git: &Git<'_>, from: &State, to: &State) -> Result<Vec<Entry>, Error> {
    if from.tree == to.tree {
        return Ok(Vec::new());
    }
    let mut arguments = comparing(&["-z", "--raw", "--numstat"]);
    arguments.extend([from.tree.as_str(), &to.tree]);
    let output = git.try_run(&arguments).await?;
    if !output.succeeded() || output.truncated {
        return Err(failure("compare the files", &output));
    }
    parse(&output.stdout).ok_or_else(|| failure("compare the files in a way that is understood", &output))
}

/// Names that end in a zero byte each.
pub(super) fn names(said: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    said.split(|&byte| byte == 0).filter(|name| !name.is_empty()).map(<[u8]>::to_vec)
}

/// All zeroes: no object.
pub(super) fn is_zero(object: &str) -> bool {
    object.bytes().all(|byte| byte == b'0')
}

/// First come the entries, `:100644 100644 OLD NEW M⁰path⁰` (with two paths where one was renamed), then in the same
/// order the counts, `1⇥2⇥path⁰` or `1⇥2⇥⁰old⁰new⁰`.
fn parse(said: &[u8]) -> Option<Vec<Entry>> {
    let mut fields = said.split(|&byte| byte == 0).peekable();
    let mut entries = Vec::new();
    while let Some(head) = fields.next_if(|field| field.first() == Some(&b':')) {
        let head = text(&head[1..]);
        let mut words = head.split(' ');
        let (old_mode, new_mode) = (words.next()?.to_owned(), words.next()?.to_owned());
        let (old, new, letter) = (words.next()?.to_owned(), words.next()?.to_owned(), words.next()?);
        let status = match letter.as_bytes().first()? {
            b'A' => Status::Added,
            b'D' => Status::Deleted,
            b'R' => Status::Renamed,
            b'C' => Status::Copied,
            b'T' => Status::Retyped,
            b'U' => Status::Conflicted,
            _ => Status::Modified,
        };
        let first = fields.next()?.to_vec();
        let (path, old_path) = match status {
            Status::Renamed | Status::Copied => (fields.next()?.to_vec(), Some(first)),
            Status::Added | Status::Deleted | Status::Modified | Status::Retyped | Status::Conflicted => (first, None),
        };
        entries.push(Entry { path, old_path, status, old_mode, new_mode, old, new, lines: None });
    }
    let mut lines = HashMap::new();
    while let Some(counts) = fields.next().filter(|field| !field.is_empty()) {
        let mut parts = counts.splitn(3, |&byte| byte == b'\t');
        let (added, removed, name) = (text(parts.next()?), text(parts.next()?), parts.next()?);
        let name = if name.is_empty() { fields.nth(1)? } else { name };
        lines.insert(name.to_vec(), added.parse().ok().zip(removed.parse().ok()));
    }
    for entry in &mut entries {
        entry.lines = lines.remove(&entry.path).flatten();
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_bytes_are_read() {
        let said = b":100644 100755 aaaa bbbb M\0-a\nb \t\xff\0:000000 100644 0000 cccc A\0new\0\
                     :100644 100644 dddd eeee R090\0old name\0new name\0\
                     1\t2\t-a\nb \t\xff\0-\t-\tnew\x003\t4\t\0old name\0new name\0";
        let entries = parse(said).expect("understood");
        let seen: Vec<_> = entries.iter().map(|entry| (&*entry.path, entry.status, entry.lines)).collect();
        assert_eq!(
            seen,
            [
                (&b"-a\nb \t\xff"[..], Status::Modified, Some((1, 2))),
                (b"new", Status::Added, None),
                (b"new name", Status::Renamed, Some((3, 4))),
            ]
        );
        assert_eq!(entries[2].old_path.as_deref(), Some(&b"old name"[..]));
        assert_eq!(entries[1].blob(Half::Old), None);
        assert_eq!(parse(b""), Some(Vec::new()));
        assert_eq!(parse(b":100644 100644 aaaa\0"), None);
    }
}
