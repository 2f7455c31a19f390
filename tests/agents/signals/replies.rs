//! Decisions are worded as each agent was seen to accept them.

use quarterdeck::{
    agent::signals::{Dialect, hook, reply},
    domain::{
        Timestamp,
        question::{Answer, Verdict},
        signal::{Decision, Says},
    },
};
use serde_json::{Value, json};

use super::{payload, request};

fn answer(verdict: Verdict, chosen: &[&str], text: Option<&str>) -> Answer {
    let chosen = chosen.iter().map(|&label| label.to_owned()).collect();
    Answer { verdict, chosen, text: text.map(str::to_owned) }
}

fn said(dialect: Dialect, request: &str, answers: Vec<Answer>) -> String {
    reply(dialect, request.as_bytes(), &Decision { answers })
}

/// What stands in the envelope that every decision travels in.
fn decision(dialect: Dialect, request: &str, answers: Vec<Answer>) -> Value {
    let said: Value = serde_json::from_str(&said(dialect, request, answers)).expect("a reply");
    let decision = said["hookSpecificOutput"]["decision"].clone();
    let envelope = json!({ "hookEventName": "PermissionRequest", "decision": decision });
    assert_eq!(said, json!({ "hookSpecificOutput": envelope }));
    decision
}

fn claude(request: &str, answer: Answer) -> Value {
    decision(Dialect::Claude, request, vec![answer])
}

#[test]
fn claude_is_told_yes_no_and_why() {
    let request = request("claude-decisions", "touch made.txt");
    assert_eq!(claude(&request, answer(Verdict::Allow, &["Allow"], None)), json!({ "behavior": "allow" }));
    let because = answer(Verdict::Deny, &["Deny"], Some(" Use a different name. "));
    assert_eq!(claude(&request, because), json!({ "behavior": "deny", "message": "Use a different name." }));
    let silent = answer(Verdict::Deny, &["Deny"], None);
    assert_eq!(claude(&request, silent), json!({ "behavior": "deny", "message": "The person said no." }));
    let words = answer(Verdict::Pick, &[], Some("Use mv."));
    assert_eq!(claude(&request, words), json!({ "behavior": "deny", "message": "Use mv." }));
}

#[test]
fn what_is_not_decided_here_is_left_to_the_agents_dialog() {
    let nothing = |dialect, request: &str, verdict| said(dialect, request, vec![answer(verdict, &[], None)]);
    for (dialect, request) in [
        (Dialect::Claude, request("claude-decisions", "touch made.txt")),
        (Dialect::Claude, request("claude-questions", "Which colour")),
        (Dialect::Claude, request("claude-plan-approved", "ExitPlanMode")),
        (Dialect::Codex, request("codex-decisions", "touch")),
    ] {
        assert_eq!(nothing(dialect, &request, Verdict::InPane), "", "{request}");
        assert_eq!(nothing(dialect, &request, Verdict::Pick), "", "{request}");
        assert_eq!(said(dialect, &request, Vec::new()), "", "{request}");
        assert_eq!(nothing(Dialect::Plain, &request, Verdict::Allow), "");
        let other = request.replace("PermissionRequest", "PreToolUse");
        assert_eq!(nothing(dialect, &other, Verdict::Allow), "", "only a request is decided");
    }
    let answers = vec![answer(Verdict::Pick, &["Blue"], None), answer(Verdict::InPane, &["Decide in its pane"], None)];
    assert_eq!(said(Dialect::Claude, &request("claude-questions", "Which colour"), answers), "");
}

