//! Programs on a host that somebody talks with for as long as they run.

use std::{
    io::Cursor,
    sync::atomic::AtomicUsize,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWrite, empty, sink},
    time::timeout_at,
};

use super::{
    Ssh,
    leash::Leash,
    run::{Begun, late, pump},
    script::{self, Outputs, Word},
};
use crate::target::{Channel, Error, Life, Program, Status, channel::Kind};

/// How long the host may take to start it.
const STARTING: Duration = Duration::from_secs(20);

/// The life of a program on a host.
pub(in crate::target) struct Remote(Leash);

impl Ssh {
    /// Starts a program to talk with for as long as it runs.
    ///
    /// # Errors
    /// Every [`Error`]; [`Error::TimedOut`] when the host did not come to start it.
    pub async fn open(&self, mut program: Program) -> Result<Channel, Error> {
        program.deadline = STARTING;
        let deadline = Instant::now() + STARTING;
        let connection = self.connection(deadline).await?;
        let permit = self.permit(&self.0.channels, &program, deadline).await?;
        let begun = self.begin(connection, Some(permit), &program, Outputs::Apart, true, deadline).await?;
        let Begun { mut leash, input, errors } = begun;
        let Some(held) = leash.held() else { return Err(Error::Nothing) };
        let said = timeout_at(deadline.into(), held.stream.word()).await;
        let (word, rest) = match said {
            Ok(Ok(said)) => said,
            Ok(Err(error)) => {
                let ended = held.session.ended().await;
                held.status(ended).await?;
                return Err(error);
            }
            Err(_) => {
                self.suspect();
                return Err(late(&program));
            }
        };
        let output = if matches!(word, Word::Runs(_)) { held.stream.output.take() } else { None };
        let Some(output) = output else {
            let mut place = rest;
            let heard = AtomicUsize::new(0);
            let more = pump(held.stream.output.take(), &heard, |bytes| place.extend_from_slice(bytes));
            let _ = timeout_at(deadline.into(), more).await;
            return Err(script::refusal(word, &program, place));
        };
        let input: Box<dyn AsyncWrite + Send + Unpin> = match input {
            Some(input) => Box::new(input),
            None => Box::new(sink()),
        };
        Ok(Channel {
            input,
            output: Box::new(Cursor::new(rest).chain(output)),
            errors: match errors {
                Some(errors) => Box::new(errors),
                None => Box::new(empty()),
            },
            life: Life::new(Kind::Remote(Remote(leash))),
        })
    }
}

impl Remote {
    /// Waits until the program has ended by itself.
    pub(in crate::target) async fn ended(&mut self) -> Result<Status, Error> {
        let held = self.0.held().ok_or(Error::Nothing)?;
        let ended = held.session.ended().await;
        held.status(ended).await
    }

    /// Ends it.
    pub(in crate::target) async fn end(self) {
        self.0.end().await;
    }
}
