//! A host and a connection to it.

use std::{path::PathBuf, time::Duration};

use quarterdeck::target::{
    Host, Program, Ssh,
    ssh::{Link, Options},
};
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::sshd::{PATIENCE, Sshd};

/// A connection to a host, as a supervisor keeps it.
pub(crate) struct Line {
    pub(crate) ssh: Ssh,
    pub(crate) host: Host,
    pub(crate) control: PathBuf,
    _control: tempfile::TempDir,
    pub(crate) _cancel: DropGuard,
}

/// Options for a host, with little patience.
pub(crate) fn options(sshd: &Sshd, control: &tempfile::TempDir) -> Options {
    let address = sshd.name.parse().expect("an address");
    let mut options = Options::new(address, control.path());
    options.config_file = Some(sshd.config());
    options.first_pause = Duration::from_millis(50);
    options.longest_pause = Duration::from_millis(400);
    options
}

pub(crate) fn control() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("qd-c").tempdir_in("/tmp").expect("a folder")
}

impl Line {
    pub(crate) fn to(sshd: &Sshd) -> Self {
        Self::with(sshd, |_| ())
    }

    pub(crate) fn with(sshd: &Sshd, change: impl FnOnce(&mut Options)) -> Self {
        let control = control();
        let mut options = options(sshd, &control);
        change(&mut options);
        let cancel = CancellationToken::new();
        let ssh = Ssh::start(options, cancel.clone());
        let host = Host::from(ssh.clone());
        Self { ssh, host, control: control.path().into(), _control: control, _cancel: cancel.drop_guard() }
    }

    /// Waits until the link is as asked.
    pub(crate) async fn wait(&self, what: &str, is: impl FnMut(&Link) -> bool) -> Link {
        let mut link = self.ssh.link();
        let waited = timeout(PATIENCE, link.wait_for(is)).await;
        match waited {
            Ok(link) => link.expect("somebody keeps the link").clone(),
            Err(_) => panic!("waited for the link to be {what}; it is {:?}", *self.ssh.link().borrow()),
        }
    }

    pub(crate) async fn up(&self) -> Link {
        self.wait("up", Link::is_up).await
    }

    /// Why it is down.
    pub(crate) async fn down(&self) -> String {
        self.wait("down", |link| matches!(link, Link::Down { .. })).await.reason().expect("a reason")
    }
}

pub(crate) fn program(argv: &[&str]) -> Program {
    Program::new(argv.iter().copied())
}