#[test]
fn what_is_allowed_for_longer_is_allowed_for_the_session_and_in_no_file() {
    let for_session = || answer(Verdict::AllowForSession, &["Allow for this session"], None);
    let rule = request("claude-allow-for-session", "python3 -c 'print(2)'");
    assert!(rule.contains("localSettings"), "it was suggested to write a file");
    let rules = json!([{ "toolName": "Bash", "ruleContent": "python3 -c 'print(2)'" }]);
    let update = json!({ "type": "addRules", "rules": rules, "behavior": "allow", "destination": "session" });
    assert_eq!(claude(&rule, for_session()), json!({ "behavior": "allow", "updatedPermissions": [update] }));

    let folder = request("claude-decisions", "touch made.txt");
    let updates = json!([
        { "type": "addDirectories", "directories": ["/work/app"], "destination": "session" },
        { "type": "setMode", "mode": "acceptEdits", "destination": "session" },
    ]);
    assert_eq!(claude(&folder, for_session()), json!({ "behavior": "allow", "updatedPermissions": updates }));

    let none = r#"{"hook_event_name":"PermissionRequest","tool_name":"Bash","tool_input":{"command":"ls"}}"#;
    assert_eq!(claude(none, for_session()), json!({ "behavior": "allow" }), "nothing was suggested");
    let too_much = r#"[{"type":"setMode","mode":"bypassPermissions","destination":"session"},{"type":"addRules",
        "rules":[{"toolName":"Bash"}],"behavior":"deny","destination":"session"},{"type":"replaceRules"}]"#;
    let too_much = none.replace("\"tool_name\"", &format!("\"permission_suggestions\":{too_much},\"tool_name\""));
    assert_eq!(claude(&too_much, for_session()), json!({ "behavior": "allow" }), "never what was not offered");
}

#[test]
fn claudes_questions_are_answered_by_their_words() {
    let request = request("claude-questions", "Which colour");
    let questions = serde_json::from_str::<Value>(&request).expect("json")["tool_input"]["questions"].clone();
    let answered = |answers| decision(Dialect::Claude, &request, answers);
    let expected = |answers: Value| {
        let input = json!({ "questions": questions, "answers": answers });
        json!({ "behavior": "allow", "updatedInput": input })
    };
    let colour = answer(Verdict::Pick, &["Blue"], None);
    let fruits = answer(Verdict::Pick, &["Apple", "Pear, ripe"], Some("my own fruit"));
    let both = json!({ "Which colour?": "Blue", "Which fruits?": "Apple, Pear, ripe, my own fruit" });
    assert_eq!(answered(vec![colour.clone(), fruits]), expected(both));
    assert_eq!(answered(vec![colour]), expected(json!({ "Which colour?": "Blue" })), "one is enough");
    let own_words = vec![answer(Verdict::Pick, &[], Some("Purple with dots"))];
    assert_eq!(answered(own_words), expected(json!({ "Which colour?": "Purple with dots" })));
    let refused = vec![answer(Verdict::Deny, &[], Some("Decide yourself."))];
    assert_eq!(answered(refused), json!({ "behavior": "deny", "message": "Decide yourself." }));
}

#[test]
fn questions_that_can_not_be_read_are_refused_in_words_or_left_to_the_pane() {
    let request =
        r#"{"hook_event_name":"PermissionRequest","tool_name":"AskUserQuestion","tool_input":{"questions":7}}"#;
    let words = answer(Verdict::Pick, &[], Some("Ask in plain words."));
    assert_eq!(claude(request, words), json!({ "behavior": "deny", "message": "Ask in plain words." }));
    assert_eq!(said(Dialect::Claude, request, vec![answer(Verdict::InPane, &[], None)]), "");
}

#[test]
fn a_choice_that_was_shown_shortened_is_answered_with_its_own_words() {
    let label = format!("Use {}", "very ".repeat(60));
    let question = json!({ "question": "Which?", "options": [{ "label": label, "description": "" }] });
    let input = json!({ "questions": [question] });
    let request =
        json!({ "hook_event_name": "PermissionRequest", "tool_name": "AskUserQuestion", "tool_input": input });
    let signal = hook(Dialect::Claude, request.to_string().as_bytes(), Timestamp::default(), "call");
    let Says::Asks(ask) = signal.says else { panic!("it asks") };
    let shown = ask.parts[0].options[0].label.clone();
    assert!(shown.ends_with('…') && shown.len() < label.len(), "{shown}");
    let decided = claude(&request.to_string(), answer(Verdict::Pick, &[shown.as_str()], None));
    assert_eq!(decided["updatedInput"]["answers"]["Which?"], json!(label));
}

