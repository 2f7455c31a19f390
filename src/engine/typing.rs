//! Typing a message into a pane: looked at right before, so that neither text nor Enter ever answers a dialog,
//! carries somebody's draft along, or lands in the pane of another attempt.

use std::time::Duration;

use super::{clock::now, core::Outcome, observer::read_capture, rooms::Rooms, sites::Site};
use crate::{
    agent::{Profile, Reading},
    domain::{
        AttemptId, Message, MessageId, ProfileName, activity::Doing, attempt::PaneId, message, message::Delivery,
    },
    tmux,
};

/// How long the paste of a message may take to show on the screen before Enter is pressed all the same.
const PASTE_SHOWS: Duration = Duration::from_secs(3);
/// The same for an agent whose input box is not known.
const PASTE_SHOWS_SOMEWHERE: Duration = Duration::from_millis(600);
/// How long to wait before tmux is asked again whether it did what the broken connection hid.
const ASK_AGAIN: Duration = Duration::from_millis(300);
/// How often a screen is looked at that is about to change.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// How many lines of a text that an agent gave back are cleared away at most.
const LINES_CLEARED: usize = 200;

/// Pastes a message unless tmux remembers having done so, and waits until it shows. No outcome when the pane is gone:
/// the end of the attempt, which the observer sees, decides about the message.
pub(super) async fn paste(
    rooms: &Rooms,
    site: &Site,
    message: &Message,
    attempt: AttemptId,
    pane: &PaneId,
    profile: &ProfileName,
) -> Option<Outcome> {
    let id = message.id;
    let not_pasted = |reason: String| Some(Outcome::NotPasted { message: id, reason });
    let Some(profile) = rooms.profiles.find(profile) else {
        return not_pasted(format!("there is no usable agent {profile}"));
    };
    let body = match rooms.store.body(id).await {
        Ok(Some(body)) => body,
        Ok(None) => return not_pasted("its text is not in the database".into()),
        Err(error) => return not_pasted(error.to_string()),
    };
    let body = profile.as_text(&body);
    let marker = id.to_string();
    loop {
        match site.tmux.markers(pane).await {
            Ok(markers) if markers.session_name != attempt.to_string() => return None,
            Ok(markers) if markers.pasted.as_deref() == Some(&marker) => break,
            Ok(_) => {
                if let Err(reason) = make_room(rooms, site, pane, profile, message).await {
                    return not_pasted(reason);
                }
                match site.tmux.paste(pane, &body, &marker).await {
                    Ok(()) => break,
                    Err(error) if error.may_have_happened() => {}
                    Err(tmux::Error::NoPane(_) | tmux::Error::DeadPane(_) | tmux::Error::Closed) => return None,
                    Err(error) => return not_pasted(error.to_string()),
                }
            }
            Err(tmux::Error::NoPane(_) | tmux::Error::DeadPane(_) | tmux::Error::Closed) => return None,
            Err(_) => {}
        }
        // The connection broke: tmux itself knows whether the paste was done.
        tokio::time::sleep(ASK_AGAIN).await;
    }
    let rest = tokio::time::sleep(Duration::from_millis(profile.keys.submit_delay_ms));
    let limit = if profile.composer.is_some() { PASTE_SHOWS } else { PASTE_SHOWS_SOMEWHERE };
    let _ = tokio::time::timeout(limit, shown(site, pane, profile, &message.excerpt)).await;
    rest.await;
    Some(Outcome::Pasted { message: id })
}

