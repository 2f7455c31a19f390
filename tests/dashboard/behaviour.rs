//! What keys do, and what the daemon's news do to what the person is doing.

use std::time::Duration;

use quarterdeck::{
    api::wire::Step,
    domain::{
        Change, Command, MessageId, ObjectiveId, QuestionId, Reply, activity::Doing, message::Delivery, question,
        session::State,
    },
    tui::{
        effect::{Completion, Effect, Purpose},
        message::{Message, Problem},
        model::{Daemon, Focus, Overlay, Row, View, form::Field},
        update,
    },
};

use crate::{
    script::{Script, text},
    world::{Builder, NOW, crew, session_id},
};

fn two_groups() -> quarterdeck::domain::World {
    Builder::new()
        .objective(1, "first")
        .running(1, "one", "claude", Doing::Working)
        .running(2, "two", "codex", Doing::Working)
        .objective(2, "second")
        .running(3, "three", "claude", Doing::Working)
        .running(4, "four", "claude", Doing::Working)
        .build()
}

/// Tells that a session is doing something else now.
fn now_doing(script: &mut Script, number: u32, doing: Doing) {
    let mut session = script.model.world.sessions[&session_id(number)].clone();
    session.activity.doing = doing;
    let revision = script.model.world.revision + 1;
    script.tell(Message::Step(Step { revision, changes: vec![Change::Session(session)], reload: false }));
}

fn commands(script: &mut Script) -> Vec<Command> {
    let asked = |effect| match effect {
        Effect::Ask { command, .. } => Some(command),
        _ => None,
    };
    script.take_effects().into_iter().filter_map(asked).collect()
}

fn order(script: &Script) -> Vec<Row> {
    script.model.board.lines().iter().map(|line| line.row).collect()
}

#[test]
fn no_row_moves_under_the_cursor_until_the_keys_rest() {
    let mut script = Script::new(two_groups(), 80, 24);
    script.keys("k j j");
    assert_eq!(script.model.board.selected(), Some(Row::Session(session_id(4))));
    let before = order(&script);
    now_doing(&mut script, 4, Doing::YourTurn);
    now_doing(&mut script, 2, Doing::Asking);
    assert_eq!(order(&script), before, "the order stays while keys are pressed");
    let later = NOW + Duration::from_secs(6);
    update(&mut script.model, later, Message::Woken);
    let after = order(&script);
    assert_ne!(after, before);
    assert_eq!(script.model.board.selected(), Some(Row::Session(session_id(4))), "the cursor stays on its row");
    let place = |row| after.iter().position(|other| *other == row).expect("there");
    assert!(place(Row::Session(session_id(4))) < place(Row::Session(session_id(3))), "what needs you floats up");
}

#[test]
fn a_key_goes_to_the_row_it_was_pressed_on_even_when_that_row_has_moved() {
    let mut script = Script::new(two_groups(), 80, 24);
    let chosen = script.model.session().expect("one").id;
    now_doing(&mut script, 4, Doing::Asking);
    script.keys("x y");
    assert_eq!(commands(&mut script), [Command::CancelSession { session: chosen }]);
}

#[test]
fn cancel_asks_once_and_no_leaves_everything() {
    let mut script = Script::new(two_groups(), 80, 24);
    script.keys("x n");
    assert_eq!(commands(&mut script), []);
    assert!(script.model.overlay.is_none());
    script.keys("x q");
    assert_eq!(commands(&mut script), []);
    script.keys("x x");
    assert_eq!(commands(&mut script).len(), 1);
}

#[test]
fn a_steer_is_shown_as_sending_at_once_and_comes_back_when_it_is_refused() {
    let mut script = Script::new(two_groups(), 120, 40);
    let session = script.model.session().expect("one").id;
    script.keys("s").write("look at the tests").keys("Ctrl-j").write("then stop").keys("Enter");
    assert!(text(&script.buffer()).contains("⇢ sending"), "{}", text(&script.buffer()));
    let effects = script.take_effects();
    let Some(Effect::Ask { purpose, command }) = effects.iter().find(|effect| matches!(effect, Effect::Ask { .. }))
    else {
        panic!("nothing was sent: {effects:?}");
    };
    assert_eq!(*command, Command::Send { session, text: "look at the tests\nthen stop".into() });
    let refused = Problem { what: "the disk is full".into(), hint: Some("make room".into()) };
    script.tell(Message::Answered(purpose.clone(), Err(refused)));
    let picture = text(&script.buffer());
    assert!(!picture.contains("⇢ sending") && picture.contains("the disk is full"), "{picture}");
    script.keys("s");
    assert!(text(&script.buffer()).contains("then stop"), "nothing that was written is lost");
}

