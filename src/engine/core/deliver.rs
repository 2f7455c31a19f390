//! Messages on their way: who may go, when to press Enter, and when an agent has taken one up.

use std::time::Duration;

use super::{Core, Effect, ScreenRead};
use crate::domain::{
    MessageId, SessionId, Timestamp,
    activity::Doing,
    attempt,
    message::{self, Delivery, Event, Hold, Message},
    session,
};

/// How long an agent may take to empty its input box before Enter is pressed again. Claude Code and Codex take up a
/// submitted text within 0.4 s; a swallowed Enter leaves it standing for ever.
const ENTER_AGAIN: Duration = Duration::from_millis(1_200);
/// How often Enter is pressed for one message at most.
const ENTERS: u8 = 4;
/// How long a message that was not pasted waits before it is tried again.
const PASTE_AGAIN: Duration = Duration::from_secs(1);
/// How long after its submission a message whose take-up can't be seen stops holding up the next one.
const UNSEEN: Duration = Duration::from_secs(5);

impl Core {
    /// Sends what can go, holds what can't.
    pub(super) fn deliver_all(&mut self) {
        let mut sessions: Vec<SessionId> = self
            .world
            .messages
            .values()
            .filter(|message| !message.delivery.is_final())
            .map(|message| message.session)
            .collect();
        sessions.dedup();
        for session in sessions {
            self.confirm(session);
            self.deliver(session);
        }
    }

    /// Sends a session's oldest waiting message if it can go.
    pub(super) fn deliver(&mut self, id: SessionId) {
        let mut ahead = false;
        for message in self.world.messages_of(id).cloned().collect::<Vec<_>>() {
            match message.delivery {
                Delivery::Queued { hold } => {
                    let wanted = if ahead { Some(Hold::Earlier) } else { self.hold(id, &message) };
                    match wanted {
                        None if self.too_soon(&message) => {}
                        None => self.type_into(id, message.id),
                        Some(wanted) if hold == Some(wanted) => {}
                        Some(wanted) => {
                            self.move_message(message.id, Event::Hold(Some(wanted)));
                        }
                    }
                    ahead = true;
                }
                Delivery::Submitted { .. } => ahead |= self.now.since(message.delivery_since) < UNSEEN,
                Delivery::Launching { .. }
                | Delivery::Typing { .. }
                | Delivery::Typed { .. }
                | Delivery::Uncertain { .. } => ahead = true,
                Delivery::TakenUp { .. } | Delivery::Failed { .. } => {}
            }
        }
    }

    /// Why a session's oldest waiting message can't go now.
    fn hold(&self, id: SessionId, message: &Message) -> Option<Hold> {
        let session = self.world.sessions.get(&id)?;
        let attempt = self.world.attempt_of(id);
        let live = attempt.filter(|attempt| matches!(attempt.state, attempt::State::Live { .. }));
        let (session::State::Running { .. }, Some(attempt)) = (&session.state, live) else {
            return Some(Hold::NotRunning);
        };
        if session.person_typing_since.is_some() {
            return Some(Hold::PersonTyping);
        }
        let doing = session.activity.doing;
        let busy = matches!(doing, Doing::Working | Doing::Retrying);
        match doing {
            Doing::Asking if message.kind != message::Kind::Answer => Some(Hold::Asking),
            _ if !attempt.ready => Some(Hold::NotReady),
            _ if busy && !self.rules_of(&session.profile).accepts_while_working => Some(Hold::NotReady),
            _ => None,
        }
    }

    /// It was tried and certainly not pasted a moment ago.
    fn too_soon(&self, message: &Message) -> bool {
        let tried = matches!(message.delivery, Delivery::Queued { hold: None });
        tried && message.delivery_since > message.created_at && self.now.since(message.delivery_since) < PASTE_AGAIN
    }

    fn type_into(&mut self, session: SessionId, message: MessageId) {
        if let Some(attempt) = self.world.attempt_of(session).map(|attempt| attempt.id) {
            self.move_message(message, Event::Type(attempt));
        }
    }

