//! However the daemon dies around an answer, the agent gets it once, and the person sees that it did.

use nix::sys::signal::Signal;
use quarterdeck::domain::{
    Question,
    activity::Doing,
    question::{Kind, State},
};
use serde_json::{Value, json};

use crate::{
    actor::{Actor, Dialect, of_each_dialect},
    processes::signal,
};

/// When the daemon dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// Nobody has answered yet: the next daemon hears the answer first and the hook later.
    Before,
    /// The answer is kept, and has not left.
    Kept,
    /// The answer has left, and the hook has not read it.
    Sent,
    /// The agent has taken it up.
    After,
}

const MOMENTS: [Moment; 4] = [Moment::Before, Moment::Kept, Moment::Sent, Moment::After];
/// Those of what travels like a permission: to be kept takes a daemon that dies before, too.
const OF_THE_SAME_WAY: [Moment; 3] = [Moment::Kept, Moment::Sent, Moment::After];
/// Those in which it matters that no later hook names a call that was refused.
const OF_REFUSALS: [Moment; 2] = [Moment::Sent, Moment::After];

/// Has an agent ask the same at each of these moments; `answers` answer all of it, `right` judges what the agent got.
fn survives(dialect: Dialect, play: &str, moments: &[Moment], answers: &[&[&str]], right: impl Fn(&Value)) {
    let actor = Actor::plays(dialect, "hello");
    actor.home.until_doing(actor.session, Doing::YourTurn);
    for (number, moment) in (1..).zip(moments) {
        actor.home.send(actor.session, play);
        let asked = actor.until_it_asks_all(answers.len());
        let answer = || asked.iter().zip(answers).for_each(|(question, words)| actor.answer(question, words));
        match moment {
            Moment::Before => {
                actor.home.kill_daemon();
                answer();
            }
            Moment::Kept => {
                actor.hook_stands_still(true);
                actor.home.kill_daemon();
                answer();
                actor.home.kill_daemon();
                actor.hook_stands_still(false);
                actor.home.done(&["ps"]);
            }
            Moment::Sent => {
                actor.hook_stands_still(true);
                answer();
                until_sent(&actor, &asked);
                actor.home.kill_daemon();
                actor.hook_stands_still(false);
                // It is taken up while nobody listens.
                actor.until_answered(number);
                actor.home.done(&["ps"]);
            }
            Moment::After => {
                answer();
                actor.until_settled();
                assert_eq!(actor.times_answered(), number);
                actor.home.kill_daemon();
                actor.home.done(&["ps"]);
            }
        }
        let taken = actor.until_answered(number);
        assert_eq!(taken["by"], "hook", "{moment:?}: {taken}");
        right(&taken["decision"]);
        actor.home.until_doing(actor.session, Doing::YourTurn);
        let settled = actor.until_settled();
        assert_eq!(settled.len(), number * answers.len(), "nothing is asked twice: {settled:#?}");
        let answered = settled.iter().all(|state| matches!(state, State::Answered { .. }));
        assert!(answered, "{moment:?}: {settled:#?}");
    }
    assert_eq!((actor.times_answered(), actor.printed().len()), (moments.len(), moments.len()));
}

fn until_sent(actor: &Actor, asked: &[Question]) {
    actor.home.until("the answer has left", |world| {
        let sent = |question: &Question| {
            let now = world.questions.get(&question.id).map(|question| &question.state);
            matches!(now, Some(State::Answering { sent: true, .. }))
        };
        asked.iter().all(sent).then_some(())
    });
}

#[test]
fn a_permission_survives_the_daemon() {
    of_each_dialect(|dialect| {
        survives(dialect, "play:bash", &MOMENTS, &[&["yes"]], |decision| {
            assert_eq!(decision, &json!({"behavior": "allow"}));
        });
    });
}

#[test]
fn a_refusal_survives_the_daemon() {
    let no = json!({"behavior": "deny", "message": "use another name"});
    of_each_dialect(|dialect| {
        survives(dialect, "play:bash", &OF_REFUSALS, &[&["no", "--text", "use another name"]], |decision| {
            assert_eq!(decision, &no);
        });
    });
}

