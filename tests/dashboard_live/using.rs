//! What an agent tells of what it uses, and the file that says how we know what it does.

use std::os::unix::fs::PermissionsExt;

use quarterdeck::{
    api::{Client, wire::UsageOf},
    config::Paths,
    domain::SessionId,
};

use crate::{
    home::{Home, wait_for},
    window::Window,
};

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[test]
fn what_an_agent_says_that_it_uses_is_added_up_and_shown() {
    let home = Home::new();
    let prompt = "play:meter play:work play:endless";
    home.done(&["new", "--agent", "stand-in", "--title", "Parse", prompt]);
    let client = Client::new(&Paths::below(&home.qd_home()).unwrap());
    let spending = wait_for("what it uses", || {
        let spending = wait(client.usage(&UsageOf::default())).unwrap();
        (spending.total.requests > 0 && !spending.limits.is_empty() && spending.total.cost.micros > 0)
            .then_some(spending)
    });
    assert_eq!(spending.models[0].of, "claude-opus-4-8");
    assert_eq!(spending.sessions[0].total, spending.total);
    assert_eq!(spending.limits[0].limit.used_percent, 88);
    assert!(spending.attempts[0].context.is_some_and(|context| context.used > 0));
    let of = |session| UsageOf { session: SessionId::from_number(session), ..UsageOf::default() };
    assert_eq!(wait(client.usage(&of(1))).unwrap().sessions.len(), 1);
    assert!(wait(client.usage(&of(2))).unwrap().total.is_nothing());
    let tomorrow = UsageOf { since: Some("2999-01-01".into()), ..UsageOf::default() };
    assert!(wait(client.usage(&tomorrow)).unwrap().total.is_nothing());
    assert!(wait(client.usage(&UsageOf { since: Some("soon".into()), ..UsageOf::default() })).is_err());
    let mut window = Window::open(&home, 120, 36);
    window.see("1 working");
    window.keys("6");
    window.see("claude-opus-4-8");
    window.see("88%");
    window.keys("q");
    assert_eq!(window.code(&home), 0);
}

#[test]
fn why_is_saved_in_a_file_that_only_the_person_can_read() {
    let home = Home::new();
    home.done(&["new", "--agent", "stand-in", "--title", "Parse", "play:permission play:endless"]);
    let mut window = Window::open(&home, 120, 36);
    window.see("1 asking");
    window.keys("w");
    window.see("saves all of this in a file");
    window.keys("s");
    window.see("saved in");
    let folder = home.qd_home().join("state/reports");
    let file = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&file).unwrap();
    for words in ["s1 is asking", "Do you want to run this command?", "PermissionRequest", "cargo publish --dry-run"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("token_hash\": \""), "{text}");
    window.keys("q");
    assert_eq!(window.code(&home), 0);
}

#[test]
fn the_demos_agent_takes_up_the_answer_to_every_kind_of_question() {
    let home = Home::new();
    let asked = [
        ("play:permission", 1, &["1"][..], "You allowed it."),
        ("play:question", 2, &["1", "1"], "You answered: Three times · Timeouts"),
        ("play:plan", 1, &["1"], "You allowed it."),
        ("play:ask-user", 1, &["2"], "The person answered: Dublin"),
        ("play:ask", 1, &["1"], "You allowed it."),
    ];
    for (play, ..) in asked {
        home.done(&["new", "--agent", "stand-in", play]);
    }
    for ((play, questions, answers, said), number) in asked.into_iter().zip(1..) {
        let session = format!("s{number}");
        let open = wait_for(play, || {
            let all = home.json(&["questions"]);
            let mine = all.as_array()?.iter().filter(|question| question["session"] == session.as_str());
            let ids: Vec<String> = mine.filter_map(|question| Some(question["id"].as_str()?.to_owned())).collect();
            (ids.len() == questions).then_some(ids)
        });
        for (question, answer) in open.iter().zip(answers) {
            home.done(&["answer", question, answer]);
        }
        wait_for(said, || home.done(&["screen", &session]).contains(said).then_some(()));
    }
    wait_for("no question to be left", || home.json(&["questions"]).as_array()?.is_empty().then_some(()));
}
