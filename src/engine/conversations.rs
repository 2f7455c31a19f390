//! The ids that agents give their conversations themselves, found where they write them down.

use std::{path::PathBuf, time::SystemTime};

use tokio::sync::mpsc;

use super::{beat::Letter, clock::now, core::Input, live::LivePane, rooms::Rooms, sites::Site};
use crate::{
    agent::{self, Conversation, transcripts::Homes},
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
pub(crate) fn seek(rooms: &Rooms, site: &Site, inbox: &mpsc::Sender<Letter>, pane: &LivePane) {
    let (rooms, site, inbox, pane) = (rooms.clone(), site.clone(), inbox.clone(), pane.clone());
    tokio::spawn(async move {
        let attempt = pane.attempt;
        let found =
            if site.host.is_local() { seek_here(rooms, pane).await } else { seek_on(&rooms, &site, pane).await };
        if let Some(id) = found {
            // The loop has ended: so will this task.
            let _ = inbox.send(Letter::Input(Input::Conversation { attempt, id })).await;
        }
    });
}

async fn seek_here(rooms: Rooms, pane: LivePane) -> Option<String> {
    let since = SystemTime::UNIX_EPOCH + Timestamp(0).since(Timestamp(-pane.since.0));
    let sought = tokio::task::spawn_blocking(move || {
        let profile = rooms.profiles.find(&pane.profile)?;
        let home = std::env::home_dir()?;
        let codex_home = std::env::var_os("CODEX_HOME").map(PathBuf::from);
        agent::conversation_of(profile, &pane.folder?, since, &home, codex_home.as_deref())
    });
    sought.await.ok().flatten()
}

async fn seek_on(rooms: &Rooms, site: &Site, pane: LivePane) -> Option<String> {
    let profile = rooms.profiles.find(&pane.profile)?;
    let homes = Homes::of(profile, |name| site.variable(name).map(Into::into))?;
    let age = now().since(pane.since);
    let sought = agent::conversation_on(&site.host, profile, &pane.folder?, age, &homes.codex).await;
    // A host that can't be asked is asked again.
    sought.ok().flatten()
}
