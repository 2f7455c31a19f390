//! A client of the agents' tools that writes its requests by hand, so that what is tested is what goes over the wire.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
};

use quarterdeck::domain::SessionId;
use serde_json::{Value, json};

use crate::{home::Home, wait::PATIENCE};

/// Whoever holds the token of one session's agent.
#[derive(Debug, Clone)]
pub(crate) struct McpClient {
    port: u16,
    token: String,
    headers: Vec<(String, String)>,
}

/// The beginning of an answer, whose body is still to be read.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HashMap<String, String>,
    body: BufReader<Box<dyn Read + Send>>,
}

impl McpClient {
    /// The client of a session whose program lives.
    pub(crate) fn of(home: &Home, session: SessionId) -> Self {
        home.pane_pid(session);
        let attempt = home.until("the session has an attempt", |world| Some(world.attempt_of(session)?.id));
        let token = std::fs::read_to_string(home.paths().attempt(attempt).join("token")).expect("a token");
        let port = std::fs::read_to_string(home.paths().agents_port()).expect("a port");
        Self { port: port.trim().parse().expect("a number"), token: token.trim().to_owned(), headers: Vec::new() }
    }

    /// The same with another token; none when it is empty.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// The same with one more header.
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let mut headers = self.headers.clone();
        headers.push((name.to_owned(), value.to_owned()));
        Self { headers, ..self.clone() }
    }

    /// Sends a request and reads the head of its answer.
    pub(crate) fn send(&self, method: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the door is open");
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        let mut head = format!("{method} /mcp HTTP/1.1\r\nhost: 127.0.0.1:{}\r\n", self.port);
        let mut own = |name: &str, value: &str| head.push_str(&format!("{name}: {value}\r\n"));
        if !self.token.is_empty() {
            own("authorization", &format!("Bearer {}", self.token));
        }
        if !self.headers.iter().any(|(name, _)| name == "accept") {
            own("accept", "application/json, text/event-stream");
        }
        own("content-type", "application/json");
        own("content-length", &body.len().to_string());
        self.headers.iter().for_each(|(name, value)| own(name, value));
        stream.write_all(format!("{head}\r\n{body}").as_bytes()).expect("sent");
        Answer::read(stream)
    }

    /// Sends a message.
    pub(crate) fn post(&self, message: &Value) -> Answer {
        self.send("POST", &message.to_string())
    }

    /// Introduces itself as clients of the older protocol do; everything after it shows the session it was given.
    pub(crate) fn initialized(&self, version: &str) -> Self {
        let hello = json!({
            "jsonrpc": "2.0", "id": 0, "method": "initialize",
            "params": {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
        });
        let mut answer = self.post(&hello);
        assert_eq!(answer.status, 200);
        let session = answer.headers.get("mcp-session-id").cloned().expect("a session");
        assert_eq!(answer.result()["protocolVersion"], version);
        let client = self.with("mcp-session-id", &session).with("mcp-protocol-version", version);
        let noted = client.post(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        assert_eq!(noted.status, 202);
        client
    }

    /// Begins to call a tool.
    pub(crate) fn call(&self, id: u32, tool: &str, arguments: Value, meta: Value) -> Answer {
        self.post(&json!({
            "jsonrpc": "2.0", "id": id, "method": "tools/call",
            "params": {"name": tool, "arguments": arguments, "_meta": meta},
        }))
    }

    /// Calls a tool that does what it is asked, and gives what it says.
    pub(crate) fn told(&self, id: u32, tool: &str, arguments: Value) -> String {
        self.call(id, tool, arguments, json!({})).text().expect("it is not refused")
    }
}

impl Answer {
    fn read(stream: TcpStream) -> Self {
        let mut reader = BufReader::new(stream);
        let first = line(&mut reader).expect("a head");
        let status = first.split(' ').nth(1).and_then(|word| word.parse().ok()).expect("a status");
        let mut headers = HashMap::new();
        while let Some((name, value)) = line(&mut reader).expect("a head").split_once(':') {
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let chunked = headers.get("transfer-encoding").is_some_and(|value| value == "chunked");
        let body: Box<dyn Read + Send> =
            if chunked { Box::new(Chunks { reader, left: 0, over: false }) } else { Box::new(reader) };
        Self { status, headers, body: BufReader::new(body) }
    }

    /// The next message of the stream, or the whole body where it is no stream; `None` when it is over.
    pub(crate) fn message(&mut self) -> Option<Value> {
        if self.headers.get("content-type").is_some_and(|kind| kind.starts_with("text/event-stream")) {
            return self.event();
        }
        let mut text = String::new();
        self.body.read_to_string(&mut text).expect("a body");
        (!text.is_empty()).then(|| serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}")))
    }

    fn event(&mut self) -> Option<Value> {
        loop {
            let line = line(&mut self.body)?;
            if let Some(data) = line.strip_prefix("data:").map(str::trim).filter(|data| !data.is_empty()) {
                return Some(serde_json::from_str(data).expect("JSON"));
            }
        }
    }

    /// The answer to the request, past everything that is said on the way.
    pub(crate) fn reply(&mut self) -> Value {
        loop {
            let message = self.message().expect("an answer before the end");
            if message.get("id").is_some() {
                return message;
            }
        }
    }

    /// The result of a request that is no error.
    pub(crate) fn result(&mut self) -> Value {
        let reply = self.reply();
        reply.get("result").cloned().unwrap_or_else(|| panic!("an error: {reply}"))
    }

    /// What a tool said, or why it refused.
    pub(crate) fn text(&mut self) -> Result<String, String> {
        let result = self.result();
        let text = result["content"][0]["text"].as_str().expect("a text").to_owned();
        if result["isError"] == true { Err(text) } else { Ok(text) }
    }
}

/// A body that comes in pieces.
struct Chunks {
    reader: BufReader<TcpStream>,
    left: usize,
    over: bool,
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 && !self.over {
            let Some(size) = line(&mut self.reader) else { return Ok(0) };
            self.left = usize::from_str_radix(size.trim(), 16).expect("a size");
            self.over = self.left == 0;
        }
        if self.over {
            return Ok(0);
        }
        let most = buffer.len().min(self.left);
        let read = self.reader.read(&mut buffer[..most])?;
        self.left -= read;
        if self.left == 0 {
            let _ = line(&mut self.reader);
        }
        Ok(read)
    }
}

/// The next line without its end; `None` at the end of everything.
fn line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    let read = reader.read_line(&mut line).expect("an answer in time");
    (read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
}
