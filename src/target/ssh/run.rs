//! Running programs on a host.

use std::{
    io::ErrorKind,
    os::unix::ffi::OsStrExt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::unix::pipe,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout, timeout_at},
};

use super::{
    LENGTHY, Ssh,
    connection::Connection,
    leash::{Held, Leash, Stream},
    mux::{self, Mux, Pipes},
    script::{self, Heading, Outputs, Word},
};
use crate::target::{
    Error, Output, Program, Status,
    local::{Kept, LINGER},
};

/// How long, at the most, an output that goes on after its program has ended is listened to.
const LONGEST_LINGER: Duration = Duration::from_secs(10);
/// The first pause after the host would not open one more channel; it doubles.
const REFUSED: Duration = Duration::from_millis(20);
const LONGEST_REFUSED: Duration = Duration::from_millis(500);

/// A program that was just started.
pub(super) struct Begun {
    pub(super) leash: Leash,
    pub(super) input: Option<pipe::Sender>,
    pub(super) errors: Option<pipe::Receiver>,
}

impl Ssh {
    /// Runs a program to its end. Dropping the future ends the program, as far as the line allows.
    ///
    /// # Errors
    /// Every [`Error`]. An exit code other than 0 is none of them: it is in [`Output::status`].
    pub async fn run(&self, program: Program) -> Result<Output, Error> {
        let (connection, permit) = self.turn(&program).await?;
        self.run_over(connection, Some(permit), program).await
    }

    /// Runs a program that takes no turn: one that ends another, or asks whether the host is there.
    pub(super) async fn run_aside(&self, connection: Arc<Connection>, program: Program) -> Result<Output, Error> {
        self.run_over(connection, None, program).await
    }

    async fn run_over(
        &self,
        connection: Arc<Connection>,
        permit: Option<OwnedSemaphorePermit>,
        program: Program,
    ) -> Result<Output, Error> {
        let mut kept = (Kept::new(program.output_bytes), Kept::new(program.output_bytes));
        let (out, errors) = (&mut kept.0, &mut kept.1);
        let (out, errors) = (|bytes: &[u8]| out.keep(bytes), |bytes: &[u8]| errors.keep(bytes));
        let status = self.converse(connection, permit, &program, Outputs::Apart, out, errors).await?;
        let (stdout, stderr) = kept;
        let truncated = stdout.truncated || stderr.truncated;
        Ok(Output { status, stdout: stdout.bytes, stderr: stderr.bytes, truncated })
    }

    /// Runs a program to its end, and lets `hear` have whatever it prints when it prints it, both outputs as one.
    ///
    /// # Errors
    /// Every [`Error`]. An exit code other than 0 is none of them.
    pub async fn run_together(&self, mut program: Program, hear: impl FnMut(&[u8])) -> Result<Status, Error> {
        program.input.clear();
        let (connection, permit) = self.turn(&program).await?;
        self.converse(connection, Some(permit), &program, Outputs::Together, hear, |_| ()).await
    }

    /// Waits for a turn and for the connection. A program's deadline counts while it waits, but for a lengthy one: those
    /// before it may take their time.
    async fn turn(&self, program: &Program) -> Result<(Arc<Connection>, OwnedSemaphorePermit), Error> {
        self.connection(Instant::now() + program.deadline).await?;
        let permit = if program.deadline > LENGTHY {
            self.0.lengthy_runs.clone().acquire_owned().await.map_err(|_| late(program))?
        } else {
            self.permit(&self.0.runs, program, Instant::now() + program.deadline).await?
        };
        Ok((self.connection(Instant::now() + program.deadline).await?, permit))
    }

    pub(super) async fn permit(
        &self,
        lane: &Arc<Semaphore>,
        program: &Program,
        deadline: Instant,
    ) -> Result<OwnedSemaphorePermit, Error> {
        match timeout_at(deadline.into(), lane.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(late(program)),
        }
    }

    /// Runs a program to its end, feeds it, and hears it.
    async fn converse(
        &self,
        connection: Arc<Connection>,
        permit: Option<OwnedSemaphorePermit>,
        program: &Program,
        outputs: Outputs,
        hear: impl FnMut(&[u8]),
        hear_errors: impl FnMut(&[u8]),
    ) -> Result<Status, Error> {
        let deadline = Instant::now() + program.deadline;
        let feeds = !program.input.is_empty();
        let begun = self.begin(connection, permit, program, outputs, feeds, deadline).await?;
        let Begun { mut leash, input, errors } = begun;
        let Some(held) = leash.held() else { return Err(Error::Nothing) };
        let conversation = talk(held, input, errors, program, hear, hear_errors);
        match timeout_at(deadline.into(), conversation).await {
            Ok(ended) => {
                leash.release();
                ended
            }
            Err(_) => {
                if leash.held().is_some_and(|held| held.stream.leader.is_none()) {
                    self.suspect();
                }
                leash.end().await;
                Err(late(program))
            }
        }
    }

