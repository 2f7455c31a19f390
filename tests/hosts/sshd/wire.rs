//! A wire to a host that can be stopped at any byte: what is on it waits there, as packets do that are lost and sent
//! again, or is gone with its connection.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread,
};

use super::{PATIENCE, Sshd};

/// A direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// To the host.
    There,
    /// From the host.
    Home,
}

/// A wire to a port on this machine. Dropped, it is cut.
pub(crate) struct Wire {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    to: u16,
    state: Mutex<State>,
    changed: Condvar,
}

/// What becomes of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// They arrive.
    Carries,
    /// They wait, and so does whoever wants to connect.
    Holds,
    /// There is no line, and none can be had.
    Cut,
}

struct State {
    flow: Flow,
    /// It holds as soon as so many more bytes have gone that way.
    limit: Option<(Way, u64)>,
    /// How many have gone each way.
    carried: [u64; 2],
    /// The lines there are, by their numbers.
    lines: Vec<(u64, TcpStream, TcpStream)>,
    /// The number of the next one.
    next: u64,
    /// Lines below this number hold whatever the others do.
    strays: u64,
    over: bool,
}

impl Wire {
    /// A wire to this host, which the person's configuration takes from now on.
    pub(crate) fn to(host: &Sshd) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let state = State {
            flow: Flow::Carries,
            limit: None,
            carried: [0; 2],
            lines: Vec::new(),
            next: 0,
            strays: 0,
            over: false,
        };
        let shared = Arc::new(Shared { to: host.port, state: Mutex::new(state), changed: Condvar::new() });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accepting.accept(&listener));
        host.know(port, &host.host_key());
        host.person(port, "");
        Self { port, shared }
    }

    /// How many bytes have gone that way so far.
    pub(crate) fn carried(&self, way: Way) -> u64 {
        self.shared.state().carried[way as usize]
    }

    /// Everything arrives, whatever was held as well.
    pub(crate) fn carry(&self) {
        self.shared.change(|state| (state.flow, state.limit, state.strays) = (Flow::Carries, None, 0));
    }

    /// New lines carry; what is on those there are stays where it is.
    pub(crate) fn carry_new_ones(&self) {
        self.shared.change(|state| (state.flow, state.limit, state.strays) = (Flow::Carries, None, state.next));
    }

    /// Nothing arrives, either way, and no line is cut.
    pub(crate) fn hold(&self) {
        self.shared.change(|state| (state.flow, state.limit) = (Flow::Holds, None));
    }

    /// Holds as soon as so many more bytes have gone that way.
    pub(crate) fn hold_after(&self, way: Way, bytes: u64) {
        self.shared.change(|state| state.limit = Some((way, bytes)));
    }

    /// Waits until it holds.
    pub(crate) fn until_held(&self) {
        let waits = |state: &mut State| state.flow != Flow::Holds;
        let waiting = self.shared.changed.wait_timeout_while(self.shared.state(), PATIENCE, waits);
        let left = waiting.map(|(state, waited)| waited.timed_out().then_some(state.limit)).expect("not poisoned");
        assert_eq!(left, None, "waited {} s for the wire to hold after this", PATIENCE.as_secs());
    }

    /// All lines are gone, with what was on them, and none can be had.
    pub(crate) fn cut(&self) {
        self.shared.change(|state| {
            (state.flow, state.limit) = (Flow::Cut, None);
            state.lines.drain(..).for_each(close);
        });
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.shared.change(|state| state.over = true);
        self.cut();
        // The accepting thread looks whether it is over when somebody comes.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("not poisoned")
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.changed.notify_all();
    }

    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        for near in listener.incoming().flatten() {
            let mut state = self.state();
            if state.over {
                return;
            }
            if state.flow == Flow::Cut {
                continue;
            }
            let Ok(far) = TcpStream::connect(("127.0.0.1", self.to)) else { continue };
            let _ = (near.set_nodelay(true), far.set_nodelay(true));
            let number = state.next;
            state.next += 1;
            for (way, from, to) in [(Way::There, &near, &far), (Way::Home, &far, &near)] {
                let (from, to) = (from.try_clone().expect("cloned"), to.try_clone().expect("cloned"));
                let shared = Arc::clone(self);
                thread::spawn(move || shared.pump(number, way, from, to));
            }
            state.lines.push((number, near, far));
        }
    }

    fn pump(&self, number: u64, way: Way, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let mut rest = &buffer[..count];
            while !rest.is_empty() {
                let Some(now) = self.allowance(number, way, rest.len()) else { return };
                if to.write_all(&rest[..now]).is_err() {
                    break;
                }
                rest = &rest[now..];
            }
        }
        // An end is on its way like anything else.
        if self.allowance(number, way, 0).is_some() {
            let _ = to.shutdown(Shutdown::Write);
        }
    }

    /// How many of these bytes may go on, once any may; `None` when the line is cut.
    fn allowance(&self, number: u64, way: Way, bytes: usize) -> Option<usize> {
        let waits = |state: &mut State| is_there(state, number) && (state.flow == Flow::Holds || number < state.strays);
        let mut state = self.changed.wait_while(self.state(), waits).expect("not poisoned");
        if !is_there(&state, number) {
            return None;
        }
        let mut allowed = bytes as u64;
        if let Some((limited, left)) = state.limit.filter(|(limited, _)| *limited == way) {
            allowed = allowed.min(left);
            state.limit = Some((limited, left - allowed));
            if left == allowed {
                (state.flow, state.limit) = (Flow::Holds, None);
                self.changed.notify_all();
            }
        }
        state.carried[way as usize] += allowed;
        usize::try_from(allowed).ok()
    }
}

fn is_there(state: &State, number: u64) -> bool {
    state.lines.iter().any(|(line, ..)| *line == number)
}

fn close((_, near, far): (u64, TcpStream, TcpStream)) {
    let _ = (near.shutdown(Shutdown::Both), far.shutdown(Shutdown::Both));
}
