//! Finding words, and letting go of old lines.

use proptest::prelude::*;
use quarterdeck::{
    domain::{ArtifactId, Change, MessageId, ObjectiveId, SessionId},
    store::{Batch, EventQuery, Place, Store},
};

use crate::{author::Author, commit, place, runtime, said};

#[tokio::test]
async fn search_finds_words_in_titles_bodies_questions_artifacts_and_the_log() {
    let (_folder, path) = place();
    let (store, _) = Store::open(&path).expect("opened");
    let mut author = Author::new(vec!["Fix the Parser in src/parse_tree.rs".into()]);
    let mut changes = author.opening();
    changes.push(author.change([2, 0, 0, 0, 0, 0]).expect("a message"));
    changes.push(author.change([3, 0, 0, 0, 0, 0]).expect("a question"));
    changes.push(author.change([9, 0, 0, 0, 0, 0]).expect("an artifact"));
    changes.push(Change::Event(said(1, "the pärser was fixed")));
    let bodies = vec![(MessageId::FIRST, "first\nline, then: parser\nthird".to_owned())];
    let artifact_bodies = vec![(ArtifactId::FIRST, "Its tests are\nin tests/trees.rs".to_owned())];
    store.commit(Batch { revision: 1, changes, bodies, artifact_bodies }).await.expect("committed");

    let found = store.search("PARS", 10).await.expect("searched");
    let places: Vec<_> = found.iter().map(|found| (found.place, found.id.as_str())).collect();
    assert_eq!(
        places,
        [
            (Place::Objective, "o1"),
            (Place::Session, "s1"),
            (Place::Question, "q1"),
            (Place::Message, "m1"),
            (Place::Artifact, "f1"),
            (Place::Event, "1")
        ]
    );
    assert_eq!(found[3].excerpt, "first line, then: [parser] third");
    assert_eq!(found[3].session, Some(SessionId::FIRST));
    assert_eq!(store.search("parser then first", 10).await.expect("searched").len(), 1);
    assert_eq!(store.search("parse_tree", 2).await.expect("searched").len(), 2);

    let found = store.search("tests fix trees", 10).await.expect("searched");
    assert_eq!(found.len(), 1, "words of its title and of its body: {found:?}");
    assert_eq!((found[0].place, found[0].excerpt.as_str()), (Place::Artifact, "Its [tests] are in [tests]/[trees].rs"));

    let mut session = author.session(SessionId::FIRST, ObjectiveId::FIRST);
    session.title = "Something else".into();
    commit(&store, 2, Change::Session(session)).await.expect("renamed");
    let found = store.search("parser", 10).await.expect("searched");
    assert!(found.iter().all(|found| found.place != Place::Session), "the old title is still found");
    assert_eq!(store.search("something", 10).await.expect("searched").len(), 1);

    let mut artifact = author.artifacts[&ArtifactId::FIRST].clone();
    artifact.title = "Another thing".into();
    commit(&store, 3, Change::Artifact(artifact)).await.expect("renamed");
    let found = store.search("parser", 10).await.expect("searched");
    assert!(found.iter().all(|found| found.place != Place::Artifact), "the old title is still found");
    assert_eq!(store.search("another tests", 10).await.expect("searched").len(), 1);
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
    store.commit(Batch { revision: 1, changes, bodies: vec![], artifact_bodies: vec![] }).await.expect("committed");
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
