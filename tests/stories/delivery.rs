//! What a person says reaches the agent, as they said it.

use quarterdeck::{
    demo::stand_in::log::{Entry, Way},
    domain::{
        Change, MessageId, SessionId,
        activity::Doing,
        message::{Delivery, Hold},
    },
};

use crate::{home::Home, person::Person, wait::until};

/// Texts that programs on the way could take for something else.
fn hard_texts() -> Vec<String> {
    let line = "-x 'y' \"z\" $(w) \\ `v` #{pane_id} #(date) %d %% 日本 🦀 ❤\u{fe0f} 👩\u{200d}💻 e\u{301} עברית\t| ";
    vec![
        "-n starts with a dash".into(),
        "--".into(),
        "ends with a semicolon;".into(),
        ";".into(),
        "\\;".into(),
        "Enter".into(),
        "C-c".into(),
        "several\nlines\n\n  with an empty one, indented\n\tand a tab".into(),
        line.trim_end().into(),
        format!("{}\n\nthe end;", format!("{line}\n").repeat(1_300)),
        "~ !! $HOME %1 {a,b} \u{a0}no-break\u{2028}separator".into(),
    ]
}

#[test]
fn a_session_starts_works_and_then_it_is_your_turn() {
    let home = Home::with("", &[("QD_STAND_IN_PACE", "0.1")]);
    let session = home.start(&["do the work play:work"]);
    home.until_doing(session, Doing::YourTurn);
    assert_eq!(home.log().received(), ["do the work play:work"]);
    let events = home.done(&["events", "--session", &session.to_string()]);
    let at = |text: &str| events.find(text).unwrap_or_else(|| panic!("{text:?} is not in\n{events}"));
    assert!(at("was created") < at("is working") && at("is working") < at("waiting for your next message"), "{events}");
    assert!(home.done(&["ps"]).contains("your turn"));
    assert!(home.done(&["screen", &session.to_string()]).contains("再試行"));
    assert!(home.done(&["why", &session.to_string()]).contains("title"), "it says how it knows");
}

#[test]
fn a_message_is_seen_on_its_way_and_taken_up() {
    let home = Home::new();
    let session = home.start(&["play:work"]);
    home.until_doing(session, Doing::YourTurn);
    let before = home.world().revision;
    let message = home.send(session, "and now this play:work");
    home.until_taken_up(message);
    assert_eq!(labels_since(&home, before, message), ["queued", "typing", "typed", "submitted", "taken up"]);
    assert_eq!(home.log().received()[1..], ["and now this play:work"]);
}

/// The delivery states that a message went through, each once.
fn labels_since(home: &Home, revision: u64, message: MessageId) -> Vec<&'static str> {
    use futures_util::StreamExt;
    let client = home.client();
    let mut labels = Vec::new();
    home.ask(async {
        let mut steps = std::pin::pin!(client.changes(revision).await?);
        while let Some(step) = steps.next().await {
            for change in step?.changes {
                if let Change::Message(changed) = change
                    && changed.id == message
                {
                    labels.push(changed.delivery.label());
                }
            }
            if labels.last() == Some(&"taken up") {
                break;
            }
        }
        Ok(())
    });
    labels.dedup();
    labels
}

#[test]
fn any_text_arrives_byte_for_byte_and_in_order_while_the_agent_waits() {
    let home = Home::with("", &[("QD_STAND_IN_PACE", "0")]);
    let session = home.start(&["first"]);
    home.until_doing(session, Doing::YourTurn);
    for text in hard_texts() {
        home.until_taken_up(home.send(session, &text));
        home.log().until_received(&text);
    }
    assert_received(&home, &hard_texts());
}

#[test]
fn any_text_arrives_byte_for_byte_and_in_order_while_the_agent_works() {
    let home = Home::with("", &[("QD_STAND_IN_PACE", "0")]);
    let session = home.start(&["play:endless"]);
    home.until_doing(session, Doing::Working);
    // All at once: what is sent later must not overtake the 100 kB.
    let messages: Vec<_> = hard_texts().iter().map(|text| home.send(session, text)).collect();
    for message in messages {
        home.until_taken_up(message);
    }
    assert_received(&home, &hard_texts());
    let queued = |entry: &&Entry| matches!(entry, Entry::Submission { way: Way::Queued, .. });
    assert_eq!(home.log().entries().iter().filter(queued).count(), hard_texts().len());
}

#[test]
fn what_is_sent_while_the_agent_starts_waits_for_it_and_arrives_in_order() {
    let home = Home::with("", &[("QD_STAND_IN_PACE", "0"), ("QD_STAND_IN_GATE", "gate")]);
    let session = home.start(&["play:slow-start play:work"]);
    home.pane_pid(session);
    let messages: Vec<_> = hard_texts().iter().map(|text| home.send(session, text)).collect();
    until_held(&home, session, messages[0], Hold::NotReady);
    assert_eq!(home.log().received(), Vec::<String>::new());
    let folder = home.detail(session).workspace.expect("a workspace").path;
    std::fs::write(folder.join("gate"), "").expect("written");
    for message in messages {
        home.until_taken_up(message);
    }
    assert_received(&home, &hard_texts());
}

