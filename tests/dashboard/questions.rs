//! Questions are answered where they are seen, and no answer goes to another one than was seen.

use std::time::Duration;

use quarterdeck::{
    api::wire::Step,
    domain::{Change, Command, Question, QuestionId, World, question},
    tui::{
        effect::Effect,
        message::{Message, Problem},
        model::{Focus, View},
        update,
    },
};

use crate::{
    script::{Script, text},
    world::{NOW, ago, asking, crew, session_id},
};

fn id(number: u32) -> QuestionId {
    QuestionId::from_number(number).expect("not zero")
}

/// The view of questions, with this one in front.
fn before(world: World, number: u32, columns: u16, rows: u16) -> Script {
    let mut script = Script::new(world, columns, rows);
    script.keys("2 g");
    let place = script.model.questions.place(id(number)).expect("there");
    for _ in 0..place {
        script.keys("j");
    }
    assert_eq!(script.model.question().map(|question| question.id), Some(id(number)));
    script.take_effects();
    script
}

fn answers(script: &mut Script) -> Vec<(u32, Vec<usize>, Option<String>)> {
    let answer = |effect| match effect {
        Effect::Ask { command: Command::Answer { question, choices, text }, .. } => {
            Some((question.number(), choices, text))
        }
        _ => None,
    };
    script.take_effects().into_iter().filter_map(answer).collect()
}

fn step(script: &mut Script, change: impl FnOnce(&mut Question), number: u32) {
    let mut question = script.model.world.questions[&id(number)].clone();
    change(&mut question);
    let revision = script.model.world.revision + 1;
    script.tell(Message::Step(Step { revision, changes: vec![Change::Question(question)], reload: false }));
}

fn withdrawn() -> question::State {
    question::State::Withdrawn { reason: "it was answered in its pane".into(), at: NOW }
}

fn given(sent: bool) -> question::State {
    let answer = question::Answer { verdict: question::Verdict::Allow, chosen: vec!["Yes".into()], text: None };
    question::State::Answering { answer, at: NOW, sent }
}

#[test]
fn what_blocks_most_comes_first_then_the_objective_that_waits_longest_then_age() {
    let mut world = asking();
    world.questions.get_mut(&id(2)).expect("there").created_at = ago(4_000);
    let script = Script::new(world, 80, 24);
    let order: Vec<u32> = script.model.questions.order().iter().map(|id| id.number()).collect();
    assert_eq!(order, [2, 5, 3, 4, 1, 7, 6, 8]);
}

#[test]
fn each_key_gives_the_answer_that_it_means() {
    for (number, keys, expected) in [
        (1, "1", (vec![1], None)),
        (1, "y", (vec![1], None)),
        (1, "Y", (vec![2], None)),
        (1, "n", (vec![3], None)),
        (1, "4", (vec![4], None)),
        (3, "2", (vec![2], None)),
        (4, "1 3 Enter", (vec![1, 3], None)),
        (4, "1 3 1 Enter", (vec![3], None)),
        (5, "y", (vec![1], None)),
        (7, "y", (vec![1], None)),
        (7, "n", (vec![2], None)),
        (8, "2", (vec![2], None)),
    ] {
        let mut script = before(asking(), number, 80, 24);
        script.keys(keys);
        assert_eq!(answers(&mut script), [(number, expected.0, expected.1)], "{keys} on q{number}");
    }
}

#[test]
fn ones_own_words_answer_a_question_and_are_the_reason_of_a_no() {
    for (number, marks, expected) in
        [(6, "", vec![]), (1, "", vec![3]), (5, "", vec![3]), (3, "", vec![]), (4, "2", vec![2])]
    {
        let mut script = before(asking(), number, 80, 24);
        script.keys(marks).keys("t").write("use the fake clock").keys("Ctrl-j").write("please").keys("Enter");
        let words = Some("use the fake clock\nplease".to_owned());
        assert_eq!(answers(&mut script), [(number, expected, words)], "q{number}");
        assert!(matches!(script.model.focus, Focus::Question(_)));
    }
    let mut script = before(asking(), 6, 80, 24);
    script.keys("Enter").write("the second").keys("Enter");
    assert_eq!(answers(&mut script), [(6, vec![], Some("the second".into()))], "Enter opens the box where it is all");
}

