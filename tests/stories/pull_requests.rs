//! Work is offered for review, verified, commented and merged on this machine: judged by what git says and by what the
//! agent received.

use quarterdeck::domain::{
    self, Command, PullRequest, PullRequestId, Reply, SessionId, World,
    activity::Doing,
    pull_request::{Mergeable, Method, State},
    remark, verification,
};

use crate::{
    home::Home,
    repository::{Repository, git},
    wait::until_true,
};

/// A session that has committed something, and its pull request.
fn published(home: &Home, repository: &Repository<'_>) -> (SessionId, PullRequestId) {
    let session = home.start(&["--repo", repository.path(), "write it down play:commit"]);
    home.until_doing(session, Doing::YourTurn);
    (session, publish(home, session))
}

fn publish(home: &Home, session: SessionId) -> PullRequestId {
    let command =
        Command::PublishPullRequest { session, title: None, body: None, base: None, forge: None, force: None };
    let Reply::PullRequest { pull_request } = home.command(&command) else { panic!("it can be published") };
    until(home, pull_request, "it is published", |found| found.step.is_none() && found.state == State::Open);
    pull_request
}

fn until(home: &Home, id: PullRequestId, what: &str, wanted: impl Fn(&PullRequest) -> bool) -> PullRequest {
    home.until(what, |world: &World| world.pull_requests.get(&id).filter(|found| wanted(found)).cloned())
}

fn merge(home: &Home, pull_request: PullRequestId, method: Method, move_checkout: bool) {
    home.command(&Command::MergePullRequest { pull_request, method, move_checkout, regardless: false });
}

#[test]
fn a_merge_waits_beside_a_base_that_is_checked_out_until_the_person_takes_it() {
    let home = Home::new();
    let repository = Repository::busy(&home);
    let before = repository.fingerprint();
    let (session, id) = published(&home, &repository);
    let offered = until(&home, id, "it could be merged", |found| found.mergeable == Mergeable::Clean);
    let main = repository.git(&["rev-parse", "main"]);
    assert_eq!(offered.head, Some(repository.git(&["rev-parse", &offered.branch])));
    assert_eq!(offered.base, "main");
    merge(&home, id, Method::Squash, true);
    let aside = until(&home, id, "it waits", |found| found.aside.is_some() && found.step.is_none());
    assert_eq!(
        repository.git(&["rev-parse", "main"]),
        main,
        "what the person has checked out stays, with their changes"
    );
    let changed: Vec<_> =
        repository.fingerprint().into_iter().filter(|(path, kept)| before.get(path) != Some(kept)).collect();
    assert!(changed.iter().all(|(path, _)| path.starts_with(".git")), "{changed:?}");
    let how = aside.problem.expect("it says how to take it");
    assert!(how.contains("git ") && how.contains("merge --ff-only"), "{how}");
    let aside = aside.aside.expect("a branch");
    repository.git(&["merge", "--quiet", "--ff-only", &aside.branch]);
    until(&home, id, "it is seen to be merged", |found| matches!(found.state, State::Merged { .. }));
    home.until_state(session, "succeeded");
    assert_eq!(
        git(&home, &repository.folder, &["log", "-1", "--format=%s", "main"]).split(" (").next(),
        Some("write it down play:commit")
    );
    home.until("its workspace is gone", |world| world.workspaces.is_empty().then_some(()));
    until_true("its objective is done", || {
        home.world().objectives.values().all(|found| found.state == domain::objective::State::Done)
    });
}

#[test]
fn each_method_moves_a_base_that_nobody_has_checked_out() {
    for (method, commits) in [(Method::Merge, 3), (Method::Squash, 2), (Method::Rebase, 2)] {
        let home = Home::new();
        let repository = Repository::with_one_commit(&home, "repository");
        let (_, id) = published(&home, &repository);
        repository.git(&["checkout", "--quiet", "--detach"]);
        merge(&home, id, method, false);
        until(&home, id, "it is merged", |found| matches!(found.state, State::Merged { .. }));
        let count = repository.git(&["rev-list", "--count", "main"]);
        assert_eq!(count, commits.to_string(), "{method:?}");
        assert!(repository.git(&["ls-tree", "-r", "--name-only", "main"]).contains("notes/turn-1.md"));
        let refused = home.run(&["done", "o1"]);
        assert_eq!(refused.code, 0, "{refused:?}");
    }
}

