//! Everything an agent can ask, answered from the command line and judged by what the agent got.

use quarterdeck::domain::{
    activity::Doing,
    question::{Kind, State},
};
use serde_json::{Value, json};

use crate::actor::{Actor, Dialect, of_each_dialect};

fn words_of(state: &State) -> &str {
    match state {
        State::Answered { answer, .. } => answer,
        other => panic!("it was not answered: {other:?}"),
    }
}

/// What a hook decided.
fn by_hook(taken: &Value) -> &Value {
    assert_eq!(taken["by"], "hook", "{taken}");
    &taken["decision"]
}

#[test]
fn a_permission_is_allowed_refused_with_words_or_given_for_the_session() {
    let actor = Actor::plays(Dialect::Claude, "play:bash play:bash play:bash play:bash");
    let first = actor.until_it_asks(&[]);
    assert_eq!((first.kind, first.detail.as_str()), (Kind::Permission, "touch made.txt"));
    actor.home.until_doing(actor.session, Doing::Asking);
    actor.answer(&first, &["yes"]);
    assert_eq!(by_hook(&actor.until_answered(1)), &json!({"behavior": "allow"}));

    let second = actor.until_it_asks(&[first.id]);
    actor.answer(&second, &["--text", "use another name"]);
    let refused = json!({"behavior": "deny", "message": "use another name"});
    assert_eq!(by_hook(&actor.until_answered(2)), &refused);

    let third = actor.until_it_asks(&[first.id, second.id]);
    actor.answer(&third, &["always", "--wait"]);
    let rule = json!({"toolName": "Bash", "ruleContent": "touch made.txt"});
    let update = json!({"type": "addRules", "rules": [rule], "behavior": "allow", "destination": "session"});
    // The fourth time it does not ask.
    let fourth = actor.until_answered(4);
    assert_eq!(fourth["by"], "rule");
    assert_eq!(actor.printed().len(), 3);
    let third: Value = serde_json::from_str(&actor.printed()[2]).expect("JSON");
    assert_eq!(third["hookSpecificOutput"]["decision"]["updatedPermissions"], json!([update]));

    actor.home.until_doing(actor.session, Doing::YourTurn);
    let settled = actor.until_settled();
    let words: Vec<&str> = settled.iter().map(words_of).collect();
    assert_eq!(words, ["Allow", "use another name", "Allow for this session"]);
}

#[test]
fn the_agents_own_questions_are_answered_by_choices_and_in_ones_own_words() {
    let actor = Actor::plays(Dialect::Claude, "play:questions play:questions");
    let colour = actor.until_it_asks(&[]);
    assert_eq!((colour.kind, colour.text.as_str()), (Kind::Asks, "Which colour?"));
    actor.home.answer(&colour, "Blue");
    let fruits = actor.until_it_asks(&[colour.id]);
    assert!(fruits.multiple && fruits.text == "Which fruits?", "{fruits:?}");
    assert_eq!(actor.times_answered(), 0, "half an answer is none");
    actor.answer(&fruits, &["2", "3"]);
    let decision = by_hook(&actor.until_answered(1)).clone();
    assert_eq!(decision["behavior"], "allow");
    let input = &decision["updatedInput"];
    assert_eq!(input["answers"], json!({"Which colour?": "Blue", "Which fruits?": "Pear, ripe, Plum"}));
    assert_eq!(input["questions"].as_array().expect("as they came").len(), 2);

    let known = [colour.id, fruits.id];
    let colour = actor.until_it_asks(&known);
    actor.answer(&colour, &["--text", "purple with dots"]);
    let fruits = actor.until_it_asks(&[known[0], known[1], colour.id]);
    actor.answer(&fruits, &["1", "--text", "my own"]);
    let decision = by_hook(&actor.until_answered(2)).clone();
    let answers = json!({"Which colour?": "purple with dots", "Which fruits?": "Apple, my own"});
    assert_eq!(decision["updatedInput"]["answers"], answers);
    let settled = actor.until_settled();
    let words: Vec<&str> = settled.iter().map(words_of).collect();
    assert_eq!(words, ["Blue", "Pear, ripe, Plum", "purple with dots", "Apple: my own"]);
}

