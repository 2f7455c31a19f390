//! Whole steps, in order, or none.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use quarterdeck::{
    domain::{Change, MessageId, ObjectiveId, SessionId, activity::Doing, session},
    store::{Batch, Error, EventQuery, Opened, Store},
};

use crate::{author::Author, commit, place, runtime, said};

/// Not a test of its own: the process that [`a_killed_writer_leaves_whole_steps_only`] kills.
#[test]
fn a_writer_to_be_killed() {
    let Some(path) = std::env::var_os("QD_TEST_WRITE_TO") else { return };
    let (store, opened) = Store::open(Path::new(&path)).expect("opened");
    runtime().block_on(async move {
        for revision in opened.counters.revision + 1.. {
            let changes = (1..=LINES).map(|line| Change::Event(said((revision - 1) * LINES + line, "line"))).collect();
            store
                .commit(Batch { revision, changes, bodies: vec![], artifact_bodies: vec![] })
                .await
                .expect("committed");
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
            .args(["--exact", "commits::a_writer_to_be_killed", "--nocapture"])
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
            let batch = Batch {
                revision,
                changes: vec![Change::Event(said(revision, "x"))],
                bodies: vec![],
                artifact_bodies: vec![],
            };
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
    store
        .commit(Batch { revision: 1, changes: author.opening(), bodies: vec![], artifact_bodies: vec![] })
        .await
        .expect("committed");
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
async fn a_closed_store_says_so() {
    let (_folder, path) = place();
    let (store, _) = Store::open(&path).expect("opened");
    let other = store.clone();
    store.close().await;
    assert!(matches!(commit(&other, 1, Change::Event(said(1, "x"))).await, Err(Error::Closed)));
    assert!(matches!(other.body(MessageId::FIRST).await, Err(Error::Closed)));
}
