//! Whatever arrives, a signal comes of it, and it stays within its bounds.

use proptest::prelude::*;
use quarterdeck::{
    agent::signals::{Dialect, hook, reply, status_line, waits},
    domain::{
        Signal, Timestamp,
        activity::Evidence,
        message::EXCERPT_CHARACTERS,
        question::{Answer, DETAIL_BYTES, Verdict},
        signal::{Decision, Says},
    },
};
use serde_json::{Value, json};

use super::{dialect, recording, recordings};

const DIALECTS: [Dialect; 3] = [Dialect::Claude, Dialect::Codex, Dialect::Plain];
const VERDICTS: [Verdict; 5] =
    [Verdict::Pick, Verdict::Allow, Verdict::AllowForSession, Verdict::Deny, Verdict::InPane];

/// All that may be asked of one payload.
fn all_of(dialect: Dialect, payload: &[u8]) {
    let signal = hook(dialect, payload, Timestamp(1), "call");
    within_bounds(&signal);
    within_bounds(&status_line(dialect, payload, Timestamp(1)));
    let parts = if let Says::Asks(ask) = &signal.says { ask.parts.len() } else { 1 };
    assert_eq!(waits(dialect, payload), matches!(signal.says, Says::Asks(_)));
    for verdict in VERDICTS {
        let answer = Answer { verdict, chosen: vec!["Red".into()], text: Some("why".into()) };
        let said = reply(dialect, payload, &Decision { answers: vec![answer; parts] });
        assert!(said.is_empty() || waits(dialect, payload), "only who waits is answered: {said}");
        if said.is_empty() {
            continue;
        }
        let said: Value = serde_json::from_str(&said).expect("a reply is JSON");
        let updates = said["hookSpecificOutput"]["decision"]["updatedPermissions"].as_array();
        for update in updates.into_iter().flatten() {
            assert_eq!(update["destination"], "session", "no file is written: {update}");
        }
    }
}

fn within_bounds(signal: &Signal) {
    let short = |text: &str, most: usize| {
        assert!(text.chars().count() <= most, "{} characters: {text}", text.chars().count());
        assert!(!text.chars().any(char::is_control), "{text:?}");
    };
    short(&signal.name, 200);
    short(&signal.text, Evidence::TEXT_CHARACTERS);
    match &signal.says {
        Says::TookUp { prompt } => short(prompt, EXCERPT_CHARACTERS),
        Says::Working { on, .. } => short(on, 200),
        Says::TurnEnded { background } => background.iter().for_each(|task| short(task, 200)),
        Says::TurnFailed { failure } => short(&failure.text, 200),
        Says::Left { reason } => short(reason, 200),
        Says::Asks(ask) => {
            assert!(!ask.parts.is_empty() && ask.parts.len() <= 16);
            for part in &ask.parts {
                assert!(part.detail.len() <= DETAIL_BYTES, "{} bytes", part.detail.len());
                assert!(
                    part.text.len() <= 4 * 1024 && !part.text.contains('\u{1b}') && !part.detail.contains('\u{1b}')
                );
                assert!(part.options.iter().any(|option| option.verdict == Verdict::InPane));
                part.options.iter().for_each(|option| short(&option.label, 200));
                part.options.iter().for_each(|option| short(&option.description, 1024));
            }
        }
        _ => {}
    }
}

/// Any JSON, with the words that hooks use among its texts.
fn anything() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "PermissionRequest",
        "PreToolUse",
        "Stop",
        "Bash",
        "Edit",
        "AskUserQuestion",
        "ExitPlanMode",
        "addRules",
        "allow",
        "localSettings",
        "setMode",
        "acceptEdits",
        "\u{1b}[31m",
        "\u{202e}",
        "",
        "a\nb",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec(("[a-z_]{0,8}", inner), 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Puts `new` in the place of the `at`th value within `value`.
fn replace(value: &mut Value, at: &mut usize, new: &Value) {
    if *at == 0 {
        *value = new.clone();
    }
    let Some(left) = at.checked_sub(1) else {
        *at = usize::MAX;
        return;
    };
    *at = left;
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, at, new)),
        Value::Object(fields) => fields.values_mut().for_each(|field| replace(field, at, new)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

proptest! {
    #[test]
    fn any_bytes_make_a_signal(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for dialect in DIALECTS {
            all_of(dialect, &bytes);
            prop_assert_eq!(hook(dialect, &bytes, Timestamp(1), "").says, Says::Unknown);
        }
    }

    #[test]
    fn a_recorded_payload_with_anything_in_any_place_makes_a_signal(
        which in any::<prop::sample::Index>(),
        line in any::<prop::sample::Index>(),
        mut at in 1..40_usize,
        new in anything(),
    ) {
        let names = recordings();
        let name = &names[which.index(names.len())];
        let lines = recording(name);
        let mut payload: Value = serde_json::from_str(&lines[line.index(lines.len())]).expect("json");
        replace(&mut payload, &mut at, &new);
        all_of(dialect(name), payload.to_string().as_bytes());
    }
}

#[test]
fn what_is_huge_is_shortened_and_says_so() {
    let command = format!("echo {}", "x".repeat(300_000));
    for (dialect, tool, input) in [
        (Dialect::Claude, "Bash", json!({ "command": command })),
        (Dialect::Codex, "Bash", json!({ "command": command })),
        (Dialect::Claude, "Write", json!({ "file_path": "/a", "content": "line\n".repeat(50_000) })),
        (
            Dialect::Claude,
            "Edit",
            json!({ "file_path": "/a", "old_string": "a\n".repeat(50_000), "new_string": command }),
        ),
        (Dialect::Claude, "ExitPlanMode", json!({ "plan": command })),
        (Dialect::Claude, "mcp__x__y", json!({ "text": command })),
    ] {
        let request = json!({ "hook_event_name": "PermissionRequest", "tool_name": tool, "tool_input": input });
        let payload = request.to_string();
        all_of(dialect, payload.as_bytes());
        let Says::Asks(ask) = hook(dialect, payload.as_bytes(), Timestamp(1), "").says else { panic!("{tool} asks") };
        let detail = &ask.parts[0].detail;
        assert!(detail.len() > DETAIL_BYTES - 100 && detail.ends_with(" more bytes"), "{tool}: {}", detail.len());
    }
}

#[test]
fn what_is_nested_without_end_is_unknown() {
    let payload =
        format!(r#"{{"hook_event_name":"PermissionRequest","tool_name":"Bash","tool_input":{}}}"#, "[".repeat(100_000));
    assert_eq!(hook(Dialect::Claude, payload.as_bytes(), Timestamp(1), "").says, Says::Unknown);
}

#[test]
fn an_event_that_is_not_known_keeps_its_name_and_its_beginning() {
    let payload = br#"{"session_id":"5f","hook_event_name":"SomethingNew","message":"hello"}"#;
    for dialect in [Dialect::Claude, Dialect::Codex] {
        let signal = hook(dialect, payload, Timestamp(1), "");
        assert_eq!((signal.says, signal.name.as_str()), (Says::Unknown, "SomethingNew"));
        assert!(signal.text.starts_with(r#"{"session_id":"5f""#), "{}", signal.text);
        assert_eq!(signal.conversation.as_deref(), Some("5f"));
    }
}
