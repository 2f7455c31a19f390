//! Where the copy of a host's file is: below a folder of its attempt, at the same path.

use std::path::{Component, Path, PathBuf};

use crate::{agent::transcripts::Homes, config::Paths, domain::AttemptId};

/// The folder with the copies of one attempt's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Copies(PathBuf);

impl Copies {
    /// Those of this attempt.
    pub(crate) fn of(paths: &Paths, attempt: AttemptId) -> Self {
        Self(paths.replicas().join(attempt.to_string()))
    }

    /// Where the copy of a file of the host is; `None` for what is no plain absolute path, which could lead elsewhere.
    pub(crate) fn of_file(&self, path: &Path) -> Option<PathBuf> {
        let from_root = path.strip_prefix("/").ok()?;
        let plain = from_root.components().all(|part| matches!(part, Component::Normal(_)));
        plain.then(|| self.files().join(from_root))
    }

    /// Of which file of the host this is the copy.
    pub(crate) fn original(&self, copy: &Path) -> Option<PathBuf> {
        copy.strip_prefix(self.files()).ok().map(|from_root| Path::new("/").join(from_root))
    }

    /// The folders of agents on the host, as they are in the copy.
    pub(crate) fn homes(&self, there: &Homes) -> Option<Homes> {
        Some(Homes { claude: self.of_file(&there.claude)?, codex: self.of_file(&there.codex)? })
    }

    /// What is known of it.
    pub(super) fn note(&self) -> PathBuf {
        self.0.join("note.json")
    }

    fn files(&self) -> PathBuf {
        self.0.join("files")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_never_lies_elsewhere() {
        let paths = Paths::below(Path::new("/home/p/qd")).expect("paths");
        let copies = Copies::of(&paths, AttemptId::FIRST);
        let there = Path::new("/home/x/.claude/projects/-w/1.jsonl");
        let copy = copies.of_file(there).expect("a place");
        assert_eq!(copy, Path::new("/home/p/qd/state/replicas/a1/files/home/x/.claude/projects/-w/1.jsonl"));
        assert_eq!(copies.original(&copy).as_deref(), Some(there));
        for elsewhere in ["/a/../../../../etc/passwd", "relative", "../x"] {
            assert_eq!(copies.of_file(Path::new(elsewhere)), None, "{elsewhere}");
        }
        assert_eq!(copies.original(there), None);
    }
}
