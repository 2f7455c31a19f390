//! The owner of the control client.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use tmux_interface::SetOption;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    sync::{Notify, mpsc, oneshot},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use crate::target::{Channel, Life};

use super::{
    Error, Event, Options, boot, capture,
    command::{Words, line, words},
    control::{Block, Reader, Said},
};

/// A server that has not answered for so long is stuck, and the connection is given up.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between attempts to connect: doubled up to the second. A connection that has lasted as long as the second begins anew
/// with the first.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));
/// A return that follows so soon is waited for by requests; before a later one they are told.
const SOON: Duration = Duration::from_millis(400);
/// How many lines may wait for their answers.
const OUTSTANDING: usize = 64;
/// How many events stay free for those that must not get lost.
const RESERVED: usize = 8;

/// What a handle asks.
pub(super) enum Request {
    /// Run these in one line.
    Run(Line),
    /// End the server, and this actor.
    End(oneshot::Sender<Result<(), Error>>),
}

/// One command line, and where its answers go.
pub(super) struct Line {
    pub(super) commands: Vec<Words>,
    /// The line is a screen's head followed by its capture with so many lines of history.
    pub(super) captures: Option<u32>,
    pub(super) reply: oneshot::Sender<Result<Vec<Block>, Error>>,
}

/// A line that was handed to tmux.
struct Sent {
    commands: usize,
    captures: Option<u32>,
    blocks: Vec<Block>,
    since: Instant,
    reply: oneshot::Sender<Result<Vec<Block>, Error>>,
}

/// Why a connection is over.
enum Over {
    Broken(String),
    Canceled,
    End(oneshot::Sender<Result<(), Error>>),
}

pub(super) struct Actor {
    pub(super) options: Options,
    pub(super) requests: mpsc::Receiver<Request>,
    pub(super) events: mpsc::Sender<Event>,
    pub(super) knocked: Arc<Notify>,
    pub(super) cancel: CancellationToken,
}

impl Actor {
    /// Connects, serves, and connects again, until it is told to end.
    pub(super) async fn run(mut self) {
        let mut backoff = BACKOFF.0;
        loop {
            let connecting = Connection::open(&self.options);
            let opened = tokio::select! {
                opened = connecting => opened,
                () = self.cancel.cancelled() => return,
            };
            let reason = match opened {
                Ok((connection, version, fresh)) => {
                    let since = Instant::now();
                    self.tell(Event::Connected { version, fresh }).await;
                    match self.serve(connection).await {
                        Over::Broken(reason) => {
                            if since.elapsed() >= BACKOFF.1 {
                                backoff = BACKOFF.0;
                            }
                            reason
                        }
                        Over::Canceled => return,
                        Over::End(reply) => {
                            self.end(reply).await;
                            return;
                        }
                    }
                }
                Err(error) => describe(&error),
            };
            self.tell(Event::Disconnected { reason: reason.clone() }).await;
            if !self.pause(backoff, &reason, backoff <= SOON).await {
                return;
            }
            backoff = (backoff * 2).min(BACKOFF.1);
        }
    }

    /// Waits for the next attempt; requests are kept waiting or refused. False when there shall be none.
    async fn pause(&mut self, backoff: Duration, reason: &str, keep_waiting: bool) -> bool {
        let until = Instant::now() + backoff;
        loop {
            let request = tokio::select! {
                () = self.cancel.cancelled() => return false,
                () = tokio::time::sleep_until(until) => return true,
                () = self.knocked.notified() => return true,
                request = self.requests.recv(), if !keep_waiting => request,
            };
            match request {
                Some(Request::Run(line)) => {
                    let _ = line.reply.send(Err(Error::NotConnected { reason: reason.to_owned() }));
                }
                Some(Request::End(reply)) => {
                    self.end(reply).await;
                    return false;
                }
                None => return false,
            }
        }
    }

