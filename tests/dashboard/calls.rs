//! Being called: what begins to need the person while they look elsewhere.

use std::time::Duration;

use quarterdeck::{
    api::wire::Step,
    config::Notify,
    domain::{Change, Timestamp, activity::Doing, question},
    tui::{
        effect::Effect,
        message::Message,
        update::{self, update},
    },
};

use crate::{
    script::Script,
    world::{Builder, NOW, session_id},
};

/// Four at work; the first is selected.
fn at_work() -> Script {
    let mut builder = Builder::new().objective(1, "Rework it");
    for (number, title) in [(1, "Parse"), (2, "Print"), (3, "Publish"), (4, "Measure")] {
        builder = builder.running(number, title, "claude", Doing::Working);
    }
    let mut script = Script::new(builder.build(), 120, 40);
    script.keys("g j");
    assert_eq!(script.model.session().map(|session| session.id), Some(session_id(1)));
    script.take_effects();
    script
}

fn changes(script: &mut Script, changes: Vec<Change>) {
    let revision = script.model.world.revision + 1;
    script.tell(Message::Step(Step { revision, changes, reload: false }));
}

fn now_doing(script: &mut Script, number: u32, doing: Doing) {
    let mut session = script.model.world.sessions[&session_id(number)].clone();
    session.activity.doing = doing;
    changes(script, vec![Change::Session(session)]);
}

fn at(script: &mut Script, now: Timestamp) {
    let effects = update(&mut script.model, now, Message::Woken);
    script.effects.extend(effects);
    script.effects.extend(update::prepare(&mut script.model));
}

fn calls(script: &mut Script) -> Vec<(String, String)> {
    let call = |effect| match effect {
        Effect::Call(title, body) => Some((title, body)),
        _ => None,
    };
    script.take_effects().into_iter().filter_map(call).collect()
}

const SOON: Duration = Duration::from_millis(1_100);

#[test]
fn what_begins_to_need_the_person_is_told_once_and_again_when_it_begins_again() {
    let mut script = at_work();
    now_doing(&mut script, 3, Doing::YourTurn);
    assert_eq!(calls(&mut script), [], "more may come within a second");
    assert!(script.model.wake_after().is_some_and(|after| after <= Duration::from_secs(1)));
    at(&mut script, NOW + SOON);
    assert_eq!(calls(&mut script), [("qd: s3 Publish".into(), "your turn".into())]);
    now_doing(&mut script, 3, Doing::Unknown);
    now_doing(&mut script, 3, Doing::YourTurn);
    at(&mut script, NOW + SOON * 3);
    assert_eq!(calls(&mut script), [], "not knowing for a moment is no news");
    now_doing(&mut script, 3, Doing::Working);
    now_doing(&mut script, 3, Doing::YourTurn);
    at(&mut script, NOW + SOON * 5);
    assert_eq!(calls(&mut script).len(), 1);
}

