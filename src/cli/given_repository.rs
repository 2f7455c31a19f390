//! Which repository a command is about.

use std::path::Path;

/// The top of the git checkout around `folder`, by the `.git` that stands there; or a bare repository itself. As for
/// git, a folder that only has the name is none.
pub(super) fn top_of(folder: &Path) -> Option<&Path> {
    let holds_one = |folder: &Path| {
        folder.join("HEAD").symlink_metadata().is_ok()
            && folder.join("objects").is_dir()
            && folder.join("refs").is_dir()
    };
    let checkout = |git: &Path| git.is_file() || holds_one(git);
    folder.ancestors().find(|folder| checkout(&folder.join(".git")) || holds_one(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_only_called_git_is_no_repository() {
        let top = tempfile::tempdir().expect("a folder");
        let git = top.path().join(".git");
        let inner = top.path().join("inner");
        std::fs::create_dir_all(&inner).expect("a folder");
        std::fs::create_dir(&git).expect("a folder");
        assert_ne!(top_of(&inner), Some(top.path()));
        for name in ["objects", "refs"] {
            std::fs::create_dir(git.join(name)).expect("a folder");
        }
        std::fs::write(git.join("HEAD"), "ref: refs/heads/main\n").expect("written");
        assert_eq!(top_of(&inner), Some(top.path()));
    }
}
