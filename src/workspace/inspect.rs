//! What would be lost with a workspace.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::{
    Error, Operation, Repository, branches, folders,
    git::{Git, path, text},
    probe,
};
use crate::{
    domain::{Workspace, workspace::Kind},
    target::Host,
};

/// How many commits or files are named before the rest is only counted.
const NAMED: usize = 50;

/// What would be lost with a workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspection {
    /// Files with changes that are in no commit.
    pub uncommitted: Vec<String>,
    /// Commits that no other branch, tag or remote-tracking branch contains: short id and subject.
    pub only_here: Vec<String>,
    /// What else speaks against removing it: an operation under way, a stash, commits in submodules.
    pub besides: Vec<String>,
    /// It can go without a word of the person.
    pub removable: bool,
    /// The same in a sentence.
    pub verdict: String,
}

impl Inspection {
    /// What would be lost, one line each.
    pub(super) fn risks(&self) -> Vec<String> {
        let mut risks = self.besides.clone();
        risks.extend(self.uncommitted.iter().map(|name| format!("uncommitted: {name}")));
        risks.extend(self.only_here.iter().map(|commit| format!("only here: {commit}")));
        risks
    }
}

/// Looks at a workspace; changes nothing.
///
/// # Errors
/// [`Error::NotOurs`] when the folder is no longer what we made, and git's own.
pub async fn inspect(host: &Host, workspace: &Workspace) -> Result<Inspection, Error> {
    Ok(match workspace.kind {
        Kind::Shared => {
            let verdict = "it is your own folder: it stays, and is only forgotten".into();
            Inspection { removable: true, verdict, ..Inspection::default() }
        }
        Kind::Scratch => scratch(&workspace.path),
        Kind::Isolated | Kind::PullRequest => look(host, workspace).await?.inspection,
    })
}

/// A workspace's size on disk, in bytes; 0 for the person's own folder.
pub async fn size(workspace: &Workspace) -> u64 {
    if workspace.kind == Kind::Shared {
        return 0;
    }
    let folder = workspace.path.clone();
    tokio::task::spawn_blocking(move || folders::bytes(&folder)).await.unwrap_or_default()
}

/// When a workspace was last changed, as far as its folder and its repository's notes on it tell without a look at every
/// file.
pub fn touched_at(workspace: &Workspace) -> Option<SystemTime> {
    let own = fs::read_to_string(workspace.path.join(".git")).ok();
    let own = own.and_then(|said| Some(workspace.path.join(said.strip_prefix("gitdir: ")?.trim_end_matches('\n'))));
    let noted = own.iter().flat_map(|own| ["index", "HEAD", "logs/HEAD"].map(|name| own.join(name)));
    let places = noted.chain([workspace.path.clone()]);
    places.filter_map(|place| fs::metadata(place).ok()?.modified().ok()).max()
}

/// A worktree, and what its removal has to know beside what people are told.
pub(super) struct Seen {
    pub(super) inspection: Inspection,
    /// The worktree's own git directory; `None` when its folder is gone.
    pub(super) own: Option<PathBuf>,
    /// Where it stands; `None` when it has no commit.
    pub(super) head: Option<String>,
    /// Where its branch stands, if the branch shall go with it.
    pub(super) tip: Option<String>,
    /// Commits that were amended or reset away here, and that nothing else holds.
    pub(super) abandoned: Vec<String>,
    /// Repositories inside it that would go with it and hold something of their own.
    pub(super) inner: Vec<PathBuf>,
    /// It has submodules, which git removes only when forced.
    pub(super) has_submodules: bool,
}

/// What git calls the branch of a stash that was made on none.
const NO_BRANCH: &str = "(no branch)";

/// Looks at an isolated workspace.
pub(super) async fn look(host: &Host, workspace: &Workspace) -> Result<Seen, Error> {
    let not_ours = |why: &str| Error::NotOurs { path: workspace.path.clone(), why: why.into() };
    let repository = workspace.repository.as_deref().ok_or_else(|| not_ours("it comes from no repository"))?;
    let repository = probe(host, repository).await?;
    let git = Git::new(host, &repository.folder);
    let own = match fs::symlink_metadata(&workspace.path).is_ok() && !folders::is_free(&workspace.path) {
        false => None,
        true => Some(own_directory(&workspace.path, &repository).ok_or_else(|| {
            not_ours("its .git file does not lead to a worktree of the repository; `git worktree repair` may help")
        })?),
    };
    let worktree = git.at(&workspace.path);
    let mut seen = Seen {
        inspection: Inspection::default(),
        own,
        head: None,
        tip: None,
        abandoned: Vec::new(),
        inner: Vec::new(),
        has_submodules: false,
    };
    let log = seen.own.as_ref().and_then(|own| fs::read_to_string(own.join("logs/HEAD")).ok()).unwrap_or_default();
    let mut been_on = been_on(&log);
    been_on.extend(workspace.branch.clone());
    let mut ignored = Vec::new();
    if let Some(own) = seen.own.clone() {
        ignored = seen.uncommitted(&worktree).await?;
        seen.inspection
            .besides
            .extend(Operation::under_way(&own).iter().map(|what| format!("{} under way", what.label())));
        seen.inner_repositories(&git, &worktree, workspace, &ignored).await?;
    }
    seen.stashes(&git, &been_on).await?;
    let contained = seen.commits(&git, &worktree, workspace).await?;
    seen.judge(workspace, contained, &ignored);
    Ok(seen)
}

