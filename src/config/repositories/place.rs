//! The one folder that stands for a repository, found without asking git.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The top of the git checkout around `folder`, by the `.git` that stands there; or a bare repository itself. As for
/// git, a folder that only has the name is none.
pub fn checkout_of(folder: &Path) -> Option<&Path> {
    let is_git = |git: &Path| git.is_file() || holds_one(git);
    folder.ancestors().find(|folder| is_git(&folder.join(".git")) || holds_one(folder))
}

/// The top of the main checkout around `folder`, also from within a linked worktree; of a bare repository, itself.
/// `None` where there is none.
pub fn top_of(folder: &Path) -> Option<PathBuf> {
    let folder = fs::canonicalize(folder).ok()?;
    let checkout = checkout_of(&folder)?;
    let git = checkout.join(".git");
    Some(main_of(&git).filter(|_| git.is_file()).unwrap_or_else(|| checkout.to_owned()))
}

/// Where the worktree with this `.git` file comes from: the folder beside the common git directory, or that itself
/// where it is bare. A submodule has a common directory of its own and is its own top.
fn main_of(git: &Path) -> Option<PathBuf> {
    let said = fs::read_to_string(git).ok()?;
    let own = git.parent()?.join(said.strip_prefix("gitdir:")?.trim());
    let common = own.join(fs::read_to_string(own.join("commondir")).ok()?.trim());
    let common = fs::canonicalize(common).ok()?;
    if common.file_name().is_some_and(|name| name == ".git") { Some(common.parent()?.to_owned()) } else { Some(common) }
}

fn holds_one(folder: &Path) -> bool {
    folder.join("HEAD").symlink_metadata().is_ok() && folder.join("objects").is_dir() && folder.join("refs").is_dir()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make_repository(git: &Path) {
        for name in ["objects", "refs"] {
            fs::create_dir_all(git.join(name)).expect("a folder");
        }
        fs::write(git.join("HEAD"), "ref: refs/heads/main\n").expect("written");
    }

    #[test]
    fn every_checkout_of_a_repository_leads_to_the_main_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = folder.path().canonicalize().expect("there");
        let (main, linked, bare) = (home.join("main"), home.join("linked"), home.join("bare.git"));
        let empty = home.join("empty/.git");
        for made in [&main.join("src"), &linked.join("src"), &empty] {
            fs::create_dir_all(made).expect("a folder");
        }
        make_repository(&main.join(".git"));
        make_repository(&bare);
        let registered = main.join(".git/worktrees/linked");
        fs::create_dir_all(&registered).expect("a folder");
        fs::write(registered.join("commondir"), "../..\n").expect("written");
        fs::write(linked.join(".git"), format!("gitdir: {}\n", registered.display())).expect("written");
        for inside in [&main, &main.join("src"), &linked, &linked.join("src")] {
            assert_eq!(top_of(inside).as_ref(), Some(&main), "{inside:?}");
        }
        assert_eq!(top_of(&bare.join("refs")), Some(bare));
        assert_ne!(top_of(&home.join("empty")), Some(home.join("empty")), "a folder that is only called .git");
        assert_eq!(top_of(&home.join("nowhere")), None);
    }
}
