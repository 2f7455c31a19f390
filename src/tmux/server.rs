//! The handle: where the server is, what it says by itself, and how it is asked.

use std::{path::PathBuf, sync::Arc, time::Duration};

use tmux_interface::{AttachSession, DisplayMessage, RunShell, commands::common::client_flags::ClientFlags};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::target::Host;

use super::{
    Error,
    actor::{Actor, Line, Request},
    command::{Scope, Words, set_option, words},
    control::Block,
};

/// Where the server is, and what it reads.
#[derive(Debug, Clone)]
pub struct Options {
    /// The machine it is on.
    pub host: Host,
    /// Its socket, absolute.
    pub socket: PathBuf,
    /// The configuration that is written for it, private.
    pub config: PathBuf,
    /// The key that detaches a person, as tmux names it: `C-]`.
    pub detach_key: String,
}

impl Options {
    /// The server tells when a pane prints. On this machine the growth of its recording tells.
    pub(super) fn pushes_output(&self) -> bool {
        !self.host.is_local()
    }
}

/// What happens by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Requests are answered from now on.
    Connected {
        /// What `tmux -V` says.
        version: String,
        /// The server was started just now: panes known before are gone.
        fresh: bool,
    },
    /// They are not; it is tried again by itself.
    Disconnected {
        /// Why.
        reason: String,
    },
    /// A program ended, or panes came or went: list again.
    PaneDied,
    /// Somebody attached or detached: list again.
    ClientsChanged,
    /// A pane on another machine has printed something since it was last captured.
    Printed {
        /// The name it was spawned with.
        session_name: String,
    },
}

/// A tmux server, as a cheap handle.
#[derive(Debug, Clone)]
pub struct Server {
    pub(super) options: Options,
    knocked: Arc<Notify>,
    requests: mpsc::Sender<Request>,
}

impl Server {
    /// Starts, or finds, the server in the background. Requests wait for the first connection. After `cancel` the
    /// server and its panes live on.
    pub fn start(options: Options, cancel: CancellationToken) -> (Server, mpsc::Receiver<Event>) {
        let (requests, receiver) = mpsc::channel(64);
        let (events, told) = mpsc::channel(64);
        let knocked = Arc::new(Notify::new());
        let actor = Actor { options: options.clone(), requests: receiver, events, knocked: knocked.clone(), cancel };
        tokio::spawn(actor.run());
        (Server { options, knocked, requests }, told)
    }

    /// Connects now, if it isn't, rather than when its time has come.
    pub fn connect_now(&self) {
        self.knocked.notify_one();
    }

    /// Makes the server collect the exit statuses of programs that have ended. tmux 3.3a can miss one (about one exit
    /// in forty on a busy machine) and then shows a dead pane without a status until its next child ends; this gives
    /// it one.
    ///
    /// # Errors
    /// When tmux can't be asked.
    pub async fn collect_exits(&self) -> Result<(), Error> {
        self.run(vec![words(RunShell::new().background().shell_command("true"))]).await.map(drop)
    }

    /// How long the server has run, in whole seconds. Its clock may be another than ours.
    ///
    /// # Errors
    /// When tmux can't be asked.
    pub async fn age(&self) -> Result<Duration, Error> {
        let blocks = self.run(vec![words(DisplayMessage::new().print().message("#{start_time}"))]).await?;
        let (text, now) = blocks.first().map(|block| (block.text(), block.second)).unwrap_or_default();
        let started: i64 = text.trim().parse().map_err(|_| Error::Unexpected(text))?;
        Ok(Duration::from_secs(now.saturating_sub(started).try_into().unwrap_or(0)))
    }

    /// Ends the server with all panes, and looks until it is gone. Afterwards this handle answers
    /// [`Error::Closed`] only.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn end(&self) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(Request::End(reply)).await.map_err(|_| Error::Closed)?;
        answer.await.map_err(|_| Error::Closed)?
    }

    /// What a person's terminal runs, without `TMUX` in its environment, to be at a session. The window follows that
    /// terminal in the same command line; [`Server::resize`] brings it back. A read-only onlooker changes no size.
    pub fn attach_argv(&self, session_name: &str, read_only: bool) -> Vec<String> {
        self.options.host.terminal_argv(self.attach_words(session_name, read_only))
    }

    /// The same as a line that a person can paste into any terminal, also one that is inside of tmux.
    pub fn attach_line(&self, session_name: &str) -> String {
        let argv = [&["env", "-u", "TMUX"].map(str::to_owned)[..], &self.attach_words(session_name, false)].concat();
        self.options.host.terminal_line(&argv)
    }

    fn attach_words(&self, session_name: &str, read_only: bool) -> Vec<String> {
        let socket = self.options.socket.to_string_lossy().into_owned();
        let mut argv = vec!["tmux".to_owned(), "-u".to_owned(), "-S".to_owned(), socket];
        let mut attach = AttachSession::new().target_session(format!("={session_name}"));
        if read_only {
            let flags = ClientFlags { read_only: Some(true), ignore_size: Some(true), ..ClientFlags::default() };
            attach = attach.flags(flags);
        } else {
            let target = format!("={session_name}:");
            argv.extend(set_option("window-size", "latest", &target, Scope::Window));
            argv.push(";".to_owned());
            if self.options.pushes_output() {
                argv.extend(set_option("monitor-activity", "off", &target, Scope::Window));
                argv.push(";".to_owned());
            }
        }
        argv.extend(words(attach));
        argv
    }

    pub(super) async fn one(&self, command: Words) -> Result<String, Error> {
        let blocks = self.run(vec![command]).await?;
        Ok(blocks.first().map(Block::text).unwrap_or_default())
    }

    pub(super) async fn run(&self, commands: Vec<Words>) -> Result<Vec<Block>, Error> {
        self.send(commands, None).await
    }

    pub(super) async fn send(&self, commands: Vec<Words>, captures: Option<u32>) -> Result<Vec<Block>, Error> {
        let (reply, answer) = oneshot::channel();
        let request = Request::Run(Line { commands, captures, reply });
        self.requests.send(request).await.map_err(|_| Error::Closed)?;
        let blocks = answer.await.map_err(|_| Error::Closed)??;
        match blocks.iter().find(|block| block.refused) {
            Some(refusal) => Err(Error::Refused(refusal.text())),
            None => Ok(blocks),
        }
    }
}
