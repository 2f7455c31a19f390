//! Work is offered on GitHub through the real `gh`: judged by what the forge's repository holds, by what was asked of the
//! forge and by what agents received.

use std::time::Duration;

use quarterdeck::domain::{
    Command, PullRequest, PullRequestId, Reply, SessionId, World,
    activity::Doing,
    pull_request::{self, Forge as Where, Mergeable, Method, State},
    question, remark, session,
};

use crate::{
    home::{Home, folder_of},
    repository::{Repository, git},
    scripted::{Forge, OWNER, Outcome, Trouble},
    wait::until_true,
};

const OPENS: &str = "POST /repos/acme/tool/pulls";

/// A forge, and a home that reaches it and looks at it often. The home ends first.
fn places() -> (Forge, Home) {
    let seed = Home::new();
    let forge = Forge::start(&Repository::with_one_commit(&seed, "seed").folder);
    let variables = forge.variables();
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let home = Home::with("[forge]\nlook_seconds = 1\n", &variables);
    (forge, home)
}

fn clone<'h>(home: &'h Home, forge: &Forge) -> Repository<'h> {
    Repository::clone_of(home, &forge.url(OWNER), "mine")
}

/// A session that has committed something and waits for what comes next.
fn author(home: &Home, repository: &Repository<'_>) -> SessionId {
    let session = home.start(&["--repo", repository.path(), "write it down play:commit"]);
    home.until_doing(session, Doing::YourTurn);
    session
}

fn publish(home: &Home, session: SessionId) -> PullRequestId {
    let Reply::PullRequest { pull_request } = home.command(&Command::PublishPullRequest {
        session,
        title: Some("Write it down".into()),
        body: Some("So that *nobody* forgets it.".into()),
        base: None,
        forge: Some(Where::Github),
        force: None,
    }) else {
        panic!("it can be published")
    };
    pull_request
}

/// The same once it is there, with its number.
fn published(home: &Home, session: SessionId) -> (PullRequestId, u64) {
    let id = publish(home, session);
    let offer = until(home, id, "it is published", |found| found.step.is_none() && found.state == State::Open);
    (id, offer.number.expect("the forge has numbered it"))
}

fn until(home: &Home, id: PullRequestId, what: &str, wanted: impl Fn(&PullRequest) -> bool) -> PullRequest {
    home.until(what, |world: &World| world.pull_requests.get(&id).filter(|found| wanted(found)).cloned())
}

/// Waits until so many remarks are in such a state.
fn until_remarks(home: &Home, id: PullRequestId, count: usize, wanted: impl Fn(&remark::State) -> bool) {
    let what = format!("{count} remarks about {id} are in the wanted state");
    home.until(&what, |world| {
        (world.remarks_of(id).filter(|remark| wanted(&remark.state)).count() == count).then_some(())
    });
}

#[test]
fn work_is_published_seen_to_be_mergeable_and_merged_by_the_forge() {
    let (forge, home) = places();
    let repository = clone(&home, &forge);
    let session = author(&home, &repository);
    let (id, number) = published(&home, session);
    let offer = until(&home, id, "it could be merged", |found| found.mergeable == Mergeable::Clean);
    let commit = repository.git(&["rev-parse", &offer.branch]);
    assert_eq!((offer.head.as_deref(), offer.base.as_str()), (Some(commit.as_str()), "main"));
    assert_eq!(forge.bare().tip(&offer.branch), Some(commit.clone()));
    let shown = forge.shown(number);
    assert_eq!((&shown["title"], &shown["head"]["sha"]), (&"Write it down".into(), &commit.as_str().into()));
    assert_eq!(shown["body"], "So that *nobody* forgets it.");
    assert_eq!(offer.problem, None);
    home.command(&Command::MergePullRequest {
        pull_request: id,
        method: Method::Squash,
        move_checkout: false,
        regardless: false,
    });
    let merged = until(&home, id, "it is merged", |found| matches!(found.state, State::Merged { .. }));
    assert_eq!(merged.state, State::Merged { commit: forge.bare().tip("main") });
    assert_eq!(forge.bare().git(&["rev-list", "--count", "main"]), "2", "as one commit, without a merge");
    assert!(forge.bare().file("main", "notes/turn-1.md").is_some());
    home.until_state(session, "succeeded");
    home.until("its workspace is gone", |world| world.workspaces.is_empty().then_some(()));
}

