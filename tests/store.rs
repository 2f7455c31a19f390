//! The store, as the daemon meets it: real files, real crashes.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use proptest::prelude::*;
use quarterdeck::{
    domain::{
        Activity, Attempt, AttemptId, Change, Event, Message, MessageId, Objective, ObjectiveId, Question, QuestionId,
        Session, SessionId, Target, TargetName, Timestamp, Workspace, WorkspaceId, World,
        activity::{Doing, Evidence, Source},
        attempt, event, message, objective, question, session, target, workspace,
    },
    store::{Batch, Error, EventQuery, Opened, Place, Store},
};

#[test]
fn what_was_committed_is_what_is_loaded() {
    let strategy = (prop::collection::vec(any::<[u8; 6]>(), 1..120), prop::collection::vec(any::<String>(), 1..8));
    let config = ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |((steps, texts) in strategy)| {
        runtime().block_on(commit_and_reload(&steps, texts))?;
    });
}

async fn commit_and_reload(steps: &[[u8; 6]], texts: Vec<String>) -> Result<(), TestCaseError> {
    let (_folder, path) = place();
    let (store, opened) = Store::open(&path).expect("opened");
    let (mut world, mut author) = (opened.world, Author::new(texts));
    let mut changes = author.opening();
    changes.extend(steps.iter().filter_map(|step| author.change(*step)));
    changes.extend(author.ending());
    for (change, revision) in changes.chunks(3).zip(1..) {
        for change in change {
            world.apply(change.clone());
        }
        world.revision = revision;
        store.commit(Batch { revision, changes: change.to_vec(), bodies: vec![] }).await.expect("committed");
    }
    world.log.drain(..world.log.len().saturating_sub(World::LOG));

    for &id in author.sessions.keys() {
        let of_session = |session| session == id;
        prop_assert_eq!(store.attempts(id).await.expect("read"), author.attempts(of_session));
        prop_assert_eq!(store.messages(id).await.expect("read"), author.messages(of_session));
        prop_assert_eq!(store.questions(id).await.expect("read"), author.questions(of_session));
        prop_assert_eq!(store.workspaces(id).await.expect("read"), author.workspaces(of_session));
        let (objective, session) = store.session(id).await.expect("read").expect("there");
        prop_assert_eq!((&objective, &session), (&author.objectives[&session.objective], &author.sessions[&id]));
    }
    store.close().await;
    let (store, reopened) = Store::open(&path).expect("opened again");
    prop_assert_eq!(&reopened.world, &world);
    prop_assert_eq!(reopened.counters.session as usize, author.sessions.len());
    prop_assert_eq!(reopened.counters.message as usize, author.messages.len());
    prop_assert_eq!(reopened.counters.event, author.events);
    prop_assert_eq!(reopened.counters.revision, world.revision);
    store.close().await;
    Ok(())
}

/// Not a test of its own: the process that [`a_killed_writer_leaves_whole_steps_only`] kills.
#[test]
fn a_writer_to_be_killed() {
    let Some(path) = std::env::var_os("QD_TEST_WRITE_TO") else { return };
    let (store, opened) = Store::open(Path::new(&path)).expect("opened");
    runtime().block_on(async move {
        for revision in opened.counters.revision + 1.. {
            let changes = (1..=LINES).map(|line| Change::Event(said((revision - 1) * LINES + line, "line"))).collect();
            store.commit(Batch { revision, changes, bodies: vec![] }).await.expect("committed");
            println!("committed {revision}");
        }
    });
}

/// Lines of the log in each step of the writer that is killed.
const LINES: u64 = 40;

