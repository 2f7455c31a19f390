//! A program that runs on a host, and ends there when nobody waits for it any more.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use tokio::{io::AsyncReadExt, net::unix::pipe, sync::OwnedSemaphorePermit, task::JoinHandle, time::timeout};

use super::{
    Ssh,
    connection::Connection,
    mux::{End, Session},
    script::{Heading, Leader, Word},
};
use crate::target::{Error, Program, Status};

/// Ends a process group: asked to, given a second to tidy up, and killed.
const SCRIPT: &str = "kill -TERM -$1 2>/dev/null || kill -TERM $1 2>/dev/null || exit 0; n=0; \
     while kill -0 -$1 2>/dev/null && [ $n -lt 20 ]; do sleep 0.05 2>/dev/null || sleep 1; n=$((n + 1)); done; \
     kill -KILL -$1 2>/dev/null || kill -KILL $1 2>/dev/null; exit 0";
/// How long it is waited for the word of a program that nobody waits for.
const LATE_WORD: Duration = Duration::from_secs(60);
/// How long ending it may take.
const ENDING: Duration = Duration::from_secs(10);
/// How long whoever has waited in vain waits for the end.
const PARTING: Duration = Duration::from_secs(3);

/// A program that runs on a host. Dropped, it is ended there, as far as the line allows.
pub(super) struct Leash(Option<Held>);

/// What holds a program.
pub(super) struct Held {
    pub(super) ssh: Ssh,
    pub(super) connection: Arc<Connection>,
    pub(super) stream: Stream,
    pub(super) session: Session,
    /// It was itself started to end something, or to ask.
    pub(super) slack: bool,
    pub(super) _permit: Option<OwnedSemaphorePermit>,
}

/// What a program says, from the script's word on.
pub(super) struct Stream {
    /// What it is called.
    pub(super) name: String,
    pub(super) heading: Heading,
    /// Its first process there, once the script has said which.
    pub(super) leader: Option<Leader>,
    /// Its output, until somebody else has it.
    pub(super) output: Option<pipe::Receiver>,
}

impl Leash {
    pub(super) fn new(held: Held) -> Self {
        Self(Some(held))
    }

    pub(super) fn held(&mut self) -> Option<&mut Held> {
        self.0.as_mut()
    }

    /// It has ended by itself.
    pub(super) fn release(mut self) {
        self.0 = None;
    }

    /// Ends it, and waits for that, but not for long.
    pub(super) async fn end(mut self) {
        if let Some(held) = self.0.take().filter(|held| !held.slack) {
            let _ = timeout(PARTING, end_aside(held)).await;
        }
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        let Some(held) = self.0.take().filter(|held| !held.slack) else { return };
        if tokio::runtime::Handle::try_current().is_ok() {
            end_aside(held);
        }
    }
}

impl Stream {
    /// Reads on until the script has said its word, and gives it with what came after it.
    pub(super) async fn word(&mut self) -> Result<(Word, Vec<u8>), Error> {
        let mut buffer = vec![0; 16 * 1024];
        while let Some(output) = &mut self.output {
            let Ok(count @ 1..) = output.read(&mut buffer).await else { break };
            match self.heading.read(&buffer[..count]) {
                Ok(Some((word, rest))) => {
                    if let Word::Runs(leader) = word {
                        self.leader = Some(leader);
                    }
                    return Ok((word, rest));
                }
                Ok(None) => {}
                Err(_) => break,
            }
        }
        Err(self.unstarted())
    }

    /// The login shell did not come to start it.
    fn unstarted(&self) -> Error {
        let noise = String::from_utf8_lossy(self.heading.noise());
        let said = noise.trim().lines().next_back().unwrap_or("nothing");
        let said: String = said.chars().filter(|c| !c.is_control()).take(200).collect();
        let source = std::io::Error::other(format!("the login shell there did not start it; it said: {said}"));
        Error::System { program: self.name.clone(), source }
    }
}

impl Held {
    /// What its end means.
    pub(super) async fn status(&mut self, end: End) -> Result<Status, Error> {
        match end {
            End::Exited(code) => Ok(Status::Exited(i32::try_from(code).unwrap_or(i32::MAX))),
            // A master whose line was cut is no more.
            End::Unsaid if self.is_connected().await => Ok(Status::Signaled(None)),
            End::Unsaid => {
                self.lose();
                self.ssh.suspect();
                let name = &self.stream.name;
                Err(self.ssh.unreachable(format!("the line was cut while {name} ran; what it has done is not known")))
            }
        }
    }

    /// Has it ended as soon as the host is reached again.
    fn lose(&self) {
        if let Some(leader) = self.stream.leader.filter(|_| !self.slack) {
            self.ssh.0.lost.lock().unwrap_or_else(PoisonError::into_inner).push(leader);
        }
    }

    async fn is_connected(&mut self) -> bool {
        self.connection.check(self.ssh.0.options.connect_patience).await
    }
}

fn end_aside(held: Held) -> JoinHandle<()> {
    tokio::spawn(end(held))
}

/// Ends a program that nobody waits for.
async fn end(mut held: Held) {
    if held.stream.leader.is_none() {
        let _ = timeout(LATE_WORD, held.stream.word()).await;
    }
    let Some(leader) = held.stream.leader else { return };
    // Its number is its own as long as its end was not reported.
    if held.session.is_told() {
        return;
    }
    if let Ok(end) = timeout(Duration::ZERO, held.session.ended()).await {
        // Nobody asks; but of a line that was cut, this keeps what is to be ended.
        let _ = held.status(end).await;
        return;
    }
    let argv = ["/bin/sh".into(), "-c".into(), SCRIPT.into(), "qd".into(), leader.pid.to_string()];
    let ending = Program { deadline: ENDING, ..Program::new(argv) };
    let ssh = held.ssh.clone();
    let turn = ssh.0.endings.acquire().await;
    if let Err(error) = held.ssh.run_aside(held.connection.clone(), ending).await {
        held.lose();
        tracing::warn!(host = ssh.address().host(), program = held.stream.name, %error, "what was started there may run on");
    }
    drop(turn);
}