#[test]
fn what_is_being_written_is_kept_for_each_session() {
    let mut script = Script::new(two_groups(), 120, 40);
    script.keys("s").write("for the first").keys("Esc j s").write("for the other").keys("Esc k s");
    let picture = text(&script.buffer());
    assert!(picture.contains("for the first") && !picture.contains("for the other"), "{picture}");
}

#[test]
fn earlier_texts_come_back_with_up_and_the_draft_with_down() {
    let mut script = Script::new(two_groups(), 120, 40);
    script.keys("s").write("one").keys("Enter s").write("two").keys("Enter s").write("draft").keys("Up Up");
    assert!(matches!(script.model.focus, Focus::Steer(_)));
    let Focus::Steer(session) = script.model.focus else { panic!("not steering") };
    assert_eq!(script.model.steers[&session].text(), "one");
    script.keys("Down Down");
    assert_eq!(script.model.steers[&session].text(), "draft");
}

#[test]
fn a_number_answers_the_question_in_front_and_no_other() {
    let mut script = Script::new(crew(), 80, 24);
    script.keys("Space");
    let question = script.model.question().expect("a question in front").id;
    // It is answered elsewhere before the key comes.
    let mut row = script.model.world.questions[&question].clone();
    row.state = question::State::Answered { answer: "resume".into(), at: NOW, evidence: String::new() };
    let revision = script.model.world.revision + 1;
    script.tell(Message::Step(Step { revision, changes: vec![Change::Question(row)], reload: false }));
    script.keys("2");
    assert_eq!(commands(&mut script), []);

    let mut script = Script::new(crew(), 80, 24);
    script.keys("Space 2");
    assert_eq!(commands(&mut script), [Command::Answer { question: QuestionId::FIRST, choices: vec![2], text: None }]);
}

#[test]
fn a_number_that_is_no_answer_is_refused_with_words() {
    let mut script = Script::new(crew(), 80, 24);
    script.keys("Enter 9");
    assert_eq!(commands(&mut script), []);
    assert!(text(&script.buffer()).contains("3 answers"));
}

#[test]
fn space_goes_round_everything_that_needs_you_through_folds_and_filters() {
    let mut script = Script::new(crew(), 80, 24);
    script.keys("/").write("agent:gemini").keys("Enter");
    let mut seen = Vec::new();
    for _ in 0..4 {
        script.keys("Space");
        seen.push(script.model.session().expect("one").id.number());
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, [2, 3, 9]);
}

#[test]
fn a_refused_form_stays_with_everything_in_it() {
    let mut script = Script::new(crew(), 80, 24);
    script.keys("n").write("do it well").keys("Ctrl-s");
    let asked = commands(&mut script);
    let [Command::NewObjective { prompt, repository, .. }] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!((prompt.as_str(), repository.as_deref()), ("do it well", Some("/home/ada/engine".as_ref())));
    script.keys("Ctrl-s");
    assert_eq!(commands(&mut script), [], "one form is sent once");
    let problem = Problem { what: "the repository has no commits".into(), hint: None };
    script.tell(Message::Answered(Purpose::Create, Err(problem)));
    let picture = text(&script.buffer());
    assert!(picture.contains("no commits") && picture.contains("do it well"), "{picture}");
    script.keys("Esc n");
    assert!(text(&script.buffer()).contains("do it well"), "a draft is kept");
}

#[test]
fn what_was_created_is_selected() {
    let mut script = Script::new(crew(), 80, 24);
    script.keys("n").write("x").keys("Alt-Enter");
    let objective = script.model.world.sessions[&session_id(3)].objective;
    script.tell(Message::Answered(Purpose::Create, Ok(Reply::Created { objective, session: session_id(3) })));
    assert!(script.model.overlay.is_none());
    assert_eq!(script.model.board.selected(), Some(Row::Session(session_id(3))));
}

