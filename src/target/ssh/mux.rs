//! The language of OpenSSH's multiplexing master, as its file `PROTOCOL.mux` has it, as far as we speak it.
//!
//! The libraries that speak it close a session as soon as its end is told, and with it whatever the program has said that
//! is still on its way. Here a [`Session`] stays for as long as somebody listens.

use std::{
    fs::File,
    io::{self, IoSlice},
    os::fd::{AsRawFd, OwnedFd},
    path::Path,
};

use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, Interest},
    net::{UnixStream, unix::pipe},
};

const VERSION: u32 = 4;
const HELLO: u32 = 1;
const NEW_SESSION: u32 = 0x1000_0002;
const ALIVE_CHECK: u32 = 0x1000_0004;
const OPEN_FORWARD: u32 = 0x1000_0006;
const OK: u32 = 0x8000_0001;
const DENIED: u32 = 0x8000_0002;
const FAILURE: u32 = 0x8000_0003;
const EXIT_MESSAGE: u32 = 0x8000_0004;
const ALIVE: u32 = 0x8000_0005;
const SESSION_OPENED: u32 = 0x8000_0006;
const REMOTE_PORT: u32 = 0x8000_0007;

const REMOTE: u32 = 2;
const NO_ESCAPE: u32 = u32::MAX;
/// We ask one thing at a time on each connection to the master.
const REQUEST: u32 = 1;
/// No answer is longer.
const LONGEST: usize = 64 * 1024;

/// Why the master did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// It, or the host, refused.
    #[error("{0}")]
    Refused(String),
    /// It can't be spoken to.
    #[error("the process that holds the connection can't be spoken to")]
    Gone(#[source] io::Error),
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Error::Gone(error)
    }
}

/// A conversation with the master.
pub(super) struct Mux {
    stream: UnixStream,
    buffer: Vec<u8>,
}

/// A program's session, open until this is dropped.
pub(super) struct Session {
    mux: Mux,
    told: bool,
}

/// The ends of a session's pipes that are ours.
pub(super) struct Pipes {
    pub(super) input: Option<pipe::Sender>,
    pub(super) output: pipe::Receiver,
    pub(super) errors: Option<pipe::Receiver>,
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Its program exited with this code.
    Exited(u32),
    /// It closed without a word: a signal has ended the program, or the line was cut.
    Unsaid,
}

impl Mux {
    /// Begins a conversation.
    pub(super) async fn connect(socket: &Path) -> Result<Self, Error> {
        let mut mux = Self { stream: UnixStream::connect(socket).await?, buffer: Vec::new() };
        mux.say(Message::new(HELLO).number(VERSION)).await?;
        let mut hello = mux.hear().await?;
        match (hello.number()?, hello.number()?) {
            (HELLO, VERSION) => Ok(mux),
            _ => Err(unexpected()),
        }
    }

    /// The master answers.
    pub(super) async fn check(&mut self) -> Result<(), Error> {
        self.say(Message::new(ALIVE_CHECK).number(REQUEST)).await?;
        self.answer(ALIVE).await.map(drop)
    }

    /// Has a port on the host's loopback lead to an address here; gives which, where 0 lets the host choose.
    pub(super) async fn forward(&mut self, port: u16, to: std::net::SocketAddr) -> Result<u16, Error> {
        let message = Message::new(OPEN_FORWARD).number(REQUEST).number(REMOTE);
        let message = message.text(b"127.0.0.1").number(port.into());
        let message = message.text(to.ip().to_string().as_bytes()).number(to.port().into());
        self.say(message).await?;
        let mut answer = self.hear().await?;
        match (answer.number()?, answer.number()?) {
            (OK, _) => Ok(port),
            (REMOTE_PORT, _) => u16::try_from(answer.number()?).map_err(|_| unexpected()),
            (DENIED | FAILURE, _) => Err(Error::Refused(answer.text()?)),
            _ => Err(unexpected()),
        }
    }

    /// Opens a session in which the login shell reads this line.
    pub(super) async fn open(
        mut self,
        line: &[u8],
        feeds: bool,
        errors_apart: bool,
    ) -> Result<(Session, Pipes), Error> {
        let (theirs, pipes) = pipes(feeds, errors_apart)?;
        let mut message = Message::new(NEW_SESSION).number(REQUEST).text(b"");
        for flag in ["terminal", "X11", "agent", "subsystem"].map(|_| 0) {
            message = message.number(flag);
        }
        self.say(message.number(NO_ESCAPE).text(b"").text(line)).await?;
        for end in theirs {
            self.hand_over(end).await?;
        }
        self.answer(SESSION_OPENED).await?;
        Ok((Session { mux: self, told: false }, pipes))
    }

