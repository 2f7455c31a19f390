//! The name of what a tool call is about, by which the hooks of one call find each other.
//!
//! A request for permission names no call, and what comes before and after it does: the tool and its input are what they
//! have in common. A call of a subagent begins with that agent's id and a slash: its life is not the main turn's.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// The subject of `tool` called with `input`.
pub(super) fn subject(agent: Option<&str>, tool: &str, input: &Value) -> String {
    let mut digest = Sha256::new();
    digest.update(tool.as_bytes());
    digest.update([0]);
    feed(&mut digest, input);
    let hash: String = digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    match agent {
        Some(agent) => format!("{agent}/{hash}"),
        None => hash,
    }
}

/// Objects in the order of their keys, which is not the same in every hook.
fn feed(digest: &mut Sha256, value: &Value) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| key.as_str());
            digest.update([b'{']);
            for (key, value) in fields {
                digest.update(key.as_bytes());
                digest.update([0]);
                feed(digest, value);
            }
            digest.update([b'}']);
        }
        Value::Array(items) => {
            digest.update([b'[']);
            items.iter().for_each(|item| feed(digest, item));
            digest.update([b']']);
        }
        Value::String(text) => {
            digest.update([b'"']);
            digest.update(text.len().to_le_bytes());
            digest.update(text.as_bytes());
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            digest.update(value.to_string().as_bytes());
            digest.update([0]);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_keys_does_not_matter_and_everything_else_does() {
        let parse = |text: &str| serde_json::from_str::<Value>(text).expect("json");
        let one = subject(None, "Bash", &parse(r#"{"a":1,"b":["x","y"]}"#));
        assert_eq!(one, subject(None, "Bash", &parse(r#"{"b":["x","y"],"a":1}"#)));
        assert_eq!(one.len(), 16);
        let others = [
            subject(None, "Bash", &json!({"a": 1, "b": ["xy"]})),
            subject(None, "Bash", &json!({"a": 1, "b": ["y", "x"]})),
            subject(None, "Bash", &json!({"a": "1", "b": ["x", "y"]})),
            subject(None, "Read", &json!({"a": 1, "b": ["x", "y"]})),
            subject(Some("a1"), "Bash", &json!({"a": 1, "b": ["x", "y"]})),
        ];
        assert!(!others.contains(&one), "{others:?}");
    }
}