#[test]
fn what_has_no_such_answer_says_so_and_sends_nothing() {
    for (number, keys, words) in [
        (1, "9", "q1 has 4 answers"),
        (6, "1", "answered in your own words"),
        (6, "y", "none of the answers of q6 is yes"),
        (3, "n", "none of the answers of q3 is no"),
        (3, "Y", "always for this session"),
        (7, "t", "takes one of its answers"),
        (6, "t Enter", "nothing to send"),
    ] {
        let mut script = before(asking(), number, 120, 40);
        script.keys(keys);
        assert_eq!(answers(&mut script), []);
        assert!(text(&script.buffer()).contains(words), "{keys}: {}", text(&script.buffer()));
    }
}

#[test]
fn an_answer_is_seen_as_sending_then_as_given_and_goes_when_it_is_taken_up() {
    let mut script = before(asking(), 1, 80, 24);
    script.keys("y");
    assert!(text(&script.buffer()).contains("⇢ sending: Yes"));
    let asked = script.take_effects();
    script.keys("n 1");
    assert_eq!(answers(&mut script), [], "it is answered once");
    let Some(Effect::Ask { purpose, .. }) = asked.iter().find(|effect| matches!(effect, Effect::Ask { .. })) else {
        panic!("nothing was sent: {asked:?}");
    };
    script.tell(Message::Answered(purpose.clone(), Ok(quarterdeck::domain::Reply::Done)));
    assert!(
        text(&script.buffer()).contains("⇢ sending: Yes"),
        "it is not open again before the daemon says how it stands"
    );
    step(&mut script, |question| question.state = given(true), 1);
    assert!(text(&script.buffer()).contains("answered 0s ago, not taken up yet: Yes"), "{}", text(&script.buffer()));
    script.keys("n");
    assert_eq!(answers(&mut script), []);
    step(&mut script, |question| question.state = withdrawn(), 1);
    assert!(!script.model.questions.order().contains(&id(1)));
}

#[test]
fn an_answer_that_is_refused_is_open_again_with_everything_that_was_written() {
    let mut script = before(asking(), 6, 80, 24);
    script.keys("t").write("the second").keys("Enter");
    let asked = script.take_effects();
    let Some(Effect::Ask { purpose, .. }) = asked.iter().find(|effect| matches!(effect, Effect::Ask { .. })) else {
        panic!("nothing was sent: {asked:?}");
    };
    script.tell(Message::Answered(purpose.clone(), Err(Problem::new("no daemon answers"))));
    assert!(text(&script.buffer()).contains("no daemon answers"));
    script.keys("t Enter");
    assert_eq!(answers(&mut script), [(6, vec![], Some("the second".into()))]);
}

#[test]
fn after_one_part_of_a_call_comes_the_next() {
    let mut script = before(asking(), 3, 80, 24);
    assert!(text(&script.buffer()).contains("1 of 2"));
    script.keys("1");
    assert_eq!(script.model.question().map(|question| question.id), Some(id(4)));
    script.keys("2 Enter");
    assert_eq!(answers(&mut script), [(3, vec![1], None), (4, vec![2], None)]);
}

#[test]
fn a_key_meant_for_a_question_that_has_just_gone_answers_no_other() {
    let mut script = before(asking(), 2, 80, 24);
    step(&mut script, |question| question.state = withdrawn(), 2);
    let front = script.model.question().expect("another one").id;
    assert_ne!(front, id(2));
    script.keys("y");
    assert_eq!(answers(&mut script), [], "{}", text(&script.buffer()));
    assert!(text(&script.buffer()).contains("only just come in front"));
    let later = NOW + Duration::from_secs(1);
    script.effects.extend(update(
        &mut script.model,
        later,
        Message::Key("1".parse::<quarterdeck::tui::keymap::Key>().unwrap().event()),
    ));
    assert_eq!(answers(&mut script).len(), 1);
}