    /// Gives the master a file descriptor.
    async fn hand_over(&self, end: OwnedFd) -> io::Result<()> {
        let send = || {
            let rights = [end.as_raw_fd()];
            let message = [ControlMessage::ScmRights(&rights)];
            let sent = sendmsg::<()>(self.stream.as_raw_fd(), &[IoSlice::new(&[0])], &message, MsgFlags::empty(), None);
            sent.map(drop).map_err(io::Error::from)
        };
        self.stream.async_io(Interest::WRITABLE, send).await
    }

    async fn answer(&mut self, wanted: u32) -> Result<Answer, Error> {
        let mut answer = self.hear().await?;
        match (answer.number()?, answer.number()?) {
            (kind, _) if kind == wanted => Ok(answer),
            (DENIED | FAILURE, _) => Err(Error::Refused(answer.text()?)),
            _ => Err(unexpected()),
        }
    }

    async fn say(&mut self, message: Message) -> io::Result<()> {
        let length = u32::try_from(message.0.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        self.stream.write_all(&[&length.to_be_bytes(), message.0.as_slice()].concat()).await
    }

    /// Reads a whole message. What was read of one is kept when nobody waits any more.
    async fn hear(&mut self) -> io::Result<Answer> {
        loop {
            if let Some((length, rest)) = self.buffer.split_first_chunk::<4>() {
                let length = u32::from_be_bytes(*length) as usize;
                if length > LONGEST {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                if rest.len() >= length {
                    let message = Answer(rest[..length].to_vec());
                    self.buffer.drain(..4 + length);
                    return Ok(message);
                }
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

impl Session {
    /// Waits for the end, which is told once. Nothing is lost when nobody waits any more.
    pub(super) async fn ended(&mut self) -> End {
        if self.told {
            return std::future::pending().await;
        }
        let end = loop {
            let Ok(mut message) = self.mux.hear().await else { break End::Unsaid };
            // Of terminals, which we never ask for, it could speak, too.
            if let (Ok(EXIT_MESSAGE), Ok(_), Ok(code)) = (message.number(), message.number(), message.number()) {
                break End::Exited(code);
            }
        };
        self.told = true;
        end
    }

    /// The end was told.
    pub(super) fn is_told(&self) -> bool {
        self.told
    }
}

/// A message: numbers of four bytes, and texts behind their length.
struct Message(Vec<u8>);

impl Message {
    fn new(kind: u32) -> Self {
        Self(kind.to_be_bytes().into())
    }

    fn number(mut self, number: u32) -> Self {
        self.0.extend(number.to_be_bytes());
        self
    }

    fn text(mut self, text: &[u8]) -> Self {
        self.0.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
        self.0.extend_from_slice(text);
        self
    }
}

/// What is left to read of one that was heard.
struct Answer(Vec<u8>);

impl Answer {
    fn number(&mut self) -> io::Result<u32> {
        let (number, rest) = self.0.split_first_chunk::<4>().ok_or(io::ErrorKind::InvalidData)?;
        let number = u32::from_be_bytes(*number);
        self.0 = rest.to_vec();
        Ok(number)
    }

    fn text(&mut self) -> io::Result<String> {
        let length = self.number()? as usize;
        let text = self.0.get(..length).ok_or(io::ErrorKind::InvalidData)?;
        Ok(String::from_utf8_lossy(text).into_owned())
    }
}

fn unexpected() -> Error {
    Error::Gone(io::ErrorKind::InvalidData.into())
}

/// A session's pipes: the master's ends, and ours.
fn pipes(feeds: bool, errors_apart: bool) -> io::Result<([OwnedFd; 3], Pipes)> {
    let nothing = || File::options().read(true).write(true).open("/dev/null").map(OwnedFd::from);
    let (their_input, input) = if feeds {
        let (reader, writer) = io::pipe()?;
        (reader.into(), Some(pipe::Sender::from_owned_fd(writer.into())?))
    } else {
        (nothing()?, None)
    };
    let (reader, their_output) = io::pipe()?;
    let output = pipe::Receiver::from_owned_fd(reader.into())?;
    let (errors, their_errors) = if errors_apart {
        let (reader, writer) = io::pipe()?;
        (Some(pipe::Receiver::from_owned_fd(reader.into())?), writer.into())
    } else {
        (None, nothing()?)
    };
    Ok(([their_input, their_output.into(), their_errors], Pipes { input, output, errors }))
}
