//! What a workspace changed, compared with another state of it.

use serde::{Deserialize, Serialize};

use super::{CheckpointId, Timestamp, WorkspaceId};

/// What a workspace changed between two of its states: commits and uncommitted files together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diff {
    /// Whose.
    pub workspace: WorkspaceId,
    /// What it is compared with.
    pub from: Side,
    /// The state that is compared.
    pub to: Side,
    /// The commit on the left, as a full hexadecimal object id.
    pub from_commit: String,
    /// Names exactly this difference: the trees on both sides. Two differences with one fingerprint are the same.
    pub fingerprint: String,
    /// The files, in the order of their paths, at most [`MOST_FILES`].
    pub files: Vec<File>,
    /// Changed files in all.
    pub total_files: usize,
    /// Added lines in all.
    pub added: u64,
    /// Removed lines in all.
    pub removed: u64,
    /// What should be known about it, one line each.
    pub notes: Vec<String>,
    /// When it was looked at.
    pub at: Timestamp,
}

/// The most files that one difference names.
pub const MOST_FILES: usize = 5_000;
/// The most lines whose text is given for one file.
pub const MOST_LINES: usize = 20_000;
/// The largest file whose text is compared, in bytes.
pub const MOST_BYTES: u64 = 4 << 20;

/// One state of a workspace. Written `base`, `look`, `now`, `head` or a checkpoint's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Side {
    /// Where its branch left the base: the merge base with the base branch as it is known here.
    Base,
    /// As it was when the person last looked at its changes; where they never have, the base.
    Look,
    /// Its last commit.
    Head,
    /// As its files are now, whether committed or not.
    Now,
    /// As a checkpoint kept it.
    Checkpoint(CheckpointId),
}

/// Text that names no state of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no state of a workspace: write base, look, head, now or a checkpoint, for example c1")]
pub struct NotASide(String);

impl std::str::FromStr for Side {
    type Err = NotASide;

    fn from_str(text: &str) -> Result<Self, NotASide> {
        Ok(match text {
            "base" => Side::Base,
            "look" => Side::Look,
            "head" => Side::Head,
            "now" => Side::Now,
            id => Side::Checkpoint(id.parse().map_err(|_| NotASide(id.into()))?),
        })
    }
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Side::Base => f.pad("base"),
            Side::Look => f.pad("look"),
            Side::Head => f.pad("head"),
            Side::Now => f.pad("now"),
            Side::Checkpoint(id) => id.fmt(f),
        }
    }
}

impl TryFrom<String> for Side {
    type Error = NotASide;

    fn try_from(text: String) -> Result<Self, NotASide> {
        text.parse()
    }
}

impl From<Side> for String {
    fn from(side: Side) -> String {
        side.to_string()
    }
}

/// One changed file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its path in the repository; bytes that are no UTF-8 are replaced.
    pub path: String,
    /// Its path before, where it was renamed or copied.
    pub old_path: Option<String>,
    /// What happened to it.
    pub status: Status,
    /// Some of it is in no commit.
    pub uncommitted: bool,
    /// Added lines; 0 where its text can't be compared.
    pub added: u32,
    /// Removed lines; 0 where its text can't be compared.
    pub removed: u32,
    /// Its size now in bytes; where it is deleted, before.
    pub bytes: u64,
    /// Its modes before and now, where they differ: `100644` and `100755`.
    pub modes: Option<(String, String)>,
    /// Its text.
    pub content: Content,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is new.
    Added,
    /// It has another text or another mode.
    Modified,
    /// It is gone.
    Deleted,
    /// It has another path.
    Renamed,
    /// It is a copy of another.
    Copied,
    /// It became something else: a link, a submodule.
    Retyped,
    /// It has conflicts that nobody has resolved.
    Conflicted,
}

impl Status {
    /// The letter that git uses for it.
    pub fn letter(self) -> char {
        match self {
            Status::Added => 'A',
            Status::Modified => 'M',
            Status::Deleted => 'D',
            Status::Renamed => 'R',
            Status::Copied => 'C',
            Status::Retyped => 'T',
            Status::Conflicted => 'U',
        }
    }
}

/// The text of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "content", rename_all = "snake_case")]
pub enum Content {
    /// It was not asked for.
    Unread,
    /// The changed stretches with some lines around them.
    Text {
        /// In the order of the file.
        hunks: Vec<Hunk>,
        /// More lines changed than are given.
        cut: bool,
    },
    /// It is not text.
    Binary,
    /// It is larger than [`MOST_BYTES`].
    TooLarge,
    /// It is a pointer to a large file that Git LFS keeps elsewhere.
    LargeFilePointer,
    /// It is a submodule, which points to another commit.
    Submodule {
        /// The commit before, if there was one.
        old: Option<String>,
        /// The commit now, if there is one.
        new: Option<String>,
    },
}

/// A changed stretch of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hunk {
    /// Its first line before, from 1; 0 where there was none.
    pub old_start: u32,
    /// Its lines before.
    pub old_lines: u32,
    /// Its first line now, from 1; 0 where there is none.
    pub new_start: u32,
    /// Its lines now.
    pub new_lines: u32,
    /// The function or heading it lies in, as git finds it; may be empty.
    pub section: String,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// One line of a hunk, without its line end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Whether it was added, removed or neither.
    pub kind: LineKind,
    /// Its text; bytes that are no UTF-8 are replaced. It may hold any control character.
    pub text: String,
}

/// Whether a line was added, removed or neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// It is on both sides.
    Context,
    /// It is only now there.
    Added,
    /// It was only there before.
    Removed,
    /// No line: the one before this has no line end.
    NoLineEnd,
}
