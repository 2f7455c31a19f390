//! The follower on real files: what is written to them is told, once, whatever is done to them meanwhile.

use std::{fs, io::Write, path::Path};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::domain::{ProfileName, TargetName, Timestamp, attempt::PaneId, usage::Tokens};

/// How long something may take under load before a test gives up.
const SOON: Duration = Duration::from_secs(20);
const ONE: &str = "3f8c6a3e-1f6f-4a6b-9e0e-0a3ab25a7f10";
const TWO: &str = "7b1d2c3e-0000-4a6b-9e0e-0a3ab25a7f11";

/// A follower that runs, in a home of its own.
struct Bench {
    home: TempDir,
    live: watched::Sender<Arc<Vec<LivePane>>>,
    named: Named,
    inbox: mpsc::Receiver<Letter>,
    cancel: CancellationToken,
    task: tokio::task::JoinHandle<()>,
    told: Vec<Signal>,
}

impl Bench {
    fn start() -> Self {
        Self::at(tempfile::tempdir().expect("a home"), Vec::new())
    }

    fn at(home: TempDir, panes: Vec<LivePane>) -> Self {
        let (follower, live, named, inbox) = follower(home.path(), panes);
        let cancel = CancellationToken::new();
        let task = tokio::spawn(follower.run(cancel.clone()));
        Self { home, live, named, inbox, cancel, task, told: Vec::new() }
    }

    /// The next daemon begins where this one ends.
    async fn restart(self) -> Self {
        let panes = self.live.borrow().to_vec();
        self.cancel.cancel();
        self.task.await.expect("no panic");
        Self::at(self.home, panes)
    }

    fn lives(&self, panes: Vec<LivePane>) {
        self.live.send_replace(Arc::new(panes));
    }

    /// Where Claude keeps this conversation, held in `/work/app`.
    fn transcript(&self, conversation: &str) -> PathBuf {
        self.home.path().join(format!(".claude/projects/-work-app/{conversation}.jsonl"))
    }

    /// Waits for a signal that is `wanted`.
    async fn wait_for(&mut self, what: &str, wanted: impl Fn(&Signal) -> bool) -> Signal {
        let next = async {
            loop {
                let Some(Letter::Input(Input::Signal { signal, .. })) = self.inbox.recv().await else { continue };
                self.told.push(signal.clone());
                if wanted(&signal) {
                    return signal;
                }
            }
        };
        tokio::time::timeout(SOON, next).await.unwrap_or_else(|_| panic!("within {SOON:?}: {what}"))
    }

    /// Waits until so many requests are counted.
    async fn wait_for_requests(&mut self, requests: u64) -> Tokens {
        let counts = move |signal: &Signal| matches!(&signal.says, Says::Spent(rows) if rows[0].requests == requests);
        let signal = self.wait_for(&format!("{requests} requests"), counts).await;
        let Says::Spent(rows) = signal.says else { panic!("figures") };
        rows[0].tokens
    }

    async fn wait_for_interrupt(&mut self) {
        self.wait_for("an interrupt", |signal| signal.says == Says::Interrupted).await;
    }

    fn interrupts(&self) -> usize {
        self.told.iter().filter(|signal| signal.says == Says::Interrupted).count()
    }
}

type Parts = (Follower, watched::Sender<Arc<Vec<LivePane>>>, Named, mpsc::Receiver<Letter>);

fn follower(home: &Path, panes: Vec<LivePane>) -> Parts {
    let (live, receiver) = watched::channel(Arc::new(panes));
    let (named, hears) = named();
    let (sender, inbox) = mpsc::channel(1_024);
    let paths = Paths::below(&home.join("qd")).expect("paths");
    let profiles = Arc::new(Profiles::load(Path::new("/nonexistent")));
    let variable = home.as_os_str().to_owned();
    let variables = Box::new(move |_: &TargetName, name: &str| (name == "HOME").then(|| variable.clone()));
    let replicas = Replicas::default();
    let follower = Follower::new(paths, profiles, (variables, replicas), receiver, hears, sender).expect("watching");
    (follower, live, named, inbox)
}

