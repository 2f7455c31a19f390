//! Answering a dialog that an agent shows in its pane, with its own keys.
//!
//! The pane is looked at right before: keys go only into the very dialog that was asked about, and never between those
//! of a person. tmux itself remembers which question was answered, so that the same answer, wanted again after a crash,
//! presses nothing twice.

use std::time::Duration;

use super::{
    core::Outcome,
    observer::{TYPING, read_capture},
    rooms::Rooms,
    sites::{Names, Site},
};
use crate::{
    agent::{Dialog, Profiles},
    domain::{AttemptId, ProfileName, QuestionId, attempt::PaneId},
    tmux,
};

/// How long to wait before tmux is asked again what the broken connection hid.
const ASK_AGAIN: Duration = Duration::from_millis(300);

/// One key to be pressed in one dialog.
#[derive(Debug, Clone)]
pub(crate) struct Press {
    pub(crate) question: QuestionId,
    pub(crate) attempt: AttemptId,
    pub(crate) pane: PaneId,
    pub(crate) profile: ProfileName,
    /// The dialog that was asked about.
    pub(crate) fingerprint: String,
    /// Which of its options, from 0; `None` refuses it.
    pub(crate) option: Option<usize>,
}

/// Looks whether the pane shows the dialog that was asked about, and answers it.
pub(crate) async fn press(rooms: &Rooms, site: &Site, press: &Press) -> Outcome {
    let question = press.question;
    loop {
        match press_now(&site.tmux, site.names(), &rooms.profiles, press).await {
            Ok(()) => return Outcome::Pressed { question },
            Err(Refused::For(reason)) => return Outcome::NotPressed { question, reason },
            Err(Refused::ForNow(error)) => tracing::warn!(%question, %error, "the answer was not pressed"),
        }
        tokio::time::sleep(ASK_AGAIN).await;
    }
}

/// Why an answer was not pressed.
enum Refused {
    /// For good.
    For(String),
    /// tmux can't be reached, or did not say whether it was done: it is asked again.
    ForNow(tmux::Error),
}

impl From<tmux::Error> for Refused {
    fn from(error: tmux::Error) -> Self {
        match error {
            tmux::Error::NoPane(_) | tmux::Error::DeadPane(_) => Refused::For("its program has ended".into()),
            tmux::Error::Closed | tmux::Error::Unfit { .. } | tmux::Error::Refused(_) => {
                Refused::For(error.to_string())
            }
            error => Refused::ForNow(error),
        }
    }
}

async fn press_now(server: &tmux::Server, names: Names<'_>, profiles: &Profiles, press: &Press) -> Result<(), Refused> {
    let marker = press.question.to_string();
    let markers = server.markers(&press.pane).await?;
    if markers.session_name != press.attempt.to_string() {
        return Err(Refused::For("its program has ended".into()));
    }
    if markers.answered.as_deref() == Some(&marker) {
        return Ok(());
    }
    if person_types(server, press.attempt).await? {
        return Err(Refused::For("somebody is typing in its pane".into()));
    }
    let keys = keys(dialog(server, names, profiles, press).await?, press.option)
        .map_err(|reason| Refused::For(reason.into()))?;
    server.answer(&press.pane, &press.attempt.to_string(), &keys, &marker).await?;
    Ok(())
}

/// The dialog that was asked about, as it stands in the pane now.
async fn dialog(
    server: &tmux::Server,
    names: Names<'_>,
    profiles: &Profiles,
    press: &Press,
) -> Result<Dialog, Refused> {
    let profile = profiles.find(&press.profile);
    let profile = profile.ok_or_else(|| Refused::For(format!("there is no usable agent {}", press.profile)))?;
    let seen = server.capture(&press.pane, tmux::Capture { colours: false, history: 0 }).await?;
    match read_capture(profile, &seen, names).dialog {
        Some(dialog) if dialog.fingerprint == press.fingerprint => Ok(dialog),
        Some(dialog) => {
            let words = dialog.text.lines().next().unwrap_or_default().to_owned();
            Err(Refused::For(format!("its pane shows another dialog: {words}")))
        }
        None => Err(Refused::For("its pane no longer shows the dialog".into())),
    }
}

