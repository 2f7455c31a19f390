//! Pull requests, as a person sees them, and what keys do to them.

use quarterdeck::{
    api::wire,
    domain::{
        Artifact, ArtifactId, AttemptId, Command, PullRequest, PullRequestId, Remark, RemarkId, Verification,
        VerificationId, World,
        activity::Doing,
        artifact,
        pull_request::{self, Checks, Forge, Mergeable, Method, Review, Step},
        question, remark, session, verification,
    },
    tui::{
        effect::{Effect, Purpose},
        message::{Message, Problem},
        model::{Focus, Overlay, Row, View},
    },
};

use crate::{
    script::{Script, text},
    world::{Builder, ago, choice, session_id},
};

fn pull_id(number: u32) -> PullRequestId {
    PullRequestId::from_number(number).expect("not zero")
}

fn remark_id(number: u32) -> RemarkId {
    RemarkId::from_number(number).expect("not zero")
}

/// Offers the branch of a session as its pull request of the same number.
fn offer(world: &mut World, number: u32, title: &str, change: impl FnOnce(&mut PullRequest)) {
    let session = &world.sessions[&session_id(number)];
    let id = pull_id(number);
    let mut row = PullRequest {
        id,
        objective: session.objective,
        session: session.id,
        workspace: session.workspace,
        repository: "/home/ada/engine".into(),
        forge: Forge::Github,
        number: Some(u64::from(number) + 10),
        url: Some(format!("https://github.com/ada/engine/pull/{}", number + 10)),
        branch: format!("qd/s{number}"),
        base: "main".into(),
        title: title.into(),
        body: "It moves every message through the new bus.\n\n- the parser\n- the scheduler".into(),
        head: Some("1a2b3c4d5e6f1a2b3c4d5e6f1a2b3c4d5e6f1a2b".into()),
        state: pull_request::State::Open,
        state_since: ago(u64::from(number) * 900),
        step: None,
        problem: None,
        checks: Checks { passed: 3, ..Checks::default() },
        review: Review::None,
        mergeable: Mergeable::Clean,
        aside: None,
        seen_at: Some(ago(70)),
        created_at: ago(9_000),
    };
    change(&mut row);
    world.pull_requests.insert(id, row);
}

fn remark(world: &mut World, number: u32, about: u32, kind: remark::Kind, text: &str, state: remark::State) {
    let place = (kind == remark::Kind::LineComment).then(|| "src/bus/queue.rs:41".to_owned());
    let row = Remark {
        id: remark_id(number),
        pull_request: pull_id(about),
        key: format!("k{number}"),
        kind,
        author: "grace".into(),
        text: text.into(),
        place,
        url: None,
        state,
        created_at: ago(400),
    };
    world.remarks.insert(row.id, row);
}

fn verify(world: &mut World, number: u32, state: verification::State) {
    let session = &world.sessions[&session_id(number)];
    let id = VerificationId::from_number(number).expect("not zero");
    let row = Verification {
        id,
        objective: session.objective,
        session: session.id,
        workspace: session.workspace.expect("it has one"),
        cause: verification::Cause::Done,
        round: 1,
        state,
        commit: None,
        head: None,
        artifact: None,
        created_at: ago(12),
        ended_at: None,
    };
    world.verifications.insert(id, row);
}

