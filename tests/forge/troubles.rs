//! What goes wrong with the forge is told apart.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use quarterdeck::{
    domain::{Timestamp, pull_request::Method},
    forge::Error,
};

use crate::{person::Person, scripted::Trouble};

const RESETS_AT: u64 = 4_000_000_000;

async fn looking(trouble: Trouble) -> Error {
    let (person, forge) = Person::with_forge();
    let github = person.open().await;
    let (number, _) = person.offer(&github, "qd/work", "a", "a\n").await;
    forge.trouble("graphql", trouble, 1);
    let error = github.look(&person.host(), &[number], &[]).await.expect_err("there is trouble");
    github.look(&person.host(), &[number], &[]).await.expect("it passes");
    error
}

fn is_about(until: Timestamp, after: Duration) -> bool {
    let now = Timestamp(0) + SystemTime::now().duration_since(UNIX_EPOCH).expect("a time");
    until <= now + after && until + Duration::from_secs(60) > now + after
}

#[tokio::test]
async fn a_limit_says_until_when() {
    let exhausted = Timestamp(0) + Duration::from_secs(RESETS_AT);
    let error = looking(Trouble::RateLimited { resets_at: RESETS_AT }).await;
    assert!(matches!(error, Error::RateLimited { until } if until == exhausted), "{error:?}");
    let error = looking(Trouble::GraphRateLimited { resets_at: RESETS_AT }).await;
    assert!(matches!(error, Error::RateLimited { until } if until == exhausted), "{error:?}");
    let error = looking(Trouble::TooManyRequests { after: 120 }).await;
    assert!(matches!(error, Error::RateLimited { until } if is_about(until, Duration::from_secs(120))), "{error:?}");
    let error = looking(Trouble::SecondaryLimit).await;
    assert!(matches!(error, Error::RateLimited { until } if is_about(until, Duration::from_secs(60))), "{error:?}");
    assert!(error.passes());
}

#[tokio::test]
async fn a_forge_that_is_down_passes() {
    for trouble in [Trouble::Unavailable(502), Trouble::Unavailable(503), Trouble::Cut] {
        let error = looking(trouble.clone()).await;
        assert!(matches!(error, Error::Unavailable(_)) && error.passes(), "{trouble:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_slow_answer_is_waited_for() {
    let (person, forge) = Person::with_forge();
    let github = person.open().await;
    forge.trouble("graphql", Trouble::Slow(Duration::from_millis(700)), 1);
    assert!(github.look(&person.host(), &[1], &[]).await.expect("it answers").missing == [1]);
}

#[tokio::test]
async fn credentials_and_permissions_are_told_apart() {
    assert!(matches!(looking(Trouble::BadCredentials).await, Error::NotLoggedIn(_)));
    let error = looking(Trouble::Forbidden).await;
    assert!(matches!(&error, Error::NoPermission(said) if said.contains("personal access token")), "{error:?}");
    assert!(matches!(looking(Trouble::Hidden).await, Error::NotFound(_)));
    assert!(matches!(looking(Trouble::Garbage).await, Error::Nonsense(_)));
}

#[tokio::test]
async fn who_may_not_push_may_not_merge() {
    let (person, forge) = Person::with_forge();
    let github = person.open().await;
    let (number, head) = person.offer(&github, "qd/work", "a", "a\n").await;
    forge.let_person_push(false);
    let before = forge.bare().references();
    let refused = github.merge(&person.host(), number, &head, Method::Merge).await;
    assert!(matches!(refused, Err(Error::NoPermission(_))), "{refused:?}");
    assert_eq!(forge.bare().references(), before);
}

#[tokio::test]
async fn trouble_while_the_repository_is_looked_for_is_no_missing_forge() {
    let (person, forge) = Person::with_forge();
    for (trouble, passes) in [(Trouble::Unavailable(502), true), (Trouble::BadCredentials, false)] {
        forge.trouble("graphql", trouble, 1);
        let open = quarterdeck::forge::Github::open(&person.host(), &person.at("mine")).await;
        assert_eq!(open.expect_err("there is trouble").passes(), passes);
    }
}
