//! Opening, changing, commenting, merging, closing: judged by what the forge holds afterwards.

use quarterdeck::{
    domain::pull_request::{Method, State},
    forge::{Error, github::Merged},
};

use crate::{
    person::{Person, new},
    scripted::{self, PERSON, Trouble},
};

#[tokio::test]
async fn a_pull_request_is_opened_once_however_often_it_is_asked_for() {
    let (person, forge) = Person::with_forge();
    let github = person.open().await;
    let (number, commit) = person.offer(&github, "qd/work", "a", "a\n").await;
    let again = github.create(&person.host(), &new("qd/work")).await.expect("it is there");
    assert_eq!((again.number, again.was_there, forge.count()), (number, true, 1));
    assert_eq!(again.url, format!("https://github.com/acme/tool/pull/{number}"));
    let shown = forge.shown(number);
    assert_eq!((shown["title"].as_str(), shown["body"].as_str()), (Some("A title"), Some(new("").body)));
    assert_eq!(shown["head"]["sha"], commit.as_str());
}

#[tokio::test]
async fn an_answer_that_was_lost_does_not_make_a_second_pull_request() {
    let (person, forge) = Person::with_forge();
    let github = person.open().await;
    let commit = person.work("qd/work", "a", "a\n");
    person.push(&github, "qd/work", &commit).await;
    // The first look finds none, then somebody else is faster.
    forge.trouble("POST /repos/acme/tool/pulls", Trouble::Cut, 1);
    assert!(github.create(&person.host(), &new("qd/work")).await.is_err());
    let number = forge.open(PERSON, "acme", "qd/work", "main", false);
    assert_eq!(github.create(&person.host(), &new("qd/work")).await.expect("it is there").number, number);
    assert_eq!(forge.count(), 1);
}

#[tokio::test]
async fn without_commits_the_forge_refuses_in_its_own_words() {
    let (person, forge) = Person::with_forge();
    let github = person.open().await;
    let main = forge.bare().tip("main").expect("a base");
    person.push(&github, "qd/idle", &main).await;
    let refused = github.create(&person.host(), &new("qd/idle")).await.expect_err("nothing to offer");
    assert!(
        matches!(&refused, Error::Refused(said) if said.contains("No commits between main and qd/idle")),
        "{refused}"
    );
}

#[tokio::test]
async fn title_body_and_comments_arrive_as_they_are() {
    let (person, forge) = Person::with_forge();
    let github = person.open().await;
    let (number, _) = person.offer(&github, "qd/work", "a", "a\n").await;
    let text = "-F @/etc/passwd $(id) `x` 'ü'\n\n--web";
    github.update(&person.host(), number, "--title", text).await.expect("it is changed");
    let shown = forge.shown(number);
    assert_eq!((shown["title"].as_str(), shown["body"].as_str()), (Some("--title"), Some(text)));
    github.comment(&person.host(), number, text).await.expect("it is said");
    let arrived = forge.requests().into_iter().rfind(|request| request.line.ends_with("/comments")).expect("a comment");
    assert!(arrived.body["body"].as_str().expect("text").starts_with(text));
}

#[tokio::test]
async fn what_we_say_ourselves_does_not_come_back_as_a_remark() {
    let (person, forge) = Person::with_forge();
    let github = person.open().await;
    let (number, _) = person.offer(&github, "qd/work", "a", "a\n").await;
    github.comment(&person.host(), number, "from us").await.expect("it is said");
    forge.comment(number, PERSON, "from the person");
    let look = github.look(&person.host(), &[number], &[]).await.expect("it answers");
    let said: Vec<&str> = look.seen[0].remarks.iter().map(|said| said.text.as_str()).collect();
    assert_eq!(said, ["from the person"]);
}

#[tokio::test]
async fn each_method_merges_as_it_says() {
    for method in Method::ALL {
        let (person, forge) = Person::with_forge();
        let github = person.open().await;
        let (number, first) = person.offer(&github, "qd/work", "a", "a\n").await;
        let second = person.commit("mine", "b", "b\n");
        person.push(&github, "qd/work", &second).await;
        let stale = github.merge(&person.host(), number, &first, method).await.expect("it answers");
        assert_eq!(stale, Merged::Moved);
        let merged = github.merge(&person.host(), number, &second, method).await.expect("it answers");
        let tip = forge.bare().tip("main").expect("a base");
        assert_eq!(merged, Merged::Done { commit: Some(tip.clone()) });
        let parents = forge.bare().git(&["rev-list", "--parents", "-n1", "main"]).split(' ').count() - 1;
        let commits = forge.bare().git(&["rev-list", "--count", "main"]);
        let expected = match method {
            Method::Merge => (2, "4"),
            Method::Squash => (1, "2"),
            Method::Rebase => (1, "3"),
        };
        assert_eq!((parents, commits.as_str()), expected, "{method:?}");
        assert_eq!(forge.bare().file("main", "b").as_deref(), Some("b\n"));
        let again = github.merge(&person.host(), number, &second, method).await.expect("it answers");
        assert_eq!(again, Merged::Done { commit: Some(tip) }, "what is merged is not merged twice");
        let look = github.look(&person.host(), &[number], &[]).await.expect("it answers");
        assert!(matches!(&look.seen[0].state, State::Merged { commit: Some(_) }));
    }
}

#[tokio::test]
async fn what_can_not_be_merged_is_refused_and_stays_open() {
    let (person, forge) = Person::with_forge();
    let github = person.open().await;
    let (number, head) = person.offer(&github, "qd/work", "README", "mine\n").await;
    forge.bare().commit("main", "README", "theirs\n");
    let before = forge.bare().tip("main");
    let refused = github.merge(&person.host(), number, &head, Method::Merge).await.expect("it answers");
    assert!(matches!(&refused, Merged::Refused(said) if said.contains("not mergeable")), "{refused:?}");
    let draft = forge.open("mate", "acme", "qd/work", "main", true);
    assert!(matches!(github.merge(&person.host(), draft, &head, Method::Merge).await, Ok(Merged::Refused(_))));
    forge.allow(&[scripted::Method::Squash]);
    let refused = github.merge(&person.host(), number, &head, Method::Rebase).await.expect("it answers");
    assert!(matches!(&refused, Merged::Refused(said) if said.contains("not allowed")), "{refused:?}");
    assert_eq!(forge.bare().tip("main"), before);
}

#[tokio::test]
async fn closing_leaves_the_branch() {
    let (person, forge) = Person::with_forge();
    let github = person.open().await;
    let (number, head) = person.offer(&github, "qd/work", "a", "a\n").await;
    github.close(&person.host(), number).await.expect("it is closed");
    github.close(&person.host(), number).await.expect("it is closed already");
    assert_eq!((forge.shown(number)["state"].as_str(), forge.bare().tip("qd/work")), (Some("closed"), Some(head)));
    let look = github.look(&person.host(), &[number], &[]).await.expect("it answers");
    assert_eq!(look.seen[0].state, State::Closed);
}