/// Each standing of a pull request once.
pub(crate) fn offered() -> World {
    let mut world = Builder::new()
        .objective(1, "Port the engine to the new bus")
        .running(1, "Port the parser", "claude", Doing::Working)
        .running(2, "Port the scheduler", "codex", Doing::YourTurn)
        .running(3, "Write the migration 日本語 🦀 guide", "claude", Doing::Working)
        .objective(2, "Publish version 0.2")
        .running(4, "Set the version", "claude", Doing::Working)
        .running(5, "Write the notes", "codex", Doing::YourTurn)
        .running(6, "Sign the archives", "claude", Doing::YourTurn)
        .asks(1, question::Kind::PullRequest, |question| {
            question.text = "#16 (“Sign the archives”) was closed without being merged.".into();
            question.call = None;
            question.free_text = false;
            question.choices = vec![
                question::Choice {
                    action: question::Action::PublishAgain(pull_id(6)),
                    ..choice("Offer it again", "", question::Verdict::Pick)
                },
                question::Choice {
                    action: question::Action::Leave,
                    ..choice("Leave it closed", "", question::Verdict::Pick)
                },
            ];
        })
        .build();
    offer(&mut world, 1, "Port the parser to the new bus", |row| {
        row.checks = Checks { passed: 3, pending: 1, failed: vec!["clippy".into(), "test (linux)".into()] };
        row.review = Review::ChangesRequested;
    });
    offer(&mut world, 2, "Port the scheduler and everything that hangs on it", |row| {
        row.review = Review::Approved;
    });
    offer(&mut world, 3, "Write the migration 日本語 🦀 guide", |row| {
        (row.forge, row.number, row.url) = (Forge::Local, None, None);
        row.mergeable = Mergeable::Conflicts { files: vec!["docs/guide.md".into(), "README.md".into()] };
    });
    offer(&mut world, 4, "Set the version", |row| row.step = Some(Step::Publish { force: None }));
    offer(&mut world, 5, "Write the notes", |row| row.state = pull_request::State::Merged { commit: None });
    offer(&mut world, 6, "Sign the archives", |row| row.state = pull_request::State::Closed);
    remark(&mut world, 1, 1, remark::Kind::ChangesRequested, "This can't stay as it is.", remark::State::Pending);
    let long = "Why is the queue locked twice here?\nIt waits for itself as soon as a listener sends something, \
                which the scheduler does all the time.";
    let given = remark::State::Given { session: session_id(1) };
    remark(&mut world, 2, 1, remark::Kind::LineComment, long, given);
    verify(&mut world, 2, verification::State::Running);
    verify(&mut world, 3, verification::State::Failed { how: "cargo test exited with code 101".into() });
    world
}

fn commands(script: &mut Script) -> Vec<Command> {
    let asked = |effect| match effect {
        Effect::Ask { command, .. } => Some(command),
        _ => None,
    };
    script.take_effects().into_iter().filter_map(asked).collect()
}

fn picture(world: World, columns: u16, rows: u16, keys: &str) -> String {
    let mut script = Script::new(world, columns, rows);
    script.keys(keys);
    script.picture()
}

#[test]
fn the_list_and_one_of_it_at_80x24() {
    insta::assert_snapshot!(picture(offered(), 80, 24, "G 3 g"));
}

#[test]
fn the_list_and_one_of_it_at_140x40() {
    insta::assert_snapshot!(picture(offered(), 140, 40, "G 3 g j j ]"));
}

#[test]
fn the_list_and_one_of_it_at_200x50() {
    insta::assert_snapshot!(picture(offered(), 200, 50, "3 g j j"));
}

#[test]
fn the_list_at_30x8() {
    insta::assert_snapshot!(picture(offered(), 30, 8, "3"));
}

#[test]
fn without_any_it_says_how_one_is_made() {
    let world = Builder::new().objective(1, "Parse").running(1, "Parse", "claude", Doing::Working).build();
    insta::assert_snapshot!(picture(world, 80, 24, "3"));
}

#[test]
fn rows_say_how_their_work_is_offered_and_verified() {
    insta::assert_snapshot!(picture(offered(), 140, 40, "g j"));
}

#[test]
fn what_needs_the_person_stands_on_top_and_what_is_over_at_the_end() {
    let mut script = Script::new(offered(), 80, 24);
    script.keys("3");
    let order: Vec<u32> = script.model.pulls.order().iter().map(|id| id.number()).collect();
    assert_eq!(order, [6, 3, 1, 2, 4, 5]);
}

#[test]
fn what_was_merged_long_ago_is_not_shown() {
    let mut world = offered();
    world.pull_requests.get_mut(&pull_id(5)).expect("one").state_since = ago(25 * 60 * 60);
    let script = Script::new(world, 80, 24);
    assert!(!script.model.pulls.order().contains(&pull_id(5)));
}

