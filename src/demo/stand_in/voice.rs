//! How the stand-in speaks to whoever supervises it: as Claude Code does, through hooks, a status line and a tool call,
//! and as any script can, with `qd signal`. Outside of a session nobody listens, and it says nothing.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use serde_json::{Value, json};

use crate::config::environment;

/// How long the answer to a tool call may take to begin: a person's time.
const CONNECT: Duration = Duration::from_secs(5);

/// What the stand-in asks the person, and the tools with which Claude Code would.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// May it run a command?
    Permission,
    /// Two questions at once.
    Question,
    /// Is its plan good?
    Plan,
    /// A question through our own tool.
    User,
}

/// Something the stand-in waits for; dropped, it waits no longer.
pub(super) struct Asked {
    what: Asks,
    heard: mpsc::Receiver<String>,
    line: Line,
}

/// What waits.
enum Line {
    Hook(Child),
    Call(TcpStream),
}

/// What became of what it asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// Nothing yet.
    Nothing,
    /// Nobody answers: its own dialog decides.
    Nobody,
    /// Yes.
    Yes(String),
    /// No, and why.
    No(String),
}

/// Somebody supervises it.
pub(super) fn is_heard() -> bool {
    std::env::var_os(environment::DOOR).is_some() && std::env::var_os(environment::TOKEN).is_some()
}

/// Says something with `qd signal`.
pub(super) fn signal(words: &[&str]) {
    run(&[&["signal"], words].concat(), None);
}

/// Tells what a hook of Claude Code would tell.
pub(super) fn hook(event: &str, more: Value) {
    run(&["hook", "claude"], Some(payload(event, more)));
}

/// Tells what Claude Code tells its status line.
pub(super) fn status_line(status: Value) {
    run(&["hook", "claude", "--status-line"], Some(status));
}

/// Whoever can't be told hears nothing; an agent works all the same.
fn run(arguments: &[&str], input: Option<Value>) {
    if !is_heard() {
        return;
    }
    if let Ok(mut child) = start(arguments, input.as_ref(), Stdio::null()) {
        let _ = child.wait();
    }
}

fn start(arguments: &[&str], input: Option<&Value>, output: Stdio) -> io::Result<Child> {
    let mut qd = Command::new(std::env::current_exe()?);
    qd.args(arguments).stdin(Stdio::piped()).stdout(output).stderr(Stdio::null());
    let mut child = qd.spawn()?;
    if let (Some(mut pipe), Some(input)) = (child.stdin.take(), input) {
        pipe.write_all(input.to_string().as_bytes())?;
    }
    Ok(child)
}

fn payload(event: &str, more: Value) -> Value {
    let folder = std::env::current_dir().unwrap_or_default();
    let mut payload = json!({ "hook_event_name": event, "cwd": folder });
    if let (Some(payload), Value::Object(more)) = (payload.as_object_mut(), more) {
        payload.extend(more);
    }
    payload
}

impl Asks {
    fn tool(self) -> &'static str {
        match self {
            Asks::Permission => "Bash",
            Asks::Question => "AskUserQuestion",
            Asks::Plan => "ExitPlanMode",
            Asks::User => "ask_user",
        }
    }

    fn input(self) -> Value {
        match self {
            Asks::Permission => json!({
                "command": "cargo publish --dry-run && git tag v0.2.0",
                "description": "Check the package, then tag the release",
            }),
            Asks::Question => json!({ "questions": [
                {
                    "question": "How often shall an upload be tried?", "header": "Tries", "multiSelect": false,
                    "options": [
                        { "label": "Three times", "description": "with a pause that doubles" },
                        { "label": "For a minute", "description": "as often as fits" },
                    ],
                },
                {
                    "question": "Which errors are worth another try?", "header": "Errors", "multiSelect": true,
                    "options": [
                        { "label": "Timeouts", "description": "" },
                        { "label": "5xx", "description": "the server's own" },
                        { "label": "429", "description": "after the pause that it asks for" },
                    ],
                },
            ]}),
            Asks::Plan => {
                json!({ "plan": "# One file for all settings\n\n1. Read `settings.toml` first, the three old \
                files after it\n2. Warn where both say something\n3. Move the tests\n\nThe old files keep working for \
                one release." })
            }
            Asks::User => json!({
                "question": "In which region shall the mirror be?",
                "options": ["Frankfurt", "Dublin", "Both"],
                "context": "Frankfurt is nearer to most users.\nDublin costs 12 % less.",
            }),
        }
    }

    /// What its own dialog shows: the question, and its answers.
    pub(super) fn dialog(self) -> (&'static str, [&'static str; 2]) {
        match self {
            Asks::Permission => ("Do you want to run this command?", ["Yes", "No"]),
            Asks::Question => ("How often shall an upload be tried?", ["Three times", "For a minute"]),
            Asks::Plan => ("Would you like to proceed with this plan?", ["Yes", "No, keep planning"]),
            Asks::User => ("ask_user", ["", ""]),
        }
    }

    /// Asks; `None` where nobody listens.
    pub(super) fn ask(self) -> Option<Asked> {
        if !is_heard() {
            return None;
        }
        let (tell, heard) = mpsc::channel();
        let line = match self {
            Asks::User => Line::Call(call(self, tell).ok()?),
            Asks::Permission | Asks::Question | Asks::Plan => {
                let mut ask = json!({ "tool_name": self.tool(), "tool_input": self.input() });
                if self == Asks::Permission {
                    let rule = json!({ "toolName": "Bash", "ruleContent": "cargo publish --dry-run:*" });
                    ask["permission_suggestions"] = json!([{
                        "type": "addRules", "rules": [rule], "behavior": "allow", "destination": "session",
                    }]);
                }
                let ask = payload("PermissionRequest", ask);
                let mut child = start(&["hook", "claude"], Some(&ask), Stdio::piped()).ok()?;
                let mut output = child.stdout.take()?;
                std::thread::spawn(move || {
                    let mut reply = String::new();
                    // A hook that is ended has decided nothing, as one that says nothing.
                    let _ = output.read_to_string(&mut reply);
                    let _ = tell.send(reply);
                });
                Line::Hook(child)
            }
        };
        Some(Asked { what: self, heard, line })
    }

    /// The tool ran: the answer was taken up.
    pub(super) fn went_on(self) {
        if self != Asks::User {
            hook(
                "PostToolUse",
                json!({ "tool_name": self.tool(), "tool_input": self.input(), "tool_response": { "stdout": "" } }),
            );
        }
    }
}

