//! The deciding core under random inputs: effects that fail, repeat, come late or die before they answer, and a crash
//! at every commit. After every step the world must be sound, and what a person was promised must hold.

mod outside;
mod questions;
mod replay;
mod story;
mod targets;

use proptest::prelude::*;
use story::Story;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_events_breaks_a_promise(choices in prop::collection::vec(any::<(u8, u8)>(), 1..160)) {
        let mut story = Story::new();
        for (what, which) in choices {
            story.happen(what, which);
            story.check();
        }
        story.settle();
        story.check();
    }
}

#[test]
fn a_plain_story_ends_well() {
    let mut story = Story::new();
    let session = story.start("fix the parser");
    story.settle();
    assert_eq!(story.state(session), "running");
    let message = story.send(session, "and the lexer");
    story.settle();
    assert_eq!(story.delivery(message), "taken up");
    story.done(session);
    story.settle();
    assert_eq!(story.state(session), "succeeded");
    assert!(story.nothing_lives());
}

#[test]
fn sessions_beyond_the_cap_wait_and_start_oldest_first() {
    let mut story = Story::new();
    let sessions: Vec<_> = (0..5).map(|number| story.start(&format!("job {number}"))).collect();
    story.settle();
    let states: Vec<_> = sessions.iter().map(|&session| story.state(session)).collect();
    assert_eq!(states, ["running", "running", "running", "waiting_capacity", "waiting_capacity"]);
    story.cancel(sessions[0]);
    story.settle();
    assert_eq!(story.state(sessions[3]), "running");
    assert_eq!(story.state(sessions[4]), "waiting_capacity");
}

#[test]
fn a_cancel_is_final_whatever_arrives_late() {
    let mut story = Story::new();
    let session = story.start("fix the parser");
    story.step_effects_but_hold_answers();
    story.cancel(session);
    assert_eq!(story.state(session), "canceled");
    story.settle();
    assert_eq!(story.state(session), "canceled");
    assert!(story.nothing_lives());
}

#[test]
fn a_message_typed_before_a_crash_is_not_typed_again() {
    let mut story = Story::new();
    let session = story.start("fix the parser");
    story.settle();
    story.send(session, "once");
    story.step_effects_but_hold_answers();
    story.crash();
    story.settle();
    assert_eq!(story.times_received(session, "once"), 1);
}

#[test]
fn what_depends_on_a_canceled_session_is_canceled_too() {
    let mut story = Story::new();
    let first = story.start("first");
    let second = story.start_after(first, "second");
    story.settle();
    assert_eq!(story.state(second), "queued");
    story.cancel(first);
    story.settle();
    assert_eq!(story.state(second), "canceled");
}

#[test]
fn a_vanished_pane_is_a_question_and_not_an_end() {
    let mut story = Story::new();
    let session = story.start("fix the parser");
    story.settle();
    story.lose_the_terminal_server();
    story.settle();
    assert_eq!(story.state(session), "waiting_user");
    story.resume(session);
    story.settle();
    assert_eq!(story.state(session), "running");
}
