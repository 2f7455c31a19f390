//! Workspaces on a host: made from a repository here, worked in, brought home, removed with proof.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use quarterdeck::{
    domain::{
        ObjectiveId, Repository, RepositoryName, SessionId, TargetName, Timestamp, Workspace, WorkspaceId,
        workspace::{Kind, State},
    },
    target::{Host, Local},
    workspace::{
        Error, Prepared, Request, SetUp, Start,
        changes::{self, Wanted},
        inspect, prepare, remove, removed, restore, scratch, set_up,
        setup::Place,
        size,
        transfer::{Bring, Home, bring, bring_home, vouch},
    },
};

use tokio_util::sync::CancellationToken;

use crate::{
    sshd::{PATIENCE, Sshd},
    world::Line,
};

/// A person with a repository here, and a host.
struct Pair {
    person: tempfile::TempDir,
    sshd: Sshd,
    line: Line,
    here: Host,
}

impl Pair {
    fn new(name: &str) -> Self {
        let person = tempfile::tempdir().expect("a folder");
        let settings = "[user]\n name = Person\n email = person@example.invalid\n[init]\n defaultBranch = main\n";
        fs::write(person.path().join("gitconfig"), settings).expect("written");
        let here = Local::new()
            .with("HOME", person.path())
            .with("XDG_CONFIG_HOME", person.path())
            .with("GIT_CONFIG_GLOBAL", person.path().join("gitconfig"))
            .with("GIT_CONFIG_NOSYSTEM", "1");
        let sshd = Sshd::start(name);
        let line = Line::to(&sshd);
        let pair = Self { person, sshd, line, here: here.into() };
        pair.git(pair.person.path(), &["init", "--quiet", "mine"]);
        pair.commit(&pair.mine(), "README", "hello\n");
        pair
    }

    fn mine(&self) -> PathBuf {
        self.person.path().canonicalize().expect("there").join("mine")
    }

    fn there(&self) -> &Host {
        &self.line.host
    }

    fn mirror(&self) -> PathBuf {
        self.sshd.home.join("it's a \"mirror\" ü/mine.git")
    }

    fn root(&self) -> PathBuf {
        self.sshd.home.join("a 'root' $(ö)")
    }