#[test]
fn a_paste_goes_where_text_is_written_and_nowhere_else() {
    let mut script = Script::new(crew(), 80, 24);
    script.tell(Message::Paste("xyq".into()));
    assert_eq!(commands(&mut script), [], "a paste is never keys");
    script.keys("n").tell(Message::Paste("two\r\nlines\u{1b}[31m".into()));
    let Some(Overlay::Form(form)) = &script.model.overlay else { panic!("no form") };
    assert_eq!(form.prompt.text(), "two\nlines[31m");
}

#[test]
fn a_daemon_that_is_away_leaves_everything_as_it_was_and_says_so() {
    let mut script = Script::new(crew(), 80, 24);
    script.keys("j j");
    let selected = script.model.board.selected();
    script.tell(Message::Away(Problem::new("no daemon answers")));
    assert!(text(&script.buffer()).contains("daemon away since"));
    let world = script.model.world.clone();
    script.tell(Message::World(Box::new(world)));
    assert_eq!(script.model.daemon, Daemon::Connected);
    assert_eq!(script.model.board.selected(), selected);
}

#[test]
fn text_from_agents_can_neither_move_nor_reorder_what_is_beside_it() {
    let mut world = crew();
    let session = world.sessions.get_mut(&session_id(4)).expect("there");
    session.title = "\u{1b}]0;owned\u{7}\u{202e}evil\r\n\u{9b}2J".into();
    let script = Script::new(world, 120, 40);
    for cell in script.buffer().content() {
        let odd = |character: char| character.is_control() || ('\u{202a}'..='\u{202e}').contains(&character);
        assert!(!cell.symbol().contains(odd), "{:?}", cell.symbol());
    }
}

#[test]
fn undo_takes_back_the_last_filter_or_fold() {
    let mut script = Script::new(crew(), 80, 24);
    let before = order(&script);
    script.keys("z");
    assert!(order(&script).len() < before.len());
    script.keys("u");
    assert_eq!(order(&script), before);
    script.keys("/").write("is:failed").keys("Enter");
    assert_eq!(order(&script).len(), 2);
    script.keys("u");
    assert_eq!(order(&script), before);
}

#[test]
fn the_screen_of_the_selected_session_is_asked_for_in_its_size_and_let_go() {
    let mut script = Script::new(two_groups(), 120, 40);
    let looks = |script: &mut Script| -> Vec<_> {
        let look = |effect| match effect {
            Effect::Look(looking) => Some(looking),
            _ => None,
        };
        script.take_effects().into_iter().filter_map(look).collect()
    };
    let first = looks(&mut script).pop().flatten().expect("looked at");
    assert_eq!(first.session, script.model.session().expect("one").id);
    script.keys("j");
    assert_ne!(looks(&mut script).pop().flatten().expect("looked at").session, first.session);
    script.keys("5");
    assert_eq!(looks(&mut script), [None]);
    assert_eq!(script.model.view, View::Activity);
}

#[test]
fn the_window_says_how_many_wait() {
    let mut script = Script::new(crew(), 80, 24);
    assert!(script.take_effects().contains(&Effect::NameWindow("qd: 3 need you".into())));
    now_doing(&mut script, 2, Doing::Working);
    assert!(script.take_effects().contains(&Effect::NameWindow("qd: 2 need you".into())));
}

#[test]
fn keys_in_a_pane_that_is_taken_over_are_all_the_agents_but_the_way_out() {
    let mut script = Script::new(two_groups(), 120, 40);
    script.take_effects();
    script.keys("i");
    assert!(matches!(
        script.take_effects()[..],
        [Effect::Look(None), Effect::TakeOver(..)] | [Effect::TakeOver(..), Effect::Look(None)]
    ));
    script.keys("q Esc Ctrl-c :");
    let typed = script.take_effects();
    assert_eq!(typed.iter().filter(|effect| matches!(effect, Effect::Type(_))).count(), 4, "{typed:?}");
    script.keys("Ctrl-]");
    assert!(script.take_effects().contains(&Effect::LetGo));
}