    /// Starts a program, as soon as the host opens a channel for it.
    pub(super) async fn begin(
        &self,
        connection: Arc<Connection>,
        permit: Option<OwnedSemaphorePermit>,
        program: &Program,
        outputs: Outputs,
        feeds: bool,
        deadline: Instant,
    ) -> Result<Begun, Error> {
        let line = script::line(program, &connection.facts.locale, outputs)?;
        let mut pause = REFUSED;
        let (session, pipes) = loop {
            let asked = Instant::now();
            let opening = async {
                Mux::connect(&connection.socket).await?.open(line.as_bytes(), feeds, outputs == Outputs::Apart).await
            };
            match timeout_at(deadline.into(), opening).await {
                Ok(Ok(opened)) => {
                    connection.answered_within(asked.elapsed());
                    break opened;
                }
                // The host has as many channels open as it allows; that passes.
                Ok(Err(mux::Error::Refused(_))) => sleep(pause).await,
                Ok(Err(mux::Error::Gone(error))) => {
                    self.suspect();
                    return Err(self.unreachable(format!("the connection was lost ({error})")));
                }
                Err(_) => {
                    self.suspect();
                    return Err(late(program));
                }
            }
            if Instant::now() >= deadline {
                return Err(late(program));
            }
            pause = (pause * 2).min(LONGEST_REFUSED);
        };
        let Pipes { input, output, errors } = pipes;
        let leash = Leash::new(Held {
            ssh: self.clone(),
            connection,
            stream: Stream {
                name: program.name().into(),
                heading: Heading::default(),
                leader: None,
                output: Some(output),
            },
            session,
            slack: permit.is_none(),
            _permit: permit,
        });
        Ok(Begun { leash, input, errors })
    }
}

/// Feeds a program and hears it until it has ended and said all, and tells how it ended.
async fn talk(
    held: &mut Held,
    input: Option<pipe::Sender>,
    errors: Option<pipe::Receiver>,
    program: &Program,
    hear: impl FnMut(&[u8]),
    hear_errors: impl FnMut(&[u8]),
) -> Result<Status, Error> {
    let heard = AtomicUsize::new(0);
    let quiet = LINGER + held.connection.round_trip().unwrap_or_default() * 3;
    let (end, said) = {
        let Held { stream, session, .. } = &mut *held;
        let talk = async {
            let fed = feed(input, &program.input);
            tokio::join!(fed, follow(stream, program, &heard, hear), pump(errors, &heard, hear_errors)).1
        };
        tokio::pin!(talk);
        tokio::select! {
            said = &mut talk => (session.ended().await, said),
            end = session.ended() => {
                // The end is told before the last of the outputs; and what is left open then belongs to a program that
                // outlives this one.
                let patience = Instant::now() + LONGEST_LINGER;
                let said = loop {
                    let before = heard.load(Ordering::Relaxed);
                    match timeout(quiet, &mut talk).await {
                        Ok(said) => break said,
                        Err(_) if heard.load(Ordering::Relaxed) == before || Instant::now() > patience => break Ok(()),
                        Err(_) => {}
                    }
                };
                (end, said)
            }
        }
    };
    let status = held.status(end).await?;
    said.map(|()| status)
}

/// Waits for the script's word, and lets `hear` have what follows it.
async fn follow(
    stream: &mut Stream,
    program: &Program,
    heard: &AtomicUsize,
    mut hear: impl FnMut(&[u8]),
) -> Result<(), Error> {
    let (word, rest) = stream.word().await?;
    let output = stream.output.take();
    if let Word::Runs(_) = word {
        hear(&rest);
        pump(output, heard, hear).await;
        return Ok(());
    }
    let mut place = rest;
    pump(output, heard, |bytes| place.extend_from_slice(bytes)).await;
    Err(script::refusal(word, program, place))
}

/// Lets `hear` have all that comes.
pub(super) async fn pump(pipe: Option<impl AsyncRead + Unpin>, heard: &AtomicUsize, mut hear: impl FnMut(&[u8])) {
    let Some(mut pipe) = pipe else { return };
    let mut buffer = vec![0; 16 * 1024];
    loop {
        match pipe.read(&mut buffer).await {
            Ok(0) => return,
            Ok(count) => {
                heard.fetch_add(count, Ordering::Relaxed);
                hear(&buffer[..count]);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

async fn feed(input: Option<pipe::Sender>, bytes: &[u8]) {
    // A program that does not want all of its input closes the pipe; that is its business.
    if let Some(mut input) = input {
        let _ = input.write_all(bytes).await;
    }
}

pub(super) fn late(program: &Program) -> Error {
    Error::TimedOut { program: program.name().into(), deadline: program.deadline }
}