    /// Looks at the newest reading of a session's pane for signs that its submitted messages were taken up, and
    /// presses Enter again for one that still stands in the input box.
    fn confirm(&mut self, id: SessionId) {
        let submitted: Vec<Message> = self
            .world
            .messages_of(id)
            .filter(|message| matches!(message.delivery, Delivery::Submitted { .. }))
            .cloned()
            .collect();
        for message in submitted {
            let Some(attempt) = message.delivery.attempt() else { continue };
            let Some(read) = self.readings.get(&attempt).cloned() else { continue };
            if let Some(evidence) = self.taken_up(&message, &read) {
                self.move_message(message.id, Event::TakenUp(evidence));
            } else if self.stands_in_the_box(&message, &read) {
                self.enter_again(&message);
            }
        }
    }

    /// What shows that a submitted message was taken up.
    fn taken_up(&self, message: &Message, read: &ScreenRead) -> Option<String> {
        if read.at <= message.delivery_since {
            return None;
        }
        let by_launch =
            message.kind == message::Kind::Prompt && matches!(message.delivery, Delivery::Submitted { enters: 0, .. });
        let stands = read.composer.as_deref().is_some_and(|text| stands_in(text, &message.excerpt));
        match read.doing {
            _ if stands => None,
            Doing::Working | Doing::Retrying => Some(format!("the agent is {}: {}", read.doing.label(), read.text)),
            Doing::Asking if !by_launch || read.ready => Some(format!("the agent asks: {}", read.text)),
            Doing::YourTurn if by_launch => (read.ready && read.shows_message)
                .then(|| "the screen shows it, and the agent waits for the next".to_owned()),
            Doing::YourTurn | Doing::Unknown => match &read.composer {
                Some(text) if text.trim().is_empty() => Some("the input box is empty again after Enter".to_owned()),
                Some(_) => None,
                None => (!by_launch && read.printed_at > message.delivery_since)
                    .then(|| "the screen has changed since Enter".to_owned()),
            },
            Doing::Nothing | Doing::Starting | Doing::Asking | Doing::Unreachable => None,
        }
    }

    fn stands_in_the_box(&self, message: &Message, read: &ScreenRead) -> bool {
        read.at > message.delivery_since
            && read.composer.as_deref().is_some_and(|text| stands_in(text, &message.excerpt))
            && self.now.since(message.delivery_since) >= ENTER_AGAIN
    }

    fn enter_again(&mut self, message: &Message) {
        let Delivery::Submitted { attempt, enters } = message.delivery else { return };
        let pane = match self.world.attempts.get(&attempt).map(|attempt| &attempt.state) {
            Some(attempt::State::Live { pane, .. }) => pane.clone(),
            _ => return,
        };
        if (1..ENTERS).contains(&enters) {
            self.step.effects.push(Effect::Enter { message: message.id, attempt, pane, press: enters + 1 });
        }
    }

    /// When a delivery would move on although nothing else happens.
    pub(super) fn delivery_deadline(&self) -> Option<Timestamp> {
        self.world
            .messages
            .values()
            .filter_map(|message| match message.delivery {
                Delivery::Queued { hold: None } => Some(message.delivery_since + PASTE_AGAIN),
                Delivery::Submitted { enters, .. } => {
                    let next =
                        message.delivery_since + if (1..ENTERS).contains(&enters) { ENTER_AGAIN } else { UNSEEN };
                    let last = message.delivery_since + UNSEEN;
                    [next, last].into_iter().find(|&moment| moment > self.now)
                }
                Delivery::Queued { hold: Some(_) }
                | Delivery::Launching { .. }
                | Delivery::Typing { .. }
                | Delivery::Typed { .. }
                | Delivery::TakenUp { .. }
                | Delivery::Failed { .. }
                | Delivery::Uncertain { .. } => None,
            })
            .min()
    }
}

/// An input box that shows `text` still holds the message that starts with `excerpt`: it shows its beginning, or the
/// sign that agents draw in place of a long paste.
fn stands_in(text: &str, excerpt: &str) -> bool {
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let head: String = squeezed(excerpt).trim_end_matches('…').chars().take(20).collect();
    let text = squeezed(text);
    (!head.is_empty() && text.contains(&head)) || text.contains("[Pasted ") || text.contains("[Pasted text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_in_the_box_by_its_beginning_or_by_the_paste_sign() {
        assert!(stands_in("❯ fix   the parser\n  please", "fix the parser please"));
        assert!(stands_in("[Pasted text #1 +12 lines]", "anything"));
        assert!(!stands_in("", "fix the parser"));
        assert!(!stands_in("Try \"edit main.rs\"", "fix the parser"));
    }
}