impl Seen {
    /// Finds what is in no commit, and where the worktree stands; gives what is ignored.
    async fn uncommitted(&mut self, worktree: &Git<'_>) -> Result<Vec<String>, Error> {
        let arguments = [
            "status",
            "--porcelain=v2",
            "-z",
            "--branch",
            "--untracked-files=all",
            "--ignored=matching",
            "--ignore-submodules=none",
            "--no-renames",
        ];
        let said = worktree.run("look at the worktree", &arguments).await?;
        let mut ignored = Vec::new();
        for entry in text(&said).split('\0').filter(|entry| !entry.is_empty()) {
            let name = |fields: usize| entry.splitn(fields + 1, ' ').nth(fields).unwrap_or(entry).to_owned();
            match entry.as_bytes()[0] {
                b'#' => {
                    let commit = entry.strip_prefix("# branch.oid ").filter(|commit| *commit != "(initial)");
                    self.head = commit.map(str::to_owned).or(self.head.take());
                }
                b'1' => self.inspection.uncommitted.push(name(8)),
                b'u' => self.inspection.uncommitted.push(name(10)),
                b'!' => ignored.push(name(1)),
                _ => self.inspection.uncommitted.push(name(1)),
            }
        }
        // Files that git was told not to look at may have changed without its saying so.
        let flagged = worktree.run("list the worktree's files", &["ls-files", "-v", "-z"]).await?;
        for entry in flagged.split(|&byte| byte == 0).filter(|entry| entry.len() > 2) {
            let hidden = entry[0].is_ascii_lowercase() || entry[0] == b'S';
            if hidden && fs::symlink_metadata(worktree.folder().join(path(&entry[2..]))).is_ok() {
                self.inspection.uncommitted.push(format!("{} (hidden from git status)", text(&entry[2..])));
            }
        }
        Ok(ignored)
    }

    /// Finds repositories that lie in the worktree, or in its own git directory, and hold what nobody else has.
    async fn inner_repositories(
        &mut self,
        git: &Git<'_>,
        worktree: &Git<'_>,
        workspace: &Workspace,
        ignored: &[String],
    ) -> Result<(), Error> {
        let Some(own) = &self.own else { return Ok(()) };
        let mut inner = Vec::new();
        git_directories(&own.join("modules"), &mut inner);
        let staged = worktree.run("list the worktree's files", &["ls-files", "-s", "-z"]).await?;
        let links = staged.split(|&byte| byte == 0).filter(|entry| entry.starts_with(b"160000 "));
        let links: Vec<PathBuf> = links
            .filter_map(|entry| entry.iter().position(|&byte| byte == b'\t').map(|at| path(&entry[at + 1..])))
            .collect();
        self.has_submodules = !links.is_empty() || !inner.is_empty();
        let embedded = links.into_iter().chain(ignored.iter().chain(&self.inspection.uncommitted).map(PathBuf::from));
        let places: Vec<PathBuf> = embedded.map(|name| workspace.path.join(name)).collect();
        let found = tokio::task::spawn_blocking(move || places.iter().flat_map(|place| embedded_in(place)).collect());
        inner.extend(found.await.unwrap_or_else(|_| Vec::<PathBuf>::new()));
        // What the base already pointed to was fetched, not made here.
        let mut known = Vec::new();
        if let (Some(base), false) = (&workspace.base, inner.is_empty()) {
            let tree = git.run("list the base's files", &["ls-tree", "-r", "-z", &base.commit]).await?;
            let links = text(&tree);
            let links = links.split('\0').filter_map(|entry| entry.strip_prefix("160000 commit "));
            known.extend(links.filter_map(|entry| entry.split('\t').next().map(str::to_owned)));
        }
        for place in inner {
            let mut arguments = vec!["rev-list", "--ignore-missing", "--all", "--reflog", "--not", "--remotes"];
            arguments.extend(known.iter().map(String::as_str));
            let found = git.at(&place).run("list the commits of a submodule", &arguments).await?;
            let count = text(&found).lines().count();
            if count > 0 {
                let name = place.strip_prefix(&workspace.path).unwrap_or(&place).display().to_string();
                let name = name.rsplit("/modules/").next().unwrap_or(&name).trim_end_matches("/.git").to_owned();
                self.inspection.besides.push(format!("{count} commits only in the repository {name} inside it"));
            }
            let changed = |name: &String| leads_to(&workspace.path.join(name), &place);
            if count > 0 || self.inspection.uncommitted.iter().any(changed) {
                self.inner.push(place);
            }
        }
        Ok(())
    }

