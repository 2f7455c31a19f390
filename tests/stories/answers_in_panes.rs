//! The person answers in the pane what also stands among the questions: there it withdraws itself, and nothing more is
//! sent. Also when no daemon saw it.

use quarterdeck::domain::{
    Question,
    activity::Doing,
    question::{Kind, State},
};

use crate::{
    actor::{Actor, Dialect},
    processes::lives,
    wait::until_true,
};

/// How the daemon fares meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Daemon {
    Lives,
    IsDead,
}

/// What was asked is answered with this key in the pane; afterwards nobody asks it, and nobody has answered it for us.
fn withdraws_itself(dialect: Dialect, play: &str, key: &str, choice: Option<u64>, parts: usize) {
    std::thread::scope(|scope| {
        for daemon in [Daemon::Lives, Daemon::IsDead] {
            scope.spawn(move || withdraws_itself_while(daemon, dialect, play, key, choice, parts));
        }
    });
}

fn withdraws_itself_while(daemon: Daemon, dialect: Dialect, play: &str, key: &str, choice: Option<u64>, parts: usize) {
    let actor = Actor::plays(dialect, play);
    let asked = match play {
        "play:dialog" => vec![actor.until_its_pane_asks(&[])],
        _ => actor.until_it_asks_all(parts),
    };
    if daemon == Daemon::IsDead {
        actor.home.kill_daemon();
    }
    actor.press(key);
    let taken = actor.until_answered(1);
    assert_eq!((taken["by"].as_str(), taken["decision"].as_u64()), (Some("pane"), choice), "{taken}");
    if daemon == Daemon::IsDead {
        actor.home.done(&["ps"]);
    }
    actor.home.until_doing(actor.session, Doing::YourTurn);
    let settled = actor.until_settled();
    let withdrawn = settled.iter().all(|state| matches!(state, State::Withdrawn { .. }));
    assert!(withdrawn && settled.len() == parts, "{daemon:?}: {settled:#?}");
    refused(&actor, &asked[0]);
    if asked[0].kind != Kind::Dialog {
        let hook = actor.hook();
        until_true("no hook is left", || !lives(hook));
    }
    // Whatever comes late would have come before this.
    actor.home.until_taken_up(actor.home.send(actor.session, "hello again"));
    actor.home.until_doing(actor.session, Doing::YourTurn);
    assert_eq!((actor.times_answered(), actor.printed()), (1, vec![]));
    assert_eq!(actor.until_settled().len(), parts, "it is asked again");
}

fn refused(actor: &Actor, question: &Question) {
    let ended = actor.home.run(&["answer", &question.id.to_string(), "1"]);
    assert_ne!(ended.code, 0, "{ended:?}");
    assert!(ended.notices.contains("there is no open question"), "{ended:?}");
}

#[test]
fn a_permission_that_is_given_in_the_pane() {
    withdraws_itself(Dialect::Claude, "play:bash", "1", Some(0), 1);
}

#[test]
fn a_permission_that_is_refused_in_the_pane() {
    withdraws_itself(Dialect::Claude, "play:bash", "Escape", None, 1);
}

#[test]
fn questions_that_are_answered_in_the_pane() {
    withdraws_itself(Dialect::Claude, "play:questions", "2", Some(1), 2);
}

#[test]
fn a_plan_that_is_approved_in_the_pane() {
    withdraws_itself(Dialect::Claude, "play:plan", "2", Some(1), 1);
}

#[test]
fn a_permission_of_codex_that_is_interrupted_in_the_pane() {
    withdraws_itself(Dialect::Codex, "play:bash", "Escape", None, 1);
}

#[test]
fn questions_of_codex_that_are_interrupted_in_the_pane() {
    withdraws_itself(Dialect::Codex, "play:form", "Escape", None, 2);
}

#[test]
fn a_dialog_that_is_answered_in_the_pane() {
    withdraws_itself(Dialect::Claude, "play:dialog", "1", Some(0), 1);
}

#[test]
fn of_two_answers_the_agent_takes_the_first() {
    let actor = Actor::plays(Dialect::Claude, "play:bash");
    let question = actor.until_it_asks(&[]);
    actor.hook_stands_still(true);
    actor.answer(&question, &["no"]);
    actor.press("1");
    assert_eq!(actor.until_answered(1)["by"], "pane");
    actor.hook_stands_still(false);
    actor.home.until_doing(actor.session, Doing::YourTurn);
    actor.until_settled();
    // What the hook says comes too late, and is heard by nobody.
    actor.until_logged("printed", 1);
    assert_eq!((actor.times_answered(), actor.printed().len()), (1, 1));
}
