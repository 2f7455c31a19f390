//! What goes wrong between an agent and its provider: what mends itself is waited for, the rest is the person's to decide,
//! and what they decide reaches the agent once.

use nix::sys::signal::Signal;
use quarterdeck::domain::{
    activity::Doing,
    question::{Kind, State},
};

use crate::{
    actor::{Actor, Dialect, of_each_dialect},
    processes::{lives, signal},
    wait::until_true,
};

#[test]
fn each_failure_says_what_helps_and_the_answer_reaches_the_agent() {
    let actor = Actor::plays(Dialect::Claude, "play:fail-login");
    let mut known = Vec::new();
    for (how, words, remedy, next) in [
        ("login", "not logged in", "log in again in its pane", "billing"),
        ("billing", "billing: Credit balance is too low", "check the account's credit", "model"),
        ("model", "invalid model", "choose another model", "overloaded"),
        ("overloaded", "overloaded", "try again in a moment", "rate_limit"),
        ("rate_limit", "rate limit", "try again in a moment", "context"),
    ] {
        let failure = actor.until_it_asks(&known);
        assert_eq!(failure.kind, Kind::Failure);
        assert!(failure.text.contains(words) && failure.text.contains(remedy), "{how}: {failure:?}");
        assert_eq!(actor.home.state(actor.session).label(), "running");
        known.push(failure.id);
        actor.answer(&failure, &["--text", &format!("once more play:fail-{next}")]);
    }
    let full = actor.until_it_asks(&known);
    assert!(full.text.contains("context full"), "{full:?}");
    actor.home.answer(&full, "Shorten its context");
    actor.until_logged("prompt", 7);
    assert_eq!(actor.prompts()[6], "/compact");
    actor.home.until_doing(actor.session, Doing::YourTurn);
    let settled = actor.until_settled();
    assert!(settled.iter().all(|state| matches!(state, State::Answered { .. })), "{settled:#?}");
}

#[test]
fn a_failure_is_answered_once_however_the_daemon_dies() {
    let actor = Actor::plays(Dialect::Claude, "play:fail-login");
    let before = actor.until_it_asks(&[]);
    actor.home.kill_daemon();
    actor.home.answer(&before, "Go on");
    // It is told at most once, whichever daemon tells it.
    actor.home.kill_daemon();
    actor.home.done(&["ps"]);
    actor.until_logged("prompt", 2);
    actor.home.until_doing(actor.session, Doing::YourTurn);
    actor.home.kill_daemon();
    actor.home.until_taken_up(actor.home.send(actor.session, "and on"));
    actor.until_logged("prompt", 3);
    assert_eq!(actor.prompts(), ["play:fail-login", "Please go on where you stopped.", "and on"]);
    assert_eq!(actor.until_settled().len(), 1);
}

#[test]
fn a_failure_that_was_mended_in_the_pane_is_no_question_any_more() {
    let actor = Actor::plays(Dialect::Claude, "play:fail-login");
    for _ in 0..2 {
        let failure = actor.until_it_asks(&[]);
        for key in ["a", "g", "a", "i", "n", "Enter"] {
            actor.press(key);
        }
        actor
            .home
            .until("the question withdraws itself", |world| (!world.questions.contains_key(&failure.id)).then_some(()));
        actor.home.until_doing(actor.session, Doing::YourTurn);
        actor.home.kill_daemon();
        actor.home.send(actor.session, "play:fail-billing");
    }
    let failure = actor.until_it_asks(&[]);
    actor.home.answer(&failure, "Leave it to me");
    let settled = actor.until_settled();
    assert!(matches!(settled[..], [State::Withdrawn { .. }, State::Withdrawn { .. }, State::Answered { .. }]));
    assert_eq!(actor.prompts().len(), 5);
}

#[test]
fn a_provider_that_fails_for_a_while_is_no_question() {
    of_each_dialect(|dialect| {
        let actor = Actor::plays(dialect, "play:retry");
        actor.home.until_doing(actor.session, Doing::Retrying);
        actor.home.kill_daemon();
        actor.home.done(&["ps"]);
        actor.home.until_doing(actor.session, Doing::Retrying);
        std::fs::write(actor.gate("gate"), "").expect("written");
        actor.home.until_doing(actor.session, Doing::YourTurn);
        assert_eq!(actor.until_settled(), []);
    });
}

#[test]
fn a_used_up_limit_parks_its_session_until_the_reset() {
    let actor = Actor::plays(Dialect::Claude, "play:fail-limit");
    actor.home.until_doing(actor.session, Doing::Parked);
    let until = |actor: &Actor| actor.home.detail(actor.session).session.activity.until.expect("the reset is known");
    let reset = until(&actor);
    actor.home.kill_daemon();
    actor.home.done(&["ps"]);
    actor.home.until_doing(actor.session, Doing::Parked);
    assert_eq!(until(&actor), reset);
    assert!(actor.home.done(&["why", &actor.session.to_string()]).contains("parked"));
    // The person need not wait for it.
    actor.home.until_taken_up(actor.home.send(actor.session, "another account is in now"));
    actor.home.until_doing(actor.session, Doing::YourTurn);
    assert_eq!(actor.until_settled(), []);
}

#[test]
fn an_agent_that_dies_takes_what_it_asked_with_it_and_leaves_its_conversation() {
    let actor = Actor::plays(Dialect::Claude, "play:bash");
    let permission = actor.until_it_asks(&[]);
    let hook = actor.hook();
    signal(actor.home.pane_pid(actor.session), Signal::SIGKILL);
    let ended = actor.home.until_asked(actor.session, Kind::Ended);
    assert!(ended.text.contains("signal 9"), "{ended:?}");
    until_true("no hook is left", || !lives(hook));
    let late = actor.home.run(&["answer", &permission.id.to_string(), "yes"]);
    assert_ne!(late.code, 0, "{late:?}");
    actor.home.kill_daemon();
    actor.home.answer(&ended, "Resume the conversation");
    actor.home.until_doing(actor.session, Doing::YourTurn);
    assert_eq!(actor.times_answered(), 0);
    actor.home.send(actor.session, "play:bash play:crash");
    let permission = actor.until_it_asks(&[]);
    actor.answer(&permission, &["yes", "--wait"]);
    let ended = actor.home.until_asked(actor.session, Kind::Ended);
    assert!(ended.text.contains("code 3"), "{ended:?}");
    assert_eq!(actor.times_answered(), 1);
}