#[test]
fn the_answers_to_several_questions_survive_the_daemon() {
    of_each_dialect(|dialect| match dialect {
        Dialect::Claude => {
            let answers = json!({"Which colour?": "Blue", "Which fruits?": "Apple, Plum"});
            survives(dialect, "play:questions", &OF_THE_SAME_WAY, &[&["2"], &["1", "3"]], |decision| {
                assert_eq!(decision["updatedInput"]["answers"], answers);
            });
        }
        Dialect::Codex => {
            survives(dialect, "play:form", &OF_THE_SAME_WAY, &[&["2"], &["--text", "medium"]], |decision| {
                let told = decision["reason"].as_str().expect("words");
                assert!(told.contains(r#""Which colour?" = "Blue""#), "{told}");
                assert!(told.contains(r#""Which size?" = "medium""#), "{told}");
            });
        }
    });
}

#[test]
fn the_approval_of_a_plan_survives_the_daemon() {
    survives(Dialect::Claude, "play:plan", &OF_THE_SAME_WAY, &[&["yes"]], |decision| {
        assert_eq!(decision["updatedInput"]["planFilePath"], "/home/person/.claude/plans/hi.md");
    });
}

#[test]
fn half_of_the_answers_is_kept_until_the_other_half_comes() {
    let actor = Actor::plays(Dialect::Claude, "play:questions");
    let asked = actor.until_it_asks_all(2);
    actor.answer(&asked[0], &["1"]);
    actor.home.kill_daemon();
    actor.answer(&asked[1], &["--text", "none of them"]);
    let answers = json!({"Which colour?": "Red", "Which fruits?": "none of them"});
    assert_eq!(actor.until_answered(1)["decision"]["updatedInput"]["answers"], answers);
    assert_eq!(actor.until_settled().len(), 2);
    assert_eq!((actor.times_answered(), actor.printed().len()), (1, 1));
}

#[test]
fn a_key_is_pressed_once_however_the_daemon_dies() {
    let actor = Actor::plays(Dialect::Claude, "hello");
    actor.home.until_doing(actor.session, Doing::YourTurn);
    for (number, moment) in (1..).zip(OF_THE_SAME_WAY) {
        actor.home.send(actor.session, "play:dialog");
        let dialog = actor.until_its_pane_asks(&[]);
        assert_eq!(dialog.kind, Kind::Dialog);
        match moment {
            // tmux sleeps while it is asked to press, so the daemon can't know whether it did.
            Moment::Kept => {
                let tmux = actor.home.tmux_pid();
                signal(tmux, Signal::SIGSTOP);
                actor.answer(&dialog, &["1"]);
                actor.home.kill_daemon();
                signal(tmux, Signal::SIGCONT);
                actor.home.done(&["ps"]);
            }
            Moment::Before | Moment::Sent => {
                actor.answer(&dialog, &["1"]);
                actor.home.kill_daemon();
                actor.home.done(&["ps"]);
            }
            Moment::After => {
                actor.answer(&dialog, &["1", "--wait"]);
                actor.home.kill_daemon();
                actor.home.done(&["ps"]);
            }
        }
        assert_eq!(actor.until_answered(number)["decision"], 0, "{moment:?}");
        actor.home.until_doing(actor.session, Doing::YourTurn);
        let settled = actor.until_settled();
        let answered = settled.iter().all(|state| matches!(state, State::Answered { .. }));
        assert!(answered && settled.len() == number, "{moment:?}: {settled:#?}");
    }
    // A key too many would stand in the input box.
    actor.home.until_taken_up(actor.home.send(actor.session, "hello again"));
    actor.until_logged("prompt", OF_THE_SAME_WAY.len() + 2);
    assert_eq!(actor.prompts().pop().as_deref(), Some("hello again"));
    assert_eq!(actor.times_answered(), OF_THE_SAME_WAY.len());
}

#[test]
fn what_stands_before_the_first_prompt_outlives_the_daemon() {
    let actor = Actor::starting_with(Dialect::Claude, "trust", "play:bash");
    let trust = actor.until_its_pane_asks(&[]);
    actor.home.kill_daemon();
    actor.home.answer(&trust, "Yes, I trust this folder");
    assert_eq!(actor.until_answered(1)["decision"], 1);
    let permission = actor.until_it_asks(&[trust.id]);
    actor.answer(&permission, &["no", "--wait"]);
    assert_eq!(actor.times_answered(), 2);
}

#[test]
fn what_our_tool_asks_is_answered_once_however_the_daemon_dies() {
    let actor = Actor::plays(Dialect::Claude, "hello");
    actor.home.until_doing(actor.session, Doing::YourTurn);
    let [deaf, away] = ["deaf", "away"].map(|name| actor.gate(name));
    let said = "The person answered: 9090";
    let ask = || {
        actor.home.send(actor.session, "play:ask_user");
        actor.until_it_asks(&[])
    };
    let rest = |number: usize| {
        actor.home.until_doing(actor.session, Doing::YourTurn);
        let settled = actor.until_settled();
        assert_eq!((settled.len(), actor.times_answered()), (number, number), "{settled:#?}");
    };

    // The client comes back to its call before the person answers …
    let question = ask();
    actor.home.kill_daemon();
    actor.home.done(&["ps"]);
    actor.until_logged("back", 1);
    actor.home.answer(&question, "9090");
    assert_eq!(actor.until_answered(1)["decision"], said);
    rest(1);

    // … and hears an answer although the daemon dies right after it has left …
    let question = ask();
    std::fs::write(&deaf, "").expect("written");
    actor.answer(&question, &["2", "--wait"]);
    actor.home.kill_daemon();
    std::fs::remove_file(&deaf).expect("removed");
    assert_eq!(actor.until_answered(2)["decision"], said);
    actor.home.done(&["ps"]);
    rest(2);
    assert_eq!(actor.prompts().len(), 3, "no answer has come as a message");

    // … and is told that there is nothing to wait for when the answer went another way meanwhile.
    let question = ask();
    std::fs::write(&away, "").expect("written");
    actor.home.kill_daemon();
    actor.home.answer(&question, "9090");
    actor.until_settled();
    std::fs::remove_file(&away).expect("removed");
    let told = actor.until_answered(3)["decision"].as_str().expect("words").to_owned();
    assert!(told.contains("There is no answer through this call"), "{told}");
    actor.until_logged("prompt", 5);
    assert_eq!(actor.prompts()[4], "You asked: Which port?\nThe answer: 9090");
}