/// After its prompt the agent was told exactly these.
fn assert_received(home: &Home, texts: &[String]) {
    let received = home.log().received();
    let shorten = |text: &String| (text.len(), text.chars().take(40).collect::<String>());
    let heads = |texts: &[String]| texts.iter().map(shorten).collect::<Vec<_>>();
    assert_eq!(heads(&received[1..]), heads(texts));
    assert!(received[1..] == *texts, "the same heads and sizes, and yet not the same texts");
}

fn until_held(home: &Home, session: SessionId, message: MessageId, wanted: Hold) {
    home.until(&format!("{message} is held: {}", wanted.label()), |world| {
        let message = world.messages_of(session).find(|found| found.id == message)?;
        (message.delivery == Delivery::Queued { hold: Some(wanted) }).then_some(())
    });
}

#[test]
fn a_prompt_of_100_kb_reaches_the_agent_whole() {
    let home = Home::with("", &[("QD_STAND_IN_PACE", "0")]);
    let prompt = hard_texts().join("\n");
    assert!(prompt.len() > 100_000);
    let file = home.path().join("prompt.txt");
    std::fs::write(&file, &prompt).expect("written");
    let session = home.start(&["--file", file.to_str().expect("text")]);
    home.until_doing(session, Doing::YourTurn);
    let told = home.log().received().remove(0);
    let named = told.split_whitespace().find(|word| word.ends_with(".txt"));
    let named = named.unwrap_or_else(|| panic!("it is told of no file: {}", &told[..200]));
    assert_eq!(std::fs::read_to_string(named).expect("it can be read"), prompt);
}

#[test]
fn a_prompt_that_looks_like_an_option_is_the_prompt() {
    let home = Home::with("", &[("QD_STAND_IN_PACE", "0")]);
    let prompt = "--version; -x \"$(w)\"\nsecond line 日本;";
    let file = home.path().join("prompt.txt");
    std::fs::write(&file, prompt).expect("written");
    home.start(&["--file", file.to_str().expect("text")]);
    home.log().until_received(prompt);
}

#[test]
fn a_swallowed_enter_is_pressed_again() {
    let home = Home::with("", &[("QD_STAND_IN_PLAY", "play:swallow-enter")]);
    let session = home.start(&["play:work"]);
    home.until_doing(session, Doing::YourTurn);
    let message = home.send(session, "do not let it stand play:work");
    home.until_taken_up(message);
    home.log().until_received("do not let it stand play:work");
    let entries = home.log().entries();
    assert!(entries.contains(&Entry::Swallowed), "{entries:?}");
    assert_eq!(home.log().times_received("do not let it stand play:work"), 1);
}

#[test]
fn a_message_is_held_while_the_agent_asks_and_goes_out_after() {
    let home = Home::new();
    let session = home.start(&["play:ask play:work"]);
    home.until_doing(session, Doing::Asking);
    let message = home.send(session, "when you are done asking");
    until_held(&home, session, message, Hold::Asking);
    assert!(home.done(&["show", &message.to_string()]).contains("the agent is asking something"));
    home.tmux(&["send-keys", "-t", "=a1:", "1"]);
    home.until_taken_up(message);
    home.log().until_received("when you are done asking");
    let entries = home.log().entries();
    let at = |wanted: &dyn Fn(&Entry) -> bool| entries.iter().position(wanted).expect("it happened");
    let answered = at(&|entry| matches!(entry, Entry::Answer { choice: 1 }));
    let told = at(&|entry| matches!(entry, Entry::Submission { text, .. } if text == "when you are done asking"));
    assert!(answered < told, "{entries:?}");
    assert!(!entries.iter().any(|entry| matches!(entry, Entry::Lost { .. })), "{entries:?}");
}

#[test]
fn a_message_is_held_while_a_person_types_and_goes_out_after() {
    let home = Home::with("", &[("QD_STAND_IN_PACE", "0")]);
    let session = home.start(&["play:work"]);
    home.until_doing(session, Doing::YourTurn);
    let mut person = Person::at(&home, &["attach", &session.to_string()]);
    person.until_drawn("Tell the stand-in what to do");
    person.press(b"typed by hand play:wo");
    home.until("the person is seen typing", |world| world.sessions[&session].person_typing_since);
    let message = home.send(session, "sent from elsewhere play:work");
    until_held(&home, session, message, Hold::PersonTyping);
    person.press(b"rk\r");
    home.log().until_received("typed by hand play:work");
    person.press(b"\x1d");
    assert_eq!(person.until_ended(), 0);
    home.until_taken_up(message);
    home.log().until_received("sent from elsewhere play:work");
    assert_eq!(home.log().received()[1..], ["typed by hand play:work", "sent from elsewhere play:work"]);
}

#[test]
fn an_interrupt_stops_the_turn_and_not_the_agent() {
    let home = Home::new();
    let session = home.start(&["play:endless"]);
    home.until_doing(session, Doing::Working);
    home.done(&["interrupt", &session.to_string()]);
    until("the agent is interrupted", || home.log().entries().contains(&Entry::Interrupt).then_some(()));
    home.until_doing(session, Doing::YourTurn);
}
