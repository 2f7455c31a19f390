//! What panes show, and who is at them.

use std::collections::HashMap;

use tmux_interface::{CapturePane, DisplayMessage, KillSession, ListClients, ListPanes};

use super::{
    Capture, Captured, Error, PaneSeen, Person, Server, capture,
    command::words,
    config::HUB,
    pane::{CLIENT_FORMAT, LIST_FORMAT, checked_pane, read_client_line, read_list_line},
    refusal::{about, unexpected},
};
use crate::domain::attempt::PaneId;

impl Server {
    /// All panes, in one look.
    ///
    /// # Errors
    /// When tmux can't be asked.
    pub async fn panes(&self) -> Result<Vec<PaneSeen>, Error> {
        // Lines of ours begin with a word that no program can guess, whatever its name contains.
        let nonce = format!("{}\t", uuid::Uuid::new_v4().simple());
        let list = words(ListPanes::new().all().format(format!("{nonce}{LIST_FORMAT}")));
        let text = self.one(list).await?;
        let mut attached = false;
        let mut panes: Vec<PaneSeen> = Vec::new();
        for line in text.lines().filter_map(|line| line.strip_prefix(&nonce)) {
            match read_list_line(line) {
                Some((seen, _)) if seen.session_name == HUB => {}
                Some((seen, has_clients)) => {
                    attached |= has_clients;
                    panes.push(seen);
                }
                None => tracing::warn!(line, "tmux lists a pane in an unknown way"),
            }
        }
        if attached {
            let people = self.people().await?;
            for pane in &mut panes {
                pane.person = people.get(&pane.session_name).copied();
            }
        }
        Ok(panes)
    }

    /// What a pane shows.
    ///
    /// # Errors
    /// [`Error::NoPane`] when it is gone.
    pub async fn capture(&self, pane: &PaneId, what: Capture) -> Result<Captured, Error> {
        let target = checked_pane(pane)?;
        let head = words(DisplayMessage::new().print().target_pane(target).message(capture::HEAD_FORMAT));
        let mut screen = CapturePane::new().stdout().target_pane(target).start_line(format!("-{}", what.history));
        if what.history == 0 {
            screen.start_line = Some("0".into());
        }
        if what.colours {
            screen = screen.escape_sequences().trailing_spaces();
        }
        let mut commands = vec![head, words(screen)];
        if self.options.pushes_output() {
            // What it prints from here on is told again. `-C` ends nothing: it clears the session's alerts.
            commands.insert(0, words(KillSession::new().clear_alerts().target_session(target)));
        }
        let blocks = self.send(commands, Some(what.history)).await;
        let blocks = about(pane, blocks)?;
        let [.., head, screen] = blocks.as_slice() else { return Err(unexpected(&blocks)) };
        capture::read(&head.text(), &screen.lines, what, screen.second).ok_or_else(|| unexpected(&blocks))
    }

    async fn people(&self) -> Result<HashMap<String, Person>, Error> {
        let blocks = self.run(vec![words(ListClients::new().format(CLIENT_FORMAT))]).await?;
        let (text, second) = blocks.first().map(|block| (block.text(), block.second)).unwrap_or_default();
        let mut people: HashMap<String, Person> = HashMap::new();
        for (session, person) in text.lines().filter_map(|line| read_client_line(line, second)) {
            let known = people.entry(session).or_insert(person);
            known.typed_ago = known.typed_ago.min(person.typed_ago);
        }
        Ok(people)
    }
}
