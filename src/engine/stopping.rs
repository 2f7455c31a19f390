//! Ending an attempt whole, and clearing up after one that ended by itself.

use std::{io, path::PathBuf, time::Duration};

use super::{core::Outcome, observer, private_file, remains, rooms::Rooms, sites::Site};
use crate::{
    agent::{Profile, Quit},
    domain::{
        AttemptId, ProfileName,
        activity::Doing,
        attempt::{PaneId, Survivor},
    },
    target::processes,
    tmux::{Capture, Captured, Key},
};

/// The pause between two keys that must not be taken for a paste, and between two looks at a pane that is leaving.
/// Codex's guard against pastes lets go after 50 ms.
const BETWEEN_KEYS: Duration = Duration::from_millis(80);

/// The pause before a machine is asked again that could not be, though the line to it holds.
const BETWEEN_TRIES: Duration = Duration::from_secs(1);

/// Ends the program and every process that came from it, then closes the pane. Looks for the pane by its name, so that
/// a launch whose outcome was lost is found too.
///
/// An agent whose work is done is asked to leave first, `politely`, in its own way.
pub(crate) async fn stop(
    rooms: &Rooms,
    site: &Site,
    attempt: AttemptId,
    pid: Option<u32>,
    politely: Option<&ProfileName>,
) -> Outcome {
    let name = attempt.to_string();
    let found = match site.tmux.panes().await {
        Ok(panes) => panes.into_iter().find(|pane| pane.session_name == name),
        Err(error) => {
            tracing::warn!(%attempt, %error, "tmux could not be asked for the pane; its processes are ended all the same");
            None
        }
    };
    if let Some(pane) = &found {
        keep_picture(rooms, site, attempt, &pane.pane).await;
        if let Some(profile) = politely.and_then(|name| rooms.profiles.find(name)) {
            ask_to_leave(rooms, site, profile, &pane.pane).await;
        }
    }
    let leader = pid.or(found.as_ref().map(|pane| pane.pid));
    let survivors = end_all(rooms, site, attempt, leader).await;
    if let Some(pane) = found
        && let Err(error) = site.tmux.kill(&pane.pane).await
    {
        tracing::warn!(%attempt, %error, "the pane was not closed; the next sight of it will");
    }
    remains::forget_launch(&rooms.paths, attempt);
    Outcome::Stopped { attempt, survivors }
}

/// Ends what outlived an attempt's pane. Processes that ignore the loss of their terminal go on without one.
pub(crate) async fn sweep(rooms: &Rooms, site: &Site, attempt: AttemptId) {
    // No pane leads to its first process, whose number may be another's by now: the mark alone tells what is ours.
    let survivors = end_all(rooms, site, attempt, None).await;
    for survivor in survivors {
        tracing::warn!(%attempt, pid = survivor.pid, command = survivor.command, "a process outlives its session");
    }
    remains::forget_launch(&rooms.paths, attempt);
}

/// Ends an attempt's processes, and gives those that live on. While the machine can't be asked, nothing is known of them;
/// when the line was cut, whoever ordered this looks again once it is there.
async fn end_all(rooms: &Rooms, site: &Site, attempt: AttemptId, leader: Option<u32>) -> Vec<Survivor> {
    let (tag, grace) = (rooms.tag(attempt), rooms.config.sessions.stop_grace);
    loop {
        match processes::end(&site.host, &tag, leader, grace).await {
            Ok(survivors) => return survivors,
            Err(error) if rooms.sites.has_held(&site.target, site.reached) => {
                tracing::warn!(%attempt, %error, "its processes could not be ended; it is tried again");
                tokio::time::sleep(BETWEEN_TRIES).await;
            }
            Err(_) => return Vec::new(),
        }
    }
}

/// Has the agent leave as a person would: only while it waits for a message and nothing stands in its input box, so
/// that what is typed can't answer a dialog or complete a half-written line. Waits for the end no longer than the
/// grace.
async fn ask_to_leave(rooms: &Rooms, site: &Site, profile: &Profile, pane: &PaneId) {
    let Ok(captured) = site.tmux.capture(pane, Capture { colours: false, history: 0 }).await else { return };
    let reading = observer::read_capture(profile, &captured, site.names());
    let empty = reading.composer.as_deref().is_none_or(|text| text.trim().is_empty());
    if reading.doing != Doing::YourTurn || !empty {
        return;
    }
    let named = |names: &[String]| names.iter().cloned().map(Key::Named).collect::<Vec<_>>();
    let keys = match &profile.keys.quit {
        Quit::Keys(keys) => named(keys),
        Quit::Text(text) => {
            let mut keys = named(&profile.keys.clear_line);
            keys.push(Key::Raw(text.as_bytes().to_vec()));
            keys.push(Key::Named(profile.keys.submit.clone()));
            keys
        }
    };
    // Each in a request of its own: agents take keys that come at once for a paste.
    for key in keys {
        if site.tmux.press(pane, &[key], None).await.is_err() {
            return;
        }
        tokio::time::sleep(BETWEEN_KEYS).await;
    }
    let left = async {
        while site
            .tmux
            .panes()
            .await
            .is_ok_and(|panes| panes.iter().any(|seen| seen.pane == *pane && seen.dead.is_none()))
        {
            tokio::time::sleep(BETWEEN_KEYS).await;
        }
    };
    // One that stays is ended like any other.
    let _ = tokio::time::timeout(rooms.config.sessions.stop_grace, left).await;
}

/// Keeps the last picture of a program that has ended by itself, ends what it left behind, and closes the pane.
pub(crate) async fn bury(rooms: &Rooms, site: &Site, attempt: AttemptId, pane: &PaneId, pid: u32) {
    keep_picture(rooms, site, attempt, pane).await;
    let survivors = end_all(rooms, site, attempt, Some(pid)).await;
    for survivor in survivors {
        tracing::warn!(%attempt, pid = survivor.pid, command = survivor.command, "a process outlives its session");
    }
    if let Err(error) = site.tmux.kill(pane).await {
        tracing::warn!(%attempt, %error, "the pane of an ended program was not closed");
    }
    remains::forget_launch(&rooms.paths, attempt);
}

/// Writes the pane's last picture beside its recording.
async fn keep_picture(rooms: &Rooms, site: &Site, attempt: AttemptId, pane: &PaneId) {
    match site.tmux.capture(pane, Capture { colours: true, history: 0 }).await {
        Ok(captured) => {
            if let Err(error) = write_picture(&picture_path(rooms, attempt), &captured) {
                tracing::warn!(%attempt, %error, "the last picture was not kept");
            }
        }
        Err(error) => tracing::debug!(%attempt, %error, "there is no last picture"),
    }
}

/// Where an ended attempt's last picture is.
pub(crate) fn picture_path(rooms: &Rooms, attempt: AttemptId) -> PathBuf {
    rooms.paths.recordings().join(format!("{attempt}.picture"))
}

/// The first line holds columns and rows, the rest is the picture.
fn write_picture(path: &std::path::Path, captured: &Captured) -> io::Result<()> {
    private_file::write(path, format!("{} {}\n{}", captured.columns, captured.rows, captured.contents))
}

/// An ended attempt's last picture: columns, rows, contents.
pub(crate) fn read_picture(path: &std::path::Path) -> Option<(u16, u16, String)> {
    let text = std::fs::read_to_string(path).ok()?;
    let (size, contents) = text.split_once('\n')?;
    let (columns, rows) = size.split_once(' ')?;
    Some((columns.parse().ok()?, rows.parse().ok()?, contents.to_owned()))
}
