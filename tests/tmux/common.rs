//! A private server per test, and one way to wait.

use std::{
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use quarterdeck::{
    domain::attempt::PaneId,
    target::Host,
    tmux::{Capture, Death, Event, Options, Pane, PaneSeen, PaneSpec, Server},
};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub(crate) struct Deck {
    pub(crate) folder: TempDir,
    pub(crate) server: Server,
    pub(crate) events: mpsc::Receiver<Event>,
    pub(crate) cancel: CancellationToken,
}

impl Deck {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("qd-tmux-").tempdir_in("/tmp").unwrap();
        let cancel = CancellationToken::new();
        let (server, events) = Server::start(options(folder.path().to_owned()), cancel.clone());
        let mut deck = Self { folder, server, events, cancel };
        deck.expect("the first connection", |event| matches!(event, Event::Connected { fresh: true, .. })).await;
        deck
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn spec(&self, name: &str, argv: &[&str]) -> PaneSpec {
        PaneSpec {
            name: name.into(),
            directory: self.folder.path().to_owned(),
            argv: argv.iter().map(|word| (*word).to_owned()).collect(),
            environment: vec![("QD_TEST".into(), "$HOME #{x} ;".into())],
            columns: 80,
            rows: 24,
            record_to: self.path(&format!("{name}.log")),
        }
    }

    pub(crate) async fn run(&self, name: &str, argv: &[&str]) -> Pane {
        self.server.spawn(self.spec(name, argv)).await.unwrap()
    }

    pub(crate) async fn shell(&self, name: &str, script: &str) -> Pane {
        self.run(name, &["sh", "-c", script]).await
    }

    pub(crate) async fn expect(&mut self, what: &str, wanted: impl Fn(&Event) -> bool) {
        let found = async {
            loop {
                let event = self.events.recv().await.expect("the actor lives");
                if wanted(&event) {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), found).await.unwrap_or_else(|_| panic!("no event: {what}"));
    }

    pub(crate) async fn seen(&self, name: &str) -> Option<PaneSeen> {
        self.server.panes().await.unwrap().into_iter().find(|pane| pane.session_name == name)
    }

    /// How the program in a pane ended. tmux 3.3a can miss an exit status until another child ends: it is asked again,
    /// as the supervisor does.
    pub(crate) async fn death(&self, name: &str) -> Death {
        let unknown = Death { code: None, signal: None };
        let mut found = unknown;
        until(&format!("it is known how {name} ended"), async || {
            match self.seen(name).await.and_then(|seen| seen.dead) {
                Some(death) if death != unknown => {
                    found = death;
                    return true;
                }
                Some(_) => self.server.collect_exits().await.unwrap(),
                None => {}
            }
            false
        })
        .await;
        found
    }

    pub(crate) async fn screen(&self, pane: &PaneId) -> String {
        self.server.capture(pane, Capture::default()).await.unwrap().contents
    }

    pub(crate) async fn shows(&self, pane: &PaneId, text: &str) {
        until(&format!("the screen shows {text:?}"), async || self.screen(pane).await.contains(text)).await;
    }

    /// What an ordinary client of the same server prints.
    pub(crate) fn tmux(&self, words: &[&str]) -> String {
        let output =
            Command::new("tmux").arg("-u").arg("-S").arg(self.path("s")).args(words).env_remove("TMUX").output();
        String::from_utf8_lossy(&output.unwrap().stdout).trim().to_owned()
    }
}

impl Drop for Deck {
    fn drop(&mut self) {
        self.cancel.cancel();
        // Politely asked, it would wait until our control client has read everything, and nobody reads there any more.
        if let Ok(pid) = self.tmux(&["display-message", "-p", "#{pid}"]).parse() {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
}

pub(crate) fn options(folder: PathBuf) -> Options {
    Options {
        host: Host::local(),
        socket: folder.join("s"),
        config: folder.join("tmux.conf"),
        detach_key: "C-]".into(),
    }
}

/// The one way to wait for something that sends no event.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds().await {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