#[test]
fn tab_leaves_a_repository_that_is_whole_although_others_begin_as_it_does() {
    let mut script = Script::new(two_groups(), 120, 40);
    let field = |script: &Script| match &script.model.overlay {
        Some(Overlay::Form(form)) => form.field,
        _ => panic!("no form"),
    };
    let completed = |written: &str, folders: [&str; 2]| {
        Message::Completed(Completion { written: written.into(), folders: folders.map(Into::into).into() })
    };
    script.keys("n Tab Ctrl-u").write("/src/a").keys("Tab").tell(completed("/src/a", ["/src/api", "/src/api-docs"]));
    assert_eq!(field(&script), Field::Repository, "it is written as far as all agree, and they are shown");
    script.keys("Tab").tell(completed("/src/api", ["/src/api", "/src/api-docs"]));
    assert_ne!(field(&script), Field::Repository);
    let mut script = Script::new(two_groups(), 120, 40);
    let both = || completed("/src/api-", ["/src/api-a", "/src/api-b"]);
    script.keys("n Tab Ctrl-u").write("/src/api-").keys("Tab").tell(both());
    assert_eq!(field(&script), Field::Repository, "they are shown");
    script.keys("Tab").tell(both());
    assert_ne!(field(&script), Field::Repository, "nothing can be added");
}

#[test]
fn keys_for_a_pane_that_has_gone_are_nobodys_until_the_person_knows() {
    let mut script = Script::new(two_groups(), 120, 40);
    script.keys("i");
    script.model.pane_is_gone = true;
    script.take_effects();
    script.keys("x x y Enter q");
    let effects = script.take_effects();
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Type(_) | Effect::Ask { .. })), "{effects:?}");
    assert!(script.model.overlay.is_none(), "they are no commands");
    script.keys("Esc");
    assert!(script.take_effects().contains(&Effect::LetGo));
    assert_eq!(script.model.focus, Focus::Screen);
    script.keys("i x");
    assert!(script.take_effects().iter().any(|effect| matches!(effect, Effect::Type(_))), "taken over anew");
}

#[test]
fn a_message_that_was_not_delivered_says_why_on_its_row() {
    let world = Builder::new()
        .objective(1, "first")
        .running(1, "one", "claude", Doing::Working)
        .message(1, Delivery::Failed { reason: "the pane is gone".into() })
        .build();
    let script = Script::new(world, 80, 24);
    assert!(text(&script.buffer()).contains("not delivered: the pane is gone"));
    assert_eq!(script.model.message(session_id(1)).map(|message| message.id), MessageId::from_number(1));
}

#[test]
fn a_final_session_cannot_be_canceled_again() {
    let world =
        Builder::new().objective(1, "first").session(1, "one", "claude", State::Canceled, Doing::Nothing).build();
    let mut script = Script::new(world, 80, 24);
    script.keys("x");
    assert!(script.model.overlay.is_none());
    assert!(text(&script.buffer()).contains("already canceled"));
}

#[test]
fn a_session_that_is_all_of_its_objective_is_one_line_and_stands_for_both() {
    let world = Builder::new()
        .objective(1, "port it")
        .running(1, "port it", "claude", Doing::Working)
        .objective(2, "two parts")
        .running(2, "two parts", "claude", Doing::Working)
        .running(3, "the second", "claude", Doing::Working)
        .build();
    let mut script = Script::new(world, 120, 40);
    let rows: Vec<_> = script.model.board.lines().iter().map(|line| (line.row, line.depth)).collect();
    let [two, one] = [2, 1].map(|number| ObjectiveId::from_number(number).expect("not zero"));
    let [first, second, third] = [1, 2, 3].map(session_id);
    let wanted =
        [(Row::Objective(two), 0), (Row::Session(second), 1), (Row::Session(third), 1), (Row::Session(first), 0)];
    assert_eq!(rows, wanted);
    script.keys("G z h x y");
    let asked = script.take_effects().into_iter().find_map(|effect| match effect {
        Effect::Ask { command, .. } => Some(command),
        _ => None,
    });
    assert_eq!(asked, Some(Command::CancelObjective { objective: one }), "neither z nor h leaves the line");
}
