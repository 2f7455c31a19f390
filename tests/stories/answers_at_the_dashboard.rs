//! Everything an agent can ask, answered with the dashboard's keys and judged by what the agent got.

use std::time::{Duration, Instant};

use quarterdeck::domain::{Question, QuestionId, question::State};
use serde_json::{Value, json};

use crate::{
    actor::{Actor, Dialect},
    person::Person,
    wait::until_true,
};

/// A question that came in front by itself takes no key for 600 ms: the key may have been meant for the one before.
const IN_FRONT: Duration = Duration::from_millis(650);

/// A person before the questions of one agent.
struct Desk {
    actor: Actor,
    person: Person,
    known: Vec<QuestionId>,
}

impl Desk {
    fn before(dialect: Dialect, prompt: &str) -> Self {
        let actor = Actor::plays(dialect, prompt);
        let mut person = Person::at(&actor.home, &[]);
        person.until_drawn("1 board");
        person.press(b"2");
        Self { actor, person, known: Vec::new() }
    }

    /// Waits for the next question, and looks at it for as long as it wants to be looked at.
    fn sees(&mut self, words: &str) -> Question {
        let question = self.actor.until_it_asks(&self.known);
        self.known.push(question.id);
        self.person.until_drawn(words);
        let since = Instant::now();
        until_true("it has been in front for long enough", || since.elapsed() > IN_FRONT);
        question
    }

    /// The same, and presses these keys.
    fn answers(&mut self, words: &str, keys: &[&str]) -> Question {
        let question = self.sees(words);
        keys.iter().for_each(|keys| self.person.press(keys.as_bytes()));
        question
    }

    fn settled(&self) -> Vec<String> {
        let words = |state| match state {
            State::Answered { answer, .. } => answer,
            other => panic!("it was not answered: {other:?}"),
        };
        self.actor.until_settled().into_iter().map(words).collect()
    }

    fn decision(&self, number: usize) -> Value {
        self.actor.until_answered(number)["decision"].clone()
    }
}

#[test]
fn a_person_answers_all_that_claude_asks() {
    let play = "play:bash play:bash-touch_other play:bash-touch_third play:bash-touch_third play:questions play:plan";
    let mut desk = Desk::before(Dialect::Claude, play);
    desk.answers("touch made.txt", &["y"]);
    assert_eq!(desk.decision(1), json!({"behavior": "allow"}));
    desk.answers("touch other", &["t", "use another name", "\r"]);
    assert_eq!(desk.decision(2), json!({"behavior": "deny", "message": "use another name"}));
    desk.answers("touch third", &["Y"]);
    assert_eq!(desk.decision(3)["updatedPermissions"][0]["rules"][0]["ruleContent"], "touch third");
    assert_eq!(desk.actor.until_answered(4)["by"], "rule");
    desk.answers("Which colour?", &["2"]);
    desk.answers("Which fruits?", &["1", "3", "\r"]);
    let answers = json!({"Which colour?": "Blue", "Which fruits?": "Apple, Plum"});
    assert_eq!(desk.decision(5)["updatedInput"]["answers"], answers);
    desk.answers("1. write out.txt", &["n"]);
    assert_eq!(desk.decision(6)["behavior"], "deny");
    let given = ["Allow", "Deny: use another name", "Allow for this session", "Blue", "Apple, Plum", "Keep planning"];
    assert_eq!(desk.settled(), given);
    assert_eq!((desk.actor.times_answered(), desk.actor.printed().len()), (6, 5));
}

#[test]
fn a_person_answers_all_that_codex_asks() {
    let mut desk = Desk::before(Dialect::Codex, "play:bash play:form play:ask_user");
    desk.answers("touch made.txt", &["n"]);
    assert_eq!(desk.decision(1), json!({"behavior": "deny", "message": "The person said no."}));
    desk.answers("Which colour?", &["2"]);
    desk.answers("Which size?", &["1"]);
    let told = desk.decision(2)["reason"].to_string();
    assert!(told.contains("Blue") && told.contains("Small"), "{told}");
    desk.answers("It must be free.", &["t", "any above 10000", "\r"]);
    assert_eq!(desk.decision(3), "The person answered: any above 10000");
    assert_eq!(desk.settled().len(), 4);
    assert_eq!(desk.actor.times_answered(), 3);
}

#[test]
fn a_dashboard_that_lost_its_daemon_answers_through_the_next_one() {
    let mut desk = Desk::before(Dialect::Claude, "play:bash play:bash-touch_other");
    // Before the answer …
    desk.sees("touch made.txt");
    desk.actor.home.kill_daemon();
    desk.actor.home.done(&["ps"]);
    until_open(&desk);
    desk.person.press(b"y");
    assert_eq!(desk.decision(1), json!({"behavior": "allow"}));
    // … and between the answer and the agent.
    let other = desk.sees("touch other");
    desk.actor.hook_stands_still(true);
    desk.person.press(b"y");
    desk.actor.home.until("the answer is kept", |world| {
        let state = world.questions.get(&other.id).map(|question| &question.state);
        matches!(state, Some(State::Answering { .. })).then_some(())
    });
    desk.actor.home.kill_daemon();
    desk.actor.hook_stands_still(false);
    desk.actor.home.done(&["ps"]);
    assert_eq!(desk.decision(2), json!({"behavior": "allow"}));
    assert_eq!(desk.settled(), ["Allow", "Allow"]);
    assert_eq!((desk.actor.times_answered(), desk.actor.printed().len()), (2, 2));
}

#[test]
fn what_is_answered_in_the_pane_leaves_the_dashboard() {
    let mut desk = Desk::before(Dialect::Claude, "play:bash play:bash-touch_other");
    let first = desk.sees("touch made.txt");
    desk.actor.press("1");
    // A key that was meant for it does not answer the next one.
    let other = desk.actor.until_it_asks(&[first.id]);
    desk.person.until_drawn(&other.id.to_string());
    desk.person.press(b"y");
    desk.person.until_drawn("only just come in front");
    assert_eq!(desk.actor.until_answered(1)["by"], "pane");
    assert_eq!(desk.actor.times_answered(), 1);
    desk.answers("touch other", &["n"]);
    assert_eq!(desk.decision(2)["behavior"], "deny");
    let states = desk.actor.until_settled();
    assert!(matches!(states[0], State::Withdrawn { .. }) && matches!(states[1], State::Answered { .. }), "{states:?}");
}

/// The dashboard has found the next daemon.
fn until_open(desk: &Desk) {
    desk.person.until_drawn("touch made.txt");
}
