//! The JSON of a hook or a status line, of which nothing is certain.

use serde_json::Value;

use super::words::{LINE_CHARACTERS, line};

/// An object that an agent sent.
#[derive(Debug)]
pub(super) struct Payload(Value);

/// What stands where there is nothing.
const NOTHING: &Value = &Value::Null;

impl Payload {
    /// `None` for anything that isn't a JSON object.
    pub(super) fn parse(bytes: &[u8]) -> Option<Payload> {
        serde_json::from_slice(bytes).ok().filter(Value::is_object).map(Payload)
    }

    /// The event's name, with the kind of a notification: `Notification:permission_prompt`.
    pub(super) fn name(&self) -> Option<String> {
        let event = self.event().or_else(|| self.word("type"))?;
        let whole = self.word("notification_type").map(|kind| format!("{event}:{kind}"));
        Some(line(whole.as_deref().unwrap_or(event), LINE_CHARACTERS))
    }

    /// The event's bare name.
    pub(super) fn event(&self) -> Option<&str> {
        self.word("hook_event_name")
    }

    /// The conversation it speaks of.
    pub(super) fn conversation(&self) -> Option<String> {
        self.word("session_id").map(str::to_owned)
    }

    /// A field that is a text; `None` where it is absent, empty or something else.
    pub(super) fn word(&self, field: &str) -> Option<&str> {
        word(&self.0, field)
    }

    /// A field, `null` where it is absent.
    pub(super) fn value(&self, field: &str) -> &Value {
        self.0.get(field).unwrap_or(NOTHING)
    }

    /// The items of a field that is a list; none where it is something else.
    pub(super) fn list(&self, field: &str) -> &[Value] {
        list(&self.0, field)
    }
}

/// A field of `value` that is a text and not empty.
pub(in crate::agent) fn word<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The items of a field of `value` that is a list; none where it is something else.
pub(super) fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}
