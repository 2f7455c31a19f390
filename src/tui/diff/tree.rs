//! The changed files by folder. Folders that hold nothing but one folder are one line with it.

use crate::domain::diff::File;

/// The changed files by folder, in the order of their paths.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    entries: Vec<Entry>,
}

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A folder above its files.
    Folder {
        /// Its name, with those of the folders that hold nothing else: `src/tui/`.
        name: String,
        /// In how many other folders it is shown.
        depth: u16,
    },
    /// A file.
    File {
        /// Its place among all.
        at: usize,
        /// Its name alone.
        name: String,
        /// In how many folders it is shown.
        depth: u16,
    },
}

/// Deepest indentation, in levels.
const DEPTH: u16 = 8;

impl Tree {
    /// The tree of `files`, which are in the order of their paths.
    pub fn of(files: &[File]) -> Self {
        let paths: Vec<Path<'_>> = files.iter().enumerate().map(|(at, file)| (at, file.path.as_str())).collect();
        let mut tree = Self::default();
        tree.grow(&paths, 0);
        tree
    }

    /// Its lines, from the top.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The line of a file.
    pub fn line_of(&self, file: usize) -> Option<usize> {
        self.entries.iter().position(|entry| matches!(entry, Entry::File { at, .. } if *at == file))
    }

    /// The places of the files, in the order in which they are shown.
    pub fn files(&self) -> impl DoubleEndedIterator<Item = usize> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::File { at, .. } => Some(*at),
            Entry::Folder { .. } => None,
        })
    }

    fn grow(&mut self, paths: &[Path<'_>], depth: u16) {
        let shown = depth.min(DEPTH);
        for group in paths.chunk_by(|one, next| folder(one.1).is_some() && folder(one.1) == folder(next.1)) {
            let Some(first) = folder(group[0].1) else {
                let (at, name) = (group[0].0, group[0].1.to_owned());
                self.entries.push(Entry::File { at, name, depth: shown });
                continue;
            };
            let mut length = first.len();
            // Deeper, as long as everything in it is in one folder.
            while let Some(next) = folder(&group[0].1[length..]) {
                let end = length + next.len();
                if group.iter().any(|(_, path)| path.get(..end).is_none_or(|start| start != &group[0].1[..end])) {
                    break;
                }
                length = end;
            }
            self.entries.push(Entry::Folder { name: group[0].1[..length].to_owned(), depth: shown });
            let inside: Vec<Path<'_>> = group.iter().map(|(at, path)| (*at, &path[length..])).collect();
            self.grow(&inside, depth + 1);
        }
    }
}

/// A file's place, and what of its path is not shown above it.
type Path<'file> = (usize, &'file str);

/// The first folder of a path, with its slash.
fn folder(path: &str) -> Option<&str> {
    path.find('/').map(|end| &path[..=end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::diff::text::tests::file;

    fn shown(paths: &[&str]) -> Vec<String> {
        let files: Vec<File> = paths.iter().map(|path| file(path, 1, &[])).collect();
        let line = |entry: &Entry| match entry {
            Entry::Folder { name, depth } => format!("{}{name}", "  ".repeat(usize::from(*depth))),
            Entry::File { name, depth, .. } => format!("{}{name}", "  ".repeat(usize::from(*depth))),
        };
        Tree::of(&files).entries().iter().map(line).collect()
    }

    #[test]
    fn folders_with_one_folder_in_them_are_one_line() {
        let paths = ["Cargo.toml", "src/lib.rs", "src/tui/view/board.rs", "src/tui/view/help.rs", "tests/a/b/c.rs"];
        let lines =
            ["Cargo.toml", "src/", "  lib.rs", "  tui/view/", "    board.rs", "    help.rs", "tests/a/b/", "  c.rs"];
        assert_eq!(shown(&paths), lines);
    }

    #[test]
    fn odd_paths_are_files_too() {
        assert_eq!(shown(&["日/本/x", "日/本/y/z"]), ["日/本/", "  x", "  y/", "    z"]);
        assert_eq!(shown(&["a//b", "/c"]), ["a//", "  b", "/", "  c"]);
    }

    #[test]
    fn a_file_is_found_by_its_place() {
        let files: Vec<File> = ["a", "b/c", "b/d"].iter().map(|path| file(path, 1, &[])).collect();
        let tree = Tree::of(&files);
        assert_eq!(tree.files().collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!((tree.line_of(2), tree.line_of(3)), (Some(3), None));
    }
}
