//! A machine on which programs run and files lie: this one, or one reached over SSH.
//!
//! Everything above asks a [`Host`] and does not know which it is. What differs is the price: here a file costs a system
//! call, over there a round trip, so whoever asks much asks in one program.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::{Channel, Error, Local, Output, Program, Ssh, Status, ssh::Line};

/// A machine on which programs run and files lie. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Host {
    /// This one.
    Local(Local),
    /// One that is reached over SSH.
    Ssh(Ssh),
}

impl Host {
    /// This machine, with our own environment.
    pub fn local() -> Self {
        Host::Local(Local::new())
    }

    /// What tells it from all others.
    pub fn name(&self) -> &str {
        match self {
            Host::Local(_) => "local",
            Host::Ssh(ssh) => ssh.name(),
        }
    }

    /// It is this machine.
    pub fn is_local(&self) -> bool {
        matches!(self, Host::Local(_))
    }

    /// The line to it that there is now.
    pub fn line(&self) -> Line {
        match self {
            Host::Local(_) => Line::default(),
            Host::Ssh(ssh) => ssh.line(),
        }
    }

    /// The line to it has held since, and it answers: whatever failed there did not fail for want of the line.
    pub async fn holds(&self, line: &Line) -> bool {
        match self {
            Host::Local(_) => true,
            Host::Ssh(ssh) => ssh.holds(line).await,
        }
    }

    /// Runs a program to its end. Dropping the future ends the program.
    ///
    /// # Errors
    /// Every [`Error`]. An exit code other than 0 is none of them: it is in [`Output::status`].
    pub async fn run(&self, program: Program) -> Result<Output, Error> {
        match self {
            Host::Local(local) => local.run(program).await,
            Host::Ssh(ssh) => ssh.run(program).await,
        }
    }

    /// Runs a program to its end, and lets `hear` have whatever it prints when it prints it, both outputs as one.
    ///
    /// # Errors
    /// Every [`Error`]. An exit code other than 0 is none of them.
    pub async fn run_together(&self, program: Program, hear: impl FnMut(&[u8])) -> Result<Status, Error> {
        match self {
            Host::Local(local) => local.run_together(program, hear).await,
            Host::Ssh(ssh) => ssh.run_together(program, hear).await,
        }
    }

    /// Starts a program to talk with for as long as it runs. Of the [`Program`], its input, its deadline and the bound
    /// of its outputs do not count.
    ///
    /// # Errors
    /// Every [`Error`]. [`Error::TimedOut`] when a host did not come to start it.
    pub async fn open(&self, program: Program) -> Result<Channel, Error> {
        match self {
            Host::Local(local) => local.open(&program),
            Host::Ssh(ssh) => ssh.open(program).await,
        }
    }

    /// Where a program is: on PATH, or at the path given, if it can be run.
    ///
    /// # Errors
    /// When the host can't be asked.
    pub async fn find(&self, name: &str) -> Result<Option<PathBuf>, Error> {
        match self {
            Host::Local(local) => Ok(local.find(name)),
            Host::Ssh(ssh) => ssh.find(name).await,
        }
    }

    /// What a person's terminal on this machine runs so that a program runs there, in that terminal.
    pub fn terminal_argv(&self, argv: Vec<String>) -> Vec<String> {
        match self {
            Host::Local(_) => argv,
            Host::Ssh(ssh) => ssh.terminal_argv(&argv),
        }
    }

    /// What git here is to take for `ssh` to reach repositories there (`GIT_SSH_COMMAND`); `None` where it needs none.
    pub fn git_command(&self) -> Option<String> {
        match self {
            Host::Local(_) => None,
            Host::Ssh(ssh) => Some(ssh.git_command()),
        }
    }

    /// What git here is to take for the address of a repository there.
    pub fn git_url(&self, path: &Path) -> String {
        match self {
            Host::Local(_) => path.to_string_lossy().into_owned(),
            Host::Ssh(ssh) => ssh.git_url(path),
        }
    }

    /// The same as a line that a person can paste into any terminal of this machine.
    pub fn terminal_line(&self, argv: &[String]) -> String {
        match self {
            Host::Local(_) => shell_words::join(argv),
            Host::Ssh(ssh) => ssh.paste_line(argv),
        }
    }

    /// A variable as programs there see it.
    ///
    /// # Errors
    /// When the host can't be asked.
    pub async fn variable(&self, name: &str) -> Result<Option<OsString>, Error> {
        match self {
            Host::Local(local) => Ok(local.variable(name)),
            Host::Ssh(ssh) => ssh.variable(name).await,
        }
    }
}

impl From<Ssh> for Host {
    fn from(ssh: Ssh) -> Self {
        Host::Ssh(ssh)
    }
}

impl From<Local> for Host {
    fn from(local: Local) -> Self {
        Host::Local(local)
    }
}
