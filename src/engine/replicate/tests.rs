//! Bringing home on real files, from a host that is a folder of this machine: all of it comes, once, whatever happens.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::MetadataExt,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::*;
use crate::domain::{SessionId, Timestamp, attempt::PaneId};

/// How long something may take under load before a test gives up.
const SOON: Duration = Duration::from_secs(20);
const TRANSCRIPT: &str = "home/.claude/projects/-w/3f8c6a3e-1f6f-4a6b-9e0e-0a3ab25a7f10.jsonl";

/// A host that is a folder, and a home to which things are brought.
struct Bench {
    folder: TempDir,
    replicas: Replicas,
    live: watch::Sender<Arc<Vec<LivePane>>>,
    grown: broadcast::Sender<Grown>,
    reached: Arc<AtomicBool>,
    cancel: CancellationToken,
    task: JoinHandle<()>,
}

impl Bench {
    /// With so many agents that live on the host.
    fn start(attempts: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["host/recordings", "host/attempts", "home/.claude/projects/-w"] {
            fs::create_dir_all(folder.path().join(name)).expect("made");
        }
        paths(&folder).create().expect("made");
        Self::at(folder, attempts)
    }

    fn at(folder: TempDir, attempts: u32) -> Self {
        let (live, receiver) = watch::channel(Arc::new((1..=attempts).map(pane).collect::<Vec<_>>()));
        let (grown, hears) = broadcast::channel(16);
        let host = folder.path().join("host");
        let there = There {
            host: Host::local(),
            folders: Folders {
                attempts: host.join("attempts"),
                recordings: host.join("recordings"),
                prompts: host.join("prompts"),
                workspaces: host.join("workspaces"),
                mirrors: host.join("mirrors"),
                trials: host.join("trials"),
            },
        };
        let reached = Arc::new(AtomicBool::new(true));
        let is_reached = Arc::clone(&reached);
        let reach: Reach = Arc::new(move |_| is_reached.load(Ordering::SeqCst).then(|| there.clone()));
        let pace = Pace {
            after_printing: Duration::from_millis(20),
            after_telling: Duration::from_millis(5),
            slow: Duration::from_secs(1),
            away: Duration::from_millis(20),
            last_words: Duration::from_millis(300),
        };
        let (replicas, cancel) = (Replicas::default(), CancellationToken::new());
        let homes = (paths(&folder), recordings(&folder));
        let running = run(replicas.clone(), homes, reach, pace, (receiver, hears), cancel.clone());
        Self { folder, replicas, live, grown, reached, cancel, task: tokio::spawn(running) }
    }

    /// The next daemon begins where this one ends.
    async fn restart(self, attempts: u32) -> Self {
        self.cancel.cancel();
        self.task.await.expect("no panic");
        Self::at(self.folder, attempts)
    }