#[test]
fn keys_for_a_session_go_to_the_one_whose_work_is_shown() {
    let mut script = Script::new(offered(), 80, 24);
    script.keys("3 g j j x");
    assert_eq!(script.model.pull_request().expect("one").id, pull_id(1));
    script.keys("y");
    assert_eq!(commands(&mut script), [Command::CancelSession { session: session_id(1) }]);
    script.keys("Enter");
    assert_eq!((script.model.view, script.model.focus), (View::Board, Focus::Screen));
    assert_eq!(script.model.board.selected(), Some(Row::Session(session_id(1))));
}

#[test]
fn a_click_selects_and_the_wheel_moves_what_is_under_it() {
    use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
    let mut script = Script::new(offered(), 80, 16);
    script.keys("3 g");
    let mouse = |kind, row| Message::Mouse(MouseEvent { kind, column: 9, row, modifiers: KeyModifiers::NONE });
    script.tell(mouse(MouseEventKind::Down(MouseButton::Left), 3));
    assert_eq!(script.model.pulls.selected(), Some(pull_id(1)));
    script.tell(mouse(MouseEventKind::ScrollDown, 12));
    assert!(script.model.pulls.scroll > 0);
    script.tell(mouse(MouseEventKind::ScrollUp, 2));
    assert_eq!((script.model.pulls.selected(), script.model.pulls.scroll), (Some(pull_id(3)), 0));
}

#[test]
fn p_offers_the_selected_session_with_what_it_reported() {
    let world = Builder::new()
        .objective(1, "Port the parser")
        .running(1, "Port the parser", "claude", Doing::YourTurn)
        .with(|session| {
            session.report = Some(session::Report {
                outcome: session::Outcome::Done,
                summary: "Ported; all tests pass.".into(),
                attempt: AttemptId::FIRST,
                at: ago(40),
            });
        })
        .build();
    let mut script = Script::new(world, 80, 24);
    script.keys("p");
    insta::assert_snapshot!(script.picture());
    script.keys("Tab End").write(" See bus").keys("Tab Tab Space Ctrl-s");
    let expected = Command::PublishPullRequest {
        session: session_id(1),
        title: Some("Port the parser".into()),
        body: Some("Ported; all tests pass. See bus".into()),
        base: None,
        forge: Some(Forge::Local),
        force: None,
    };
    assert_eq!(commands(&mut script), [expected]);
}

#[test]
fn what_is_refused_stays_in_the_form() {
    let mut script = Script::new(offered(), 80, 24);
    script.keys("G 3 g j j c").write("Why twice?").keys("Ctrl-s");
    let effects = script.take_effects();
    let Some(Effect::Ask { purpose, command }) = effects.iter().find(|effect| matches!(effect, Effect::Ask { .. }))
    else {
        panic!("nothing was sent: {effects:?}");
    };
    assert_eq!(*command, Command::CommentPullRequest { pull_request: pull_id(1), text: "Why twice?".into() });
    assert!(matches!(purpose, Purpose::Offer { .. }));
    script.tell(Message::Answered(purpose.clone(), Err(Problem::new("GitHub can't be reached"))));
    let picture = text(&script.buffer());
    assert!(picture.contains("GitHub can't be reached") && picture.contains("Why twice?"), "{picture}");
    script.keys("Esc c");
    assert!(text(&script.buffer()).contains("Why twice?"), "it is kept");
    script.keys("Ctrl-s");
    script.tell(Message::Answered(purpose.clone(), Ok(quarterdeck::domain::Reply::Done)));
    assert!(script.model.overlay.is_none());
}

#[test]
fn p_on_what_is_offered_says_that_it_updates_it_and_sends_only_what_was_changed() {
    let mut script = Script::new(offered(), 80, 24);
    script.keys("3 g j j j p");
    assert!(text(&script.buffer()).contains("publish the work of s2 again: updates #12"));
    script.keys("Ctrl-s");
    let expected = Command::PublishPullRequest {
        session: session_id(2),
        title: None,
        body: None,
        base: None,
        forge: None,
        force: None,
    };
    assert_eq!(commands(&mut script), [expected]);
}

#[test]
fn a_merge_says_what_happens_and_takes_a_method() {
    let mut script = Script::new(offered(), 80, 24);
    script.keys("3 g j j j m");
    insta::assert_snapshot!(script.picture());
    script.keys("Right y");
    let expected = Command::MergePullRequest {
        pull_request: pull_id(2),
        method: Method::Squash,
        move_checkout: false,
        regardless: false,
    };
    assert_eq!(commands(&mut script), [expected]);
}