/// The keys that choose this option now, or refuse the dialog.
fn keys(dialog: Dialog, option: Option<usize>) -> Result<Vec<tmux::Key>, &'static str> {
    let keys = match option {
        None if dialog.refuse.is_empty() => return Err("this dialog can't be refused by a key"),
        None => dialog.refuse,
        Some(option) => match dialog.choices.into_iter().nth(option) {
            Some(choice) => choice.keys,
            None => return Err("the dialog has no such option"),
        },
    };
    Ok(keys.into_iter().map(tmux::Key::Named).collect())
}

/// A person's keys went into the pane just now.
async fn person_types(server: &tmux::Server, attempt: AttemptId) -> Result<bool, tmux::Error> {
    let name = attempt.to_string();
    let panes = server.panes().await?;
    let person = panes.into_iter().find(|pane| pane.session_name == name).and_then(|pane| pane.person);
    Ok(person.is_some_and(|person| person.typed_ago < TYPING))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf, process::Command, time::Instant};

    use nix::{
        sys::signal::{Signal, kill},
        unistd::Pid,
    };
    use tokio_util::sync::CancellationToken;

    use super::*;

    /// Shows one dialog after the other, and writes down every byte it is given.
    const DIALOGS: &str = r"
import os, sys, tty
tty.setraw(0)
keys = open('keys', 'wb', buffering=0)
for words in sys.argv[1:]:
    rows = ['\x1b[2J\x1b[H' + '─' * 40, ' Do you want to run this command?', '   ' + words]
    rows += [' ❯ 1. Yes', '   2. Yes, always', '   3. No', '', ' Esc to cancel']
    os.write(1, '\r\n'.join(rows).encode())
    keys.write(os.read(0, 100))