    fn there(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Appends to a file on the host.
    fn append(&self, path: &str, bytes: &[u8]) {
        let path = self.there(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        let mut file = File::options().create(true).append(true).open(path).expect("opened");
        file.write_all(bytes).expect("written");
    }

    fn printed(&self, number: u32) {
        // The lane may not run yet, which looks anyway.
        let _ = self.grown.send(Arc::new(BTreeSet::from([attempt(number)])));
    }

    fn recording(&self, number: u32) -> PathBuf {
        recordings(&self.folder).file(attempt(number))
    }

    fn copy(&self, path: &str) -> PathBuf {
        Copies::of(&paths(&self.folder), attempt(1)).of_file(&self.there(path)).expect("a place")
    }

    async fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let waiting = async {
            while !holds() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(SOON, waiting).await.unwrap_or_else(|_| panic!("within {SOON:?}: {what}"));
    }

    async fn until_holds(&self, path: &Path, bytes: &[u8]) {
        let what = format!("{} holds {} bytes", path.display(), bytes.len());
        self.until(&what, || fs::read(path).is_ok_and(|found| found == bytes)).await;
    }
}

fn paths(folder: &TempDir) -> Paths {
    Paths::below(&folder.path().join("qd")).expect("paths")
}

fn recordings(folder: &TempDir) -> Recordings {
    Recordings::new(paths(folder).recordings(), 64 << 20)
}

fn attempt(number: u32) -> AttemptId {
    AttemptId::from_number(number).expect("an id")
}

fn pane(number: u32) -> LivePane {
    LivePane {
        attempt: attempt(number),
        session: SessionId::from_number(number).expect("an id"),
        target: "far".parse().expect("a name"),
        profile: "claude".parse().expect("a name"),
        pane: PaneId(format!("%{number}")),
        ready: true,
        submitted: None,
        conversation: None,
        folder: Some("/w".into()),
        since: Timestamp(0),
    }
}

#[tokio::test]
async fn what_a_pane_prints_comes_home_once_over_restarts() {
    let bench = Bench::start(1);
    let mut all = b"one\0\xff\r\n".to_vec();
    bench.append("host/recordings/a1.rec", &all);
    bench.until_holds(&bench.recording(1), &all).await;
    bench.append("host/recordings/a1.rec", b"two\n");
    all.extend(b"two\n");
    bench.printed(1);
    bench.until_holds(&bench.recording(1), &all).await;
    let bench = bench.restart(1).await;
    bench.append("host/recordings/a1.rec", &vec![b'x'; 3 << 20]);
    all.extend(vec![b'x'; 3 << 20]);
    bench.printed(1);
    bench.until_holds(&bench.recording(1), &all).await;
}

#[tokio::test]
async fn transcripts_come_home_as_they_are_written_and_rewritten() {
    let bench = Bench::start(1);
    let subagents = TRANSCRIPT.replace(".jsonl", "/subagents");
    let lines = "{\"a\":1}\n".repeat(50_000);
    bench.append(TRANSCRIPT, lines.as_bytes());
    let wanted = vec![Wanted::File(bench.there(TRANSCRIPT)), Wanted::Folder(bench.there(&subagents))];
    bench.replicas.want(attempt(1), wanted);
    bench.until_holds(&bench.copy(TRANSCRIPT), lines.as_bytes()).await;
    let agent = format!("{subagents}/agent-1.jsonl");
    bench.append(&agent, b"sub\n");
    bench.append(TRANSCRIPT, b"more\n");
    bench.replicas.told(attempt(1));
    bench.until_holds(&bench.copy(&agent), b"sub\n").await;
    bench.until_holds(&bench.copy(TRANSCRIPT), format!("{lines}more\n").as_bytes()).await;
    // Cut short, and then written anew at greater length.
    for anew in ["anew\n".to_owned(), "other\n".repeat(60_000)] {
        fs::write(bench.there(TRANSCRIPT), &anew).expect("written");
        bench.replicas.told(attempt(1));
        bench.until_holds(&bench.copy(TRANSCRIPT), anew.as_bytes()).await;
    }
}

#[tokio::test]
async fn what_nobody_heard_comes_home_and_is_said() {
    let bench = Bench::start(1);
    let spool = paths(&bench.folder).attempt(attempt(1)).join("spool.jsonl");
    for line in ["{\"call\":\"1\"}\n", "{\"call\":\"2\"}\n"] {
        bench.append("host/attempts/a1/spool.jsonl", line.as_bytes());
        bench.replicas.told(attempt(1));
        let came = tokio::time::timeout(SOON, bench.replicas.spools()).await.expect("it is said");
        assert_eq!(came, BTreeSet::from([attempt(1)]));
        assert_eq!(fs::read_to_string(&spool).expect("there"), line);
        // Whoever reads it takes it away.
        fs::remove_file(&spool).expect("removed");
        bench.until("it is gone there", || !bench.there("host/attempts/a1/spool.taken.jsonl").exists()).await;
    }
}

#[tokio::test]
async fn whoever_asks_waits_until_all_is_home() {
    let bench = Bench::start(2);
    bench.replicas.bring_home(attempt(9)).await;
    bench.append("host/recordings/a2.rec", b"first");
    bench.until_holds(&bench.recording(2), b"first").await;
    bench.append("host/recordings/a2.rec", &vec![b'x'; 5 << 20]);
    tokio::time::timeout(SOON, bench.replicas.bring_home(attempt(2))).await.expect("it is home");
    assert_eq!(fs::metadata(bench.recording(2)).expect("there").len(), 5 + (5 << 20));
}

#[tokio::test]
async fn a_host_that_was_away_is_asked_for_everything_when_it_is_back() {
    let bench = Bench::start(2);
    let copies = Copies::of(&paths(&bench.folder), attempt(2));
    bench.until("it is followed", || Copied::unfinished(&copies).is_some()).await;
    bench.reached.store(false, Ordering::SeqCst);
    bench.append("host/recordings/a1.rec", b"one");
    bench.append("host/recordings/a2.rec", b"two");
    bench.append("host/attempts/a2/spool.jsonl", b"{}\n");
    // It ends meanwhile.
    bench.live.send_replace(Arc::new(vec![pane(1)]));
    bench.reached.store(true, Ordering::SeqCst);
    bench.until_holds(&bench.recording(1), b"one").await;
    bench.until_holds(&bench.recording(2), b"two").await;
    assert_eq!(tokio::time::timeout(SOON, bench.replicas.spools()).await, Ok(BTreeSet::from([attempt(2)])));
}

#[tokio::test]
async fn when_an_attempt_is_over_all_is_home_and_nothing_is_left_there() {
    let bench = Bench::start(1);
    bench.append("host/recordings/a1.rec", b"one");
    bench.until_holds(&bench.recording(1), b"one").await;
    bench.reached.store(false, Ordering::SeqCst);
    bench.append("host/recordings/a1.rec", b"last words");
    bench.append("host/attempts/a1/settings.json", b"{}");
    bench.append("host/prompts/a1.txt", b"do it");
    // The daemon ends before it could be brought home; the next one knows of it.
    let bench = bench.restart(0).await;
    bench.until_holds(&bench.recording(1), b"onelast words").await;
    let there = ["host/recordings/a1.rec", "host/attempts/a1", "host/prompts/a1.txt"];
    bench.until("all is gone there", || there.iter().all(|path| !bench.there(path).exists())).await;
    let copies = Copies::of(&paths(&bench.folder), attempt(1));
    bench.until("it is finished", || Copied::unfinished(&copies).is_none()).await;
}

#[tokio::test]
async fn the_head_of_a_long_recording_takes_no_room_there_and_is_here() {
    let bench = Bench::start(1);
    let mut all = Vec::new();
    for number in 0..5_u8 {
        let piece: Vec<u8> = (0..4 << 20).map(|at: u32| at as u8 ^ number).collect();
        bench.append("host/recordings/a1.rec", &piece);
        all.extend(piece);
        bench.printed(1);
        bench.until_holds(&bench.recording(1), &all).await;
    }
    let room = || fs::metadata(bench.there("host/recordings/a1.rec")).map_or(0, |file| file.blocks() * 512);
    bench.until("it takes less room there", || room() <= 13 << 20).await;
    bench.append("host/recordings/a1.rec", b"more");
    all.extend(b"more");
    bench.printed(1);
    bench.until_holds(&bench.recording(1), &all).await;
}

#[tokio::test]
async fn what_can_t_be_written_here_holds_nothing_else_up_and_comes_later() {
    let bench = Bench::start(0);
    fs::create_dir(bench.recording(1)).expect("in its way");
    bench.append("host/recordings/a1.rec", b"one");
    bench.append("host/recordings/a2.rec", b"two");
    bench.live.send_replace(Arc::new(vec![pane(1), pane(2)]));
    bench.until_holds(&bench.recording(2), b"two").await;
    fs::remove_dir(bench.recording(1)).expect("removed");
    bench.until_holds(&bench.recording(1), b"one").await;
}