    fn git(&self, folder: &Path, arguments: &[&str]) -> String {
        let mut command = Command::new("git");
        command.arg("-C").arg(folder).args(arguments).env("GIT_CONFIG_GLOBAL", self.person.path().join("gitconfig"));
        let output = command.env("HOME", self.person.path()).output().expect("git runs");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Somebody commits a file; gives the commit.
    fn commit(&self, folder: &Path, name: &str, text: &str) -> String {
        fs::write(folder.join(name), text).expect("written");
        self.git(folder, &["add", "--", name]);
        self.git(folder, &["commit", "--quiet", "-m", "work"]);
        self.git(folder, &["rev-parse", "HEAD"])
    }

    async fn make(&self, number: u32) -> Result<Prepared, Error> {
        let mirror = self.mirror();
        let what = Bring { repository: &self.mine(), base: None, branch: None, mirror: &mirror };
        let base = bring(&self.here, self.there(), what).await?;
        let request = Request {
            workspace: WorkspaceId::from_number(number).expect("not zero"),
            session: SessionId::from_number(number).expect("not zero"),
            objective: ObjectiveId::FIRST,
            title: "a 'title'; $(rm -rf ~)".into(),
            repository: mirror,
            start: Start::Found(base),
            branch: None,
            sparse: Vec::new(),
            root: self.root(),
        };
        prepare(self.there(), request).await
    }

    fn row(&self, number: u32, prepared: &Prepared) -> Workspace {
        Workspace {
            id: WorkspaceId::from_number(number).expect("not zero"),
            objective: ObjectiveId::FIRST,
            owner: SessionId::from_number(number).expect("not zero"),
            target: TargetName::local(),
            kind: Kind::Isolated,
            repository: Some(self.mirror()),
            path: prepared.path.clone(),
            branch: Some(prepared.branch.clone()),
            base: Some(prepared.base.clone()),
            state: State::Ready,
            changed: None,
            overlaps: Vec::new(),
            looked_at: None,
            created_at: Timestamp(0),
        }
    }

    async fn home(&self, branch: &str) -> Home {
        let brought = bring_home(&self.here, &self.mine(), self.there(), &self.mirror(), branch).await;
        brought.expect("brought home")
    }

    async fn vouch(&self, row: &Workspace) {
        vouch(&self.here, &self.mine(), self.there(), row).await.expect("asked");
    }
}

#[tokio::test]
async fn a_workspace_there_is_set_up_with_files_from_here() {
    let pair = Pair::new("setup");
    let prepared = pair.make(1).await.expect("prepared");
    let (mine, root) = (pair.mine(), pair.root());
    for name in NAMES {
        fs::create_dir_all(mine.join("config").join(name)).expect("made");
        fs::write(mine.join("config").join(name).join(name), [b"\0\xff", name.as_bytes()].concat()).expect("written");
    }
    let program = mine.join("config/tool");
    fs::write(&program, "#!/bin/sh\n").expect("written");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).expect("set");
    std::os::unix::fs::symlink("tool", mine.join("config/link")).expect("a link");
    let mut repository = Repository::at(RepositoryName::of_folder(&mine), mine.clone());
    repository.setup.copy = vec!["config".into(), "missing".into()];
    repository.setup.ports = 2;
    repository.setup.commands = vec![["sh", "-c", "echo \"$QD_PORTS\" > ports; pwd"].map(Into::into).into()];
    let place = Place {
        workspace: WorkspaceId::FIRST,
        session: SessionId::from_number(1).expect("not zero"),
        path: &prepared.path,
        branch: Some(&prepared.branch),
        root: &root,
        repository: &repository,
    };
    let cancel = CancellationToken::new();
    let went = set_up(pair.there(), place, &[], &cancel).await.expect("asked");
    let SetUp::Done(Some(printed)) = went else { panic!("{went:?}") };
    let text = printed.text();
    assert!(text.contains("config was copied from your checkout: 9 files"), "{text}");
    assert!(text.contains(&*prepared.path.to_string_lossy()), "{text}");
    assert_eq!(fs::read_to_string(&printed.log).expect("a log there"), text);
    for name in NAMES {
        let copy = fs::read(prepared.path.join("config").join(name).join(name)).expect("copied");
        assert_eq!(copy, [b"\0\xff", name.as_bytes()].concat());
    }
    let copy = prepared.path.join("config/tool");
    assert_eq!(fs::metadata(copy).expect("there").permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::read_link(prepared.path.join("config/link")).expect("a link"), Path::new("tool"));
    let ports = fs::read_to_string(prepared.path.join("ports")).expect("run there");
    assert_eq!(ports.split_whitespace().count(), 2, "{ports}");
    assert!(matches!(set_up(pair.there(), place, &[], &cancel).await, Ok(SetUp::Done(None))));
    assert_eq!(pair.make(1).await.expect("found again"), prepared);

    // A link in the workspace leads no copy out of it.
    let second = pair.make(2).await.expect("prepared");
    let outside = pair.sshd.home.join("outside");
    fs::create_dir_all(&outside).expect("made");
    std::os::unix::fs::symlink(&outside, second.path.join("config")).expect("a link");
    let place = Place { workspace: WorkspaceId::from_number(2).expect("not zero"), path: &second.path, ..place };
    let went = set_up(pair.there(), place, &[], &cancel).await.expect("asked");
    let SetUp::Failed { why, .. } = went else { panic!("{went:?}") };
    assert!(why.contains("is no folder in the workspace"), "{why}");
    assert_eq!(fs::read_dir(&outside).expect("there").count(), 0);
}

/// Names that something could trip over.
const NAMES: [&str; 7] = ["a b", "it's \"x\"", "line\nbreak", "-rf", "ü 修", "$(touch never)", "*?[x]\\"];

