//! What is typed into panes, and what the server remembers of it.

use tmux_interface::{CopyMode, DisplayMessage, PasteBuffer, SendKeys, SetBuffer};

use super::{
    Error, Key, Markers, Server,
    command::{Scope, Words, set_option, words},
    pane::{checked_marker, checked_pane},
    refusal::{about, done_now, unless_done, unless_ended, unless_in_another},
};
use crate::domain::attempt::PaneId;

/// The pane option that remembers the last paste.
const PASTED: &str = "@qd_pasted";
/// The pane option that remembers the last marked key press.
const PRESSED: &str = "@qd_pressed";
/// The pane option that remembers the last answer.
const ANSWERED: &str = "@qd_answered";

impl Server {
    /// Pastes `text` without control characters, as bracketed paste if the program asks for it, and remembers
    /// `marker` in the same command line. Line ends become CR, as terminals paste them.
    ///
    /// # Errors
    /// [`Error::NoPane`], [`Error::DeadPane`]; after [`Error::Lost`], [`Server::markers`] tells whether it happened.
    pub async fn paste(&self, pane: &PaneId, text: &str, marker: &str) -> Result<(), Error> {
        let (target, marker) = (checked_pane(pane)?, checked_marker(marker)?);
        let text = pasteable(text);
        let buffer = format!("qd-{marker}");
        let mut commands = vec![unless_ended(target), leave_modes(target)];
        if !text.is_empty() {
            let set = words(SetBuffer::new().buffer_name(&buffer));
            commands.push([set, vec!["--".into(), text]].concat());
            let paste = PasteBuffer::new().bracket_codes().delete().buffer_name(&buffer).target_pane(target);
            commands.push(words(paste));
        }
        commands.push(set_option(PASTED, marker, target, Scope::Pane));
        about(pane, self.run(commands).await).map(drop)
    }

    /// Presses keys, one after the other, and remembers `marker` in the same command line.
    ///
    /// # Errors
    /// As [`Server::paste`]; [`Error::Unfit`] for a name that is no key.
    pub async fn press(&self, pane: &PaneId, keys: &[Key], marker: Option<&str>) -> Result<(), Error> {
        let target = checked_pane(pane)?;
        let mut commands = vec![unless_ended(target), leave_modes(target)];
        for key in keys {
            commands.push(press_one(target, key)?);
        }
        if let Some(marker) = marker {
            commands.push(set_option(PRESSED, checked_marker(marker)?, target, Scope::Pane));
        }
        about(pane, self.run(commands).await).map(drop)
    }

    /// Presses the keys that answer a dialog in the pane of this session, unless `marker` says that it was done before:
    /// then it does nothing and is `false`. To look and to press are one command line, so keys are pressed once however
    /// often this is asked for.
    ///
    /// # Errors
    /// As [`Server::press`]; [`Error::NoPane`] also when the pane is of another session.
    pub async fn answer(&self, pane: &PaneId, session_name: &str, keys: &[Key], marker: &str) -> Result<bool, Error> {
        let (target, session_name, marker) =
            (checked_pane(pane)?, checked_marker(session_name)?, checked_marker(marker)?);
        let mut commands = vec![
            unless_in_another(target, session_name),
            unless_done(target, ANSWERED, marker),
            unless_ended(target),
            leave_modes(target),
        ];
        for key in keys {
            commands.push(press_one(target, key)?);
        }
        commands.push(set_option(ANSWERED, marker, target, Scope::Pane));
        about(pane, done_now(self.run(commands).await))
    }

    /// What was pasted, pressed and answered last, as the server itself remembers it.
    ///
    /// # Errors
    /// [`Error::NoPane`] when it is gone.
    pub async fn markers(&self, pane: &PaneId) -> Result<Markers, Error> {
        let format = format!("#{{pane_id}}\t#{{session_name}}\t#{{{PASTED}}}\t#{{{PRESSED}}}\t#{{{ANSWERED}}}");
        let message = DisplayMessage::new().print().target_pane(checked_pane(pane)?).message(format);
        let text = about(pane, self.one(words(message)).await)?;
        let mut fields = text.split('\t');
        // A pane that is gone expands to nothing.
        if fields.next() != Some(pane.0.as_str()) {
            return Err(Error::NoPane(pane.clone()));
        }
        let session_name = fields.next().unwrap_or_default().to_owned();
        let mut next = || fields.next().filter(|marker| !marker.is_empty()).map(str::to_owned);
        Ok(Markers { session_name, pasted: next(), pressed: next(), answered: next() })
    }
}

/// Ends copy mode and the like: what is typed there would not reach the program.
fn leave_modes(target: &str) -> Words {
    [words(CopyMode::new()), vec!["-q".into(), "-t".into(), target.into()]].concat()
}

fn press_one(target: &str, key: &Key) -> Result<Words, Error> {
    let send = SendKeys::new().target_pane(target);
    match key {
        Key::Named(name) => {
            let rule = "it must be a key as tmux names it, for example Enter, C-c or y";
            name.parse::<Key>().map_err(|_| Error::Unfit { what: "the key", value: name.clone(), rule })?;
            Ok([words(send), vec!["--".into(), name.clone()]].concat())
        }
        Key::Raw(bytes) => {
            let hexadecimal = bytes.iter().map(|byte| format!("{byte:02x}"));
            Ok(words(send.hex()).into_iter().chain(hexadecimal).collect())
        }
    }
}

/// `text` as it may be pasted: nothing in it can end a bracketed paste or steer a terminal.
fn pasteable(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|character| matches!(character, '\n' | '\t') || !character.is_control()).collect()
}
