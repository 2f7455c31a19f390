//! How programs end, and what that says about the work.

use quarterdeck::{
    demo::stand_in::log::Entry,
    domain::{Event, activity::Doing, message::Delivery, message::Hold, question::Kind},
};

use crate::{
    home::{Home, folder_of, until_gone},
    processes::lives,
};

#[test]
fn an_agent_that_leaves_without_a_word_is_a_question() {
    let home = Home::new();
    let session = home.start(&["play:exit"]);
    let asked = home.until_asked(session, Kind::Ended);
    assert!(asked.text.contains("code 0"), "{asked:?}");
    assert_eq!(home.state(session).label(), "waiting_user", "code 0 is no proof of work done");
    assert!(home.done(&["questions"]).contains("nobody has said that the work is done"));
    home.answer(&asked, "It is done");
    assert_eq!(home.state(session).label(), "succeeded");
    let again = home.run(&["answer", &asked.id.to_string(), "1"]);
    assert_eq!(again.code, 3, "an answered question is no longer there: {again:?}");
}

#[test]
fn an_agent_that_fails_can_be_resumed_or_given_up() {
    let home = Home::new();
    let session = home.start(&["play:work play:fail"]);
    let asked = home.until_asked(session, Kind::Ended);
    assert!(asked.text.contains("code 1"), "{asked:?}");
    home.answer(&asked, "Resume the conversation");
    home.until_doing(session, Doing::YourTurn);
    home.send(session, "once more play:work play:fail");
    let asked = home.until_asked(session, Kind::Ended);
    home.answer(&asked, "It has failed");
    assert_eq!(home.state(session).label(), "failed");
}

#[test]
fn a_shells_exit_code_says_whether_its_work_is_done() {
    let home = Home::new();
    for (line, code, words) in [("exit 0", 0, "succeeded"), ("exit 3", 1, "code 3")] {
        let ended = home.run(&["new", "--agent", "shell", "--workspace", "scratch", "--wait", line]);
        assert_eq!(ended.code, code, "{ended:?}");
        assert!(ended.output.contains(words), "{ended:?}");
    }
    let script = "printf '%s\\n' \"$0\" \"$PWD\" > proof; exit 0";
    let session = home.start_with("shell", &[script]);
    home.until_state(session, "succeeded");
    let proof = std::fs::read_to_string(folder_of(&home, session).join("proof")).expect("it was written");
    assert!(proof.contains("state/workspaces/scratch"), "{proof}");
}

#[test]
fn words_on_its_screen_may_say_that_work_is_done_once_its_turn_is_over() {
    let home = Home::new();
    profile(&home, "marked", "{ marker = '^✻ Done$' }");
    let session = home.start_with("marked", &["say ✻ Done play:work"]);
    home.until_state(session, "succeeded");
    let events = home.done(&["events", "--session", &session.to_string()]);
    assert!(events.contains("shows that its work is done: ✻ Done"), "{events}");
    assert!(home.log().entries().contains(&Entry::Turn), "not before its turn was over");
}

#[test]
fn a_program_in_its_workspace_may_say_that_work_is_done() {
    let home = Home::new();
    profile(&home, "checked", "{ command = ['test', '-e', 'proof'] }");
    let session = home.start_with("checked", &["play:work"]);
    home.until("the program says no", |world| {
        let said = |event: &Event| event.session == Some(session) && event.text.contains("exited with code 1");
        world.log.iter().any(said).then_some(())
    });
    assert_eq!(home.state(session).label(), "running", "a turn that ended is not work that is done");
    std::fs::write(folder_of(&home, session).join("proof"), "").expect("written");
    home.send(session, "once more play:work");
    home.until_state(session, "succeeded");
}

/// A stand-in whose work is done as `completion` says.
fn profile(home: &Home, name: &str, completion: &str) {
    let profiles = home.qd_home().join("config/agents");
    std::fs::create_dir_all(&profiles).expect("a folder");
    let text = format!("inherit = \"stand-in\"\ntitle = \"{name}\"\ncompletion = {completion}\n");
    std::fs::write(profiles.join(format!("{name}.toml")), text).expect("written");
}

#[test]
fn an_agent_that_never_gets_ready_is_never_called_anything_else() {
    let home = Home::with("", &[("QD_STAND_IN_GATE", "never")]);
    let session = home.start(&["play:slow-start"]);
    let pid = home.pane_pid(session);
    let message = home.send(session, "are you there?");
    home.until("the message is held", |world| {
        let held = Delivery::Queued { hold: Some(Hold::NotReady) };
        (world.messages.get(&message)?.delivery == held).then_some(())
    });
    assert!(lives(pid));
    let detail = home.detail(session);
    assert_eq!(detail.session.activity.doing, Doing::Starting);
    assert!(!detail.attempts[0].ready);
    let prompt = &detail.messages[0];
    assert!(matches!(prompt.delivery, Delivery::Submitted { .. }), "nobody has seen it taken up: {prompt:?}");
    assert!(home.done(&["screen", &session.to_string()]).contains("getting up"));
    home.done(&["cancel", &session.to_string()]);
    until_gone("the agent", &[pid]);
    assert_eq!(home.log().received(), Vec::<String>::new());
}

#[test]
fn an_agent_that_cannot_be_run_is_refused_with_the_reason() {
    let home = Home::new();
    let profiles = home.qd_home().join("config/agents");
    std::fs::create_dir(&profiles).expect("a folder");
    let profile = include_str!("../../src/agent/profiles/shell.toml").replace("{shell}", "there-is-no-such-program");
    std::fs::write(profiles.join("ghost.toml"), profile).expect("written");
    let ended = home.run(&["new", "--agent", "ghost", "--workspace", "scratch", "anything"]);
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.notices.contains("there-is-no-such-program"), "{ended:?}");
    assert!(home.world().sessions.is_empty());
}

#[test]
fn a_workspace_that_is_gone_is_a_question_and_not_an_empty_folder() {
    let home = Home::new();
    let session = home.start(&["play:exit"]);
    home.until_asked(session, Kind::Ended);
    let folder = folder_of(&home, session);
    std::fs::remove_dir_all(&folder).expect("removed");
    home.done(&["resume", &session.to_string()]);
    let asked = home.until_asked(session, Kind::NotStarted);
    assert!(asked.text.contains("is gone"), "{asked:?}");
    assert!(!folder.exists());
    std::fs::create_dir(&folder).expect("put back");
    home.answer(&asked, "Try again");
    home.until_doing(session, Doing::YourTurn);
}