#[test]
fn a_killed_writer_leaves_whole_steps_only() {
    let (_folder, path) = place();
    for round in 1..=6_u64 {
        let mut writer = Command::new(std::env::current_exe().expect("ourselves"))
            .args(["--exact", "a_writer_to_be_killed", "--nocapture"])
            .env("QD_TEST_WRITE_TO", &path)
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let said = BufReader::new(writer.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let mut acknowledged =
            said.filter_map(|line| line.split("committed ").nth(1).and_then(|number| number.parse::<u64>().ok()));
        // Each round dies at another place of the log's life.
        let seen = acknowledged.nth(round as usize * 7).expect("the writer committed");
        writer.kill().expect("killed");
        writer.wait().expect("ended");
        let seen = acknowledged.last().unwrap_or(seen);

        let (store, opened) = Store::open(&path).expect("opened");
        let Opened { counters, .. } = opened;
        assert!(counters.revision >= seen, "{seen} was acknowledged, {} is there", counters.revision);
        assert_eq!(counters.event, counters.revision * LINES, "half a step");
        let everything = EventQuery { after: Some(0), before: None, session: None, limit: usize::MAX };
        let events = runtime().block_on(store.events(everything)).expect("read");
        assert_eq!(events.len() as u64, counters.event, "a line is missing");
        runtime().block_on(store.close());
    }
}

#[tokio::test]
async fn waiting_commits_are_written_in_order() {
    let (_folder, path) = place();
    let (store, _) = Store::open(&path).expect("opened");
    let waiting: Vec<_> = (1..=500)
        .map(|revision| {
            let batch = Batch { revision, changes: vec![Change::Event(said(revision, "x"))], bodies: vec![] };
            let store = store.clone();
            tokio::spawn(async move { store.commit(batch).await })
        })
        .collect();
    for result in waiting {
        result.await.expect("ran").expect("committed");
    }
    store.close().await;
    let (_store, opened) = Store::open(&path).expect("opened");
    assert_eq!((opened.counters.revision, opened.counters.event), (500, 500));
    let held: Vec<_> = opened.world.log.iter().map(|event| event.sequence).collect();
    assert_eq!(held, (301..=500).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_final_session_can_be_told_about_but_not_changed() {
    let (_folder, path) = place();
    let (store, _) = Store::open(&path).expect("opened");
    let mut author = Author::new(vec!["x".into()]);
    store.commit(Batch { revision: 1, changes: author.opening(), bodies: vec![] }).await.expect("committed");
    let mut session = author.session(SessionId::FIRST, ObjectiveId::FIRST);
    session.state = session::State::Canceled;
    commit(&store, 2, Change::Session(session.clone())).await.expect("canceled");
    session.activity.doing = Doing::Nothing;
    commit(&store, 3, Change::Session(session.clone())).await.expect("its activity may change");
    session.state = session::State::Queued;
    let error = commit(&store, 4, Change::Session(session)).await.expect_err("final");
    assert!(matches!(error, Error::Refused { .. }), "{error}");
    let cause = std::error::Error::source(&error).expect("a cause").to_string();
    assert!(cause.contains("is final"), "{cause}");
    let (_, session) = store.session(SessionId::FIRST).await.expect("read").expect("there");
    assert_eq!(session.state, session::State::Canceled);
}

#[tokio::test]
async fn a_row_that_points_at_nothing_is_refused_by_name() {
    let (_folder, path) = place();
    let (store, _) = Store::open(&path).expect("opened");
    let mut author = Author::new(vec!["x".into()]);
    let error = commit(&store, 1, Change::Session(author.session(SessionId::FIRST, ObjectiveId::FIRST))).await;
    let error = error.expect_err("no objective, no target");
    assert!(error.to_string().contains("sessions 1 names a row of objectives that does not exist"), "{error}");
    let error = commit(&store, 2, Change::Event(said(1, "later"))).await.expect_err("after a failure");
    assert!(matches!(error, Error::Stopped), "{error}");
}

#[tokio::test]
async fn a_second_daemon_is_noticed() {
    let (_folder, path) = place();
    let (first, _) = Store::open(&path).expect("opened");
    let (second, _) = Store::open(&path).expect("opened");
    commit(&first, 5, Change::Event(said(1, "mine"))).await.expect("committed");
    let error = commit(&second, 4, Change::Event(said(2, "mine"))).await.expect_err("outrun");
    assert!(matches!(error, Error::Outrun { revision: 4 }), "{error}");
}

#[tokio::test]
async fn the_file_is_private_even_when_it_was_not() {
    let (_folder, path) = place();
    std::fs::write(&path, "").expect("made");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("set");
    let (store, _) = Store::open(&path).expect("opened");
    commit(&store, 1, Change::Event(said(1, "x"))).await.expect("committed");
    let files: Vec<_> = std::fs::read_dir(path.parent().expect("a folder")).expect("listed").flatten().collect();
    assert!(files.len() >= 3, "the database, its log and its index");
    for file in files {
        assert_eq!(file.metadata().expect("there").permissions().mode() & 0o777, 0o600, "{:?}", file.path());
    }
}

#[test]
fn a_database_of_a_newer_program_is_refused_and_not_touched() {
    let (_folder, path) = place();
    drop(Store::open(&path).expect("opened"));
    let raw = rusqlite::Connection::open(&path).expect("opened");
    raw.pragma_update(None, "user_version", 99).expect("set");
    let error = Store::open(&path).expect_err("newer");
    assert!(matches!(error, Error::Newer { found: 99, .. }), "{error}");
    let version: i64 = raw.pragma_query_value(None, "user_version", |row| row.get(0)).expect("read");
    assert_eq!(version, 99);
}

#[test]
fn what_is_not_ours_is_refused_and_not_touched() {
    let (_folder, path) = place();
    let raw = rusqlite::Connection::open(&path).expect("opened");
    raw.execute_batch("CREATE TABLE things (name TEXT)").expect("made");
    drop(raw);
    assert!(matches!(Store::open(&path), Err(Error::NotOurs(_))));
    std::fs::write(&path, "Dear diary, ".repeat(1_000)).expect("written");
    let error = Store::open(&path).expect_err("a diary");
    assert!(matches!(error, Error::Damaged(_)), "{error}");
    assert!(std::fs::read_to_string(&path).expect("read").starts_with("Dear diary"));
}

#[tokio::test]
async fn every_released_schema_opens_with_all_its_rows() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/store");
    let mut versions = 0;
    for fixture in std::fs::read_dir(fixtures).expect("listed").flatten() {
        versions += 1;
        let (_folder, path) = place();
        let raw = rusqlite::Connection::open(&path).expect("opened");
        let dump = std::fs::read_to_string(fixture.path()).expect("read");
        raw.execute_batch(&format!("BEGIN; {dump} COMMIT;")).expect("a database");
        drop(raw);
        let (store, opened) = Store::open(&path).expect("opened");
        let world = opened.world;
        assert_eq!(world.check(), Vec::<String>::new());
        let held = |ids: &mut dyn Iterator<Item = u32>| ids.collect::<Vec<_>>();
        assert_eq!(held(&mut world.sessions.keys().map(|id| id.number())), [1, 2]);
        assert_eq!(held(&mut world.attempts.keys().map(|id| id.number())), [2, 3]);
        assert_eq!(held(&mut world.messages.keys().map(|id| id.number())), [2, 3]);
        assert_eq!(held(&mut world.questions.keys().map(|id| id.number())), [1]);
        assert_eq!(held(&mut world.workspaces.keys().map(|id| id.number())), [1]);
        assert_eq!((world.log.len(), world.revision, opened.counters.attempt), (2, 9, 3));
        let (objective, _) = store.session("s3".parse().expect("an id")).await.expect("read").expect("there");
        assert!(objective.archived);
        assert_eq!(store.search("parser", 10).await.expect("searched").len(), 3);
    }
    assert!(versions >= 1);
}

#[test]
fn the_first_schema_is_as_it_was_released() {
    let fixture = include_str!("fixtures/store/v1.sql");
    let (schema, _) = fixture.split_once("-- rows\n").expect("a schema, then rows");
    assert!(
        schema == include_str!("../src/store/schema/0001.sql"),
        "a released schema is never edited: add a step. (While nothing is released, edit both files.)"
    );
}

#[tokio::test]
async fn search_finds_words_in_titles_bodies_questions_and_the_log() {
    let (_folder, path) = place();
    let (store, _) = Store::open(&path).expect("opened");
    let mut author = Author::new(vec!["Fix the Parser in src/parse_tree.rs".into()]);
    let mut changes = author.opening();
    changes.push(author.change([2, 0, 0, 0, 0, 0]).expect("a message"));
    changes.push(author.change([3, 0, 0, 0, 0, 0]).expect("a question"));
    changes.push(Change::Event(said(1, "the pärser was fixed")));
    let bodies = vec![(MessageId::FIRST, "first\nline, then: parser\nthird".to_owned())];
    store.commit(Batch { revision: 1, changes, bodies }).await.expect("committed");

    let found = store.search("PARS", 10).await.expect("searched");
    let places: Vec<_> = found.iter().map(|found| (found.place, found.id.as_str())).collect();
    assert_eq!(
        places,
        [
            (Place::Objective, "o1"),
            (Place::Session, "s1"),
            (Place::Question, "q1"),
            (Place::Message, "m1"),
            (Place::Event, "1")
        ]
    );
    assert_eq!(found[3].excerpt, "first line, then: [parser] third");
    assert_eq!(found[3].session, Some(SessionId::FIRST));
    assert_eq!(store.search("parser then first", 10).await.expect("searched").len(), 1);
    assert_eq!(store.search("parse_tree", 2).await.expect("searched").len(), 2);

    let mut session = author.session(SessionId::FIRST, ObjectiveId::FIRST);
    session.title = "Something else".into();
    commit(&store, 2, Change::Session(session)).await.expect("renamed");
    let found = store.search("parser", 10).await.expect("searched");
    assert!(found.iter().all(|found| found.place != Place::Session), "the old title is still found");
    assert_eq!(store.search("something", 10).await.expect("searched").len(), 1);
}

#[test]
fn search_takes_any_text_as_words() {
    let runtime = runtime();
    let (_folder, path) = place();
    let (store, _) = Store::open(&path).expect("opened");
    let wicked = ["\"", "*", "a*b", "NEAR(", "a AND", "-a", "title:x", "^a", "a\0b", "{a}", "'; DROP TABLE events; --"];
    runtime.block_on(async {
        commit(&store, 1, Change::Event(said(1, "a harmless line"))).await.expect("committed");
        for words in wicked.into_iter().map(String::from).chain(["\" ".repeat(10_000), "a ".repeat(10_000)]) {
            store.search(&words, 5).await.unwrap_or_else(|error| panic!("{words:?}: {error:?}"));
        }
        assert_eq!(store.search("a har", 5).await.expect("searched").len(), 1);
    });
    let config = ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(words in any::<String>(), limit in any::<usize>())| {
        runtime.block_on(store.search(&words, limit)).expect("searched");
    });
}

#[tokio::test]
async fn pruning_keeps_the_newest_lines_and_goes_on_counting() {
    let (_folder, path) = place();
    let (store, _) = Store::open(&path).expect("opened");
    let changes = (1..=2_000).map(|sequence| Change::Event(said(sequence, "old news"))).collect();
    store.commit(Batch { revision: 1, changes, bodies: vec![] }).await.expect("committed");
    assert_eq!(store.prune(1_500).await.expect("pruned"), 500);
    assert_eq!(store.prune(0).await.expect("pruned"), 1_300, "what the world holds stays");
    assert_eq!(store.search("news", usize::MAX).await.expect("searched").len(), 200);
    let query = EventQuery { after: None, before: Some(1_900), session: None, limit: 3 };
    let lines: Vec<_> = store.events(query).await.expect("read").iter().map(|event| event.sequence).collect();
    assert_eq!(lines, [1_897, 1_898, 1_899]);
    let query = EventQuery { after: Some(1_000), before: None, session: None, limit: 2 };
    let lines: Vec<_> = store.events(query).await.expect("read").iter().map(|event| event.sequence).collect();
    assert_eq!(lines, [1_801, 1_802]);
    store.close().await;
    let (_store, opened) = Store::open(&path).expect("opened");
    assert_eq!(opened.counters.event, 2_000);
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let (_folder, path) = place();
    let (store, _) = Store::open(&path).expect("opened");
    let other = store.clone();
    store.close().await;
    assert!(matches!(commit(&other, 1, Change::Event(said(1, "x"))).await, Err(Error::Closed)));
    assert!(matches!(other.body(MessageId::FIRST).await, Err(Error::Closed)));
}

fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("quarterdeck.sqlite");
    (folder, path)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

async fn commit(store: &Store, revision: u64, change: Change) -> Result<(), Error> {
    store.commit(Batch { revision, changes: vec![change], bodies: vec![] }).await
}

fn said(sequence: u64, text: &str) -> Event {
    let kind = event::Kind::Supervisor;
    Event { sequence, at: Timestamp(0), kind, objective: None, session: None, text: text.into() }
}

/// Makes up changes that the domain could have made: ids count up, rows point at rows that are there, final stays
/// final. What it makes is decided by the numbers it is given.
struct Author {
    texts: Vec<String>,
    told: usize,
    objectives: BTreeMap<ObjectiveId, Objective>,
    sessions: BTreeMap<SessionId, Session>,
    attempts: BTreeMap<AttemptId, Attempt>,
    messages: BTreeMap<MessageId, Message>,
    questions: BTreeMap<QuestionId, Question>,
    workspaces: BTreeMap<WorkspaceId, Workspace>,
    events: u64,
}

macro_rules! of_session {
    ($($rows:ident $owner:ident $row:ty;)*) => {$(
        fn $rows(&self, wanted: impl Fn(SessionId) -> bool) -> Vec<$row> {
            self.$rows.values().filter(|row| wanted(row.$owner)).cloned().collect()
        }
    )*};
}

impl Author {
    of_session! {
        attempts session Attempt;
        messages session Message;
        questions session Question;
        workspaces owner Workspace;
    }

    fn new(texts: Vec<String>) -> Self {
        Self {
            texts,
            told: 0,
            objectives: BTreeMap::new(),
            sessions: BTreeMap::new(),
            attempts: BTreeMap::new(),
            messages: BTreeMap::new(),
            questions: BTreeMap::new(),
            workspaces: BTreeMap::new(),
            events: 0,
        }
    }

    fn text(&mut self) -> String {
        self.told += 1;
        self.texts[self.told % self.texts.len()].clone()
    }

    fn maybe_text(&mut self, wanted: u8) -> Option<String> {
        (wanted % 2 == 1).then(|| self.text())
    }

    fn time(&mut self) -> Timestamp {
        self.told += 1;
        Timestamp(self.told as i64 * 997)
    }

    fn target(&self, which: u8) -> TargetName {
        if which.is_multiple_of(3) { "far".parse().expect("a name") } else { TargetName::local() }
    }

    /// Two targets, an objective and a session.
    fn opening(&mut self) -> Vec<Change> {
        let mut changes: Vec<Change> =
            [[6, 0, 0, 0, 0, 0], [6, 1, 0, 0, 0, 0]].map(|step| self.change(step)).into_iter().flatten().collect();
        changes.extend(self.change([0, 0, 0, 0, 0, 0]));
        changes.extend(self.change([1, 0, 0, 0, 0, 0]));
        changes
    }

    /// Some objectives are put away.
    fn ending(&mut self) -> Vec<Change> {
        let away = self.objectives.values_mut().filter(|objective| objective.id.number() % 3 == 2);
        away.map(|objective| {
            objective.archived = true;
            Change::Objective(objective.clone())
        })
        .collect()
    }

    fn change(&mut self, step: [u8; 6]) -> Option<Change> {
        let [noun, which, variant, more, and, last] = step;
        Some(match noun % 9 {
            0 => {
                let id = pick(&self.objectives, which, ObjectiveId::FIRST, ObjectiveId::next);
                let objective = Objective {
                    id,
                    title: self.text(),
                    repository: self.maybe_text(more).map(PathBuf::from),
                    mode: if more > 99 { objective::Mode::Manager } else { objective::Mode::Plain },
                    base: self.maybe_text(and),
                    state: [objective::State::Open, objective::State::Done, objective::State::Canceled]
                        [usize::from(variant % 3)],
                    created_at: self.time(),
                    archived: false,
                };
                self.objectives.insert(id, objective.clone());
                Change::Objective(objective)
            }
            1 => {
                let id = pick(&self.sessions, which, SessionId::FIRST, SessionId::next);
                let old = self.sessions.get(&id).cloned();
                let objective = old.as_ref().map_or_else(|| existing(&self.objectives, more), |old| old.objective);
                let mut session = self.session(id, objective);
                session.parent =
                    (and > 200 && self.sessions.contains_key(&SessionId::FIRST)).then_some(SessionId::FIRST);
                session.depends_on =
                    self.sessions.keys().copied().filter(|&other| other < id).take(usize::from(and % 4)).collect();
                session.depends_on.reverse();
                session.target = self.target(last);
                session.person_typing_since = (last > 200).then(|| self.time());
                session.workspace = self.workspaces.keys().next_back().copied();
                session.attempt = self.attempts.keys().next_back().copied();
                session.state = self.session_state(variant, more);
                if let Some(old) = old.filter(|old| old.state.is_final()) {
                    session.state = old.state;
                }
                self.sessions.insert(id, session.clone());
                Change::Session(session)
            }
            2 => {
                let id = pick(&self.messages, which, MessageId::FIRST, MessageId::next);
                let old = self.messages.get(&id);
                let message = Message {
                    id,
                    session: old.map_or_else(|| existing(&self.sessions, more), |old| old.session),
                    kind: [message::Kind::Prompt, message::Kind::Steer, message::Kind::Answer, message::Kind::HandOff]
                        [usize::from(and % 4)],
                    excerpt: self.text(),
                    bytes: usize::from(more) << 12,
                    delivery: self.delivery(variant, and),
                    delivery_since: self.time(),
                    created_at: self.time(),
                };
                self.messages.insert(id, message.clone());
                Change::Message(message)
            }
            3 => {
                let id = pick(&self.questions, which, QuestionId::FIRST, QuestionId::next);
                let old = self.questions.get(&id);
                let session = old.map_or_else(|| existing(&self.sessions, more), |old| old.session);
                let question = Question {
                    id,
                    objective: self.sessions[&session].objective,
                    session,
                    kind: [
                        question::Kind::Ended,
                        question::Kind::Vanished,
                        question::Kind::NotStarted,
                        question::Kind::Delivery,
                    ][usize::from(and % 4)],
                    text: self.text(),
                    choices: self.choices(last),
                    state: match variant % 3 {
                        0 => question::State::Open,
                        1 => question::State::Answered { answer: self.text(), at: self.time() },
                        _ => question::State::Withdrawn { reason: self.text(), at: self.time() },
                    },
                    created_at: self.time(),
                };
                self.questions.insert(id, question.clone());
                Change::Question(question)
            }
            4 => {
                let id = pick(&self.workspaces, which, WorkspaceId::FIRST, WorkspaceId::next);
                let old = self.workspaces.get(&id);
                let owner = old.map_or_else(|| existing(&self.sessions, more), |old| old.owner);
                let workspace = Workspace {
                    id,
                    objective: self.sessions[&owner].objective,
                    owner,
                    target: self.target(last),
                    kind: [workspace::Kind::Isolated, workspace::Kind::Shared, workspace::Kind::Scratch]
                        [usize::from(and % 3)],
                    repository: self.maybe_text(and).map(PathBuf::from),
                    path: self.text().into(),
                    branch: self.maybe_text(last),
                    base: (and > 99).then(|| workspace::Base {
                        reference: self.text(),
                        commit: self.text(),
                        note: self.maybe_text(last),
                    }),
                    state: match variant % 4 {
                        0 => workspace::State::Planned,
                        1 => workspace::State::Ready,
                        2 => workspace::State::Removing { reason: self.maybe_text(and) },
                        _ => workspace::State::Removed { proof: self.text() },
                    },
                    created_at: self.time(),
                };
                self.workspaces.insert(id, workspace.clone());
                Change::Workspace(workspace)
            }
            5 => {
                let id = pick(&self.attempts, which, AttemptId::FIRST, AttemptId::next);
                let old = self.attempts.get(&id).cloned();
                let attempt = Attempt {
                    id,
                    session: old.as_ref().map_or_else(|| existing(&self.sessions, more), |old| old.session),
                    target: self.target(last),
                    state: old
                        .filter(|old| old.state.is_ended())
                        .map_or_else(|| self.attempt_state(variant, and), |old| old.state),
                    state_since: self.time(),
                    conversation: self.maybe_text(more),
                    resumes: and % 2 == 0,
                    ready: last % 2 == 0,
                    created_at: self.time(),
                };
                self.attempts.insert(id, attempt.clone());
                Change::Attempt(attempt)
            }
            6 => Change::Target(Target {
                name: self.target(which),
                state: match variant % 4 {
                    0 => target::State::Online,
                    1 => target::State::Draining,
                    2 => target::State::Disabled,
                    _ => target::State::Unreachable { reason: self.text() },
                },
                state_since: self.time(),
                capacity: (and > 99).then_some(u32::from(last)),
            }),
            _ => {
                // More of these, so that the log outgrows what the world holds.
                self.events += 1;
                let session = (which % 2 == 0).then(|| existing(&self.sessions, more));
                Change::Event(Event {
                    sequence: self.events,
                    at: self.time(),
                    kind: [event::Kind::Activity, event::Kind::Message, event::Kind::Supervisor]
                        [usize::from(variant % 3)],
                    objective: session.map(|session| self.sessions[&session].objective),
                    session,
                    text: self.text(),
                })
            }
        })
    }

    /// A queued session.
    fn session(&mut self, id: SessionId, objective: ObjectiveId) -> Session {
        Session {
            id,
            objective,
            parent: None,
            depends_on: Vec::new(),
            role: session::Role::Worker,
            title: self.text(),
            profile: "claude".parse().expect("a name"),
            target: TargetName::local(),
            workspace_kind: workspace::Kind::Isolated,
            workspace: None,
            state: session::State::Queued,
            state_since: self.time(),
            attempt: None,
            activity: Activity {
                doing: Doing::YourTurn,
                since: self.time(),
                evidence: Evidence { source: Source::Screen, rule: self.text(), text: self.text(), at: self.time() },
            },
            person_typing_since: None,
            created_at: self.time(),
        }
    }

    fn session_state(&mut self, variant: u8, more: u8) -> session::State {
        let attempt = self.attempts.keys().next_back().copied();
        match (variant % 12, attempt, self.questions.keys().next_back().copied()) {
            (0, ..) => session::State::WaitingCapacity { scope: session::Scope::TargetClosed },
            (1, Some(attempt), _) => session::State::Starting { attempt },
            (2, Some(attempt), _) => session::State::Running { attempt },
            (3, _, Some(question)) => session::State::WaitingUser { question },
            (4, ..) => session::State::Succeeded { by: session::Completion::Exit },
            (5, ..) => session::State::Failed { cause: self.text() },
            (6, ..) if more > 99 => session::State::Canceled,
            _ => session::State::Queued,
        }
    }

    fn attempt_state(&mut self, variant: u8, more: u8) -> attempt::State {
        let pane = attempt::PaneId(format!("%{more}"));
        let ended = |end| attempt::State::Ended { end };
        match variant % 10 {
            0 => attempt::State::Preparing,
            1 => attempt::State::Launching,
            2 => attempt::State::Live { pane, pid: u32::from(more) },
            3 => attempt::State::Stopping { pane: None, pid: None },
            4 => attempt::State::Stopping { pane: Some(pane), pid: Some(7) },
            5 => ended(attempt::End::Exited { code: i32::from(more) - 100 }),
            6 => ended(attempt::End::Signaled { signal: 9 }),
            7 => {
                let survivor = attempt::Survivor { pid: 7, command: self.text() };
                ended(attempt::End::Stopped { survivors: vec![survivor; usize::from(more % 3)] })
            }
            8 => ended(attempt::End::Vanished),
            _ => ended(attempt::End::NeverStarted { error: self.text() }),
        }
    }

    fn delivery(&mut self, variant: u8, more: u8) -> message::Delivery {
        use message::Delivery;
        let attempt = self.attempts.keys().next().copied();
        match (variant % 8, attempt, self.questions.keys().next().copied()) {
            (1, Some(attempt), _) => Delivery::Launching { attempt },
            (2, Some(attempt), _) => Delivery::Typing { attempt },
            (3, Some(attempt), _) => Delivery::Typed { attempt },
            (4, Some(attempt), _) => Delivery::Submitted { attempt, enters: more },
            (5, Some(attempt), _) => Delivery::TakenUp { attempt, evidence: self.text() },
            (6, ..) => Delivery::Failed { reason: self.text() },
            (7, _, Some(question)) => Delivery::Uncertain { question },
            _ => Delivery::Queued { hold: (more > 99).then_some(message::Hold::PersonTyping) },
        }
    }

    fn choices(&mut self, count: u8) -> Vec<question::Choice> {
        use question::Action;
        let message = self.messages.keys().next().copied();
        let actions = [
            Some(Action::Resume),
            message.map(Action::SendAgain),
            message.map(Action::DropMessage),
            Some(Action::MarkDone),
        ];
        let wanted = actions.into_iter().flatten().take(usize::from(count % 5));
        wanted.map(|action| question::Choice { label: self.text(), action }).collect()
    }
}

/// An id: one that is there, or, as often, the next one.
fn pick<Id: Copy + Ord, Row>(rows: &BTreeMap<Id, Row>, which: u8, first: Id, next: impl Fn(Id) -> Id) -> Id {
    match rows.keys().next_back() {
        None => first,
        Some(&last) if which.is_multiple_of(2) => next(last),
        Some(_) => existing(rows, which),
    }
}

/// One that is there.
fn existing<Id: Copy, Row>(rows: &BTreeMap<Id, Row>, which: u8) -> Id {
    *rows.keys().nth(usize::from(which) % rows.len()).expect("one is there")
}
