//! Where a workspace's files and its git directories are.

use std::path::{Path, PathBuf};

use super::super::{
    Error, folders,
    git::{Git, failure, path, text},
    turns::Turn,
};
use crate::{
    domain::{Workspace, workspace::Kind},
    target::{self, Host},
};

/// A checkout of a repository: a workspace as git sees it.
#[derive(Debug, Clone)]
pub(super) struct Checkout<'a> {
    /// git in its top folder.
    pub(super) git: Git<'a>,
    /// Its own git directory, with its index and its HEAD.
    pub(super) own: PathBuf,
    /// The git directory that all checkouts of the repository share.
    pub(super) common: PathBuf,
}

impl<'a> Checkout<'a> {
    /// Finds it. A workspace that was made for a session must be a checkout itself, not lie in one.
    pub(super) async fn find(host: &'a Host, workspace: &Workspace) -> Result<Self, Error> {
        if !workspace.path.is_absolute() {
            return Err(Error::NotThere(workspace.path.clone()));
        }
        // Names are names, whatever they look like.
        let git = Git::new(host, &workspace.path).with("GIT_LITERAL_PATHSPECS", "1");
        // Here it takes fewer system calls than git does; on another host, more round trips.
        if host.is_local()
            && let Some((own, common)) = linked(host, &workspace.path).await?
        {
            return Ok(Self { git, own, common });
        }
        let arguments =
            ["rev-parse", "--path-format=absolute", "--show-toplevel", "--absolute-git-dir", "--git-common-dir"];
        let output = match git.try_run(&arguments).await {
            Err(Error::Program(target::Error::NoDirectory(folder))) => return Err(Error::NotThere(folder)),
            output => output?,
        };
        let mut lines = output.stdout.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).map(path);
        let (Some(top), Some(own), Some(common)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(match text(&output.stderr).contains("not a git repository") {
                true => Error::NotARepository(workspace.path.clone()),
                false => failure("find the checkout", &output),
            });
        };
        if is_ours(workspace.kind) && !same(host, &top, &workspace.path).await? {
            let why = format!("its .git file is gone, so git takes it for a part of {}", top.display());
            return Err(Error::NotOurs { path: workspace.path.clone(), why });
        }
        Ok(Self { git: git.at(&top), own, common })
    }

    /// The same as part of a turn.
    pub(super) fn in_turn(self, turn: &Turn) -> Self {
        Self { git: self.git.in_turn(turn), ..self }
    }

    /// Its top folder.
    pub(super) fn folder(&self) -> &Path {
        self.git.folder()
    }

    /// The commits behind these names, each `None` where there is none; asked in one go.
    pub(super) async fn commits<const N: usize>(&self, names: [&str; N]) -> Result<[Option<String>; N], Error> {
        let input: String = names.iter().map(|name| format!("{}^{{commit}}\n", name.replace('\n', " "))).collect();
        let output = self.git.feed(&["cat-file", "--batch-check=%(objectname)"], input.into_bytes()).await?;
        if !output.succeeded() {
            return Err(failure("find commits", &output));
        }
        let said = text(&output.stdout);
        // Of one that is missing it says so, with its name.
        let mut found =
            said.lines().map(|line| line.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| line.to_owned()));
        Ok(names.map(|name| found.next().flatten().filter(|_| !name.is_empty())))
    }

    /// The commit it stands on; `None` where there is none yet.
    pub(super) async fn head(&self) -> Result<Option<String>, Error> {
        self.git.commit("HEAD").await
    }

    /// The tree without any file.
    pub(super) async fn empty_tree(&self) -> Result<String, Error> {
        self.git.line("write an empty tree", &["mktree"]).await
    }

    /// The tree of a commit, or the empty one.
    pub(super) async fn tree(&self, commit: Option<&str>) -> Result<String, Error> {
        match commit {
            Some(commit) => {
                let tree = format!("{commit}^{{tree}}");
                self.git.line("read a commit", &["rev-parse", "--verify", "--quiet", &tree]).await
            }
            None => self.empty_tree().await,
        }
    }

    /// A commit of ours.
    pub(super) async fn commit(&self, tree: &str, parents: &[&str], message: &str) -> Result<String, Error> {
        let git = self
            .git
            .clone()
            .with("GIT_AUTHOR_NAME", "quarterdeck")
            .with("GIT_AUTHOR_EMAIL", "quarterdeck@localhost")
            .with("GIT_COMMITTER_NAME", "quarterdeck")
            .with("GIT_COMMITTER_EMAIL", "quarterdeck@localhost");
        let mut arguments = vec!["commit-tree", tree, "-m", message];
        arguments.extend(parents.iter().flat_map(|parent| ["-p", parent]));
        git.line("keep the files", &arguments).await
    }
}

/// The git directories of a linked worktree: its own and the common one, as its files name them.
async fn linked(host: &Host, folder: &Path) -> Result<Option<(PathBuf, PathBuf)>, Error> {
    if !folders::is_file(host, &folder.join(".git")).await? {
        return Ok(None);
    }
    let Some(own) = named(host, folder, ".git", "gitdir: ").await? else { return Ok(None) };
    let Some(common) = named(host, &own, "commondir", "").await? else { return Ok(None) };
    // Without these git takes the folder for none of its own, and looks above.
    let is_sound =
        folders::is_there(host, &own.join("HEAD")).await? && folders::is_folder(host, &common.join("objects")).await?;
    Ok(is_sound.then_some((own, common)))
}

/// Where a file in a folder says that something is.
async fn named(host: &Host, folder: &Path, file: &str, before: &str) -> Result<Option<PathBuf>, Error> {
    let said = folders::text(host, &folder.join(file)).await?;
    let Some(said) = said.as_deref().and_then(|said| said.strip_prefix(before)) else { return Ok(None) };
    let place = folder.join(said.trim_end_matches('\n'));
    host.real_path(&place).await.map_err(Error::file("find", &place))
}

/// It was made for a session, and is nobody else's.
pub(super) fn is_ours(kind: Kind) -> bool {
    match kind {
        Kind::Isolated | Kind::PullRequest => true,
        Kind::Shared | Kind::Scratch => false,
    }
}

/// Both are the same place.
pub(super) async fn same(host: &Host, one: &Path, other: &Path) -> Result<bool, Error> {
    if one == other {
        return Ok(true);
    }
    let mut real = [one.to_owned(), other.to_owned()];
    for path in &mut real {
        if let Some(found) = host.real_path(path).await.map_err(Error::file("find", path))? {
            *path = found;
        }
    }
    Ok(real[0] == real[1])
}
