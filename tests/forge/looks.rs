//! What the forge shows comes out as what happened there.

use quarterdeck::{
    domain::{
        pull_request::{Mergeable, Review, State},
        remark::Kind,
    },
    forge::{Github, Look, Seen},
};

use crate::{
    person::Person,
    scripted::{self, Forge, Outcome, Trouble},
};

async fn look(person: &Person, github: &Github, numbers: &[u64]) -> Look {
    github.look(&person.host(), numbers, &[]).await.expect("it answers")
}

async fn see(person: &Person, github: &Github, number: u64) -> Seen {
    look(person, github, &[number]).await.seen.remove(0)
}

async fn offered() -> (Person, Forge, Github, u64, String) {
    let (person, forge) = Person::with_forge();
    let github = person.open().await;
    let (number, head) = person.offer(&github, "qd/work", "README", "one\ntwo\nTHREE\n").await;
    (person, forge, github, number, head)
}

#[tokio::test]
async fn a_fresh_pull_request_is_open_and_clean() {
    let (person, _forge, github, number, head) = offered().await;
    let seen = see(&person, &github, number).await;
    assert_eq!((seen.state, seen.draft, seen.mergeable), (State::Open, false, Mergeable::Clean));
    assert_eq!((seen.head, seen.branch, seen.base), (head, "qd/work".into(), "main".into()));
    assert_eq!((seen.owner, seen.author, seen.review), ("acme".into(), "person".into(), Review::None));
    assert!(seen.remarks.is_empty() && seen.checks.is_empty() && !seen.cut_off);
}

#[tokio::test]
async fn many_pull_requests_are_one_request() {
    let (person, forge) = Person::with_forge();
    let github = person.open().await;
    let mut numbers = Vec::new();
    for at in 0..5 {
        numbers.push(person.offer(&github, &format!("qd/work-{at}"), &format!("file-{at}"), "x\n").await.0);
    }
    let before = forge.requests().len();
    let branches = ["qd/work-0".to_owned(), "qd/none".to_owned()];
    let asked = [numbers.as_slice(), &[4711]].concat();
    let look = github.look(&person.host(), &asked, &branches).await.expect("it answers");
    assert_eq!(forge.requests().len() - before, 1);
    assert_eq!(look.seen.iter().map(|seen| seen.number).collect::<Vec<_>>(), numbers);
    assert_eq!((look.missing, look.found.len(), look.found[0].number), (vec![4711], 1, numbers[0]));
    assert!(look.remaining.is_some_and(|remaining| remaining > 4000));
}

#[tokio::test]
async fn reviews_line_comments_and_comments_come_with_their_ids() {
    let (person, forge, github, number, _) = offered().await;
    let review = forge.review(number, "mate", "CHANGES_REQUESTED", "please no shouting");
    let line = forge.comment_on_line(number, "mate", "README", 3, "here");
    let comment = forge.comment(number, "", "from nobody");
    forge.review(number, "mate", "COMMENTED", "");
    let seen = see(&person, &github, number).await;
    assert_eq!(seen.review, Review::ChangesRequested);
    let find = |key: &str| seen.remarks.iter().find(|said| said.key == key).expect("a remark");
    assert_eq!(seen.remarks.len(), 3);
    assert_eq!((find(&review).kind, find(&review).author.as_str()), (Kind::ChangesRequested, "mate"));
    assert_eq!((find(&line).kind, find(&line).place.as_deref()), (Kind::LineComment, Some("README:3")));
    assert_eq!((find(&comment).kind, find(&comment).author.as_str()), (Kind::Comment, ""));
    assert!(!find(&line).resolved && find(&line).url.is_some() && find(&line).at.is_some());
    forge.resolve(number, &line);
    forge.review(number, "mate", "APPROVED", "");
    let seen = see(&person, &github, number).await;
    assert_eq!(seen.review, Review::Approved);
    assert!(seen.remarks.iter().any(|said| said.key == line && said.resolved));
}

#[tokio::test]
async fn more_remarks_than_a_page_holds_all_come() {
    let (person, forge, github, number, _) = offered().await;
    for at in 0..130 {
        forge.comment(number, "mate", &format!("comment {at}"));
        forge.status(number, &format!("check {at}"), Outcome::Passes);
    }
    let seen = see(&person, &github, number).await;
    let said: Vec<String> = seen.remarks.iter().map(|said| said.text.clone()).collect();
    assert_eq!(said, (0..130).map(|at| format!("comment {at}")).collect::<Vec<_>>());
    assert_eq!((seen.checks().passed, seen.cut_off), (130, false));
    for at in 0..200 {
        forge.comment(number, "mate", &format!("more {at}"));
    }
    let seen = see(&person, &github, number).await;
    assert!(seen.cut_off && seen.remarks.len() == 250, "{}", seen.remarks.len());
}

