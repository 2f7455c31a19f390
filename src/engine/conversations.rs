//! The ids that agents give their conversations themselves, found where they write them down.

use std::time::SystemTime;

use tokio::sync::mpsc;

use super::{beat::Letter, core::Input, live::LivePane, rooms::Rooms};
use crate::{
    agent::{self, Conversation},
    domain::{ProfileName, Timestamp},
};

/// The agent of this profile writes the id down where we can find it. Others are never looked for.
pub(crate) fn are_written(rooms: &Rooms, profile: &ProfileName) -> bool {
    rooms.profiles.find(profile).is_some_and(|profile| match profile.conversation {
        Conversation::CodexRollouts => true,
        Conversation::Ours | Conversation::None => false,
    })
}

/// Looks for the id that the agent in `pane` gave its conversation. Reads files, so beside whoever asks.
pub(crate) fn seek(rooms: &Rooms, inbox: &mpsc::Sender<Letter>, pane: &LivePane) {
    let (rooms, inbox, pane) = (rooms.clone(), inbox.clone(), pane.clone());
    tokio::spawn(async move {
        let attempt = pane.attempt;
        let since = SystemTime::UNIX_EPOCH + Timestamp(0).since(Timestamp(-pane.since.0));
        let sought = tokio::task::spawn_blocking(move || {
            let profile = rooms.profiles.find(&pane.profile)?;
            let home = std::env::home_dir()?;
            let codex_home = std::env::var_os("CODEX_HOME").map(std::path::PathBuf::from);
            agent::conversation_of(profile, &pane.folder?, since, &home, codex_home.as_deref())
        });
        if let Ok(Some(id)) = sought.await {
            // The loop has ended: so will this task.
            let _ = inbox.send(Letter::Input(Input::Conversation { attempt, id })).await;
        }
    });
}