#[test]
fn what_comes_within_a_second_is_told_together() {
    let mut script = at_work();
    now_doing(&mut script, 2, Doing::YourTurn);
    now_doing(&mut script, 3, Doing::Asking);
    now_doing(&mut script, 4, Doing::Parked);
    at(&mut script, NOW + SOON);
    let told = calls(&mut script);
    let [(title, body)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(title, "qd: 2 sessions need you");
    assert_eq!(body, "s2 your turn; s3 asks in its pane; s4 parked by a limit");
}

#[test]
fn what_is_over_before_it_is_told_is_not_told() {
    let mut script = at_work();
    now_doing(&mut script, 3, Doing::YourTurn);
    now_doing(&mut script, 3, Doing::Working);
    at(&mut script, NOW + SOON);
    assert_eq!(calls(&mut script), []);
}

#[test]
fn nobody_is_called_to_what_they_are_looking_at() {
    let mut script = at_work();
    now_doing(&mut script, 1, Doing::YourTurn);
    at(&mut script, NOW + SOON);
    assert_eq!(calls(&mut script), [], "it is on the screen");
    now_doing(&mut script, 1, Doing::Working);
    script.tell(Message::Focused(false));
    now_doing(&mut script, 1, Doing::YourTurn);
    at(&mut script, NOW + SOON * 3);
    assert_eq!(calls(&mut script).len(), 1, "they look at another window");
    script.tell(Message::Focused(true));
    now_doing(&mut script, 1, Doing::Working);
    at(&mut script, NOW + Duration::from_secs(300));
    now_doing(&mut script, 1, Doing::YourTurn);
    at(&mut script, NOW + Duration::from_secs(302));
    assert_eq!(calls(&mut script).len(), 1, "nobody has pressed a key for minutes");
    now_doing(&mut script, 1, Doing::Working);
    script.keys("4");
    now_doing(&mut script, 1, Doing::YourTurn);
    at(&mut script, NOW + Duration::from_secs(304));
    assert_eq!(calls(&mut script).len(), 1, "another view hides it");
}

#[test]
fn a_question_is_told_with_what_it_asks_and_only_once() {
    let mut script = at_work();
    let asking = Builder::new()
        .objective(3, "Publish")
        .running(3, "Publish", "claude", Doing::Working)
        .asks(1, question::Kind::Permission, |question| {
            question.text = "Claude wants to run cargo publish\nwith more below".into();
        })
        .build();
    let question = asking.questions.values().next().expect("one").clone();
    now_doing(&mut script, 3, Doing::Asking);
    changes(&mut script, vec![Change::Question(question)]);
    at(&mut script, NOW + SOON);
    let told = calls(&mut script);
    assert_eq!(told.len(), 1, "{told:?}");
    at(&mut script, NOW + SOON * 4);
    assert_eq!(calls(&mut script), []);
}

#[test]
fn each_question_is_told_also_when_one_follows_the_other() {
    let mut script = at_work();
    let ask = |number, text: &str| {
        let asking = Builder::new()
            .objective(3, "Publish")
            .running(3, "Publish", "claude", Doing::Working)
            .asks(number, question::Kind::Asks, |question| question.text = text.into())
            .build();
        asking.questions.into_values().next().expect("one")
    };
    changes(&mut script, vec![Change::Question(ask(1, "Which colour?"))]);
    now_doing(&mut script, 3, Doing::Asking);
    at(&mut script, NOW + SOON);
    assert_eq!(calls(&mut script), [("qd: s3 Publish".into(), "asks: Which colour?".into())]);
    let (state, mut first) =
        (question::State::Withdrawn { reason: "answered there".into(), at: NOW }, ask(1, "Which colour?"));
    first.state = state;
    changes(&mut script, vec![Change::Question(first)]);
    at(&mut script, NOW + SOON * 3);
    assert_eq!(calls(&mut script), [], "it still shows the dialog");
    changes(&mut script, vec![Change::Question(ask(2, "Which size?"))]);
    at(&mut script, NOW + SOON * 5);
    assert_eq!(calls(&mut script), [("qd: s3 Publish".into(), "asks: Which size?".into())]);
}

#[test]
fn what_stood_before_the_dashboard_opened_is_no_news() {
    let world = Builder::new()
        .objective(1, "Parse")
        .running(1, "Parse", "claude", Doing::Working)
        .objective(2, "Print")
        .running(2, "Print", "claude", Doing::YourTurn)
        .build();
    let mut script = Script::new(world.clone(), 120, 40);
    at(&mut script, NOW + SOON);
    assert_eq!(calls(&mut script), []);
    // Nor is it when the daemon was away and tells everything anew.
    script.tell(Message::World(Box::new(world)));
    at(&mut script, NOW + SOON * 3);
    assert_eq!(calls(&mut script), []);
}

#[test]
fn nobody_is_called_in_their_quiet_hours() {
    let mut script = at_work();
    let local = jiff::Timestamp::from_millisecond(NOW.0).expect("a time").to_zoned(jiff::tz::TimeZone::system());
    let hours = format!("{}-{}", local.strftime("%H:%M"), (&local + jiff::Span::new().hours(1)).strftime("%H:%M"));
    script.model.settings.notify.quiet = Some(hours.parse().expect("hours"));
    now_doing(&mut script, 3, Doing::YourTurn);
    at(&mut script, NOW + SOON);
    assert_eq!(calls(&mut script), []);
    now_doing(&mut script, 3, Doing::Working);
    let later = NOW + Duration::from_secs(2 * 60 * 60);
    at(&mut script, later);
    now_doing(&mut script, 3, Doing::YourTurn);
    at(&mut script, later + SOON);
    assert_eq!(calls(&mut script).len(), 1, "the hours are over");
}

#[test]
fn the_terminals_title_says_how_many_need_the_person_unless_it_is_theirs() {
    let mut script = at_work();
    let named = |script: &mut Script| {
        let name = |effect| match effect {
            Effect::NameWindow(name) => Some(name),
            _ => None,
        };
        script.take_effects().into_iter().filter_map(name).collect::<Vec<_>>()
    };
    now_doing(&mut script, 3, Doing::YourTurn);
    assert_eq!(named(&mut script), ["qd: 1 needs you"]);
    script.model.settings.notify = Notify { title: false, ..Notify::default() };
    now_doing(&mut script, 2, Doing::YourTurn);
    assert_eq!(named(&mut script), Vec::<String>::new());
}
