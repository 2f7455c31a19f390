//! Sessions on another machine: where they go, and what is known of them while it is away.

use quarterdeck::domain::{
    Command, TargetName,
    activity::{Doing, Source},
    message::Hold,
    target::State,
};

use crate::story::{Story, far, label};

fn capacity(story: &mut Story, target: TargetName, places: u32) {
    story.command(Command::SetTarget { target, open: None, capacity: Some(places) }).expect("it can be set");
}

#[test]
fn a_host_that_goes_away_ends_nothing_and_nothing_is_claimed_of_it() {
    let mut story = Story::new();
    let session = story.start_on("train it", Some(far()), Vec::new());
    story.settle();
    assert_eq!((story.state(session), story.doing(session)), ("running", Doing::Working));
    story.go_away(true);
    story.look();
    story.pass(600_000);
    assert_eq!((story.state(session), story.doing(session)), ("running", Doing::Unreachable));
    let activity = story.activity(session);
    assert_eq!(activity.evidence.source, Source::Supervisor);
    assert!(activity.evidence.text.contains("no route to host") && activity.note.contains("far"), "{activity:?}");
    story.go_away(false);
    assert_eq!(story.doing(session), Doing::Unknown, "it has not been looked at yet");
    story.look();
    assert_eq!((story.state(session), story.doing(session)), ("running", Doing::Working));
    assert!(story.has_logged("far can't be reached: no route to host") && story.has_logged("far is back after 10 min"));
}

#[test]
fn a_message_to_an_unreachable_host_waits_and_is_delivered_once_when_it_is_back() {
    let mut story = Story::new();
    let session = story.start_on("train it", Some(far()), Vec::new());
    story.settle();
    story.go_away(true);
    let message = story.send(session, "and save it");
    assert_eq!(story.hold(message), Some(Hold::Unreachable));
    story.crash();
    assert_eq!(story.hold(message), Some(Hold::Unreachable));
    story.settle();
    assert_eq!((story.delivery(message), story.times_received(session, "and save it")), ("taken up", 1));
}

#[test]
fn a_cancel_while_the_host_is_away_is_final_at_once_and_ends_what_is_there_later() {
    let mut story = Story::new();
    let session = story.start_on("train it", Some(far()), Vec::new());
    story.settle();
    story.go_away(true);
    story.cancel(session);
    story.pass(60_000);
    assert_eq!(story.state(session), "canceled");
    assert!(!story.nothing_lives(), "nobody could end it");
    assert!(story.has_logged("a1 is ended as soon as far is back"));
    let refused = story.command(Command::RemoveTarget { target: far(), reason: Some("it is gone".into()) });
    assert!(refused.expect_err("it is in use").message.contains("nobody can as long as the host is away"));
    story.crash();
    story.settle();
    assert!(story.nothing_lives());
}

#[test]
fn work_goes_to_this_machine_until_it_is_full_and_then_to_the_others() {
    let mut story = Story::new();
    capacity(&mut story, TargetName::local(), 1);
    let sessions = [story.start("one"), story.start("two"), story.start("three")];
    let targets = sessions.map(|session| story.target(session).to_string());
    assert_eq!(targets, ["local", "far", "far"]);
}

#[test]
fn a_label_chooses_where_and_a_session_says_why_nothing_takes_it() {
    let mut story = Story::new();
    let fourth = story.start_on("train it", None, vec![label()]);
    assert_eq!(*story.target(fourth), far());
    story.command(Command::SetTarget { target: far(), open: Some(State::Draining), capacity: None }).expect("set");
    let waiting = story.start_on("and that", None, vec![label()]);
    assert_eq!(story.waits_for(waiting).as_deref(), Some("far is draining"));
    story.command(Command::SetTarget { target: far(), open: Some(State::Online), capacity: Some(1) }).expect("set");
    assert_eq!(story.waits_for(waiting).as_deref(), Some("all places on far are taken"));
    story.go_away(true);
    assert_eq!(story.waits_for(waiting).as_deref(), Some("far can't be reached: no route to host"));
    let nowhere = Command::NewObjective {
        prompt: "x".into(),
        title: None,
        repository: None,
        agent: None,
        target: None,
        labels: vec!["quantum".parse().expect("a label")],
        mode: quarterdeck::domain::objective::Mode::Plain,
        workspace: None,
        base: None,
    };
    assert!(story.command(nowhere).expect_err("no such label").message.contains("quantum"));
}

#[test]
fn a_target_is_removed_only_when_nothing_of_it_is_left_or_the_person_says_why() {
    let mut story = Story::new();
    let session = story.start_on("train it", Some(far()), Vec::new());
    story.settle();
    let remove = |reason: Option<&str>| Command::RemoveTarget { target: far(), reason: reason.map(str::to_owned) };
    assert!(story.command(remove(Some("why not"))).expect_err("in use").message.contains("in use by s1"));
    story.done(session);
    story.settle();
    let refused = story.command(remove(None)).expect_err("its workspace is there");
    assert!(refused.message.contains("w1 at /work") && refused.hint.is_some(), "{refused:?}");
    story.command(remove(Some("the machine is sold"))).expect("removed");
    assert!(story.has_logged("far was removed; 1 workspace is left behind there: the machine is sold"));
    let local = Command::RemoveTarget { target: TargetName::local(), reason: None };
    assert!(story.command(local).expect_err("this machine").message.contains("this machine"));
}