#[test]
fn what_is_red_is_merged_only_when_that_is_said() {
    let mut script = Script::new(offered(), 80, 24);
    script.keys("3 g j j m y");
    assert_eq!(commands(&mut script), []);
    insta::assert_snapshot!(script.picture());
    script.keys("Space y");
    let expected = Command::MergePullRequest {
        pull_request: pull_id(1),
        method: Method::Merge,
        move_checkout: false,
        regardless: true,
    };
    assert_eq!(commands(&mut script), [expected]);
}

#[test]
fn a_local_merge_may_take_the_checkout_along() {
    let mut world = offered();
    world.pull_requests.get_mut(&pull_id(3)).expect("one").mergeable = Mergeable::Clean;
    let mut script = Script::new(world, 80, 24);
    script.keys("3 g j j m");
    assert!(matches!(script.model.overlay, Some(Overlay::Merging(_))), "{:?}", script.model.overlay);
    script.keys("Down Space y");
    let expected = Command::MergePullRequest {
        pull_request: pull_id(3),
        method: Method::Merge,
        move_checkout: true,
        regardless: false,
    };
    assert_eq!(commands(&mut script), [expected]);
}

#[test]
fn what_conflicts_is_not_merged_but_given_to_an_agent() {
    let mut script = Script::new(offered(), 80, 24);
    script.keys("3 g j m");
    assert!(script.model.overlay.is_none());
    assert!(text(&script.buffer()).contains("p3 conflicts with main  → f gives that to an agent"));
    script.keys("f");
    assert_eq!(commands(&mut script), [Command::FollowUp { pull_request: pull_id(3) }]);
}

#[test]
fn the_other_keys_do_what_they_say() {
    let mut script = Script::new(offered(), 80, 24);
    script.keys("3 g j j ] S").write("it is meant so").keys("Enter");
    let settle = Command::SettleRemark { remark: remark_id(1), why: Some("it is meant so".into()) };
    assert_eq!(commands(&mut script), [settle]);
    script.keys("X n X y");
    assert_eq!(commands(&mut script), [Command::ClosePullRequest { pull_request: pull_id(1) }]);
    script.keys("v O").write("seen by me").keys("Enter");
    let overrule = Command::Overrule { session: session_id(1), reason: "seen by me".into() };
    assert_eq!(commands(&mut script), [Command::Verify { session: session_id(1) }, overrule]);
    script.keys("y");
    let copied = Effect::Copy("https://github.com/ada/engine/pull/11".into());
    assert!(script.take_effects().contains(&copied));
}

#[test]
fn a_session_without_one_says_how_it_gets_one() {
    let world = Builder::new().objective(1, "Parse").running(1, "Parse", "claude", Doing::Working).build();
    let mut script = Script::new(world, 80, 24);
    script.keys("m");
    assert!(text(&script.buffer()).contains("p on a session offers its commits"));
}

#[test]
fn the_whole_report_stands_in_the_form_once_it_has_come_unless_something_was_written() {
    let mut world = Builder::new().objective(1, "Parse").running(1, "Parse", "claude", Doing::YourTurn).build();
    let report = Artifact {
        id: ArtifactId::FIRST,
        objective: world.sessions[&session_id(1)].objective,
        session: session_id(1),
        kind: artifact::Kind::Report,
        title: "done".into(),
        bytes: 20,
        created_at: ago(40),
    };
    world.artifacts.insert(report.id, report.clone());
    let body = || wire::ArtifactBody { artifact: report.clone(), body: "Ported.\n\nTests pass.".into() };
    let mut script = Script::new(world, 80, 24);
    script.keys("p");
    assert!(script.take_effects().contains(&Effect::ReadArtifact(report.id)));
    script.tell(Message::Artifact(report.id, Ok(Box::new(body()))));
    assert!(text(&script.buffer()).contains("Tests pass."));
    script.keys("Esc p Tab").write("Mine").tell(Message::Artifact(report.id, Ok(Box::new(body()))));
    assert!(!text(&script.buffer()).contains("Tests pass.") && text(&script.buffer()).contains("Mine"));
}