#[test]
fn what_was_being_written_to_a_question_that_goes_is_kept() {
    let mut script = before(asking(), 6, 120, 40);
    script.keys("t").write("the second");
    step(&mut script, |question| question.state = withdrawn(), 6);
    assert!(text(&script.buffer()).contains("q6 no longer waits"));
    script.keys("s Up");
    assert!(text(&script.buffer()).contains("the second"));
}

#[test]
fn no_question_moves_under_the_cursor_until_the_keys_rest() {
    let mut script = before(asking(), 5, 140, 40);
    let front = script.model.questions.place(id(5));
    let mut fresh = script.model.world.questions[&id(1)].clone();
    (fresh.id, fresh.created_at) = (id(9), ago(9_000));
    let revision = script.model.world.revision + 1;
    script.tell(Message::Step(Step { revision, changes: vec![Change::Question(fresh)], reload: false }));
    assert_eq!(script.model.questions.place(id(9)), Some(8));
    assert_eq!(script.model.questions.place(id(5)), front);
    update(&mut script.model, NOW + Duration::from_secs(6), Message::Woken);
    assert_eq!(script.model.questions.place(id(9)), Some(0));
    assert_eq!(script.model.question().map(|question| question.id), Some(id(5)), "the cursor stays on its question");
}

#[test]
fn space_lands_on_the_question_itself_and_goes_on_to_what_has_none() {
    let mut script = Script::new(asking(), 80, 24);
    script.keys("Space");
    assert!(matches!(script.model.focus, Focus::Question(_)));
    script.keys("Esc 2 G");
    assert_eq!(script.model.question().map(|question| question.id), Some(id(8)), "the one that blocks least");
    script.keys("g");
    let mut seen = vec![script.model.question().expect("one").id];
    for _ in 1..8 {
        script.keys("Space");
        assert_eq!(script.model.view, View::Questions);
        seen.push(script.model.question().expect("one").id);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 8, "each once");
}

#[test]
fn what_is_too_long_says_so_and_is_read_to_its_end() {
    let mut world = asking();
    let lines: String = (1..=400).map(|number| format!("line {number} of the plan\n")).collect();
    world.questions.get_mut(&id(5)).expect("there").detail = lines;
    for (columns, rows) in [(80, 24), (140, 40), (200, 50)] {
        let mut script = before(world.clone(), 5, columns, rows);
        assert!(text(&script.buffer()).contains("of 401"), "{}", text(&script.buffer()));
        for _ in 0..(400 / rows + 40) {
            script.keys("PageDown");
        }
        let picture = text(&script.buffer());
        assert!(picture.contains("line 400 of the plan"), "{picture}");
        assert!(picture.contains("Approve"), "the answers stay in sight: {picture}");
    }
    let mut script = Script::new(world, 80, 24);
    script.model.put_in_front(id(5));
    assert!(text(&script.buffer()).contains("… more; Enter shows all of it"), "{}", text(&script.buffer()));
}

#[test]
fn nothing_an_agent_asks_reaches_the_terminal_as_anything_but_letters() {
    let mut script = before(asking(), 1, 80, 24);
    let picture = text(&script.buffer());
    assert!(picture.contains("^[[8mrm -rf target"), "{picture}");
    script.keys("Esc");
    for cell in script.buffer().content() {
        assert!(!cell.symbol().contains(char::is_control), "{:?}", cell.symbol());
    }
}

#[test]
fn a_question_leads_into_its_pane_and_to_its_agent() {
    let mut script = before(asking(), 1, 140, 40);
    let session = script.model.question().expect("one").session;
    assert!(script.model.looking.is_some_and(|looking| looking.session == session), "its live screen is beside it");
    script.keys("i");
    assert_eq!(script.model.focus, Focus::TakenOver(session));
    let mut script = before(asking(), 1, 80, 24);
    script.keys("a");
    assert!(script.take_effects().contains(&Effect::Attach(session)));
    let mut script = before(asking(), 1, 80, 24);
    script.keys("s");
    assert_eq!(script.model.focus, Focus::Steer(session_id(1)));
    let mut script = before(crew(), 1, 80, 24);
    script.keys("Enter");
    assert_eq!((script.model.view, script.model.focus), (View::Board, Focus::Screen));
}
