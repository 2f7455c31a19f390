//! What would be lost with a workspace.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::{
    Error, Operation, Repository, branches, folders,
    git::{Git, path, text},
    probe, transfer,
};
use crate::{
    domain::{Workspace, workspace::Kind},
    target::{FileKind, Found, Host},
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
        Kind::Scratch => scratch(host, &workspace.path).await?,
        Kind::Isolated | Kind::PullRequest => look(host, workspace).await?.inspection,
    })
}

/// A workspace's size on disk, in bytes; 0 for the person's own folder.
///
/// # Errors
/// [`Error::File`] when its host can't be asked.
pub async fn size(host: &Host, workspace: &Workspace) -> Result<u64, Error> {
    if workspace.kind == Kind::Shared {
        return Ok(0);
    }
    host.disk_usage(&workspace.path).await.map_err(Error::file("look at", &workspace.path))
}

/// When a workspace was last changed, as far as its folder and its repository's notes on it tell without a look at every
/// file; `None` when that can't be said.
pub async fn touched_at(host: &Host, workspace: &Workspace) -> Option<SystemTime> {
    let own = led_to(host, &workspace.path).await.ok().flatten();
    let noted = own.iter().flat_map(|own| ["index", "HEAD", "logs/HEAD"].map(|name| own.join(name)));
    let places: Vec<PathBuf> = noted.chain([workspace.path.clone()]).collect();
    let looked = host.look(&places).await.ok()?;
    looked.into_iter().flatten().map(|found| found.modified).max()
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
    let own = match folders::is_free(host, &workspace.path).await? {
        true => None,
        false => Some(own_directory(host, &workspace.path, &repository).await?.ok_or_else(|| {
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
    let log = match &seen.own {
        Some(own) => folders::text(host, &own.join("logs/HEAD")).await?,
        None => None,
    };
    let mut been_on = been_on(&log.unwrap_or_default());
    been_on.extend(workspace.branch.clone());
    let mut ignored = Vec::new();
    if let Some(own) = seen.own.clone() {
        ignored = seen.uncommitted(&worktree).await?;
        seen.inspection
            .besides
            .extend(Operation::under_way(host, &own).await?.iter().map(|what| format!("{} under way", what.label())));
        seen.inner_repositories(&git, &worktree, workspace, &ignored).await?;
    }
    seen.stashes(&git, &been_on).await?;
    let contained = seen.commits(&git, &worktree, workspace).await?;
    let changed = changed_among(host, workspace, &ignored).await?;
    seen.judge(contained, &ignored, &changed);
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
        let entries = flagged.split(|&byte| byte == 0).filter(|entry| entry.len() > 2);
        let hidden = entries.filter(|entry| entry[0].is_ascii_lowercase() || entry[0] == b'S');
        let hidden: Vec<&[u8]> = hidden.map(|entry| &entry[2..]).collect();
        for name in folders::those_there(worktree.host(), worktree.folder(), hidden).await? {
            self.inspection.uncommitted.push(format!("{} (hidden from git status)", text(name)));
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
        let host = worktree.host();
        let mut inner = git_directories(host, &own.join("modules")).await?;
        let staged = worktree.run("list the worktree's files", &["ls-files", "-s", "-z"]).await?;
        let links = staged.split(|&byte| byte == 0).filter(|entry| entry.starts_with(b"160000 "));
        let links: Vec<PathBuf> = links
            .filter_map(|entry| entry.iter().position(|&byte| byte == b'\t').map(|at| path(&entry[at + 1..])))
            .collect();
        self.has_submodules = !links.is_empty() || !inner.is_empty();
        let embedded = links.into_iter().chain(ignored.iter().chain(&self.inspection.uncommitted).map(PathBuf::from));
        let places: Vec<PathBuf> = embedded.map(|name| workspace.path.join(name)).collect();
        // The git directories of all checkouts in them.
        let found = host.folders_named(".git", &places).await;
        inner.extend(found.map_err(Error::file("look into", &workspace.path))?);
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
            if count > 0 || self.is_changed(host, workspace, &place).await? {
                self.inner.push(place);
            }
        }
        Ok(())
    }

    /// Something is uncommitted in the checkout whose git directory is `place`.
    async fn is_changed(&self, host: &Host, workspace: &Workspace, place: &Path) -> Result<bool, Error> {
        for name in &self.inspection.uncommitted {
            if leads_to(host, &workspace.path.join(name), place).await? {
                return Ok(true);
            }
        }
        Ok(false)
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
        // Of a workspace on another host: what is known to be in the repository that its own is a mirror of.
        let home = transfer::home(workspace.id);
        let at_home = format!("--glob={home}/*");
        elsewhere.extend([merged.as_str(), &at_home]);
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
        let places = [places.as_slice(), &[branches::MERGED.trim_end_matches('/'), &home]].concat();
        let holding = text(&git.run("compare commits", &places).await?);
        let mut holding: Vec<&str> = holding.lines().filter(|name| *name != full || self.tip.is_none()).collect();
        // What the person or the remote has is the best proof; `origin/HEAD` is only another name for it.
        let rank = |name: &str| (!name.starts_with(&home), !name.starts_with("refs/remotes/"), name.ends_with("/HEAD"));
        holding.sort_by_key(|name| rank(name));
        let holding = holding.first();
        Ok(holding.map(|name| match name.starts_with(&home) {
            true => "your own repository".to_owned(),
            false => name.splitn(3, '/').nth(2).unwrap_or(name).to_owned(),
        }))
    }

    fn judge(&mut self, contained: Option<String>, ignored: &[String], changed: &[String]) {
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
            if !changed.is_empty() {
                inspection.verdict += &format!(" (files among them: {})", changed.join(", "));
            }
        }
    }
}

/// A few of the single ignored files, such as `.env`, that were written after the workspace was planned.
async fn changed_among(host: &Host, workspace: &Workspace, ignored: &[String]) -> Result<Vec<String>, Error> {
    let places: Vec<PathBuf> = ignored.iter().map(|name| workspace.path.join(name)).collect();
    let looked = host.look(&places).await.map_err(Error::file("look into", &workspace.path))?;
    let is_changed = |found: &Found| {
        let written = found.modified.duration_since(SystemTime::UNIX_EPOCH).ok();
        let written = written.and_then(|written| i64::try_from(written.as_millis()).ok());
        found.kind == FileKind::File && written.is_some_and(|at| at > workspace.created_at.0)
    };
    let changed = ignored.iter().zip(looked).filter(|(_, found)| found.as_ref().is_some_and(is_changed));
    Ok(changed.map(|(name, _)| name.clone()).take(5).collect())
}

/// Where the `.git` file of a folder leads; `None` where there is no such file.
async fn led_to(host: &Host, folder: &Path) -> Result<Option<PathBuf>, Error> {
    let file = folder.join(".git");
    if !folders::is_file(host, &file).await? {
        return Ok(None);
    }
    let said = folders::text(host, &file).await?.unwrap_or_default();
    Ok(said.strip_prefix("gitdir: ").map(|place| folder.join(place.trim_end_matches('\n'))))
}

/// The worktree's own git directory, which its `.git` file names, if it is one of this repository's.
async fn own_directory(host: &Host, folder: &Path, repository: &Repository) -> Result<Option<PathBuf>, Error> {
    let Some(own) = led_to(host, folder).await? else { return Ok(None) };
    let own = host.real_path(&own).await.map_err(Error::file("find", &own))?;
    Ok(own.filter(|own| own.starts_with(repository.git_directory.join("worktrees"))))
}

/// The folder is a checkout whose git directory is `place`.
async fn leads_to(host: &Host, folder: &Path, place: &Path) -> Result<bool, Error> {
    if folder.join(".git") == place {
        return Ok(true);
    }
    let Some(led) = led_to(host, folder).await? else { return Ok(false) };
    let led = host.real_path(&led).await.map_err(Error::file("find", &led))?;
    Ok(led.is_some() && led == host.real_path(place).await.map_err(Error::file("find", place))?)
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

/// Every git directory below a folder, those of submodules of submodules included.
async fn git_directories(host: &Host, folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = || Error::file("look into", folder);
    let (mut found, mut below) = (Vec::new(), vec![folder.to_owned()]);
    while !below.is_empty() {
        let objects = host.folders_named("objects", &below).await.map_err(failed())?;
        let heads: Vec<PathBuf> = objects.iter().map(|objects| objects.with_file_name("HEAD")).collect();
        let there = host.are_there(&heads).await.map_err(failed())?;
        below.clear();
        for (objects, is_repository) in objects.into_iter().zip(there) {
            match objects.parent().filter(|_| is_repository) {
                Some(place) => found.push(place.to_owned()),
                // A submodule may be called so.
                None => below.push(objects),
            }
        }
    }
    Ok(found)
}

async fn scratch(host: &Host, folder: &Path) -> Result<Inspection, Error> {
    let files = host.files_below(folder).await.map_err(Error::file("look into", folder))?;
    let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let removable = files.is_empty();
    let verdict = if removable { "it is empty".into() } else { format!("{} files are nowhere else", files.len()) };
    Ok(Inspection { uncommitted: files, removable, verdict, ..Inspection::default() })
}