#[tokio::test]
async fn failing_then_passing_checks_are_told_with_their_words() {
    let (person, forge, github, number, head) = offered().await;
    forge.check(number, "build", Outcome::Running);
    forge.status(number, "ci/old", Outcome::Passes);
    let seen = see(&person, &github, number).await;
    assert_eq!((seen.checks().pending, seen.checks().passed), (1, 1));
    forge.check(number, "build", Outcome::Fails("error: expected `;`".into()));
    let seen = see(&person, &github, number).await;
    assert_eq!(seen.checks().failed, ["build"]);
    let failed = seen.remarks.iter().find(|said| said.kind == Kind::CheckFailed).expect("a remark");
    assert_eq!(failed.key, format!("check:{head}:build"));
    assert!(failed.text.contains("error: expected `;`") && failed.url.is_some(), "{failed:?}");
    let fixed = person.commit("mine", "README", "one\ntwo\nthree!\n");
    person.push(&github, "qd/work", &fixed).await;
    let seen = see(&person, &github, number).await;
    assert!(seen.head == fixed && seen.checks.is_empty(), "checks are of the head");
    forge.check(number, "build", Outcome::Passes);
    let seen = see(&person, &github, number).await;
    assert!(seen.checks().passed == 1 && seen.remarks.is_empty());
}

#[tokio::test]
async fn the_log_of_a_failed_job_is_read_up_to_its_failure() {
    let (person, forge, github, number, _) = offered().await;
    forge.job(number, "ci", "test", Outcome::Fails("error: expected `;`".into()));
    forge.check(number, "lint", Outcome::Fails("no job".into()));
    let seen = see(&person, &github, number).await;
    assert_eq!(seen.checks().failed, ["ci / test", "lint"]);
    let log = github.log(&person.host(), &seen.checks[0]).await.expect("it answers");
    assert_eq!(log.as_deref(), Some("error: expected `;`\n##[error]Process completed with exit code 1."));
    assert_eq!(github.log(&person.host(), &seen.checks[1]).await.expect("it answers"), None);
    // A log is not kept for ever.
    forge.trouble("/logs", Trouble::Hidden, 1);
    assert_eq!(github.log(&person.host(), &seen.checks[0]).await.expect("it answers"), None);
}

#[tokio::test]
async fn a_conflict_shows_after_the_base_moved() {
    let (person, forge, github, number, head) = offered().await;
    forge.bare().commit("main", "README", "one\ntwo\nthree!\n");
    forge.know_conflicts(false);
    assert_eq!(see(&person, &github, number).await.mergeable, Mergeable::Unknown);
    forge.know_conflicts(true);
    let seen = see(&person, &github, number).await;
    assert!(matches!(seen.mergeable, Mergeable::Conflicts { .. }));
    let said = &seen.remarks[0];
    assert_eq!((said.kind, said.key.as_str()), (Kind::Conflict, format!("conflict:{head}").as_str()));
}

#[tokio::test]
async fn what_others_did_on_the_page_is_seen() {
    let (person, forge, github, number, _) = offered().await;
    forge.close(number);
    assert_eq!(see(&person, &github, number).await.state, State::Closed);
    forge.reopen(number);
    let merged = forge.merge(number, scripted::Method::Squash);
    let seen = see(&person, &github, number).await;
    assert_eq!(seen.state, State::Merged { commit: Some(merged) });
}

#[tokio::test]
async fn a_pull_request_that_somebody_else_opened_is_found_by_its_branch() {
    let (person, forge) = Person::with_forge();
    let github = person.open().await;
    let commit = person.work("qd/by-agent", "a", "a\n");
    person.push(&github, "qd/by-agent", &commit).await;
    let number = forge.open("agent", "acme", "qd/by-agent", "main", true);
    // A stranger's fork has a branch of the same name.
    let fork = forge.fork("stranger");
    fork.commit("qd/by-agent", "b", "b\n");
    forge.open("stranger", "stranger", "qd/by-agent", "main", false);
    let found = github.look(&person.host(), &[], &["qd/by-agent".into()]).await.expect("it answers").found;
    assert_eq!((found.len(), found[0].number, found[0].head.as_str()), (1, number, commit.as_str()));
    let seen = see(&person, &github, number).await;
    assert!(seen.draft && seen.author == "agent");
    forge.ready(number);
    assert!(!see(&person, &github, number).await.draft);
}