    /// Finds stashes made here. They stay in the repository, but who removes the place should know.
    async fn stashes(&mut self, git: &Git<'_>, been_on: &BTreeSet<String>) -> Result<(), Error> {
        let listed = git.try_run(&["stash", "list", "--format=%gd %gs"]).await?;
        for line in text(&listed.stdout).lines() {
            let Some((_, rest)) = line.split_once(" WIP on ").or_else(|| line.split_once(" On ")) else { continue };
            let branch = rest.split(": ").next().unwrap_or(rest);
            if been_on.contains(branch) {
                self.inspection.besides.push(format!("a stash was made here: {line}"));
            }
        }
        Ok(())
    }

    /// Finds commits that would be lost; gives the name of a reference that holds the worktree's own.
    async fn commits(
        &mut self,
        git: &Git<'_>,
        worktree: &Git<'_>,
        workspace: &Workspace,
    ) -> Result<Option<String>, Error> {
        let branch = workspace.branch.as_deref().unwrap_or_default();
        let full = format!("refs/heads/{branch}");
        let format = "--format=%(objectname) %(worktreepath)";
        let found = text(&git.run("look at the branch", &["for-each-ref", format, &full]).await?);
        if let Some((commit, checked_out)) = found.lines().next().and_then(|line| line.split_once(' ')) {
            // A branch that the person has checked out elsewhere stays.
            let elsewhere = !checked_out.is_empty() && Path::new(checked_out) != workspace.path;
            self.tip = (!elsewhere).then(|| commit.to_owned());
        }
        let ends: Vec<&str> = self.head.iter().chain(&self.tip).map(String::as_str).collect();
        let exclude = format!("--exclude={branch}");
        let mut elsewhere = vec!["--branches", "--tags", "--remotes", "--glob=refs/quarterdeck/remotes"];
        let merged = format!("--glob={}", branches::MERGED);
        elsewhere.push(&merged);
        if self.tip.is_some() {
            elsewhere.insert(0, &exclude);
        }
        if !ends.is_empty() {
            let arguments = [&["log", "--format=%h %s"], ends.as_slice(), &["--not"], &elsewhere, &["--"]].concat();
            let listed = text(&git.run("compare commits", &arguments).await?);
            self.inspection.only_here = listed.lines().map(str::to_owned).collect();
        }
        let mut seen = Vec::new();
        if self.own.is_some() {
            seen = worktree.try_run(&["reflog", "show", "--format=%H", "HEAD", "--"]).await?.stdout;
        }
        if self.tip.is_some() {
            seen.extend(git.try_run(&["reflog", "show", "--format=%H", &full, "--"]).await?.stdout);
        }
        if !seen.is_empty() {
            let mut arguments = vec!["rev-list", "--ignore-missing", "--stdin", "--not"];
            arguments.extend(&ends);
            arguments.extend(&elsewhere);
            let was: BTreeSet<String> = text(&seen).lines().map(str::to_owned).collect();
            let lost = text(&git.feed(&arguments, seen).await?.stdout);
            self.abandoned = lost.lines().filter(|commit| was.contains(*commit)).map(str::to_owned).collect();
        }
        let Some(end) = ends.first().filter(|_| self.inspection.only_here.is_empty()) else { return Ok(None) };
        let contains = format!("--contains={end}");
        let places = ["for-each-ref", "--format=%(refname)", &contains, "refs/remotes", "refs/heads", "refs/tags"];
        let places = [places.as_slice(), &[branches::MERGED.trim_end_matches('/')]].concat();
        let holding = text(&git.run("compare commits", &places).await?);
        let mut holding: Vec<&str> = holding.lines().filter(|name| *name != full || self.tip.is_none()).collect();
        // What the remote has is the best proof; `origin/HEAD` is only another name for it.
        holding.sort_by_key(|name| (!name.starts_with("refs/remotes/"), name.ends_with("/HEAD")));
        let holding = holding.first();
        Ok(holding.map(|name| name.splitn(3, '/').nth(2).unwrap_or(name).to_owned()))
    }

