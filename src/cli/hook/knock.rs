//! Speaks to the agents' door: one request a connection, blocking, with what the standard library has.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use super::call::Call;
use crate::{
    api::wire::agents::{AT, CALL},
    config::environment,
    domain::signal::Decision,
};

/// The largest answer that is read, in bytes: a person's words for each of a few questions.
const ANSWER_BYTES: usize = 1 << 20;
/// More headers than the door sends.
const HEADERS: usize = 32;

/// The agents' door, and what opens it.
pub(in crate::cli) struct Door {
    address: SocketAddr,
    token: String,
}

/// What the door answered.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::cli) enum Answer {
    /// It is taken.
    Taken,
    /// The person has decided.
    Decided(Decision),
    /// It will never be taken, and why.
    Refused {
        /// The HTTP status.
        status: u16,
        /// In words.
        reason: String,
    },
}

impl Door {
    /// The door that this process's agent was given; `None` outside of a session.
    pub(in crate::cli) fn of_environment() -> Option<Self> {
        let address = std::env::var(environment::DOOR).ok()?;
        let address: SocketAddr = address.strip_prefix("http://")?.trim_end_matches('/').parse().ok()?;
        let token = std::env::var(environment::TOKEN).ok()?;
        let sound = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        // The token leaves this machine in no case.
        (sound && address.ip().is_loopback()).then_some(Self { address, token })
    }

    /// Somebody at `address` answers as the agents' door does, to whom it does not know.
    pub(in crate::cli) fn is_at(address: SocketAddr, deadline: Instant) -> bool {
        let stranger = Self { address, token: String::new() };
        let answer = stranger.ask(&Call::new("/".into(), Vec::new()), deadline);
        matches!(answer, Ok(Answer::Refused { status: 401, .. }))
    }

    /// Says something and hears the answer, all of it before `deadline`.
    ///
    /// # Errors
    /// When nobody answers in time, or only that the daemon can't.
    pub(in crate::cli) fn ask(&self, call: &Call, deadline: Instant) -> io::Result<Answer> {
        let stream = self.say(call, deadline)?;
        hear(&stream, deadline)
    }

    /// Says something; [`hear`] gives the answer.
    ///
    /// # Errors
    /// When nobody listens.
    pub(super) fn say(&self, call: &Call, deadline: Instant) -> io::Result<TcpStream> {
        let Self { address, token } = self;
        let Call { name, at, path, body } = call;
        let mut stream = TcpStream::connect_timeout(address, left(deadline)?)?;
        stream.set_nodelay(true)?;
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n{CALL}: {name}\r\n{AT}: {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            at.0,
            body.len()
        );
        let message = [head.as_bytes(), body].concat();
        let mut rest = message.as_slice();
        while !rest.is_empty() {
            stream.set_write_timeout(Some(left(deadline)?))?;
            match stream.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => rest = &rest[written..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // A door that refuses answers before it has heard everything.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(stream),
                Err(error) => return Err(error),
            }
        }
        Ok(stream)
    }
}

/// The answer to what was said.
///
/// # Errors
/// When it does not come in time, makes no sense, or says that the daemon can't answer.
pub(super) fn hear(mut stream: &TcpStream, deadline: Instant) -> io::Result<Answer> {
    let mut heard = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(answer) = understand(&heard)? {
            return Ok(answer);
        }
        if heard.len() > ANSWER_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        stream.set_read_timeout(Some(left(deadline)?))?;
        match stream.read(&mut buffer) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => heard.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The answer in `heard`; `None` when more has to be heard.
fn understand(heard: &[u8]) -> io::Result<Option<Answer>> {
    let nonsense = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let head = match response.parse(heard).map_err(|error| nonsense(&error.to_string()))? {
        httparse::Status::Complete(head) => head,
        httparse::Status::Partial => return Ok(None),
    };
    let length = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length = match length {
        None => 0,
        Some(length) => std::str::from_utf8(length.value)
            .ok()
            .and_then(|length| length.trim().parse().ok())
            .ok_or_else(|| nonsense("an answer of no length"))?,
    };
    let Some(body) = heard[head..].get(..length) else { return Ok(None) };
    match response.code.unwrap_or_default() {
        200 => serde_json::from_slice(body).map(|decision| Some(Answer::Decided(decision))).map_err(io::Error::other),
        201..300 => Ok(Some(Answer::Taken)),
        status @ 400..500 => {
            Ok(Some(Answer::Refused { status, reason: String::from_utf8_lossy(body).trim().to_owned() }))
        }
        status => Err(io::Error::other(format!("the daemon answered {status}"))),
    }
}

/// The time until `deadline`.
fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_understood_once_it_is_whole() {
        let text = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 3\r\n\r\nno\n";
        for end in 0..text.len() {
            assert_eq!(understand(&text[..end]).unwrap(), None, "after {end} bytes");
        }
        assert_eq!(understand(text).unwrap(), Some(Answer::Refused { status: 401, reason: "no".into() }));
    }

    #[test]
    fn a_decision_a_thank_you_and_a_failure_are_told_apart() {
        let answers = b"HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{\"answers\":[]}";
        assert_eq!(understand(answers).unwrap(), Some(Answer::Decided(Decision { answers: Vec::new() })));
        assert_eq!(understand(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap(), Some(Answer::Taken));
        assert!(understand(b"HTTP/1.1 503 Service Unavailable\r\n\r\n").is_err());
        assert!(understand(b"SSH-2.0-OpenSSH_9.6\r\n\r\n").is_err());
    }
}