fn pane(number: u32, agent: &str, conversation: Option<&str>) -> LivePane {
    LivePane {
        attempt: AttemptId::from_number(number).expect("an id"),
        session: SessionId::from_number(number).expect("an id"),
        target: TargetName::local(),
        profile: agent.parse::<ProfileName>().expect("a name"),
        pane: PaneId(format!("%{number}")),
        ready: true,
        submitted: None,
        conversation: conversation.map(str::to_owned),
        folder: Some("/work/app".into()),
        since: at("2026-11-21T08:00:00Z"),
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().expect("a time").as_millisecond())
}

fn append(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    let mut file = fs::OpenOptions::new().create(true).append(true).open(path).expect("opened");
    file.write_all(text.as_bytes()).expect("written");
}

fn line(record: &Value) -> String {
    format!("{record}\n")
}

fn answer(id: &str) -> String {
    let usage = json!({"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 100});
    let message = json!({"id": id, "model": "claude-opus-5-5", "usage": usage, "content": []});
    line(&json!({"type": "assistant", "timestamp": "2026-11-21T09:00:00Z", "message": message}))
}

fn interrupt(moment: &str) -> String {
    let content = json!([{"type": "text", "text": "[Request interrupted by user]"}]);
    line(&json!({"type": "user", "timestamp": moment, "message": {"role": "user", "content": content}}))
}

fn tokens(requests: u64) -> Tokens {
    Tokens { input: 10 * requests, output: 5 * requests, cache_read: 100 * requests, cache_write: 0 }
}

#[tokio::test]
async fn a_transcript_that_comes_late_is_followed_as_it_grows() {
    let mut bench = Bench::start();
    bench.lives(vec![pane(1, "claude", Some(ONE))]);
    let path = bench.transcript(ONE);
    append(&path, &answer("a"));
    assert_eq!(bench.wait_for_requests(1).await, tokens(1));
    let interrupted = interrupt("2026-11-21T09:00:01Z");
    let (begun, rest) = interrupted.split_at(30);
    append(&path, &(answer("a") + &answer("b") + begun));
    assert_eq!(bench.wait_for_requests(2).await, tokens(2));
    assert_eq!(bench.interrupts(), 0, "half a record says nothing");
    append(&path, rest);
    bench.wait_for_interrupt().await;
}

#[tokio::test]
async fn a_file_that_is_cut_replaced_or_deleted_is_read_anew_and_doubles_nothing() {
    let mut bench = Bench::start();
    bench.lives(vec![pane(1, "claude", Some(ONE))]);
    let path = bench.transcript(ONE);
    let past = interrupt("2026-11-21T09:00:01Z");
    append(&path, &answer("a"));
    bench.wait_for_requests(1).await;
    append(&path, &past);
    bench.wait_for_interrupt().await;
    fs::write(&path, past.clone() + &answer("b")).expect("written");
    assert_eq!(bench.wait_for_requests(2).await, tokens(2));
    let other = path.with_extension("new");
    fs::write(&other, answer("a") + &answer("b") + &answer("c") + &past).expect("written");
    fs::rename(&other, &path).expect("renamed");
    assert_eq!(bench.wait_for_requests(3).await, tokens(3));
    fs::remove_dir_all(path.parent().expect("a folder")).expect("removed");
    append(&path, &(answer("a") + &answer("d")));
    assert_eq!(bench.wait_for_requests(4).await, tokens(4));
    assert_eq!(bench.interrupts(), 1, "what was told is not told again: {:#?}", bench.told);
}

#[tokio::test]
async fn all_conversations_of_an_attempt_count_even_after_a_restart() {
    let mut bench = Bench::start();
    bench.lives(vec![pane(1, "claude", Some(ONE))]);
    append(&bench.transcript(ONE), &(answer("a") + &answer("b") + &interrupt("2026-11-21T09:00:01Z")));
    bench.wait_for_requests(2).await;
    assert_eq!(bench.interrupts(), 1);
    // The person clears it; a hook names the file before the core has told the conversation.
    let elsewhere = bench.home.path().join(format!("elsewhere/{TWO}.jsonl"));
    append(&elsewhere, &answer("c"));
    let started = Signal {
        at: at("2026-11-21T09:00:02Z"),
        channel: crate::domain::signal::Channel::Hook,
        name: "SessionStart".into(),
        text: String::new(),
        conversation: Some(TWO.into()),
        says: Says::Started { transcript: Some(elsewhere.clone()) },
    };
    bench.named.hear(AttemptId::FIRST, &started);
    assert_eq!(bench.wait_for_requests(3).await, tokens(3));
    bench.lives(vec![pane(1, "claude", Some(TWO))]);
    append(&elsewhere, &answer("d"));
    assert_eq!(bench.wait_for_requests(4).await, tokens(4));
    let mut bench = bench.restart().await;
    assert_eq!(bench.wait_for_requests(4).await, tokens(4));
    append(&elsewhere, &interrupt("2026-11-21T09:00:03Z"));
    bench.wait_for_interrupt().await;
    assert_eq!(bench.told.len(), 2, "what has happened long ago is no news: {:#?}", bench.told);
}

#[tokio::test]
async fn after_a_restart_only_the_last_thing_that_holds_is_told_with_its_own_time() {
    let mut bench = Bench::start();
    bench.lives(vec![pane(1, "claude", Some(ONE))]);
    let path = bench.transcript(ONE);
    append(&path, &(interrupt("2026-11-21T09:00:01Z") + &answer("a") + &interrupt("2026-11-21T09:00:02Z")));
    bench.wait_for_requests(1).await;
    let mut bench = bench.restart().await;
    bench.wait_for_requests(1).await;
    let told: Vec<_> = bench.told.iter().filter(|signal| signal.says == Says::Interrupted).collect();
    assert_eq!(told.iter().map(|signal| signal.at).collect::<Vec<_>>(), [at("2026-11-21T09:00:02Z")]);
}

#[tokio::test]
async fn subagents_count_in_whatever_order_their_folders_come() {
    let mut bench = Bench::start();
    bench.lives(vec![pane(1, "claude", Some(ONE))]);
    let path = bench.transcript(ONE);
    append(&path, &answer("a"));
    bench.wait_for_requests(1).await;
    let subagents = path.with_extension("").join("subagents");
    append(&subagents.join("agent-1.jsonl"), &answer("b"));
    bench.wait_for_requests(2).await;
    append(&subagents.join("agent-1.jsonl"), &answer("c"));
    append(&subagents.join("agent-2.jsonl"), &(answer("d") + &interrupt("2026-11-21T09:00:01Z")));
    append(&subagents.join("agent-2.meta.json"), &answer("e"));
    assert_eq!(bench.wait_for_requests(4).await, tokens(4));
    assert_eq!(bench.interrupts(), 0, "what is done to a subagent is not done to its agent");
}

#[tokio::test]
async fn a_rollout_that_begins_with_the_first_prompt_is_found_by_its_conversation() {
    let mut bench = Bench::start();
    bench.lives(vec![pane(1, "codex", None), pane(2, "shell", None)]);
    let day = bench.home.path().join(".codex/sessions/2026/11/21");
    let rollout = day.join(format!("rollout-2026-11-21T09-00-00-{ONE}.jsonl"));
    let event =
        |moment: &str, payload: Value| line(&json!({"timestamp": moment, "type": "event_msg", "payload": payload}));
    append(
        &day.join(format!("rollout-2026-11-21T09-00-00-{TWO}.jsonl")),
        &event("2026-11-21T09:00:00Z", json!({"type": "turn_aborted"})),
    );
    append(&rollout, &event("2026-11-21T09:00:00Z", json!({"type": "task_started"})));
    bench.lives(vec![pane(1, "codex", Some(ONE)), pane(2, "shell", None)]);
    let works = |signal: &Signal| matches!(signal.says, Says::Working { .. });
    let began = bench.wait_for("that it works", works).await;
    assert_eq!((began.at, began.conversation.as_deref()), (at("2026-11-21T09:00:00Z"), Some(ONE)));
    let error = json!({"message": "Selected model is at capacity.", "codex_error_info": "server_overloaded"});
    append(&rollout, &event("2026-11-21T09:00:05Z", json!({"type": "task_complete", "error": error})));
    let failed = |signal: &Signal| matches!(signal.says, Says::TurnFailed { .. });
    bench.wait_for("that its turn failed", failed).await;
    assert_eq!(bench.told.len(), 2, "{:#?}", bench.told);
}

#[tokio::test]
async fn the_last_words_of_a_program_count_and_those_of_the_next_do_not() {
    let mut bench = Bench::start();
    bench.lives(vec![pane(1, "claude", Some(ONE))]);
    let path = bench.transcript(ONE);
    append(&path, &answer("a"));
    bench.wait_for_requests(1).await;
    append(&path, &answer("b"));
    bench.lives(Vec::new());
    assert_eq!(bench.wait_for_requests(2).await, tokens(2));
    append(&path, &answer("c"));
    assert_eq!(bench.wait_for_requests(3).await, tokens(3));
    // Resumed: the next attempt of the same session.
    let next = LivePane {
        attempt: AttemptId::FIRST.next(),
        since: at("2026-11-21T09:30:00Z"),
        ..pane(1, "claude", Some(ONE))
    };
    bench.lives(vec![next]);
    append(&path, &answer("d").replace("09:00:00", "09:40:00"));
    assert_eq!(bench.wait_for_requests(1).await, tokens(1));
}

#[tokio::test]
async fn a_flood_is_a_few_figures_and_every_request_counts() {
    const REQUESTS: u64 = 2_000;
    let mut bench = Bench::start();
    bench.lives(vec![pane(1, "claude", Some(ONE))]);
    let path = bench.transcript(ONE);
    append(&path, &answer("0"));
    bench.wait_for_requests(1).await;
    let began = Instant::now();
    let flood =
        tokio::task::spawn_blocking(move || (1..REQUESTS).for_each(|id| append(&path, &answer(&id.to_string()))));
    assert_eq!(bench.wait_for_requests(REQUESTS).await, tokens(REQUESTS));
    flood.await.expect("written");
    let most = began.elapsed().as_millis() / FIGURES_EVERY.as_millis() + 3;
    assert!(bench.told.len() as u128 <= most, "{} signals, at most {most}", bench.told.len());
}

#[tokio::test]
async fn agents_that_are_silent_cost_nothing() {
    const AGENTS: u32 = 50;
    let home = tempfile::tempdir().expect("a home");
    let agents = (1..=AGENTS).map(|number| (number, format!("3f8c6a3e-1f6f-4a6b-9e0e-{number:012}")));
    let agents: Vec<(u32, String)> = agents.collect();
    for (_, conversation) in agents.iter().filter(|(number, _)| number % 2 == 0) {
        append(&home.path().join(format!(".claude/projects/-work-app/{conversation}.jsonl")), &answer(conversation));
    }
    let panes = agents.iter().map(|(number, conversation)| pane(*number, "claude", Some(conversation))).collect();
    let (mut follower, _live, _named, mut inbox) = follower(home.path(), panes);
    follower.take_live();
    while follower.next_due().is_some() {
        follower.read_due().await;
    }
    let mut told = 0;
    while inbox.try_recv().is_ok() {
        told += 1;
    }
    assert_eq!((follower.follows.len(), told), (50, 25));
    // No timer runs, and the watcher has nothing to say of files that nobody writes to, although they were read.
    let told = tokio::time::timeout(Duration::from_millis(200), follower.telling.recv()).await;
    assert!(told.is_err(), "{told:?}");
}
