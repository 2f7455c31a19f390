//! What kind of repository a folder belongs to.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{
    Error, folders,
    git::{Git, failure, path, text},
};
use crate::target::{self, Host};

/// A repository, named by the one folder that stands for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The top folder of its main checkout; its git directory when it has none.
    pub folder: PathBuf,
    /// Its git directory, common to all of its worktrees.
    pub git_directory: PathBuf,
    /// It has no checkout of its own.
    pub bare: bool,
    /// Its history is cut off.
    pub shallow: bool,
    /// There is something to base work on.
    pub has_commits: bool,
    /// Its checkout has submodules.
    pub submodules: bool,
    /// What its main checkout stands on.
    pub head: Head,
    /// The branch that work starts from, as far as is known without asking the remote.
    pub default_branch: Option<String>,
    /// The names of its remotes, the one that is asked for bases first.
    pub remotes: Vec<String>,
    /// What its main checkout is in the middle of.
    pub operations: Vec<Operation>,
    pub(crate) settings: Settings,
}

/// What a checkout stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// A branch; it may have no commit yet.
    Branch(String),
    /// A commit without a branch.
    Detached,
}

/// What a checkout is in the middle of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `git merge`
    Merge,
    /// `git rebase`, or `git am`
    Rebase,
    /// `git cherry-pick`
    CherryPick,
    /// `git revert`
    Revert,
    /// `git bisect`
    Bisect,
}

impl Operation {
    /// The one spelling people see.
    pub fn label(self) -> &'static str {
        match self {
            Operation::Merge => "a merge",
            Operation::Rebase => "a rebase",
            Operation::CherryPick => "a cherry-pick",
            Operation::Revert => "a revert",
            Operation::Bisect => "a bisect",
        }
    }

    /// What the checkout with this git directory is in the middle of.
    ///
    /// # Errors
    /// When it can't be known.
    pub(crate) async fn under_way(host: &Host, git_directory: &Path) -> Result<Vec<Self>, Error> {
        let signs = [
            ("MERGE_HEAD", Self::Merge),
            ("rebase-merge", Self::Rebase),
            ("rebase-apply", Self::Rebase),
            ("CHERRY_PICK_HEAD", Self::CherryPick),
            ("REVERT_HEAD", Self::Revert),
            ("BISECT_LOG", Self::Bisect),
        ];
        let places = signs.map(|(name, _)| git_directory.join(name));
        let there = host.are_there(&places).await.map_err(Error::file("look into", git_directory))?;
        Ok(signs.into_iter().zip(there).filter(|(_, there)| *there).map(|((_, operation), _)| operation).collect())
    }
}

/// Looks at the repository that `folder` belongs to: a checkout or a folder in it, a linked worktree, a bare repository.
///
/// # Errors
/// When there is none that git can use: [`Error::NotThere`], [`Error::NotARepository`], [`Error::UnsafeOwner`],
/// [`Error::Program`] without git. A repository without commits is none of them; see [`Repository::has_commits`].
pub async fn probe(host: &Host, folder: &Path) -> Result<Repository, Error> {
    let real = host.real_path(folder).await.map_err(Error::file("find", folder))?;
    let folder = real.ok_or_else(|| Error::NotThere(folder.into()))?;
    let git = Git::new(host, &folder);
    let place = Place::find(&git).await?;
    let git = Git::new(host, &place.folder);
    let settings = Settings::read(&git).await?;
    let head = git.try_run(&["symbolic-ref", "--quiet", "HEAD"]).await?;
    let head = match text(&head.stdout).trim() {
        "" => Head::Detached,
        reference => Head::Branch(reference.strip_prefix("refs/heads/").unwrap_or(reference).to_owned()),
    };
    let has_commits = git.commit("HEAD").await?.is_some()
        || !git.run("list its references", &["for-each-ref", "--count=1"]).await?.is_empty();
    let bare = settings.is("core.bare");
    let submodules = match bare {
        true => git.try_run(&["cat-file", "-e", "HEAD:.gitmodules"]).await?.succeeded(),
        false => folders::is_there(host, &place.folder.join(".gitmodules")).await?,
    };
    let remotes = settings.remotes(&head);
    let mut default_branch = match &head {
        Head::Branch(branch) => Some(branch.clone()),
        Head::Detached => None,
    };
    if let Some(remote) = remotes.first() {
        let prefix = format!("refs/remotes/{remote}/");
        let output = git.try_run(&["symbolic-ref", "--quiet", &format!("{prefix}HEAD")]).await?;
        let known = text(&output.stdout).trim().strip_prefix(&prefix).map(str::to_owned);
        default_branch = known.or(default_branch);
    }
    Ok(Repository {
        operations: Operation::under_way(host, &place.git_directory).await?,
        folder: place.folder,
        git_directory: place.git_directory,
        shallow: place.shallow,
        bare,
        has_commits,
        submodules,
        head,
        default_branch,
        remotes,
        settings,
    })
}