    async fn serve(&mut self, mut connection: Connection) -> Over {
        let mut sent: VecDeque<Sent> = VecDeque::new();
        let over = loop {
            let oldest = sent.front().map(|sent| sent.since + PATIENCE);
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => break Over::Canceled,
                lines = connection.lines.recv() => match lines {
                    Some(lines) => lines.into_iter().for_each(|line| self.hear(&mut connection.reader, line, &mut sent)),
                    None => break Over::Broken("its control client ended".into()),
                },
                () = tokio::time::sleep_until(oldest.unwrap_or_else(Instant::now)), if oldest.is_some() => {
                    break Over::Broken(format!("the server has not answered for {} s", PATIENCE.as_secs()));
                }
                request = self.requests.recv(), if sent.len() < OUTSTANDING => match request {
                    Some(Request::Run(Line { commands, captures, reply })) => {
                        // There is room: nothing waits to be written that is not outstanding.
                        let _ = connection.written.try_send(line(&commands));
                        let (commands, since) = (commands.len(), Instant::now());
                        sent.push_back(Sent { commands, captures, blocks: Vec::new(), since, reply });
                    }
                    Some(Request::End(reply)) => break Over::End(reply),
                    None => break Over::Canceled,
                },
            }
        };
        let reason = match &over {
            Over::Broken(reason) => reason.clone(),
            Over::Canceled | Over::End(_) => "it was closed".into(),
        };
        for sent in sent {
            let _ = sent.reply.send(Err(Error::Lost { reason: reason.clone() }));
        }
        connection.close().await;
        over
    }

    fn hear(&self, reader: &mut Reader, line: Vec<u8>, sent: &mut VecDeque<Sent>) {
        let lines_expected = sent.front().map_or(0, Sent::lines_expected);
        match reader.read(line, lines_expected) {
            Said::More | Said::Other => {}
            Said::PanesChanged => self.hint(Event::PaneDied),
            Said::ClientsChanged => self.hint(Event::ClientsChanged),
            Said::Printed(session_name) => self.hint(Event::Printed { session_name }),
            Said::Noise(line) => tracing::debug!(line, "tmux says"),
            Said::Answer(block) => {
                let Some(front) = sent.front_mut() else {
                    tracing::warn!("tmux answered something that nobody asked");
                    return;
                };
                let refused = block.refused;
                front.blocks.push(block);
                front.since = Instant::now();
                // The first refusal ends a line.
                if (refused || front.blocks.len() == front.commands)
                    && let Some(done) = sent.pop_front()
                {
                    let _ = done.reply.send(Ok(done.blocks));
                    if let Some(next) = sent.front_mut() {
                        next.since = Instant::now();
                    }
                }
            }
        }
    }

    async fn end(&mut self, reply: oneshot::Sender<Result<(), Error>>) {
        let ended = boot::end(&self.options).await;
        let _ = reply.send(ended);
    }

    async fn tell(&self, event: Event) {
        tokio::select! {
            _ = self.events.send(event) => {}
            () = self.cancel.cancelled() => {}
        }
    }

    /// A hint to look again: whoever has not read the hints before it will look anyway.
    fn hint(&self, event: Event) {
        if self.events.capacity() > RESERVED {
            let _ = self.events.try_send(event);
        }
    }
}

impl Sent {
    fn lines_expected(&self) -> usize {
        match (self.captures, self.blocks.last()) {
            (Some(history), Some(head)) if self.blocks.len() + 1 == self.commands => {
                capture::rows_expected(&head.text(), history)
            }
            _ => 0,
        }
    }
}

/// What was read at once.
type Lines = Vec<Vec<u8>>;

/// The control client.
struct Connection {
    life: Life,
    reader: Reader,
    lines: mpsc::Receiver<Lines>,
    written: mpsc::Sender<String>,
}

impl Connection {
    /// Attaches, and waits for the answer: before it, no session may come or go.
    async fn open(options: &Options) -> Result<(Self, String, bool), Error> {
        let booted = boot::boot(options).await?;
        let Channel { input, output, errors: _, life } = boot::attach(options).await?;
        let (lines_sender, lines) = mpsc::channel(OUTSTANDING);
        tokio::spawn(read(output, lines_sender));
        let (written, lines_to_write) = mpsc::channel(OUTSTANDING);
        tokio::spawn(write(input, lines_to_write));
        let mut connection = Self { life, reader: Reader::default(), lines, written };
        connection.answered().await?;
        if options.pushes_output() {
            let pushes = SetOption::new().global().window().option("monitor-activity").value("on");
            let _ = connection.written.try_send(line(&[words(pushes)]));
            connection.answered().await?;
        }
        Ok((connection, booted.version, booted.fresh))
    }

    /// Waits until the only thing that was asked for has been answered.
    async fn answered(&mut self) -> Result<(), Error> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match tokio::time::timeout_at(deadline, self.lines.recv()).await {
                Ok(Some(lines)) => {
                    let said = lines.into_iter().map(|line| self.reader.read(line, 0));
                    if said.filter(|said| matches!(said, Said::Answer(_) | Said::Other)).count() > 0 {
                        return Ok(());
                    }
                }
                Ok(None) => return Err(Error::NotStarted("the control client ended before it was attached".into())),
                Err(_) => return Err(Error::NotStarted("the server does not answer the attach".into())),
            }
        }
    }

    /// A client that is killed can't keep the server from ending.
    async fn close(self) {
        self.life.end().await;
    }
}

/// Reads everything, at once.
async fn read(stdout: impl AsyncRead + Unpin, lines: mpsc::Sender<Lines>) {
    let mut stdout = BufReader::with_capacity(64 * 1024, stdout);
    loop {
        let mut read = Vec::new();
        while read.is_empty() || stdout.buffer().contains(&b'\n') {
            let mut line = Vec::new();
            match stdout.read_until(b'\n', &mut line).await {
                Ok(1..) => {}
                Ok(0) | Err(_) => return,
            }
            if line.last() == Some(&b'\n') {
                line.pop();
            }
            read.push(line);
        }
        if lines.send(read).await.is_err() {
            return;
        }
    }
}

async fn write(mut stdin: impl AsyncWrite + Unpin, mut lines: mpsc::Receiver<String>) {
    let mut together = Vec::new();
    while lines.recv_many(&mut together, OUTSTANDING).await > 0 {
        if stdin.write_all(together.concat().as_bytes()).await.is_err() {
            return;
        }
        together.clear();
    }
}

fn describe(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