#[test]
fn a_plan_is_approved_in_the_mode_that_was_chosen() {
    let request = request("claude-plan-approved", "ExitPlanMode");
    let input = serde_json::from_str::<Value>(&request).expect("json")["tool_input"].clone();
    assert!(input["plan"].as_str().is_some_and(|plan| plan.starts_with("# The plan")));
    for (verdict, mode) in [(Verdict::Allow, "default"), (Verdict::AllowForSession, "acceptEdits")] {
        let updates = json!([{ "type": "setMode", "mode": mode, "destination": "session" }]);
        let expected = json!({ "behavior": "allow", "updatedInput": input, "updatedPermissions": updates });
        assert_eq!(claude(&request, answer(verdict, &["Approve"], None)), expected);
    }
    let shorter = answer(Verdict::Deny, &["Keep planning"], Some("Make it shorter."));
    assert_eq!(claude(&request, shorter), json!({ "behavior": "deny", "message": "Make it shorter." }));
}

#[test]
fn codex_is_told_yes_or_no_and_nothing_that_it_refuses() {
    let request = request("codex-decisions", "touch");
    let decided = |answer| decision(Dialect::Codex, &request, vec![answer]);
    assert_eq!(decided(answer(Verdict::Allow, &["Allow"], None)), json!({ "behavior": "allow" }));
    assert_eq!(decided(answer(Verdict::AllowForSession, &[], None)), json!({ "behavior": "allow" }));
    let because = answer(Verdict::Deny, &["Deny"], Some("Use another file."));
    assert_eq!(decided(because), json!({ "behavior": "deny", "message": "Use another file." }));
    let silent = answer(Verdict::Deny, &["Deny"], None);
    assert_eq!(decided(silent), json!({ "behavior": "deny", "message": "The person said no." }));
}

/// What a hook that stops its call tells the model.
fn stopped(request: &str, answers: Vec<Answer>) -> String {
    let said: Value = serde_json::from_str(&said(Dialect::Codex, request, answers)).expect("a reply");
    let reason = said["hookSpecificOutput"]["permissionDecisionReason"].as_str().expect("a reason").to_owned();
    let specific =
        json!({ "hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": reason });
    assert_eq!(said, json!({ "hookSpecificOutput": specific }), "Codex refuses a reply that says more");
    reason
}

#[test]
fn codexs_questions_are_answered_by_stopping_their_call() {
    let request = payload("codex-request-user-input", "PreToolUse", "request_user_input");
    let Says::Asks(ask) = hook(Dialect::Codex, request.as_bytes(), Timestamp(1), "call").says else {
        panic!("it asks")
    };
    let texts: Vec<&str> = ask.parts.iter().map(|part| part.text.as_str()).collect();
    assert_eq!(texts, ["Which colour?", "Which size?"]);
    let blue = || answer(Verdict::Pick, &["Blue"], None);
    let small = answer(Verdict::Pick, &["Small"], Some("but not \"tiny\""));
    assert_eq!(
        stopped(&request, vec![blue(), small]),
        r#"the user has answered, so the form was not shown: "Which colour?" = "Blue", "Which size?" = "Small, but not \"tiny\"""#
    );
    let own_words = vec![blue(), answer(Verdict::Pick, &[], Some("As it was"))];
    assert!(stopped(&request, own_words).ends_with(r#""Which size?" = "As it was""#));
    let in_pane = vec![blue(), answer(Verdict::InPane, &[], None)];
    assert_eq!(said(Dialect::Codex, &request, in_pane), "", "its form shows all of them");
    let unreadable =
        r#"{"hook_event_name":"PreToolUse","tool_name":"request_user_input","tool_input":{"questions":[7]}}"#;
    assert_eq!(stopped(unreadable, vec![answer(Verdict::Pick, &[], Some("Go on."))]), "Go on.");
    assert_eq!(stopped(unreadable, vec![answer(Verdict::Deny, &[], None)]), "The person said no.");
}
