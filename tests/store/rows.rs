//! What is written is what is read back.

use proptest::prelude::*;
use quarterdeck::{
    domain::World,
    store::{Batch, Store, UsageQuery},
};

use crate::{
    author::{Author, NOUNS},
    place, runtime,
};

#[test]
fn what_was_committed_is_what_is_loaded() {
    let strategy = (prop::collection::vec(any::<[u8; 6]>(), 1..120), prop::collection::vec(any::<String>(), 1..8));
    let config = ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |((steps, texts) in strategy)| {
        runtime().block_on(commit_and_reload(&steps, texts))?;
    });
}

#[test]
fn every_word_of_the_domain_is_a_word_of_the_schema() {
    // The steps count through every list of variants.
    let steps: Vec<_> = (0..=u8::MAX).flat_map(|n| (0..NOUNS).map(move |noun| [noun, 0, n, n, n, n])).collect();
    runtime().block_on(commit_and_reload(&steps, vec!["words".into()])).expect("the same");
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
        store
            .commit(Batch { revision, changes: change.to_vec(), bodies: vec![], artifact_bodies: vec![] })
            .await
            .expect("committed");
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
    for &id in author.objectives.keys() {
        let left: Vec<_> = author.artifacts.values().filter(|row| row.objective == id).cloned().collect();
        prop_assert_eq!(store.artifacts(id).await.expect("read"), left);
        let of_objective = |session| author.sessions[&session].objective == id;
        let query = UsageQuery { objective: Some(id), ..UsageQuery::default() };
        let (used, metered) = (store.usage(query.clone()).await, store.metered(query).await);
        prop_assert_eq!(
            used.expect("read"),
            author.usage(of_objective).into_iter().map(|row| (id, row)).collect::<Vec<_>>()
        );
        prop_assert_eq!(
            metered.expect("read"),
            author.metered(of_objective).into_iter().map(|row| (id, row)).collect::<Vec<_>>()
        );
    }
    store.close().await;
    let (store, reopened) = Store::open(&path).expect("opened again");
    prop_assert_eq!(&reopened.world, &world);
    prop_assert_eq!(reopened.counters.session as usize, author.sessions.len());
    prop_assert_eq!(reopened.counters.message as usize, author.messages.len());
    prop_assert_eq!(reopened.counters.artifact as usize, author.artifacts.len());
    prop_assert_eq!(reopened.counters.event, author.events);
    prop_assert_eq!(reopened.counters.revision, world.revision);
    store.close().await;
    Ok(())
}