#[test]
fn a_plan_is_sent_back_with_words_or_approved() {
    let actor = Actor::plays(Dialect::Claude, "play:plan play:plan play:bash");
    let first = actor.until_it_asks(&[]);
    assert_eq!(first.kind, Kind::Plan);
    assert!(first.detail.contains("1. write out.txt"), "{first:?}");
    actor.answer(&first, &["--text", "one step more"]);
    let back = json!({"behavior": "deny", "message": "one step more"});
    assert_eq!(by_hook(&actor.until_answered(1)), &back);
    let second = actor.until_it_asks(&[first.id]);
    actor.home.answer(&second, "Approve; accept edits");
    let approved = by_hook(&actor.until_answered(2)).clone();
    assert_eq!(approved["updatedInput"]["plan"], "# The plan\n1. write out.txt\n2. done\n");
    // What follows is no longer asked about.
    assert_eq!(actor.until_answered(3)["by"], "rule");
    assert_eq!(actor.until_settled().len(), 2);
}

#[test]
fn codex_hears_yes_and_no_and_nothing_that_it_would_refuse() {
    let actor = Actor::plays(Dialect::Codex, "play:bash play:bash play:bash");
    let first = actor.until_it_asks(&[]);
    assert!(first.text.contains("May I make a file?"), "{first:?}");
    let labels: Vec<&str> = first.choices.iter().map(|choice| choice.label.as_str()).collect();
    assert_eq!(labels, ["Allow", "Deny", "Decide in its pane"]);
    actor.home.answer(&first, "Allow");
    assert_eq!(by_hook(&actor.until_answered(1)), &json!({"behavior": "allow"}));
    let second = actor.until_it_asks(&[first.id]);
    actor.answer(&second, &["no", "--text", "use another file"]);
    let refused = json!({"behavior": "deny", "message": "use another file"});
    assert_eq!(by_hook(&actor.until_answered(2)), &refused);
    // Its own dialog comes when the hook lets go of it.
    let third = actor.until_it_asks(&[first.id, second.id]);
    actor.home.answer(&third, "Decide in its pane");
    let dialog = actor.until_its_pane_asks(&[first.id, second.id, third.id]);
    assert_eq!(dialog.kind, Kind::Dialog);
    actor.home.answer(&dialog, "Yes, proceed");
    assert_eq!(actor.until_answered(3), json!({"what": "taken", "tool": "Bash", "by": "pane", "decision": 0}));
    actor.home.until_doing(actor.session, Doing::YourTurn);
    assert_eq!(actor.until_settled().len(), 4);
}