#[tokio::test]
async fn a_workspace_lives_there_as_it_does_here() {
    let pair = Pair::new("workspaces");
    let there = pair.there();
    let prepared = pair.make(1).await.expect("prepared");
    let row = pair.row(1, &prepared);
    assert!(prepared.path.starts_with(pair.root()));
    assert_eq!(prepared.base.reference, "main");
    assert_eq!(pair.make(1).await.expect("found again"), prepared);
    assert_eq!(pair.git(&pair.mine(), &["status", "--porcelain"]), "");

    for name in NAMES {
        fs::write(prepared.path.join(name), "1\n2\n").expect("written");
    }
    std::os::unix::fs::symlink("nowhere", prepared.path.join("link")).expect("a link");
    let counted = changes::changed(there, &row).await.expect("counted");
    assert_eq!((counted.files, counted.added, counted.uncommitted), (8, 15, 8));
    let compared = changes::diff(there, &row, &Wanted::default()).await.expect("compared");
    let mut names: Vec<&str> = compared.files.iter().map(|file| file.path.as_str()).collect();
    names.retain(|name| *name != "link");
    let mut expected = NAMES;
    expected.sort_unstable();
    names.sort_unstable();
    assert_eq!((names.as_slice(), compared.notes.len()), (&expected[..], 0));
    let kept = changes::checkpoint(there, &row, "by-hand").await.expect("kept");

    pair.git(&prepared.path, &["add", "--all"]);
    let first = pair.commit(&prepared.path, "README", "changed\n");
    fs::write(prepared.path.join("a b"), "gone\n").expect("written");
    let back = changes::rollback(there, &row, &kept.commit).await.expect("rolled back");
    assert!(back.proof.contains("commits made since"), "{}", back.proof);
    assert_eq!(fs::read_to_string(prepared.path.join("a b")).expect("there"), "1\n2\n");
    assert_eq!(fs::read_to_string(prepared.path.join("README")).expect("there"), "hello\n");
    assert_eq!(pair.git(&prepared.path, &["cat-file", "-t", &first]), "commit", "nothing is lost");

    let Err(Error::AtRisk { risks, .. }) = remove(there, &row, None).await else { panic!("it is at risk") };
    assert_eq!(risks.len(), 8, "{risks:?}");
    pair.git(&prepared.path, &["add", "--all"]);
    let second = pair.commit(&prepared.path, "README", "changed again\n");
    pair.vouch(&row).await;
    assert!(matches!(remove(there, &row, None).await, Err(Error::AtRisk { .. })), "it is not at home yet");
    assert_eq!(pair.home(&prepared.branch).await, Home::Here(second.clone()));
    assert_eq!(pair.git(&pair.mine(), &["show", &format!("{}:-rf", prepared.branch)]), "1\n2");
    pair.vouch(&row).await;
    assert!(size(there, &row).await.expect("known") > 0);
    let seen = inspect(there, &row).await.expect("looked");
    assert_eq!(seen.verdict, "nothing is uncommitted, and its commits are in your own repository");
    let proof = remove(there, &row, None).await.expect("removed");
    assert!(proof.contains("kept in refs/quarterdeck/removed/"), "{proof}");
    assert!(!prepared.path.exists());
    assert_eq!(pair.git(&pair.mirror(), &["worktree", "list"]).lines().count(), 1);
    assert_eq!(pair.git(&pair.mirror(), &["branch", "--list"]), "");

    assert_eq!(removed(there, std::slice::from_ref(&row)).await.expect("listed").len(), 1);
    let restored = restore(there, &row, None).await.expect("restored");
    assert_eq!(pair.git(&restored.path, &["rev-parse", "HEAD"]), second);
    assert_eq!(fs::read_to_string(restored.path.join("line\nbreak")).expect("there"), "1\n2\n");
    remove(there, &row, None).await.expect("removed again");
}

#[tokio::test]
async fn what_is_interrupted_there_is_finished_by_the_next_attempt() {
    let pair = Pair::new("interrupted");
    pair.line.up().await;
    let prepared = insist("a workspace to be made", || pair.make(1)).await;
    let row = pair.row(1, &prepared);
    assert_eq!(pair.git(&prepared.path, &["status", "--porcelain"]), "");
    assert_eq!(pair.git(&pair.mirror(), &["worktree", "list"]).lines().count(), 2);
    assert_eq!(pair.git(&pair.mirror(), &["branch", "--list", "--format=%(refname:short)"]), prepared.branch);
    assert!(!pair.mirror().with_extension("git.new").exists());

    let commit = pair.commit(&prepared.path, "README", "work\n");
    fs::write(prepared.path.join("new"), "not committed\n").expect("written");
    let (mine, mirror) = (pair.mine(), pair.mirror());
    let home = || bring_home(&pair.here, &mine, pair.there(), &mirror, &prepared.branch);
    assert_eq!(insist("it to come home", home).await, Home::Here(commit));
    insist("it to be removed", || remove(pair.there(), &row, Some("enough"))).await;
    assert!(!prepared.path.exists());
    let restored = insist("it to be brought back", || restore(pair.there(), &row, None)).await;
    assert_eq!(fs::read_to_string(restored.path.join("new")).expect("there"), "not committed\n");
    assert_eq!([mine.join(".git"), mirror].map(|folder| locks(&folder)), [Vec::<PathBuf>::new(), Vec::new()]);
}

