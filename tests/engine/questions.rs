//! What agents ask: who is asked, who is answered, and when it is known.

use quarterdeck::domain::{question::State, signal::Says};

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
