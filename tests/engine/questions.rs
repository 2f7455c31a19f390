//! What agents ask: who is asked, who is answered, and when it is known.

use std::time::Duration;

use quarterdeck::{
    agent::signals::{Dialect, hook},
    domain::{
        Command, Failure, Timestamp,
        activity::Doing,
        failure::Class,
        question::{State, Via},
        signal::Says,
        usage::{Limit, Meter},
    },
    engine::core::ScreenRead,
};

use serde_json::json;

use crate::story::Story;

fn working() -> Says {
    Says::Working { on: "Read".into(), subject: None }
}

#[test]
fn a_refusal_is_known_to_be_taken_up_when_the_agent_goes_on() {
    let mut story = Story::new();
    let session = story.start("fix the parser");
    story.settle();
    let question = story.asks(session, "Bash");
    story.answer(question, 2);
    assert!(matches!(story.question(question), Some(State::Answering { sent: true, .. })));
    story.tells(session, working());
    assert!(matches!(story.ended(question), State::Answered { .. }));

    // What it asks next says so too, and waits itself.
    let refused = story.asks(session, "Bash");
    story.answer(refused, 2);
    let next = story.asks(session, "Edit");
    assert!(matches!(story.ended(refused), State::Answered { .. }));
    story.tells(session, working());
    assert_eq!(story.question(next), Some(&State::Open), "nobody has answered that");
}

#[test]
fn a_hook_that_comes_again_after_its_question_was_settled_is_let_go() {
    let mut story = Story::new();
    let session = story.start("fix the parser");
    story.settle();
    let question = story.asks(session, "Bash");
    story.crash();
    // It was answered in its pane; only its process does not know.
    story.tells(session, Says::ToolEnded { subject: "Bash".into(), refused: false });
    assert!(matches!(story.ended(question), State::Withdrawn { .. }));
    story.calls_come_again();
    story.settle();
    assert_eq!(story.open_questions(), 0);
    // Also where a later daemon hears it.
    let question = story.asks(session, "Bash");
    story.tells(session, Says::ToolEnded { subject: "Bash".into(), refused: false });
    assert!(matches!(story.ended(question), State::Withdrawn { .. }));
    story.crash();
    story.calls_come_again();
    story.settle();
    assert_eq!(story.open_questions(), 0);
}

#[test]
fn an_answer_that_never_left_is_not_said_to_be_taken_up() {
    let mut story = Story::new();
    let session = story.start("fix the parser");
    story.settle();
    let question = story.asks(session, "Bash");
    story.crash();
    // Its hook does not come again: the answer can't leave.
    story.answer(question, 1);
    assert!(matches!(story.question(question), Some(State::Answering { sent: false, .. })));
    story.tells(session, Says::ToolEnded { subject: "Bash".into(), refused: false });
    assert!(matches!(story.ended(question), State::Withdrawn { .. }), "{:?}", story.ended(question));
}

#[test]
fn an_agent_that_waits_in_its_input_box_asks_nothing() {
    let mut story = Story::new();
    let session = story.start("fix the parser");
    story.settle();
    let question = story.asks(session, "Bash");
    story.crash();
    story.agents_finish_their_turns();
    story.settle();
    assert!(matches!(story.ended(question), State::Withdrawn { .. }));
}

#[test]
fn a_pane_that_looks_busy_all_along_does_not_show_that_an_answer_arrived() {
    let mut story = Story::new();
    let session = story.start("fix the parser");
    story.settle();
    let question = story.asks(session, "Bash");
    story.settle();
    story.answer(question, 1);
    story.settle();
    assert!(matches!(story.question(question), Some(State::Answering { sent: true, .. })));
    story.crash();
    // It had left, and did not arrive: its hook comes again.
    story.settle();
    assert!(matches!(story.question(question), Some(State::Answering { .. })));
    story.tells(session, Says::ToolEnded { subject: "Bash".into(), refused: false });
    assert!(matches!(story.ended(question), State::Answered { .. }));
}

