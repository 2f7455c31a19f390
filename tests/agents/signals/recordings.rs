//! Each recorded payload means what a person who watched would say.

use std::collections::HashMap;

use insta::assert_snapshot;
use quarterdeck::{
    agent::signals::{hook, status_line, waits},
    domain::{
        Signal, Timestamp,
        signal::{Channel, Says},
    },
};
use serde_json::Value;

use super::{
    dialect,
    heard::{Subjects, told},
    recording, recordings,
};

/// 2026-11-21T08:00:00Z, about when the recordings were made.
const AT: Timestamp = Timestamp(1_795_248_000_000);

fn signals(name: &str) -> Vec<Signal> {
    let read = |payload: &String| match name.contains("status-line") {
        true => status_line(dialect(name), payload.as_bytes(), AT),
        false => hook(dialect(name), payload.as_bytes(), AT, "call"),
    };
    recording(name).iter().map(read).collect()
}

#[test]
fn every_recording_means_what_a_person_would_say() {
    for name in recordings() {
        let mut subjects = Subjects::default();
        let heard: String = signals(&name).iter().map(|signal| told(signal, &mut subjects)).collect();
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            assert_snapshot!(format!("heard-{name}"), heard);
        });
    }
}

#[test]
fn nothing_that_was_recorded_is_unknown() {
    for name in recordings() {
        for (signal, payload) in signals(&name).iter().zip(recording(&name)) {
            assert_ne!(signal.says, Says::Unknown, "{name}: {payload}");
            assert_eq!(signal.at, AT);
            let spoken =
                serde_json::from_str::<Value>(&payload).expect("json")["session_id"].as_str().map(str::to_owned);
            assert_eq!(signal.conversation, spoken, "{name}: {payload}");
        }
    }
}

#[test]
fn the_hooks_of_one_call_agree_on_what_it_is_about() {
    let mut pairs = 0;
    for name in recordings() {
        let mut begun: HashMap<String, String> = HashMap::new();
        let mut by_call: HashMap<String, String> = HashMap::new();
        for (signal, payload) in signals(&name).into_iter().zip(recording(&name)) {
            let payload: Value = serde_json::from_str(&payload).expect("json");
            let tool = payload["tool_name"].as_str().unwrap_or_default().to_owned();
            let call = payload["tool_use_id"].as_str().unwrap_or_default().to_owned();
            match signal.says {
                Says::Working { subject: Some(subject), .. } => {
                    by_call.insert(call, subject.clone());
                    begun.insert(format!("{tool} {}", payload["tool_input"]["command"]), subject);
                }
                Says::Asks(ask) if signal.channel == Channel::Hook => {
                    let before = begun.get(&format!("{tool} {}", payload["tool_input"]["command"]));
                    // Some recordings left out the hook that comes before.
                    if let Some(before) = before {
                        assert_eq!(*before, ask.subject, "{name}: {payload}");
                        pairs += 1;
                    }
                }
                Says::ToolEnded { subject, .. } => {
                    // One call ran with another command, which a reply had given it.
                    let changed = payload["tool_input"]["command"] == "echo changed";
                    if let Some(before) = by_call.get(&call).filter(|_| !changed) {
                        assert_eq!(*before, subject, "{name}: {payload}");
                        pairs += 1;
                    }
                }
                _ => {}
            }
        }
    }
    assert!(pairs > 60, "the recordings hold {pairs} such pairs");
}

#[test]
fn exactly_what_asks_the_person_waits() {
    for name in recordings() {
        for payload in recording(&name) {
            let has = |words| payload.contains(words);
            let form = || has(r#""hook_event_name":"PreToolUse""#) && has(r#""tool_name":"request_user_input""#);
            let asks = has(r#""hook_event_name":"PermissionRequest""#) || form();
            assert_eq!(waits(dialect(&name), payload.as_bytes()), asks, "{name}: {payload}");
        }
    }
}