    fn judge(&mut self, workspace: &Workspace, contained: Option<String>, ignored: &[String]) {
        let inspection = &mut self.inspection;
        let risks = inspection.risks();
        inspection.removable = risks.is_empty();
        inspection.verdict = if inspection.removable {
            match contained {
                Some(name) => format!("nothing is uncommitted, and its commits are in {name}"),
                None => "nothing is uncommitted, and it has no commits of its own".into(),
            }
        } else {
            let named = risks.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; ");
            let more = risks.len().saturating_sub(NAMED);
            if more > 0 { format!("{named}; and {more} more") } else { named }
        };
        if !ignored.is_empty() {
            inspection.verdict += &format!("; {} ignored entries go with it", ignored.len());
            let changed: Vec<&str> = ignored
                .iter()
                .filter(|name| changed_since(&workspace.path.join(name), workspace.created_at.0))
                .map(String::as_str)
                .take(5)
                .collect();
            if !changed.is_empty() {
                inspection.verdict += &format!(" (files among them: {})", changed.join(", "));
            }
        }
    }
}

/// A single ignored file, such as `.env`, written after the workspace was planned.
fn changed_since(file: &Path, moment: i64) -> bool {
    let Ok(found) = fs::symlink_metadata(file) else { return false };
    let written = found.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    found.is_file() && written.is_some_and(|written| i64::try_from(written.as_millis()).is_ok_and(|at| at > moment))
}

/// The worktree's own git directory, which its `.git` file names, if it is one of this repository's.
fn own_directory(folder: &Path, repository: &Repository) -> Option<PathBuf> {
    let said = fs::read_to_string(folder.join(".git")).ok()?;
    let own = folder.join(said.strip_prefix("gitdir: ")?.trim_end_matches('\n'));
    let own = fs::canonicalize(own).ok()?;
    own.starts_with(repository.git_directory.join("worktrees")).then_some(own)
}

/// The folder is a checkout whose git directory is `place`.
fn leads_to(folder: &Path, place: &Path) -> bool {
    let own = folder.join(".git");
    let said = || fs::read_to_string(&own).ok();
    let led = || fs::canonicalize(folder.join(said()?.strip_prefix("gitdir: ")?.trim_end_matches('\n'))).ok();
    own == place || led().is_some_and(|led| fs::canonicalize(place).is_ok_and(|place| place == led))
}

/// The branches that a log of HEAD says it has been on. Once it has left the first one it may have been on none, and
/// without a log too.
fn been_on(log: &str) -> BTreeSet<String> {
    let moves = log.lines().filter_map(|line| line.split_once("checkout: moving from ")?.1.split_once(" to "));
    let mut names: BTreeSet<String> = moves.flat_map(|(from, to)| [from.to_owned(), to.to_owned()]).collect();
    if log.is_empty() || names.len() > 1 || log.contains("rebase") {
        names.insert(NO_BRANCH.to_owned());
    }
    names
}

/// The git directories of all checkouts in a folder, itself included.
fn embedded_in(folder: &Path) -> Vec<PathBuf> {
    if !fs::symlink_metadata(folder).is_ok_and(|found| found.is_dir()) {
        return Vec::new();
    }
    let own = folder.join(".git");
    let mut found: Vec<PathBuf> = own.is_dir().then_some(own.clone()).into_iter().collect();
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    found.extend(entries.map(|entry| entry.path()).filter(|path| *path != own).flat_map(|path| embedded_in(&path)));
    found
}

/// Every git directory below a folder.
fn git_directories(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        let place = entry.path();
        if place.join("HEAD").exists() && place.join("objects").is_dir() {
            git_directories(&place.join("modules"), found);
            found.push(place);
        } else {
            git_directories(&place, found);
        }
    }
}

fn scratch(folder: &Path) -> Inspection {
    let mut files = Vec::new();
    files_below(folder, folder, &mut files);
    let removable = files.is_empty();
    let verdict = if removable { "it is empty".into() } else { format!("{} files are nowhere else", files.len()) };
    Inspection { uncommitted: files, removable, verdict, ..Inspection::default() }
}

fn files_below(top: &Path, folder: &Path, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => files_below(top, &entry.path(), found),
            _ => found.push(entry.path().strip_prefix(top).unwrap_or(top).display().to_string()),
        }
    }
}
