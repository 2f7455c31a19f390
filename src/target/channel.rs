//! A program that runs for as long as somebody talks with it, as a tmux control client does.

use std::{fmt, io, process::Stdio};

use tokio::io::{AsyncRead, AsyncWrite};

use super::{
    Error, Local, Program, Status,
    local::{Running, how},
    ssh::Remote,
};

/// A running program and what leads to it. Its parts may go to different tasks.
pub struct Channel {
    /// What it reads; dropped, its input has an end.
    pub input: Box<dyn AsyncWrite + Send + Unpin>,
    /// What it prints.
    pub output: Box<dyn AsyncRead + Send + Unpin>,
    /// What it prints about its troubles.
    pub errors: Box<dyn AsyncRead + Send + Unpin>,
    /// Its life, which ends when this is dropped.
    pub life: Life,
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel").finish_non_exhaustive()
    }
}

/// The life of a program in a [`Channel`]. Dropping it ends the program with its process group.
pub struct Life(Kind);

pub(super) enum Kind {
    Local(Running),
    Remote(Remote),
}

impl fmt::Debug for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Life").finish_non_exhaustive()
    }
}

impl Life {
    pub(super) fn new(kind: Kind) -> Self {
        Self(kind)
    }

    /// Waits until the program has ended by itself. That is told once.
    ///
    /// # Errors
    /// When that can't be known.
    pub async fn ended(&mut self) -> Result<Status, Error> {
        match &mut self.0 {
            Kind::Local(Running(Some(child))) => {
                child.wait().await.map(how).map_err(|source| Error::System { program: "a program".into(), source })
            }
            Kind::Local(Running(None)) => Err(Error::Nothing),
            Kind::Remote(remote) => remote.ended().await,
        }
    }

    /// Ends the program with its process group, and waits until it has ended.
    pub async fn end(self) {
        match self.0 {
            Kind::Local(running) => running.end().await,
            Kind::Remote(remote) => remote.end().await,
        }
    }
}

impl Local {
    /// Starts a program to talk with for as long as it runs.
    ///
    /// # Errors
    /// Every [`Error`] but [`Error::TimedOut`].
    pub fn open(&self, program: &Program) -> Result<Channel, Error> {
        let failed = |source| Error::System { program: program.name().into(), source };
        let unconnected = || failed(io::ErrorKind::BrokenPipe.into());
        let mut command = self.command(program)?;
        command.stdin(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let life = Life(Kind::Local(Running(Some(child))));
        Ok(Channel {
            input: Box::new(input.ok_or_else(unconnected)?),
            output: Box::new(output.ok_or_else(unconnected)?),
            errors: Box::new(errors.ok_or_else(unconnected)?),
            life,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::{
        io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
        time::timeout,
    };

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn a_program_answers_while_it_runs_and_ends_with_its_input() {
        let mut channel = Local::new().open(&Program::new(["sh", "-c", "cat; exit 3"])).expect("starts");
        let mut lines = BufReader::new(channel.output).lines();
        for said in ["one", "two"] {
            channel.input.write_all(format!("{said}\n").as_bytes()).await.expect("written");
            let heard = timeout(PATIENCE, lines.next_line()).await.expect("in time").expect("read");
            assert_eq!(heard.as_deref(), Some(said));
        }
        drop(channel.input);
        let status = timeout(PATIENCE, channel.life.ended()).await.expect("in time").expect("ends");
        assert_eq!(status, Status::Exited(3));
    }

    #[tokio::test]
    async fn a_program_that_nobody_holds_ends() {
        let mut channel = Local::new().open(&Program::new(["sleep", "600"])).expect("starts");
        drop(channel.life);
        let mut said = Vec::new();
        timeout(PATIENCE, channel.output.read_to_end(&mut said)).await.expect("its output ends").expect("read");
    }
}
