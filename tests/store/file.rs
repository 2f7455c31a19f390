//! The file: private, ours, and of a version we know.

use std::{os::unix::fs::PermissionsExt, path::Path};

use quarterdeck::{
    domain::Change,
    store::{Error, Store},
};

use crate::{commit, place, said};

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
        assert_eq!(held(&mut world.questions.keys().map(|id| id.number())), [1, 2]);
        assert_eq!(held(&mut world.workspaces.keys().map(|id| id.number())), [1]);
        assert_eq!(held(&mut world.usage.values().map(|rows| rows.len() as u32)), [1, 2]);
        assert_eq!(held(&mut world.metered.keys().map(|id| id.number())), [2, 3]);
        assert_eq!(held(&mut world.artifacts.keys().map(|id| id.number())), [1]);
        assert_eq!((world.log.len(), world.revision, opened.counters.attempt), (2, 9, 3));
        let (objective, _) = store.session("s3".parse().expect("an id")).await.expect("read").expect("there");
        assert!(objective.archived);
        assert_eq!(store.search("parser", 10).await.expect("searched").len(), 4);
        let (_, body) = store.artifact("f2".parse().expect("an id")).await.expect("read").expect("there");
        assert_eq!(body, "there");
    }
    assert!(versions >= 1);
}

#[test]
fn the_first_schema_is_as_it_was_released() {
    let fixture = include_str!("../fixtures/store/v1.sql");
    let (schema, _) = fixture.split_once("-- rows\n").expect("a schema, then rows");
    assert!(
        schema == include_str!("../../src/store/schema/0001.sql"),
        "a released schema is never edited: add a step. (While nothing is released, edit both files.)"
    );
}
