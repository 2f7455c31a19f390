//! Where each agent was told that the agents' door is, and whether that leads here still. What agents say goes to a port,
//! and one that was let go of, by a daemon or by a line that was cut, may be another program's when it is wanted again.

use std::{fs, io, net::SocketAddr, path::Path};

use super::{Engine, private_file};
use crate::{
    agent::signals::Dialect,
    domain::{AttemptId, Session},
    target::Host,
};

/// Keeps in the folder of a launch where its agent is told that the door is.
///
/// # Errors
/// When that can't be written.
pub(super) fn keep(folder: &Path, door: SocketAddr) -> io::Result<()> {
    private_file::write(&folder.join("door"), door.to_string())
}

/// Where it was told that; `None` where that is not known.
fn told(folder: &Path) -> Option<SocketAddr> {
    fs::read_to_string(folder.join("door")).ok()?.parse().ok()
}

impl Engine {
    /// Why what the agent of a session says does not reach us any more, and what to do, where that is so.
    pub fn unheard(&self, session: &Session, attempt: AttemptId) -> Option<String> {
        let Session { id, target, profile, .. } = session;
        let port = told(&self.rooms().paths.attempt(attempt))?.port();
        let again = format!("once its agent has ended, `qd resume {id}` starts it with the new one");
        match self.rooms().sites.of(target)?.host {
            Host::Local(_) if port == self.rooms().door.port() => None,
            Host::Local(_) => Some(format!(
                "what its agent tells does not arrive: it goes to port {port}, which is not ours any more; {again}"
            )),
            // The script that stands for our program there finds the door wherever it is.
            Host::Ssh(ssh) => {
                let dialect = self.rooms().profiles.find(profile)?.signals;
                (dialect != Dialect::Plain && ssh.leads_here(port) == Some(false)).then(|| {
                    format!(
                        "its agent's calls of our tools do not arrive: they go to port {port} of {target}, which is not \
                         ours any more; {again}, and what its hooks tell arrives anyway"
                    )
                })
            }
        }
    }
}