#[test]
fn a_review_and_its_line_comments_reach_the_living_author_as_one_message() {
    let (forge, home) = places();
    let session = author(&home, &clone(&home, &forge));
    let (id, number) = published(&home, session);
    forge.review(number, "reviewer", "CHANGES_REQUESTED", "");
    forge.review(number, "bystander", "APPROVED", "Fine by me");
    forge.comment_on_line(number, "reviewer", "notes/turn-1.md", 1, "Name the turn");
    forge.comment_on_line(number, "reviewer", "notes/turn-1.md", 3, "Three times is too often");
    home.until("both comments are known", |world| {
        let lines = world.remarks_of(id).filter(|remark| remark.kind == remark::Kind::LineComment);
        (lines.count() == 2).then_some(())
    });
    let waiting = home.world().remarks_of(id).filter(|remark| remark.kind.asks_for_work()).count();
    until_remarks(&home, id, waiting, |state| *state == remark::State::Given { session });
    let about = |text: &&String| text.contains("Name the turn") || text.contains("Three times is too often");
    until_true("the agent has read it", || home.log().received().iter().any(|text| about(&text)));
    let received = home.log().received();
    let messages: Vec<_> = received.iter().filter(about).collect();
    assert_eq!(messages.len(), 1, "one message: {messages:?}");
    assert!(messages[0].contains("Name the turn") && messages[0].contains("Three times is too often"), "{messages:?}");
    assert!(messages[0].contains("notes/turn-1.md:3"), "{messages:?}");
    let world = home.world();
    assert_eq!(world.sessions.len(), 1, "nobody else is put to work");
    let known: std::collections::BTreeSet<_> = world.remarks_of(id).map(|remark| &remark.key).collect();
    assert_eq!(world.remarks_of(id).count(), known.len(), "what asks for nothing is not new at each look");
    let offer = until(&home, id, "changes are wanted", |found| found.review == pull_request::Review::ChangesRequested);
    assert_eq!(offer.problem, None);
}

/// An agent that is done when it has written something.
fn with_marked(home: &Home) {
    let profiles = home.qd_home().join("config/agents");
    std::fs::create_dir_all(&profiles).expect("a folder");
    let text = "inherit = \"stand-in\"\ntitle = \"marked\"\ncompletion = { marker = 'Write' }\n";
    std::fs::write(profiles.join("marked.toml"), text).expect("written");
}

#[test]
fn a_check_that_fails_after_its_author_has_ended_becomes_one_session_whose_work_is_pushed() {
    let (forge, home) = places();
    let repository = clone(&home, &forge);
    with_marked(&home);
    let author = home.start_with("marked", &["--repo", repository.path(), "write it down play:commit"]);
    home.until_state(author, "succeeded");
    let (id, number) = published(&home, author);
    let before = until(&home, id, "it is seen", |found| found.mergeable == Mergeable::Clean);
    forge.check(number, "build", Outcome::Fails("no progress is shown: play:edit".into()));
    until(&home, id, "the check is red", |found| found.checks.failed == ["build"]);
    let follower = home.until("a session follows it up", |world| {
        let follows = |session: &&session::Session| {
            session.follow_up.as_ref().is_some_and(|follow_up| follow_up.pull_request == id)
        };
        world.sessions.values().find(follows).map(|session| session.id)
    });
    home.until_state(follower, "succeeded");
    let after = until(&home, id, "its work is offered", |found| found.head != before.head && found.step.is_none());
    assert_eq!(forge.bare().tip(&after.branch), after.head);
    assert_eq!(forge.shown(number)["head"]["sha"], after.head.as_deref().expect("a head"));
    assert!(forge.bare().file(&after.branch, "src/progress.rs").is_some());
    until_remarks(&home, id, 1, |state| matches!(state, remark::State::Settled { .. }));
    let told = home.log().received();
    let told: Vec<_> = told.iter().filter(|text| text.contains("no progress is shown")).collect();
    assert!(matches!(told.as_slice(), [told] if told.contains("## A check failed\n> build: ")), "{told:?}");
    assert_eq!((home.world().sessions.len(), forge.count()), (2, 1));
}

