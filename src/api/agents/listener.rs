//! Where the agents' door is: a port on loopback that stays the same over restarts of the daemon.

use std::{
    fs, io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    time::{Duration, Instant},
};

use crate::engine::private_file;

/// How long a port that is taken is asked for again: a daemon that was killed holds it until its last thread has ended.
const LETTING_GO: Duration = Duration::from_secs(1);

/// The agents' door, which has its address and does not answer yet.
#[derive(Debug)]
pub struct Door {
    pub(super) listener: TcpListener,
    /// Where it is.
    pub address: SocketAddr,
    /// The port it had before, which somebody else has taken: agents that were started with it can't be heard.
    pub moved_from: Option<u16>,
}

impl Door {
    /// Binds the port that `file` names, or another one, which is written there.
    ///
    /// # Errors
    /// When no port can be had, or the file not be written.
    pub fn bind(file: &Path) -> io::Result<Self> {
        let known = known_port(file)?;
        let kept = known.and_then(|port| match bind_patiently(port) {
            Ok(listener) => Some(listener),
            Err(error) => {
                tracing::warn!(port, %error, "the port of the agents' door is taken; running agents can't be heard until they are resumed");
                None
            }
        });
        if let Some(listener) = kept {
            let address = listener.local_addr()?;
            return Ok(Self { listener, address, moved_from: None });
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        private_file::write(file, format!("{}\n", address.port()))?;
        Ok(Self { listener, address, moved_from: known })
    }
}

/// The port that was had before; what makes no sense counts as none.
fn known_port(file: &Path) -> io::Result<Option<u16>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(text.trim().parse().ok().filter(|&port| port != 0)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(None),
        Err(error) => Err(error),
    }
}

fn bind_patiently(port: u16) -> io::Result<TcpListener> {
    let deadline = Instant::now() + LETTING_GO;
    loop {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(20));
            }
            bound => return bound,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_port_stays_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("agents.port");
        let first = Door::bind(&file).unwrap();
        let address = first.address;
        assert!(address.ip().is_loopback());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        drop(first);
        let second = Door::bind(&file).unwrap();
        assert_eq!((second.address, second.moved_from), (address, None));
    }

    #[test]
    fn a_port_that_is_taken_is_given_up_and_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("agents.port");
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        fs::write(&file, format!("{port}\n")).unwrap();
        let door = Door::bind(&file).unwrap();
        assert_ne!(door.address.port(), port);
        assert_eq!(door.moved_from, Some(port));
        assert_eq!(known_port(&file).unwrap(), Some(door.address.port()));
    }

    #[test]
    fn a_file_that_makes_no_sense_is_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("agents.port");
        fs::write(&file, b"\xff\xfe").unwrap();
        let door = Door::bind(&file).unwrap();
        assert_eq!(door.moved_from, None);
        assert_eq!(known_port(&file).unwrap(), Some(door.address.port()));
    }
}