/// The files with which git keeps others out that lie in a folder and below it.
fn locks(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("read").path());
    let (folders, mut files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    files.retain(|file| file.extension().is_some_and(|extension| extension == "lock"));
    files.extend(folders.iter().flat_map(|folder| locks(folder)));
    files
}

/// Lets go of the work sooner or later, and asks for it again until it is done. Of what was let go of, nothing is in the
/// way.
async fn insist<T, F: Future<Output = Result<T, Error>>>(what: &str, work: impl Fn() -> F) -> T {
    let begun = Instant::now();
    let mut patience = Duration::from_millis(3);
    loop {
        match tokio::time::timeout(patience, work()).await {
            Ok(Ok(done)) => return done,
            Ok(Err(error)) => panic!("waited for {what}: {error}: {:?}", std::error::Error::source(&error)),
            Err(_) => patience += patience / 4,
        }
        assert!(begun.elapsed() < 2 * PATIENCE, "waited for {what}");
    }
}

#[tokio::test]
async fn a_full_disk_there_is_said_and_leaves_nothing_behind() {
    let pair = Pair::new("full");
    let disk = pair.root();
    fs::create_dir_all(&disk).expect("made");
    let mount = |arguments: &[&str]| {
        let output = Command::new("mount").args(arguments).arg(&disk).output();
        output.is_ok_and(|output| output.status.success())
    };
    if !nix::unistd::Uid::current().is_root() || !mount(&["-t", "tmpfs", "-o", "size=1m", "tmpfs"]) {
        println!("skipped: only root can mount a small disk, and not everywhere");
        return;
    }
    let _unmount = Unmount(disk.clone());
    fs::write(pair.mine().join("large"), noise(3 << 20)).expect("written");
    pair.git(&pair.mine(), &["add", "--all"]);
    pair.git(&pair.mine(), &["commit", "--quiet", "-m", "large"]);
    let error = pair.make(1).await.expect_err("there is no room");
    let said = format!("{error}: {:?}", std::error::Error::source(&error));
    assert!(said.to_lowercase().contains("no space") || said.contains("write"), "{said}");
    assert!(mount(&["-o", "remount,size=64m"]), "the disk grows");
    let prepared = pair.make(1).await.expect("there is room now");
    assert_eq!(pair.git(&prepared.path, &["status", "--porcelain"]), "");
    assert_eq!(pair.git(&pair.mirror(), &["worktree", "list"]).lines().count(), 2);
}

struct Unmount(PathBuf);

impl Drop for Unmount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Bytes that don't pack well.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

#[tokio::test]
async fn a_host_that_is_away_is_never_an_empty_one() {
    let mut pair = Pair::new("away");
    let prepared = pair.make(1).await.expect("prepared");
    let row = pair.row(1, &prepared);
    let path = scratch(pair.there(), &pair.root(), WorkspaceId::FIRST).await.expect("made");
    fs::write(path.join("thought"), "x").expect("written");
    let note = Workspace { kind: Kind::Scratch, repository: None, path: path.clone(), ..row.clone() };
    pair.sshd.leave();
    pair.line.down().await;
    for row in [&row, &note] {
        assert!(inspect(pair.there(), row).await.is_err());
        assert!(remove(pair.there(), row, Some("enough")).await.is_err());
        assert!(restore(pair.there(), row, None).await.is_err());
        assert!(removed(pair.there(), std::slice::from_ref(row)).await.is_err());
        assert!(size(pair.there(), row).await.is_err());
    }
    assert!(changes::changed(pair.there(), &row).await.is_err());
    assert!(changes::checkpoint(pair.there(), &row, "x").await.is_err());
    assert!(scratch(pair.there(), &pair.root(), WorkspaceId::FIRST).await.is_err());
    let (mine, mirror) = (pair.mine(), pair.mirror());
    assert!(bring_home(&pair.here, &mine, pair.there(), &mirror, &prepared.branch).await.is_err());
    assert!(prepared.path.exists() && path.join("thought").exists());
    pair.sshd.listen();
    pair.line.up().await;
    assert!(!inspect(pair.there(), &note).await.expect("looked").removable);
    remove(pair.there(), &row, None).await.expect("removed");
    let proof = remove(pair.there(), &note, Some("enough")).await.expect("removed");
    assert!(proof.contains("kept in"), "{proof}");
    restore(pair.there(), &note, None).await.expect("restored");
    assert_eq!(fs::read_to_string(path.join("thought")).expect("there"), "x");
}
