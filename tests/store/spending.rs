//! Usage over the whole past.

use quarterdeck::{
    domain::{Change, Usage, usage::Tokens},
    store::{Batch, Store, UsageQuery},
};

use crate::{fixture, place};

/// The fixture, and an archived objective's session that another agent worked on.
async fn past() -> (tempfile::TempDir, Store) {
    let (folder, path) = place();
    let raw = fixture(&path);
    raw.execute_batch(
        "INSERT INTO attempts (id, session, target, state, ended, state_since, resumes, ready, created_at)
             VALUES (4, 3, 'local', 'ended', 'vanished', 33, 0, 0, 33);
         INSERT INTO usage VALUES (4, '2026-10-01', 'gpt', 3, 'shell', 1, 1, 1, 1, 1);
         INSERT INTO meters VALUES (4, 3, 'gpt', 7, NULL, NULL, 84);",
    )
    .expect("written");
    let (store, opened) = Store::open(&path).expect("opened");
    assert!(!opened.world.usage.contains_key(&"a4".parse().expect("an id")), "it is archived");
    (folder, store)
}

/// The objective, attempt and day of each row that is found.
async fn used(store: &Store, query: UsageQuery) -> Vec<String> {
    let rows = store.usage(query).await.expect("read");
    rows.iter().map(|(objective, row)| format!("{objective} {} {}", row.attempt, row.spent.day)).collect()
}

async fn metered(store: &Store, query: UsageQuery) -> Vec<String> {
    let rows = store.metered(query).await.expect("read");
    rows.iter().map(|(objective, row)| format!("{objective} {} {}", row.attempt, row.meter.limits.len())).collect()
}

#[tokio::test]
async fn usage_of_the_whole_past_is_found_by_whom_and_since_when() {
    let (_folder, store) = past().await;
    let everything = UsageQuery::default();
    let (first, again, next) = ("o1 a1 2026-11-20", "o1 a2 2026-11-20", "o1 a2 2026-11-21");
    assert_eq!(used(&store, everything.clone()).await, [first, again, next, "o2 a4 2026-10-01"]);
    let objective = UsageQuery { objective: "o2".parse().ok(), ..everything.clone() };
    assert_eq!(used(&store, objective).await, ["o2 a4 2026-10-01"]);
    let session = UsageQuery { session: "s1".parse().ok(), ..everything.clone() };
    assert_eq!(used(&store, session.clone()).await, [first, again, next]);
    let profile = UsageQuery { profile: "shell".parse().ok(), ..everything.clone() };
    assert_eq!(used(&store, profile).await, ["o2 a4 2026-10-01"]);
    let since = UsageQuery { since: Some("2026-11-21".into()), ..everything.clone() };
    assert_eq!(used(&store, since).await, [next]);
    let both = UsageQuery { objective: "o2".parse().ok(), ..session };
    assert_eq!(used(&store, both).await, [""; 0]);
}

#[tokio::test]
async fn meters_of_the_whole_past_are_found_by_whom_and_since_when() {
    let (_folder, store) = past().await;
    let everything = UsageQuery::default();
    assert_eq!(metered(&store, everything.clone()).await, ["o1 a2 2", "o1 a3 0", "o2 a4 0"]);
    let session = UsageQuery { session: "s3".parse().ok(), ..everything.clone() };
    assert_eq!(metered(&store, session).await, ["o2 a4 0"]);
    let profile = UsageQuery { profile: "codex".parse().ok(), ..everything.clone() };
    assert_eq!(metered(&store, profile).await, ["o1 a3 0"]);
    let since = UsageQuery { since: Some("2026-11-01".into()), ..everything };
    assert_eq!(metered(&store, since).await, ["o1 a2 2"], "the others used nothing since");
}

#[tokio::test]
async fn hearing_figures_again_replaces_them_and_no_figure_stops_the_store() {
    let (_folder, store) = past().await;
    let session = UsageQuery { session: "s3".parse().ok(), ..UsageQuery::default() };
    let (_, mut row) = store.usage(session.clone()).await.expect("read").remove(0);
    row.spent.tokens = Tokens { input: u64::MAX, ..row.spent.tokens };
    row.spent.requests = 2;
    let changes = vec![Change::Usage(row.clone())];
    store.commit(Batch { revision: 10, changes, bodies: vec![], artifact_bodies: vec![] }).await.expect("committed");
    let found: Vec<Usage> = store.usage(session).await.expect("read").into_iter().map(|(_, row)| row).collect();
    row.spent.tokens.input = i64::MAX as u64;
    assert_eq!(found, [row]);
}
