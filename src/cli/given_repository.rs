//! Which repository a command is about.

use std::path::Path;

/// The top of the git checkout around `folder`, by the `.git` that stands there; or a bare repository itself.
pub(super) fn top_of(folder: &Path) -> Option<&Path> {
    let bare = |folder: &Path| {
        folder.join("HEAD").is_file() && folder.join("objects").is_dir() && folder.join("refs").is_dir()
    };
    folder.ancestors().find(|folder| folder.join(".git").exists() || bare(folder))
}
