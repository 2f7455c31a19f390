//! What the schema takes, and what it does not.

use quarterdeck::store::Store;

use crate::{fixture, place};

/// Nonsense that a mistake in a writer could come to, a change of one row of the fixture each.
const NONSENSE: &[&str] = &[
    // A state without what it carries, or with what another carries.
    "UPDATE sessions SET report_summary = NULL WHERE id = 2",
    "UPDATE sessions SET report_outcome = NULL WHERE id = 2",
    "UPDATE sessions SET reported_at = 5 WHERE id = 1",
    "UPDATE questions SET verdict = NULL WHERE id = 2",
    "UPDATE questions SET sent = NULL WHERE id = 2",
    "UPDATE questions SET state = 'open' WHERE id = 2",
    "UPDATE questions SET state = 'answering' WHERE id = 1",
    "UPDATE questions SET words = 'yes' WHERE id = 1",
    "UPDATE questions SET evidence = NULL WHERE id = 3",
    "UPDATE questions SET answered_at = NULL WHERE id = 3",
    "UPDATE questions SET answered_at = 5 WHERE id = 4",
    "UPDATE questions SET withdrawn_at = NULL WHERE id = 4",
    "UPDATE questions SET reason = 'late' WHERE id = 3",
    "UPDATE questions SET call_key = NULL WHERE id = 2",
    "UPDATE questions SET call_via = 'hook' WHERE id = 1",
    "UPDATE questions SET call_part = 1 WHERE id = 2",
    "UPDATE question_choices SET verdict = NULL WHERE question = 2 AND position = 0",
    "UPDATE question_choices SET verdict = 'deny' WHERE question = 1 AND position = 0",
    "UPDATE question_choices SET message = NULL WHERE question = 1 AND position = 1",
    "UPDATE meters SET context_size = NULL WHERE attempt = 2",
    // Words and numbers that mean nothing.
    "UPDATE sessions SET doing = 'resting' WHERE id = 1",
    "UPDATE sessions SET report_outcome = 'great' WHERE id = 2",
    "UPDATE attempts SET token_hash = 'secret' WHERE id = 2",
    "UPDATE attempts SET token_hash = upper(token_hash) WHERE id = 2",
    "UPDATE questions SET kind = 'riddle' WHERE id = 1",
    "UPDATE questions SET multiple = 2 WHERE id = 1",
    "UPDATE questions SET verdict = 'maybe' WHERE id = 2",
    "UPDATE questions SET call_via = 'pigeon' WHERE id = 2",
    "UPDATE question_choices SET action = 'shrug' WHERE question = 1",
    "UPDATE usage SET day = 'yesterday' WHERE attempt = 1",
    "UPDATE usage SET day = '2026-11-40' WHERE attempt = 1",
    "UPDATE usage SET input_tokens = -1 WHERE attempt = 1",
    "UPDATE usage SET requests = -1 WHERE attempt = 1",
    "UPDATE meters SET cost_micros = -1 WHERE attempt = 2",
    "UPDATE meter_limits SET used_percent = 101 WHERE attempt = 2",
    "UPDATE artifacts SET kind = 'poem' WHERE id = 1",
    "UPDATE artifacts SET bytes = -1 WHERE id = 1",
];

#[test]
fn nonsense_is_refused_by_the_schema_itself() {
    let (_folder, path) = place();
    let raw = fixture(&path);
    for statement in NONSENSE {
        let (_, row) = statement.split_once(" WHERE ").expect("a condition");
        let table = statement.split(' ').nth(1).expect("a table");
        let rows = format!("SELECT count(*) FROM {table} WHERE {row}");
        let rows: u32 = raw.query_one(&rows, [], |row| row.get(0)).expect("counted");
        assert!(rows > 0, "nothing to refuse: {statement}");
        let error = raw.execute(statement, []).expect_err(statement).to_string();
        assert!(error.contains("CHECK constraint failed"), "{statement}: {error}");
    }
}

#[test]
fn what_points_at_nothing_is_refused_by_the_schema_itself() {
    let (_folder, path) = place();
    let raw = fixture(&path);
    raw.pragma_update(None, "foreign_keys", true).expect("set");
    for statement in [
        "UPDATE sessions SET report_attempt = 99 WHERE id = 2",
        "UPDATE questions SET call_attempt = 99 WHERE id = 2",
        "UPDATE question_chosen SET question = 99",
        "UPDATE usage SET attempt = 99 WHERE attempt = 1",
        "UPDATE usage SET session = 99 WHERE attempt = 1",
        "UPDATE meters SET session = 99 WHERE attempt = 3",
        "UPDATE meter_limits SET attempt = 99 WHERE position = 0",
        "UPDATE artifacts SET objective = 99 WHERE id = 1",
        "UPDATE artifacts SET session = 99 WHERE id = 1",
        "INSERT INTO artifact_bodies VALUES (99, 'of nothing')",
    ] {
        let error = raw.execute(statement, []).expect_err(statement).to_string();
        assert!(error.contains("FOREIGN KEY constraint failed"), "{statement}: {error}");
    }
}

#[tokio::test]
async fn no_list_reads_a_body() {
    let (_folder, path) = place();
    let raw = fixture(&path);
    raw.execute_batch("DROP VIEW artifact_texts; DROP TABLE artifact_bodies; DROP TABLE message_bodies").expect("gone");
    drop(raw);
    let (store, opened) = Store::open(&path).expect("opened without them");
    assert_eq!(opened.world.artifacts.len(), 1);
    let first = "s1".parse().expect("an id");
    assert_eq!(store.messages(first).await.expect("read").len(), 3);
    assert_eq!(store.artifacts("o1".parse().expect("an id")).await.expect("read").len(), 1);
    store.artifact("f1".parse().expect("an id")).await.expect_err("its body is gone");
}