/// Where a repository is.
struct Place {
    folder: PathBuf,
    git_directory: PathBuf,
    shallow: bool,
}

impl Place {
    async fn find(git: &Git<'_>) -> Result<Self, Error> {
        let asked = ["--is-shallow-repository", "--absolute-git-dir", "--git-common-dir", "--show-toplevel"];
        let output = match git.try_run(&[&["rev-parse"], asked.as_slice()].concat()).await {
            Err(Error::Program(target::Error::NoDirectory(folder))) => return Err(Error::NotThere(folder)),
            output => output?,
        };
        // Where there is no checkout the last question fails after the others were answered.
        let mut lines = output.stdout.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        let (Some(shallow), Some(own), Some(common)) = (lines.next(), lines.next(), lines.next()) else {
            let said = text(&output.stderr);
            return Err(match () {
                () if said.contains("dubious ownership") => Error::UnsafeOwner(git.folder().into()),
                () if said.contains("not a git repository") => Error::NotARepository(git.folder().into()),
                () => failure("look at the repository", &output),
            });
        };
        let (own, common) = (absolute(git, own).await?, absolute(git, common).await?);
        let checkout = lines.next().map(path).filter(|_| own == common);
        let above = common.parent().filter(|_| common.file_name().is_some_and(|name| name == ".git"));
        let folder = checkout.or_else(|| above.map(Path::to_owned)).unwrap_or_else(|| common.clone());
        Ok(Self { folder, git_directory: common, shallow: shallow == b"true" })
    }
}

/// The real path of something that git named.
async fn absolute(git: &Git<'_>, named: &[u8]) -> Result<PathBuf, Error> {
    let named = git.folder().join(path(named));
    let real = git.host().real_path(&named).await.map_err(Error::file("find", &named))?;
    real.ok_or(Error::NotThere(named))
}

/// The configuration that counts there, all files together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Settings(BTreeMap<String, Vec<String>>);

impl Settings {
    pub(super) async fn read(git: &Git<'_>) -> Result<Self, Error> {
        let listed = git.run("read its configuration", &["config", "--list", "-z"]).await?;
        let mut settings = BTreeMap::<String, Vec<String>>::new();
        for entry in text(&listed).split('\0').filter(|entry| !entry.is_empty()) {
            // A key without `=` in the file means true.
            let (key, value) = entry.split_once('\n').unwrap_or((entry, "true"));
            settings.entry(key.to_owned()).or_default().push(value.to_owned());
        }
        Ok(Self(settings))
    }

    /// All values of a key, the strongest last. Section and name are lower case; what stands between is as written.
    pub(crate) fn all(&self, key: &str) -> &[String] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    /// The value that counts.
    pub(crate) fn one(&self, key: &str) -> Option<&str> {
        self.all(key).last().map(String::as_str)
    }

    /// Some key starts like this.
    pub(super) fn has(&self, prefix: &str) -> bool {
        self.0.keys().any(|key| key.starts_with(prefix))
    }

    fn is(&self, key: &str) -> bool {
        self.one(key).is_some_and(|value| ["true", "yes", "on", "1"].contains(&value.to_lowercase().as_str()))
    }

    /// The remotes, the one that work is based on first: what the person set, `origin`, the only one, the one their
    /// branch follows.
    fn remotes(&self, head: &Head) -> Vec<String> {
        let named =
            |key: &str| key.strip_prefix("remote.").and_then(|rest| rest.strip_suffix(".url")).map(str::to_owned);
        let mut remotes: Vec<String> = self.0.keys().filter_map(|key| named(key)).collect();
        let followed = match head {
            Head::Branch(branch) => self.one(&format!("branch.{branch}.remote")),
            Head::Detached => None,
        };
        let first = [self.one("checkout.defaultremote"), Some("origin"), followed]
            .into_iter()
            .flatten()
            .find_map(|name| remotes.iter().position(|remote| remote == name));
        if let Some(first) = first {
            remotes[..=first].rotate_right(1);
        }
        remotes.retain(|remote| !remote.starts_with('-'));
        remotes
    }
}
