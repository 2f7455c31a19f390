//! How long a line is: what a byte takes there and back.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use crate::{
    Outcome,
    figures::Samples,
    sshd::{PATIENCE, delay::Delay},
};

/// How long every byte is on its way, in each direction.
pub(super) const LONG: Duration = Duration::from_millis(25);

/// A line as long as those to the hosts, at whose end somebody sends back what comes.
pub(super) struct Trip {
    stream: TcpStream,
    measured: Samples,
    _line: Delay,
}

impl Trip {
    pub(super) async fn new() -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let line = Delay::to(listener.local_addr()?.port(), LONG).await;
        let stream = TcpStream::connect(("127.0.0.1", line.port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        // It ends with the line.
        thread::spawn(move || -> std::io::Result<()> {
            let (mut far, _) = listener.accept()?;
            far.set_nodelay(true)?;
            let mut byte = [0];
            loop {
                far.read_exact(&mut byte)?;
                far.write_all(&byte)?;
            }
        });
        Ok(Self { stream, measured: Samples::default(), _line: line })
    }

    /// Sends a byte there and back.
    pub(super) fn go(&mut self) -> Outcome<()> {
        let began = Instant::now();
        self.stream.write_all(&[0])?;
        self.stream.read_exact(&mut [0])?;
        self.measured.push(began.elapsed().as_secs_f64() * 1_000.0);
        Ok(())
    }

    /// What was measured since it was asked last, in milliseconds.
    pub(super) fn measured(&mut self) -> Samples {
        std::mem::take(&mut self.measured)
    }
}