#[test]
fn what_the_person_says_about_it_reaches_the_agent_as_one_message() {
    let home = Home::new();
    let repository = Repository::with_one_commit(&home, "repository");
    let (session, id) = published(&home, &repository);
    for text in ["Name the file after what it says", "And say who wrote it"] {
        home.command(&Command::CommentPullRequest { pull_request: id, text: text.into() });
    }
    home.until("both are given", |world| {
        let given = |remark: &&remark::Remark| remark.state == remark::State::Given { session };
        (world.remarks_of(id).filter(given).count() == 2).then_some(())
    });
    until_true("the agent has read both", || {
        home.log().received().iter().any(|text| text.contains("Name the file") && text.contains("And say who wrote it"))
    });
    let refused = home.run(&["done", "o1"]);
    assert_eq!(refused.code, 4, "an objective waits for its pull requests: {refused:?}");
    home.done(&["done", "o1", "--regardless"]);
}

#[test]
fn nothing_is_offered_that_does_not_differ() {
    let home = Home::new();
    let repository = Repository::with_one_commit(&home, "repository");
    let session = home.start(&["--repo", repository.path(), "play:work"]);
    home.until_doing(session, Doing::YourTurn);
    let command =
        Command::PublishPullRequest { session, title: None, body: None, base: None, forge: None, force: None };
    let client = home.client();
    let Reply::PullRequest { pull_request } = home.ask(async {
        match client.command(&command).await {
            // Where the figures are known already.
            Err(quarterdeck::api::client::Error::Refused(refusal)) => {
                assert!(refusal.message.contains("differs"), "{refusal}");
                Ok(Reply::PullRequest { pull_request: PullRequestId::FIRST })
            }
            other => other,
        }
    }) else {
        panic!("it is answered")
    };
    home.until("it is not offered", |world| match world.pull_requests.get(&pull_request) {
        None => Some(()),
        Some(found) => (found.step.is_none() && found.problem.is_some() && found.state == State::Draft).then_some(()),
    });
}

/// Written beside the settings: what verifies the repository.
fn verified_by(home: &Home, repository: &Repository<'_>, argv: &[&str]) {
    let argv: Vec<String> = argv.iter().map(|word| format!("{word:?}")).collect();
    let text = format!(
        "[repository.tool]\npath = {:?}\nverify = [[{}]]\nverify_retries = 1\n",
        repository.path(),
        argv.join(", ")
    );
    std::fs::write(home.qd_home().join("config/repositories.toml"), text).expect("written");
}

#[test]
fn what_an_agent_calls_done_is_verified_red_goes_back_to_it_and_green_is_kept() {
    let home = Home::new();
    let repository = Repository::with_one_commit(&home, "repository");
    verified_by(&home, &repository, &["test", "-e", "notes/turn-3.md"]);
    let profiles = home.qd_home().join("config/agents");
    std::fs::create_dir_all(&profiles).expect("a folder");
    let text = "inherit = \"stand-in\"\ntitle = \"marked\"\ncompletion = { marker = 'Write' }\n";
    std::fs::write(profiles.join("marked.toml"), text).expect("written");
    let session = home.start_with("marked", &["--repo", repository.path(), "first play:commit"]);
    let red = home.until("it is not good", |world| {
        let newest = world.verifications_of(session).next_back()?;
        matches!(newest.state, verification::State::Failed { .. }).then(|| newest.clone())
    });
    assert_eq!((red.round, red.cause), (1, verification::Cause::Done));
    until_true("the agent hears of it", || {
        home.log().received().iter().any(|text| text.contains("test -e notes/turn-3.md exited with code 1"))
    });
    let artifact = red.artifact.expect("what was printed is kept").to_string();
    assert!(home.done(&["show", &artifact]).contains("$ test -e notes/turn-3.md"));
    home.until_doing(session, Doing::YourTurn);
    home.send(session, "second play:commit");
    home.until_state(session, "succeeded");
    let world = home.world();
    let green = world.verifications_of(session).next_back().expect("the newest");
    let verification::State::Passed { checkpoint } = green.state else { panic!("{green:?}") };
    let commit = &world.checkpoints[&checkpoint].commit;
    assert!(repository.git(&["ls-tree", "-r", "--name-only", commit]).contains("notes/turn-3.md"));
}

#[test]
fn a_daemon_that_is_killed_while_it_merges_finishes_it_once() {
    let home = Home::new();
    let repository = Repository::with_one_commit(&home, "repository");
    let (_, id) = published(&home, &repository);
    repository.git(&["checkout", "--quiet", "--detach"]);
    merge(&home, id, Method::Merge, false);
    home.kill_daemon();
    home.done(&["ps"]);
    until(&home, id, "it is merged", |found| matches!(found.state, State::Merged { .. }));
    assert_eq!(repository.git(&["rev-list", "--count", "--merges", "main"]), "1");
}