#[test]
fn a_limit_that_starts_anew_is_told_to_its_agent_once() {
    let mut story = Story::new();
    let session = story.start("fix the parser");
    story.settle();
    story.runs_into_a_limit(session, Duration::from_secs(60));
    story.agents_finish_their_turns();
    story.look();
    story.pass(30_000);
    assert_eq!(story.newest_message(session).1, "fix the parser", "the reset has not come");
    story.crash();
    story.settle();
    let (told, words) = story.newest_message(session);
    assert_eq!(words, "Please go on where you stopped.");
    story.crash();
    story.agents_finish_their_turns();
    story.settle();
    story.settle();
    assert_eq!(story.newest_message(session).0, told, "it is told once");
    assert_eq!(story.open_questions(), 0);
}

#[test]
fn a_subagent_goes_on_by_itself() {
    let mut story = Story::new();
    let session = story.start("fix the parser");
    story.settle();
    let question = story.asks(session, "agent1/Bash");
    story.answer(question, 2);
    story.tells(session, working());
    assert!(matches!(story.question(question), Some(State::Answering { sent: true, .. })));
    story.tells(session, Says::AskSettled { subject: "agent1/Bash".into(), outcome: "it is over".into() });
    assert!(matches!(story.ended(question), State::Answered { .. }));
}

#[test]
fn what_was_allowed_is_at_work_before_it_tells_so() {
    let mut story = Story::new();
    let session = story.start("fix the parser");
    story.settle();
    // An agent whose pane shows work while its hook waits, and whose next hook comes when the tool has run.
    story.shows(session, Doing::Working, None);
    let question = story.asks(session, "Bash");
    assert_eq!(story.doing(session), Doing::Asking);
    story.answer(question, 1);
    assert_eq!(story.doing(session), Doing::Working);
    story.tells(session, Says::ToolEnded { subject: "Bash".into(), refused: false });
    assert!(matches!(story.ended(question), State::Answered { .. }));
}

#[test]
fn a_dialog_before_an_agent_that_is_parked_does_not_wake_it() {
    let mut story = Story::new();
    let session = story.start("fix the parser");
    story.settle();
    let until = Some(Timestamp(story.now().0 + 3_600_000));
    let failure = Failure { class: Class::UsageLimit, text: "used up".into(), until };
    story.tells(session, Says::TurnFailed { failure });
    assert_eq!(story.doing(session), Doing::Parked);
    story.shows(session, Doing::Asking, Some("Another model?"));
    story.pass(3_000);
    assert_eq!(story.doing(session), Doing::Asking, "the person can answer it now");
    story.shows(session, Doing::YourTurn, None);
    story.pass(3_000);
    assert_eq!(story.doing(session), Doing::Parked, "it goes on by itself");
}

#[test]
fn the_dialog_of_an_answered_question_is_not_asked_about_while_it_closes() {
    let mut story = Story::new();
    let session = story.start("fix the parser");
    story.settle();
    let question = story.asks(session, "Bash");
    story.shows(session, Doing::Asking, Some("Run it?"));
    story.pass(60_000);
    story.answer(question, 2);
    story.tells(session, working());
    story.shows(session, Doing::Asking, Some("Run it?"));
    story.pass(500);
    assert_eq!(story.open_questions(), 0, "it is on its way out");
    story.shows(session, Doing::Working, None);
    story.pass(5_000);
    assert_eq!(story.open_questions(), 0);
    story.shows(session, Doing::Asking, Some("Run it?"));
    story.pass(2_000);
    assert_eq!(story.open_questions(), 1, "one that keeps standing is asked about");
}

#[test]
fn an_interrupt_by_hand_ends_what_ask_user_asks() {
    let mut story = Story::new();
    let session = story.start("fix the parser");
    story.settle();
    let question = story.asks_via(session, "which colour", Via::Tool);
    assert_eq!(story.doing(session), Doing::Asking);
    story.tells(session, Says::Interrupted);
    assert!(matches!(story.ended(question), State::Withdrawn { .. }));
    assert_eq!(story.doing(session), Doing::YourTurn);
}