/// Calls our tool as any client would; what it says comes later.
fn call(asks: Asks, tell: mpsc::Sender<String>) -> io::Result<TcpStream> {
    let variable = |name: &str| std::env::var(name).map_err(io::Error::other);
    let (door, token) = (variable(environment::DOOR)?, variable(environment::TOKEN)?);
    let address: SocketAddr =
        door.trim_start_matches("http://").trim_end_matches('/').parse().map_err(io::Error::other)?;
    let body = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": { "name": asks.tool(), "arguments": asks.input(), "_meta": {} },
    })
    .to_string();
    let mut stream = TcpStream::connect_timeout(&address, CONNECT)?;
    write!(
        stream,
        "POST /mcp HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let answer = BufReader::new(stream.try_clone()?);
    std::thread::spawn(move || {
        // Events come one a line; of a body in pieces, the lines between them say nothing.
        let said = answer.lines().map_while(Result::ok).find_map(|line| result(line.trim_start_matches("data:")));
        let _ = tell.send(said.unwrap_or_default());
    });
    Ok(stream)
}

/// The text of a tool's result, where a line is one.
fn result(line: &str) -> Option<String> {
    let message: Value = serde_json::from_str(line.trim()).ok()?;
    let text = message.get("result")?.get("content")?.get(0)?.get("text")?.as_str()?;
    Some(text.to_owned())
}

impl Asked {
    pub(super) fn what(&self) -> Asks {
        self.what
    }

    /// What the person has said meanwhile.
    pub(super) fn hear(&self) -> Heard {
        let reply = match self.heard.try_recv() {
            Ok(reply) => reply,
            Err(mpsc::TryRecvError::Empty) => return Heard::Nothing,
            Err(mpsc::TryRecvError::Disconnected) => return Heard::Nobody,
        };
        match (self.what, reply.trim()) {
            (_, "") => Heard::Nobody,
            (Asks::User, words) => Heard::Yes(words.to_owned()),
            (Asks::Permission | Asks::Question | Asks::Plan, json) => decided(json),
        }
    }
}

fn decided(json: &str) -> Heard {
    let reply: Value = serde_json::from_str(json).unwrap_or_default();
    let decision = &reply["hookSpecificOutput"]["decision"];
    let answers = decision["updatedInput"]["answers"].as_object().into_iter().flatten();
    let words = answers.filter_map(|(_, answer)| answer.as_str()).collect::<Vec<_>>().join(" · ");
    match decision["behavior"].as_str() {
        Some("allow") => Heard::Yes(words),
        Some(_) => Heard::No(decision["message"].as_str().unwrap_or_default().to_owned()),
        None => Heard::Nobody,
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        match &mut self.line {
            // It may have ended by itself.
            Line::Hook(child) => drop((child.kill(), child.wait())),
            Line::Call(stream) => drop(stream.shutdown(Shutdown::Both)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_decided_is_read_from_the_hooks_reply() {
        let reply = |decision: Value| json!({ "hookSpecificOutput": { "decision": decision } }).to_string();
        assert_eq!(decided(&reply(json!({ "behavior": "allow" }))), Heard::Yes(String::new()));
        let answers = json!({ "behavior": "allow", "updatedInput": { "answers": { "How?": "Three times" } } });
        assert_eq!(decided(&reply(answers)), Heard::Yes("Three times".into()));
        assert_eq!(decided(&reply(json!({ "behavior": "deny", "message": "later" }))), Heard::No("later".into()));
        assert_eq!(decided("{}"), Heard::Nobody);
    }

    #[test]
    fn the_text_of_a_tools_result_is_found_among_other_lines() {
        let line = r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"Dublin"}]}}"#;
        assert_eq!(result(line), Some("Dublin".into()));
        assert_eq!(result("1f"), None);
        assert_eq!(result(r#"{"method":"notifications/progress"}"#), None);
    }
}