#[test]
fn one_that_somebody_closes_is_offered_again_on_the_persons_word() {
    let (forge, home) = places();
    let session = author(&home, &clone(&home, &forge));
    let (id, number) = published(&home, session);
    forge.close(number);
    let question = home.until_asked(session, question::Kind::PullRequest);
    assert_eq!(home.world().pull_requests[&id].state, State::Closed);
    assert_eq!(forge.count(), 1, "nothing is offered unasked");
    home.answer(&question, "Offer it again");
    let again = until(&home, id, "it is offered again", |found| found.number != Some(number));
    assert_eq!((again.state, again.problem, forge.count()), (State::Open, None, 2));
    assert_eq!(forge.shown(again.number.expect("a number"))["title"], "Write it down");
    assert_eq!(forge.shown(number)["state"], "closed");
}

#[test]
fn one_that_an_agent_opens_by_itself_is_taken_as_its_own_when_its_turn_has_ended() {
    let (forge, home) = places();
    let session = author(&home, &clone(&home, &forge));
    let folder = folder_of(&home, session);
    let branch = git(&home, &folder, &["branch", "--show-current"]);
    git(&home, &folder, &["push", "--quiet", "origin", &branch]);
    let mut gh = home.program("gh");
    gh.args(["pr", "create", "--head", &branch, "--base", "main", "--title", "By myself", "--body", "I am fast."]);
    let created = gh.current_dir(&folder).output().expect("gh runs");
    assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
    let head = forge.bare().tip(&branch);
    home.send(session, "go on");
    let adopted = home.until("it is adopted", |world| world.pull_requests.values().next().cloned());
    assert_eq!((adopted.session, adopted.forge, adopted.number), (session, Where::Github, Some(1)));
    assert_eq!((adopted.title.as_str(), adopted.body.as_str()), ("By myself", "I am fast."));
    assert_eq!((adopted.head, adopted.branch, adopted.base.as_str()), (head, branch, "main"));
    let seen = until(&home, adopted.id, "it is looked after", |found| found.mergeable == Mergeable::Clean);
    assert_eq!((seen.state, home.world().pull_requests.len()), (State::Open, 1));
}

#[test]
fn a_forge_that_refuses_or_fails_is_quoted_and_asked_again_without_harm() {
    let (forge, home) = places();
    let session = author(&home, &clone(&home, &forge));
    forge.let_person_push(false);
    let id = publish(&home, session);
    let refused = until(&home, id, "it is refused", |found| found.step.is_none());
    assert_eq!((&refused.state, refused.number), (&State::Draft, None));
    let problem = refused.problem.expect("why");
    assert!(problem.contains("not allowed"), "{problem}");
    assert_eq!((forge.bare().tip(&refused.branch), forge.count()), (None, 0));

    forge.let_person_push(true);
    forge.trouble(OPENS, Trouble::Unavailable(502), 1);
    assert_eq!(publish(&home, session), id, "it is tried again");
    let failed = until(&home, id, "the forge fails", |found| found.step.is_none());
    assert_eq!((&failed.state, failed.number, forge.count()), (&State::Draft, None, 0));
    let problem = failed.problem.expect("why");
    assert!(problem.contains("does not answer") && problem.contains("502"), "{problem}");

    assert_eq!(published(&home, session), (id, 1));
    assert_eq!((home.world().pull_requests[&id].problem.clone(), forge.count()), (None, 1));
}

#[test]
fn a_daemon_that_is_killed_while_it_publishes_opens_exactly_one() {
    let (forge, home) = places();
    let session = author(&home, &clone(&home, &forge));
    forge.trouble(OPENS, Trouble::Slow(Duration::from_secs(1)), 1);
    let id = publish(&home, session);
    until_true("it is being opened", || forge.requests().iter().any(|request| request.line == OPENS));
    home.kill_daemon();
    home.done(&["ps"]);
    let offer = until(&home, id, "it is published", |found| found.step.is_none() && found.state == State::Open);
    until(&home, id, "it is seen", |found| found.mergeable == Mergeable::Clean);
    assert_eq!((offer.number, forge.count()), (Some(1), 1));
    assert_eq!(forge.shown(1)["title"], "Write it down");
}