#[test]
fn a_try_that_fails_at_once_is_no_end_of_retrying() {
    let mut story = Story::new();
    let session = story.start("fix the parser");
    story.settle();
    let retrying = |attempt: &str| {
        let note = attempt.to_owned();
        move |read: &mut ScreenRead| (read.doing, read.note) = (Doing::Retrying, note)
    };
    story.shows_as(session, retrying("try 1 of 10"));
    story.pass(2_000);
    story.shows(session, Doing::Working, None);
    story.pass(300);
    assert_eq!(story.doing(session), Doing::Retrying);
    story.shows_as(session, retrying("try 2 of 10"));
    story.shows(session, Doing::Working, None);
    story.pass(2_000);
    assert_eq!(story.doing(session), Doing::Working, "this one got through");
}

#[test]
fn nothing_is_typed_where_no_input_box_is_seen() {
    let mut story = Story::new();
    let session = story.start("fix the parser");
    story.settle();
    story.shows_as(session, |read| (read.doing, read.composer) = (Doing::Unknown, None));
    let message = story.send(session, "go on");
    story.pass(5_000);
    assert_eq!(story.delivery(message), "queued");
    story.settle();
    assert_eq!(story.times_received(session, "go on"), 1);
}

#[test]
fn what_an_agent_reports_stays_asked_while_it_ends_its_turn() {
    let mut story = Story::new();
    let session = story.start("fix the parser");
    story.settle();
    story.tells(session, working());
    story.reports_blocked(session);
    story.tells(session, Says::ToolEnded { subject: "report_result".into(), refused: false });
    story.tells(session, Says::TurnEnded { background: Vec::new() });
    assert_eq!(story.open_questions(), 1);
    story.tells(session, Says::TookUp { prompt: "here is the key".into() });
    assert_eq!(story.open_questions(), 0, "somebody told it to go on");
}

#[test]
fn an_agent_that_promises_to_go_on_after_its_limit_is_left_to_do_so() {
    let mut story = Story::new();
    let session = story.start("fix the parser");
    story.settle();
    let newest = story.newest(session);
    let until = Timestamp(story.now().0 + 60_000);
    let failure = Failure { class: Class::UsageLimit, text: "used up".into(), until: Some(until) };
    story.tells(session, Says::TurnFailed { failure });
    story.shows(session, Doing::Parked, None);
    let reset = Timestamp(until.0 + 49_000);
    let limit = Limit { name: "5 hours".into(), used_percent: 100, resets_at: Some(reset) };
    story.tells(session, Says::Metered(Meter { limits: vec![limit], ..Meter::default() }));
    assert_eq!((story.doing(session), story.until(session)), (Doing::Parked, Some(reset)));
    story.pass(200_000);
    assert_eq!(story.newest(session), newest, "it says itself that it goes on");
    story.shows(session, Doing::YourTurn, None);
    story.pass(1_000);
    assert_ne!(story.newest(session), newest, "it did not");
}

#[test]
fn an_answer_is_either_given_here_or_left_to_the_pane() {
    let mut story = Story::new();
    let session = story.start("fix the parser");
    story.settle();
    let options = json!([{"label": "Red", "description": ""}, {"label": "Blue", "description": ""}]);
    let asked = json!({"question": "Which colours?", "header": "Colours", "multiSelect": true, "options": options});
    let payload = json!({
        "hook_event_name": "PermissionRequest", "tool_name": "AskUserQuestion", "tool_input": {"questions": [asked]},
    });
    story.hears(session, hook(Dialect::Claude, payload.to_string().as_bytes(), story.now(), "call"));
    let question = story.open(session).next().expect("it is asked").clone();
    let (id, in_pane) = (question.id, question.choices.len());
    for (choices, text) in [(vec![1, in_pane], None), (vec![in_pane], Some("Green".to_owned()))] {
        let refused = story.command(Command::Answer { question: id, choices, text }).expect_err("both at once");
        assert!(refused.message.contains("either answered here or decided in its pane"), "{refused:?}");
    }
    assert_eq!(story.question(id), Some(&State::Open));
    story.command(Command::Answer { question: id, choices: vec![1, 2], text: None }).expect("two of several");
}