os.write(1, b'\x1b[2J\x1b[Hover')
keys.write(os.read(0, 100))
";

    struct Deck {
        folder: tempfile::TempDir,
        server: tmux::Server,
        profiles: Profiles,
        pane: PaneId,
        cancel: CancellationToken,
        // The server's events end with their receiver.
        _events: tokio::sync::mpsc::Receiver<tmux::Event>,
    }

    impl Deck {
        /// A pane of attempt a1 that shows dialogs with these words.
        async fn showing(words: &[&str]) -> Self {
            let folder = tempfile::Builder::new().prefix("qd-dialogs-").tempdir_in("/tmp").unwrap();
            let cancel = CancellationToken::new();
            let path = |name: &str| folder.path().join(name);
            let options = tmux::Options {
                host: crate::target::Host::local(),
                socket: path("s"),
                config: path("conf"),
                detach_key: "C-]".into(),
            };
            let (server, mut events) = tmux::Server::start(options, cancel.clone());
            while !matches!(events.recv().await, Some(tmux::Event::Connected { .. })) {}
            let argv = ["python3", "-c", DIALOGS].iter().chain(words).map(|word| (*word).to_owned()).collect();
            let (name, directory) = ("a1".to_owned(), folder.path().to_owned());
            let record_to = path("log");
            let spec = tmux::PaneSpec { name, directory, argv, environment: vec![], columns: 80, rows: 24, record_to };
            let pane = server.spawn(spec).await.unwrap().id;
            let profiles = Profiles::load(std::path::Path::new("/nonexistent"));
            Self { folder, server, profiles, pane, cancel, _events: events }
        }

        /// The fingerprint of the dialog with these words, once it stands there.
        async fn stands(&self, words: &str) -> String {
            let seen = self.shows(words).await;
            let profile = self.profiles.find(&"stand-in".parse().unwrap()).unwrap();
            read_capture(profile, &seen, Names::default()).dialog.unwrap().fingerprint
        }

        /// The screen, once it shows these words and the end of what is drawn with them.
        async fn shows(&self, words: &str) -> tmux::Captured {
            let plain = tmux::Capture { colours: false, history: 0 };
            let deadline = Instant::now() + Duration::from_secs(20);
            loop {
                let seen = self.server.capture(&self.pane, plain).await.unwrap();
                if seen.contents.contains(words) && (words == "over" || seen.contents.contains("Esc to cancel")) {
                    return seen;
                }
                assert!(Instant::now() < deadline, "waited in vain for {words:?}: {}", seen.contents);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }

        async fn press(&self, question: &str, fingerprint: &str, option: Option<usize>) -> Result<(), String> {
            let press = Press {
                question: question.parse().unwrap(),
                attempt: "a1".parse().unwrap(),
                pane: self.pane.clone(),
                profile: "stand-in".parse().unwrap(),
                fingerprint: fingerprint.to_owned(),
                option,
            };
            match press_now(&self.server, Names::default(), &self.profiles, &press).await {
                Ok(()) => Ok(()),
                Err(Refused::For(reason)) => Err(reason),
                Err(Refused::ForNow(error)) => panic!("{error}"),
            }
        }

        /// Every byte that reached the program, once it is `expected` in length.
        async fn keys(&self, expected: &str) {
            let path: PathBuf = self.folder.path().join("keys");
            let deadline = Instant::now() + Duration::from_secs(20);
            while fs::read(&path).unwrap_or_default().len() < expected.len() {
                assert!(Instant::now() < deadline, "waited in vain for the keys {expected:?}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            assert_eq!(fs::read_to_string(&path).unwrap(), expected);
        }
    }

    impl Drop for Deck {
        fn drop(&mut self) {
            self.cancel.cancel();
            let socket = self.folder.path().join("s");
            let asked = ["display-message", "-p", "#{pid}"];
            let told = Command::new("tmux").arg("-S").arg(socket).args(asked).env_remove("TMUX").output();
            // Politely asked, it would wait until our control client has read everything, and nobody reads any more.
            if let Ok(told) = told
                && let Ok(pid) = String::from_utf8_lossy(&told.stdout).trim().parse()
            {
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
        }
    }

    #[tokio::test]
    async fn an_answer_is_the_key_of_its_option_and_is_pressed_once() {
        let deck = Deck::showing(&["make one", "make one", "make two"]).await;
        let one = deck.stands("make one").await;
        for _ in 0..3 {
            deck.press("q1", &one, Some(1)).await.unwrap();
        }
        deck.keys("2").await;
        // The next dialog has the same words, and is another question.
        assert_eq!(deck.stands("make one").await, one);
        deck.press("q2", &one, None).await.unwrap();
        deck.keys("2\u{1b}").await;
        let two = deck.stands("make two").await;
        deck.press("q3", &two, Some(0)).await.unwrap();
        deck.press("q3", &two, Some(0)).await.unwrap();
        deck.keys("2\u{1b}1").await;
        deck.server.press(&deck.pane, &[tmux::Key::Named("x".into())], None).await.unwrap();
        deck.keys("2\u{1b}1x").await;
    }

    #[tokio::test]
    async fn nothing_is_pressed_into_another_dialog() {
        let deck = Deck::showing(&["make one", "make two"]).await;
        let one = deck.stands("make one").await;
        assert_eq!(deck.press("q1", &one, Some(7)).await, Err("the dialog has no such option".into()));
        // The person answers in the pane.
        deck.server.press(&deck.pane, &[tmux::Key::Named("1".into())], None).await.unwrap();
        deck.stands("make two").await;
        let refused = deck.press("q1", &one, Some(1)).await.unwrap_err();
        assert_eq!(refused, "its pane shows another dialog: Do you want to run this command?");
        deck.server.press(&deck.pane, &[tmux::Key::Named("3".into())], None).await.unwrap();
        deck.keys("13").await;
        deck.shows("over").await;
        assert_eq!(deck.press("q1", &one, Some(1)).await, Err("its pane no longer shows the dialog".into()));
        deck.server.press(&deck.pane, &[tmux::Key::Named("x".into())], None).await.unwrap();
        deck.keys("13x").await;
    }
}
