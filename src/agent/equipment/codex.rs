//! Codex: settings of one launch, as `-c KEY=VALUE` with a value in TOML. Measured with 0.169.0.
//!
//! Such hooks run beside the person's own and the repository's. Codex asks the person to review each hook whose hash it
//! has not seen trusted; with ours goes the trust in exactly ours, so that it still asks about all others.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{BRIEF, Equipment, Ours, PATIENCE, SERVER};
use crate::agent::signals::Dialect;

/// Codex cuts the time of these hooks to this, and warns the person where more is set.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// What we are told of, how its trust calls it, and how long its hook may take. The form with which a model asks the
/// person is a tool like any other, so the hook before a tool waits for the answer.
const EVENTS: [(&str, &str, Duration); 12] = [
    ("SessionStart", "session_start", BRIEF),
    ("SessionEnd", "session_end", LAST_WORDS),
    ("UserPromptSubmit", "user_prompt_submit", BRIEF),
    ("PreToolUse", "pre_tool_use", PATIENCE),
    ("PermissionRequest", "permission_request", PATIENCE),
    ("PostToolUse", "post_tool_use", BRIEF),
    ("PreCompact", "pre_compact", BRIEF),
    ("PostCompact", "post_compact", BRIEF),
    ("SubagentStart", "subagent_start", BRIEF),
    ("SubagentStop", "subagent_stop", BRIEF),
    ("Interrupt", "interrupt", LAST_WORDS),
    ("Stop", "stop", BRIEF),
];

pub(super) fn equipment(ours: Ours<'_>) -> Equipment {
    let command = ours.hook(Dialect::Codex);
    let mut settings: Vec<(String, toml::Value)> =
        EVENTS.iter().map(|(event, _, timeout)| (format!("hooks.{event}"), groups(&command, *timeout))).collect();
    settings.push(("hooks.state".into(), trust(&command)));
    let server = |key| format!("mcp_servers.{SERVER}.{key}");
    settings.extend([
        (server("url"), ours.tools().into()),
        (server("bearer_token_env_var"), ours.token_variable.into()),
        (server("tool_timeout_sec"), seconds(PATIENCE)),
        (server("default_tools_approval_mode"), "approve".into()),
    ]);
    Equipment {
        arguments: settings.into_iter().flat_map(|(key, value)| ["-c".into(), format!("{key}={value}")]).collect(),
        ..Equipment::default()
    }
}

/// The groups of hooks of one event: one group with one hook.
fn groups(command: &str, timeout: Duration) -> toml::Value {
    let hook = table([("type", "command".into()), ("command", command.into()), ("timeout", seconds(timeout))]);
    toml::Value::Array(vec![table([("hooks", toml::Value::Array(vec![hook]))])])
}

/// The trust in our hooks. Its keys hold dots, so it is one table and not many settings.
fn trust(command: &str) -> toml::Value {
    let trusted = EVENTS.iter().map(|(_, name, timeout)| {
        // Where settings of an argv come from, and the first hook of the first group.
        let key = format!("/<session-flags>/config.toml:{name}:0:0");
        (key, table([("trusted_hash", trusted_hash(name, command, *timeout).into())]))
    });
    toml::Value::Table(trusted.collect())
}

/// What Codex calls a hook that it has seen trusted: the hash of its description, in JSON with sorted keys and no space.
fn trusted_hash(event: &str, command: &str, timeout: Duration) -> String {
    #[derive(Serialize)]
    struct Group<'a> {
        event_name: &'a str,
        hooks: [BTreeMap<&'a str, serde_json::Value>; 1],
    }
    let hook = BTreeMap::from([
        ("async", false.into()),
        ("command", command.into()),
        ("timeout", timeout.as_secs().into()),
        ("type", "command".into()),
    ]);
    let description = serde_json::to_vec(&Group { event_name: event, hooks: [hook] }).expect("words and numbers");
    let hash: String = Sha256::digest(description).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hash}")
}

fn table<const N: usize>(entries: [(&str, toml::Value); N]) -> toml::Value {
    toml::Value::Table(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

fn seconds(time: Duration) -> toml::Value {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX).into()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::{prelude::any, prop_assert_eq, proptest};

    use super::*;

    /// The value of each setting, read as Codex reads it.
    fn settings(program: &str) -> BTreeMap<String, toml::Value> {
        let door = "127.0.0.1:4000".parse().expect("an address");
        let ours = Ours {
            program,
            by_script: false,
            door,
            token_variable: "QD_TOKEN",
            folder: Path::new("/state/attempts/a1"),
        };
        let equipment = equipment(ours);
        assert!(equipment.files.is_empty() && equipment.environment.is_empty());
        let settings = equipment.arguments.chunks(2).map(|pair| {
            assert_eq!(pair[0], "-c");
            let (key, value) = pair[1].split_once('=').expect("a setting");
            let mut read: toml::Table = toml::from_str(&format!("value = {value}")).expect(value);
            (key.to_owned(), read.remove("value").expect("a value"))
        });
        settings.collect()
    }

    #[test]
    fn the_hashes_are_those_that_codex_computes() {
        let command = "'/opt/record.py' user";
        assert_eq!(
            trusted_hash("session_end", command, LAST_WORDS),
            "sha256:bc54fa417103289c139c80d8dcf9f14c594961b548b7abcff7fd344e4ab5d359"
        );
        assert_eq!(
            trusted_hash("pre_tool_use", command, PATIENCE),
            "sha256:44a259582a89df4cabe75ef8dd590537aeb861e690c34d4ad44ede12332c3155"
        );
    }

    #[test]
    fn each_hook_comes_with_the_trust_in_it_and_our_tools_with_their_token() {
        let settings = settings("/opt/my tools/qd");
        let hook = &settings["hooks.PermissionRequest"][0]["hooks"][0];
        assert_eq!(hook["command"].as_str(), Some("exec '/opt/my tools/qd' hook codex"));
        assert_eq!(hook["timeout"].as_integer(), Some(86_400));
        assert_eq!(settings["hooks.SessionEnd"][0]["hooks"][0]["timeout"].as_integer(), Some(3));
        let trusted = settings["hooks.state"].as_table().expect("a table");
        assert_eq!(trusted.len(), EVENTS.len());
        let trust = &trusted["/<session-flags>/config.toml:permission_request:0:0"]["trusted_hash"];
        let command = hook["command"].as_str().expect("text");
        assert_eq!(trust.as_str(), Some(&*trusted_hash("permission_request", command, PATIENCE)));
        assert_eq!(settings["mcp_servers.qd.url"].as_str(), Some("http://127.0.0.1:4000/mcp"));
        assert_eq!(settings["mcp_servers.qd.bearer_token_env_var"].as_str(), Some("QD_TOKEN"));
        assert_eq!(settings["mcp_servers.qd.tool_timeout_sec"].as_integer(), Some(86_400));
        assert_eq!(settings["mcp_servers.qd.default_tools_approval_mode"].as_str(), Some("approve"));
        assert_eq!(settings.len(), EVENTS.len() + 5);
    }

    proptest! {
        #[test]
        fn any_path_of_ours_comes_through_toml_and_shell(path in any::<String>()) {
            let path = path.replace('\0', "");
            let settings = settings(&path);
            let command = settings["hooks.Stop"][0]["hooks"][0]["command"].as_str().expect("text").to_owned();
            let words = shell_words::split(&command).expect("a command");
            prop_assert_eq!(words, ["exec", &path, "hook", "codex"]);
        }
    }
}
