//! The watch on real repositories: what is written in them is told, and what does not count is not.

use std::{fs, process::Command};

use tempfile::TempDir;
use tokio_util::sync::DropGuard;

use super::{pace::Pace, *};
use crate::{
    domain::{
        ObjectiveId, SessionId, TargetName, Timestamp, Workspace,
        workspace::{Base, Changed, Kind, State},
    },
    target::Host,
};

/// How long something may take under load before a test gives up.
const SOON: Duration = Duration::from_secs(30);

/// A watch that runs, on worktrees of a repository with one commit.
struct Bench {
    folder: TempDir,
    places: watch::Sender<Arc<Vec<Place>>>,
    grown: broadcast::Sender<Grown>,
    inbox: mpsc::Receiver<Letter>,
    told: BTreeMap<WorkspaceId, (Option<Changed>, Vec<Overlap>)>,
    _sites: watch::Sender<BTreeMap<TargetName, Site>>,
    _running: DropGuard,
}

impl Bench {
    /// With so many worktrees, and eyes or none.
    fn start(worktrees: u32, with_eyes: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("mine")).expect("made");
        git(&folder, "mine", &["init", "--quiet", "-b", "main"]);
        write(&folder, "mine/README", "hello\n");
        write(&folder, "mine/.gitignore", "ignored\n*.log\n");
        git(&folder, "mine", &["add", "--all"]);
        git(&folder, "mine", &["commit", "--quiet", "-m", "first"]);
        let there = (1..=worktrees).map(|number| place(&folder, number)).collect();
        let (places, receiver) = watch::channel(Arc::new(there));
        let (grown, listening) = broadcast::channel(16);
        let (sender, inbox) = mpsc::channel(64);
        let trials = folder.path().join("trials");
        let grounds = Box::new(move |workspace: &Workspace| {
            let (workspace, trials) = (workspace.clone(), trials.clone());
            Ok(Ground { host: Host::local(), workspace, home: None, trials })
        });
        let (sites, known) = watch::channel(BTreeMap::new());
        let mut watch = Watch::new(grounds, known, receiver, listening, sender);
        if !with_eyes {
            (watch.eyes, watch.sight) = (None, None);
        }
        let cancel = CancellationToken::new();
        tokio::spawn(watch.run(cancel.clone()));
        Self { folder, places, grown, inbox, told: BTreeMap::new(), _sites: sites, _running: cancel.drop_guard() }
    }

    fn write(&self, path: &str, text: &str) {
        write(&self.folder, path, text);
    }

    fn git(&self, folder: &str, arguments: &[&str]) {
        git(&self.folder, folder, arguments);
    }

    /// Waits until what is told of this worktree is as `wanted`.
    async fn wait_for(
        &mut self,
        what: &str,
        number: u32,
        wanted: impl Fn(&Changed, &[Overlap]) -> bool,
    ) -> (Changed, Vec<Overlap>) {
        let id = WorkspaceId::from_number(number).expect("not zero");
        let next = async {
            loop {
                if let Some((Some(changed), overlaps)) = self.told.get(&id)
                    && wanted(changed, overlaps)
                {
                    return (changed.clone(), overlaps.clone());
                }
                match self.inbox.recv().await.expect("it runs") {
                    Letter::Input(Input::Changed { workspace, changed }) => {
                        self.told.entry(workspace).or_default().0 = Some(changed);
                    }
                    Letter::Input(Input::Overlaps { workspace, overlaps }) => {
                        self.told.entry(workspace).or_default().1 = overlaps;
                    }
                    other => panic!("told {other:?}"),
                }
            }
        };
        let found = tokio::time::timeout(SOON, next).await;
        found.unwrap_or_else(|_| panic!("{what}: told was {:?}", self.told.get(&id)))
    }

    async fn wait_for_files(&mut self, what: &str, files: u32) -> Changed {
        self.wait_for(what, 1, |changed, _| changed.files == files).await.0
    }
}

fn write(folder: &TempDir, path: &str, text: &str) {
    let path = folder.path().join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, text).expect("written");
}

fn git(folder: &TempDir, at: &str, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder.path().join(at)).args([
        "-c",
        "user.name=Person",
        "-c",
        "user.email=p@example.invalid",
    ]);
    let output = command.args(arguments).env("GIT_CONFIG_GLOBAL", "/dev/null").output().expect("git runs");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A worktree `w1` of the repository `mine`.
fn place(folder: &TempDir, number: u32) -> Place {
    let (name, branch) = (format!("../w{number}"), format!("qd/s{number}"));
    git(folder, "mine", &["worktree", "add", "--quiet", "-b", &branch, &name]);
    let head = fs::read_to_string(folder.path().join("mine/.git/refs/heads").join(&branch)).expect("a branch");
    let workspace = Workspace {
        id: WorkspaceId::from_number(number).expect("not zero"),
        objective: ObjectiveId::FIRST,
        owner: SessionId::from_number(number).expect("not zero"),
        target: TargetName::local(),
        kind: Kind::Isolated,
        repository: Some(folder.path().join("mine")),
        path: folder.path().join(format!("w{number}")),
        branch: Some(branch),
        base: Some(Base { reference: "main".into(), commit: head.trim().into(), note: None }),
        state: State::Ready,
        changed: None,
        overlaps: Vec::new(),
        looked_at: None,
        created_at: Timestamp(0),
    };
    Place { workspace, attempt: AttemptId::from_number(number), live: true }
}