/// Presses Enter for a message unless tmux remembers having done so.
pub(super) async fn enter(
    rooms: &Rooms,
    site: &Site,
    message: MessageId,
    attempt: AttemptId,
    pane: &PaneId,
    profile: &ProfileName,
    press: u8,
) -> Option<Outcome> {
    let profile = rooms.profiles.find(profile);
    let key = profile.map_or_else(|| "Enter".to_owned(), |profile| profile.keys.submit.clone());
    let marker = format!("{message}-{press}");
    let at = now();
    loop {
        match site.tmux.markers(pane).await {
            Ok(markers) if markers.session_name != attempt.to_string() => return None,
            Ok(markers) if markers.pressed.as_deref() == Some(&marker) => break,
            Ok(_) => {
                let reading = match profile {
                    Some(profile) => look(site, pane, profile).await,
                    None => None,
                };
                if profile.zip(reading).is_some_and(|(profile, reading)| closed(profile, &reading).is_some()) {
                    return Some(Outcome::NotEntered { message });
                }
                match site.tmux.press(pane, &[tmux::Key::Named(key.clone())], Some(&marker)).await {
                    Ok(()) => break,
                    Err(tmux::Error::NoPane(_) | tmux::Error::DeadPane(_) | tmux::Error::Closed) => return None,
                    Err(error) => tracing::warn!(%message, %error, "enter was not pressed"),
                }
            }
            Err(tmux::Error::NoPane(_) | tmux::Error::DeadPane(_) | tmux::Error::Closed) => return None,
            Err(error) => tracing::warn!(%message, %error, "tmux could not be asked"),
        }
        tokio::time::sleep(ASK_AGAIN).await;
    }
    Some(Outcome::Entered { message, at })
}

/// Sees to it that a text can be pasted now: there is no dialog, and the input box is empty. A message that the agent
/// took up and gave back when it was interrupted is cleared away.
async fn make_room(rooms: &Rooms, site: &Site, pane: &PaneId, profile: &Profile, next: &Message) -> Result<(), String> {
    let mut given_back = false;
    for _ in 0..=LINES_CLEARED {
        let Some(reading) = look(site, pane, profile).await else { return Ok(()) };
        if let Some(reason) = closed(profile, &reading) {
            return Err(reason);
        }
        let Some(text) = reading.composer.filter(|text| !text.trim().is_empty()) else { return Ok(()) };
        given_back = given_back || was_taken_up(rooms, next, &text).await;
        if !given_back {
            return Err(message::Hold::Draft.label().to_owned());
        }
        let keys: Vec<tmux::Key> = profile.keys.clear_line.iter().cloned().map(tmux::Key::Named).collect();
        site.tmux.press(pane, &keys, None).await.map_err(|error| error.to_string())?;
        let changed = async {
            while look(site, pane, profile).await.is_some_and(|now| now.composer.as_ref() == Some(&text)) {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        if tokio::time::timeout(ASK_AGAIN, changed).await.is_err() {
            break;
        }
    }
    Err("the text that the agent gave back can't be cleared out of its input box".into())
}

/// Why nothing may be typed: a dialog stands there, or something else that is not the input box, and Enter would answer it.
fn closed(profile: &Profile, reading: &Reading) -> Option<String> {
    if reading.doing == Doing::Asking {
        return Some(format!("the agent asks: {}", reading.text));
    }
    (profile.composer.is_some() && reading.composer.is_none()).then(|| "no input box is to be seen".to_owned())
}

/// `text` is a message that an agent of the same session took up before `next`.
async fn was_taken_up(rooms: &Rooms, next: &Message, text: &str) -> bool {
    let messages = rooms.store.messages(next.session).await.unwrap_or_default();
    messages.iter().any(|message| matches!(message.delivery, Delivery::TakenUp { .. }) && message.is(text))
}

/// Waits until a pasted text stands in the input box; where none is known, until its beginning shows.
async fn shown(site: &Site, pane: &PaneId, profile: &Profile, excerpt: &str) {
    let plain = tmux::Capture { colours: false, history: 0 };
    while let Ok(seen) = site.tmux.capture(pane, plain).await {
        let box_filled = match read_capture(profile, &seen, site.names()).composer {
            Some(text) => !text.trim().is_empty(),
            None => message::shows_beginning(&seen.contents, excerpt),
        };
        if box_filled {
            return;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// What the pane says now; `None` when it can't be looked at.
async fn look(site: &Site, pane: &PaneId, profile: &Profile) -> Option<Reading> {
    let plain = tmux::Capture { colours: false, history: 0 };
    let seen = site.tmux.capture(pane, plain).await.ok()?;
    Some(read_capture(profile, &seen, site.names()))
}
