//! Waits for what the person decides, for hours if need be, and over restarts of the daemon.

use std::{
    io,
    net::TcpStream,
    os::fd::{AsFd, BorrowedFd},
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    unistd::{Pid, getppid},
};

use super::{
    call::Call,
    knock::{self, Answer, Door},
};

/// How long one exchange with a daemon that is there may take.
const EXCHANGE: Duration = Duration::from_secs(10);
/// How long a daemon may be away until the agent's own dialog has to do.
const AWAY: Duration = Duration::from_secs(60);
/// How soon it is asked again at first, and at last.
const AGAIN: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(2)];
/// A connection that held this long was to a daemon that is there.
const HELD: Duration = Duration::from_secs(1);
/// How often it is looked whether the agent still lives where its end of our output does not tell.
const LOOK: Duration = Duration::from_secs(10);

/// Says `call` and waits for the decision; says it again when the connection breaks.
///
/// # Errors
/// When the daemon stays away.
pub(super) fn wait(door: &Door, call: &Call) -> io::Result<Answer> {
    let agent = Agent { parent: getppid() };
    let mut away_since = Instant::now();
    let mut again = AGAIN[0];
    loop {
        let failed = match door.say(call, Instant::now() + EXCHANGE) {
            Ok(stream) => {
                let said = Instant::now();
                match hear(&stream, &agent) {
                    Ok(answer) => return Ok(answer),
                    Err(error) => {
                        if said.elapsed() > HELD {
                            (away_since, again) = (Instant::now(), AGAIN[0]);
                        }
                        error
                    }
                }
            }
            Err(error) => error,
        };
        if away_since.elapsed() > AWAY {
            return Err(failed);
        }
        if agent.is_gone_within(again) {
            return Ok(Answer::Taken);
        }
        again = (again * 2).min(AGAIN[1]);
    }
}

fn hear(stream: &TcpStream, agent: &Agent) -> io::Result<Answer> {
    while !agent.answered_within(stream, LOOK)? {
        if agent.is_gone() {
            // The connection closes with us, which says that nobody waits any more.
            return Ok(Answer::Taken);
        }
    }
    knock::hear(stream, Instant::now() + EXCHANGE)
}

/// The agent that runs this hook. When it dies it takes nobody with it: hooks are left over, with nobody at the other end
/// of their output.
struct Agent {
    parent: Pid,
}

impl Agent {
    /// There is something to be read from `stream`; `false` when there is not, for that long or because the agent is gone.
    fn answered_within(&self, stream: &TcpStream, long: Duration) -> io::Result<bool> {
        let output = std::io::stdout();
        let mut watched =
            [PollFd::new(stream.as_fd(), PollFlags::POLLIN), PollFd::new(output.as_fd(), PollFlags::empty())];
        sleep_or_wake(&mut watched, long)?;
        Ok(watched[0].any().unwrap_or(true))
    }

    fn is_gone(&self) -> bool {
        self.is_gone_within(Duration::ZERO)
    }

    fn is_gone_within(&self, long: Duration) -> bool {
        let output = std::io::stdout();
        let output: BorrowedFd<'_> = output.as_fd();
        let mut watched = [PollFd::new(output, PollFlags::empty())];
        // Nothing is asked for, so what is found is that the other end is closed.
        let closed = sleep_or_wake(&mut watched, long).is_ok_and(|()| watched[0].any().unwrap_or(false));
        closed || getppid() != self.parent
    }
}

fn sleep_or_wake(watched: &mut [PollFd<'_>], long: Duration) -> io::Result<()> {
    let long = PollTimeout::try_from(long).unwrap_or(PollTimeout::MAX);
    match poll(watched, long) {
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