#[test]
fn the_questions_of_codex_are_answered_at_once_or_in_their_form_page_by_page() {
    let actor = Actor::plays(Dialect::Codex, "play:form play:form");
    let asked = actor.until_it_asks_all(2);
    assert_eq!(
        (asked[0].kind, asked[0].text.as_str(), asked[1].text.as_str()),
        (Kind::Asks, "Which colour?", "Which size?")
    );
    actor.answer(&asked[0], &["2"]);
    actor.answer(&asked[1], &["--text", "as large as it gets"]);
    let taken = actor.until_answered(1);
    let told = by_hook(&taken)["reason"].as_str().expect("words");
    assert!(told.contains(r#""Which colour?" = "Blue""#) && told.contains(r#"= "as large as it gets""#), "{told}");

    let mut known = vec![asked[0].id, asked[1].id];
    let colour = actor.until_it_asks(&known);
    actor.home.answer(&colour, "Decide in its pane");
    known.extend([colour.id, actor.home.detail(actor.session).questions[3].id]);
    for (words, choice) in [("Which colour?", "2"), ("Which size?", "1")] {
        let page = actor.until_its_pane_asks(&known);
        assert_eq!(page.kind, Kind::Dialog);
        assert!(page.detail.contains(words), "{page:?}");
        actor.answer(&page, &[choice]);
        known.push(page.id);
    }
    let taken = actor.until_answered(2);
    assert_eq!(taken["decision"], json!({"q1": {"answers": ["Blue"]}, "q2": {"answers": ["Small"]}}));
    let settled = actor.until_settled();
    assert!(settled.iter().all(|state| matches!(state, State::Answered { .. })), "{settled:?}");
    assert_eq!((settled.len(), actor.printed().len()), (6, 1));
}

#[test]
fn of_two_requests_at_once_each_gets_its_own_answer() {
    let actor = Actor::plays(Dialect::Codex, "play:parallel");
    let asked = actor.until_it_asks_all(2);
    let [one, two] = ["touch one", "touch two"].map(|command| {
        asked.iter().find(|question| question.detail == command).unwrap_or_else(|| panic!("nobody asks for {command}"))
    });
    actor.answer(two, &["no", "--text", "one is enough"]);
    let first = actor.until_answered(1);
    assert_eq!(
        (first["tool"].as_str(), by_hook(&first)["message"].as_str()),
        (Some("touch two"), Some("one is enough"))
    );
    assert!(actor.home.world().questions[&one.id].state.is_open());
    actor.answer(one, &["yes", "--wait"]);
    let second = actor.until_answered(2);
    assert_eq!((second["tool"].as_str(), by_hook(&second)), (Some("touch one"), &json!({"behavior": "allow"})));
    assert_eq!(actor.until_settled().iter().map(words_of).collect::<Vec<_>>(), ["Allow", "Deny: one is enough"]);
}

#[test]
fn a_subagent_asks_on_after_the_turn_is_over() {
    let actor = Actor::plays(Dialect::Claude, "play:subagent play:subagent");
    let first = actor.until_it_asks(&[]);
    assert!(first.text.starts_with("Claude's general-purpose agent wants to run Bash"), "{first:?}");
    actor.until_logged("background", 1);
    actor.home.until_doing(actor.session, Doing::Asking);
    actor.home.kill_daemon();
    actor.answer(&first, &["yes", "--wait"]);
    assert_eq!(by_hook(&actor.until_answered(1)), &json!({"behavior": "allow"}));
    // Its dialog comes when the hook lets go of it.
    let second = actor.until_it_asks(&[first.id]);
    actor.home.answer(&second, "Decide in its pane");
    let dialog = actor.until_its_pane_asks(&[first.id, second.id]);
    assert_eq!(dialog.kind, Kind::Dialog);
    actor.home.answer(&dialog, "Yes");
    assert_eq!(actor.until_answered(2)["by"], "pane");
    actor.home.until_doing(actor.session, Doing::YourTurn);
    assert_eq!((actor.until_settled().len(), actor.printed().len()), (3, 1));
}

#[test]
fn a_dialog_of_which_no_hook_tells_is_answered_by_its_key() {
    let actor = Actor::plays(Dialect::Claude, "play:dialog play:bash");
    let dialog = actor.until_its_pane_asks(&[]);
    assert_eq!(dialog.kind, Kind::Dialog);
    assert!(dialog.detail.contains("touch made.txt"), "{dialog:?}");
    actor.home.answer(&dialog, "Yes");
    assert_eq!(actor.until_answered(1)["decision"], 0);
    // The next one has the same words, comes at once, and is another question.
    let permission = actor.until_it_asks(&[dialog.id]);
    assert_eq!(permission.kind, Kind::Permission);
    actor.home.answer(&permission, "Deny");
    assert_eq!(by_hook(&actor.until_answered(2))["behavior"], "deny");
    assert_eq!(actor.until_settled().len(), 2);
}

/// Answers the dialogs before the first prompt, which then goes out.
fn starts(dialect: Dialect, dialogs: &str, answers: [(&str, usize); 2]) {
    let actor = Actor::starting_with(dialect, dialogs, "play:bash");
    let mut known = Vec::new();
    for (number, (label, choice)) in answers.into_iter().enumerate() {
        let dialog = actor.until_its_pane_asks(&known);
        assert_eq!(dialog.kind, Kind::Dialog);
        actor.home.answer(&dialog, label);
        assert_eq!(actor.until_answered(number + 1)["decision"], choice);
        known.push(dialog.id);
    }
    let permission = actor.until_it_asks(&known);
    actor.home.answer(&permission, "Allow");
    assert_eq!(by_hook(&actor.until_answered(3))["behavior"], "allow");
    assert_eq!(actor.until_settled().len(), 3);
    assert_eq!((actor.prompts(), actor.times_answered()), (vec!["play:bash".to_owned()], 3));
}

#[test]
fn what_stands_before_the_first_prompt_is_answered_by_keys() {
    of_each_dialect(|dialect| match dialect {
        Dialect::Claude => starts(dialect, "trust login", [("Yes, I trust this folder", 1), ("Yes", 0)]),
        Dialect::Codex => {
            let skip = "Continue without trusting (hooks won't run)";
            starts(dialect, "trust hooks", [("Trust and continue", 0), (skip, 2)]);
        }
    });
}

#[test]
fn what_is_asked_through_our_tool_gets_the_answer_as_its_result() {
    of_each_dialect(|dialect| {
        let actor = Actor::plays(dialect, "play:ask_user play:ask_user");
        let first = actor.until_it_asks(&[]);
        assert_eq!((first.kind, first.text.as_str()), (Kind::AskUser, "Which port?"));
        actor.home.answer(&first, "9090");
        assert_eq!(actor.until_answered(1)["decision"], "The person answered: 9090");
        let second = actor.until_it_asks(&[first.id]);
        actor.answer(&second, &["--text", "any above 10000"]);
        assert_eq!(actor.until_answered(2)["decision"], "The person answered: any above 10000");
        let settled = actor.until_settled();
        assert_eq!(settled.iter().map(words_of).collect::<Vec<_>>(), ["9090", "any above 10000"]);
        assert_eq!(actor.prompts().len(), 1);
    });
}