#[tokio::test]
async fn what_is_written_is_told_and_what_git_ignores_is_not() {
    let mut bench = Bench::start(1, true);
    bench.wait_for_files("the first look", 0).await;
    bench.write("w1/README", "hello\nworld\n");
    let changed = bench.wait_for_files("a file was written", 1).await;
    assert_eq!((changed.added, changed.removed, changed.uncommitted, changed.commits), (1, 0, 1, 0));
    bench.write("w1/a/b/c/deep", "1\n2\n");
    let changed = bench.wait_for_files("a file in new folders", 2).await;
    assert_eq!((changed.added, changed.note), (3, None));
    bench.write("w1/a/b/c/deeper", "1\n");
    bench.wait_for_files("another file in the new folders", 3).await;
    bench.write("w1/ignored/x/y", "1\n");
    bench.write("w1/a/b/x.log", "1\n");
    bench.git("w1", &["add", "--all"]);
    bench.git("w1", &["commit", "--quiet", "-m", "work"]);
    let (changed, _) = bench.wait_for("a commit", 1, |changed, _| changed.commits == 1).await;
    assert_eq!((changed.files, changed.uncommitted), (3, 0));
    fs::rename(bench.folder.path().join("w1/a"), bench.folder.path().join("w1/z")).expect("moved");
    bench.wait_for("a folder was moved", 1, |changed, _| changed.uncommitted > 0).await;
    bench.write("w1/z/b/c/new", "1\n");
    bench.wait_for_files("a file in the moved folder", 4).await;
    bench.git("w1", &["reset", "--quiet", "--hard"]);
    bench.git("w1", &["clean", "--quiet", "-fd"]);
    bench.wait_for("all is as committed", 1, |changed, _| changed.uncommitted == 0 && changed.files == 3).await;
    bench.git("mine", &["merge", "--quiet", "qd/s1"]);
    bench.wait_for_files("the base has it all", 0).await;
}

#[tokio::test]
async fn what_does_not_count_wakes_nobody() {
    let place_of = |bench: &Bench| bench.places.borrow()[0].clone();
    let bench = Bench::start(1, true);
    let mut watched = Watched::new(place_of(&bench), Instant::now());
    let top = watched.place.workspace.path.clone();
    watched.ignored = HashSet::from([top.join("ignored"), top.join("a.log")]);
    watched.of_git = BTreeSet::from([top.join("git")]);
    watched.signs = BTreeSet::from([top.join("git/HEAD")]);
    watched.stale = false;
    watched.pace = Pace::default();
    let start = Instant::now();
    for path in ["ignored", "a.log", "git/index.lock", "git/quarterdeck", ".git"] {
        watched.take(&top.join(path), path == "ignored", start);
        assert_eq!((watched.pace.due(), watched.stale), (None, false), "{path}");
    }
    watched.take(&top.join("git/HEAD"), false, start);
    assert!(watched.pace.due().is_some() && !watched.stale && watched.touched.is_empty());
    watched.take(&top.join(".gitignore"), false, start);
    assert!(watched.stale);
}

#[tokio::test]
async fn two_that_would_conflict_are_told_of_each_other_until_one_is_over() {
    let mut bench = Bench::start(2, true);
    bench.write("w1/README", "one\n");
    bench.write("w2/README", "two\n");
    let (_, overlaps) = bench.wait_for("an overlap", 1, |_, overlaps| !overlaps.is_empty()).await;
    let other = WorkspaceId::from_number(2).expect("not zero");
    let readme = || vec!["README".to_owned()];
    assert_eq!(overlaps, [Overlap { with: other, files: readme(), total: 1, conflicts: readme() }]);
    bench.wait_for("the other's", 2, |_, overlaps| overlaps.len() == 1).await;
    let first = bench.places.borrow()[0].clone();
    let over = Place { live: false, ..bench.places.borrow()[1].clone() };
    bench.places.send_replace(Arc::new(vec![first, over]));
    bench.wait_for("it is over", 1, |_, overlaps| overlaps.is_empty()).await;
    bench.wait_for("it is over", 2, |_, overlaps| overlaps.is_empty()).await;
}

#[tokio::test]
async fn without_eyes_it_looks_when_the_agent_has_printed_and_says_so() {
    let mut bench = Bench::start(1, false);
    let first = bench.wait_for_files("the first look", 0).await;
    assert!(first.note.is_some_and(|note| note.contains("when its agent has printed")));
    bench.write("w1/new", "1\n");
    let first = AttemptId::from_number(1).expect("not zero");
    bench.grown.send(Arc::new(BTreeSet::from([first]))).expect("heard");
    bench.wait_for_files("its agent has printed", 1).await;
}
