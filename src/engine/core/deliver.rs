//! Messages on their way: who may go, when to press Enter, and when an agent has taken one up.

use std::time::Duration;

use super::{Core, Effect, ScreenRead, observe::SETTLED};
use crate::domain::{
    AttemptId, MessageId, SessionId, Timestamp,
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
        if !self.world.is_reached(&attempt.target) {
            return Some(Hold::Unreachable);
        }
        if session.person_typing_since.is_some() {
            return Some(Hold::PersonTyping);
        }
        let doing = session.activity.doing;
        let busy = matches!(doing, Doing::Working | Doing::Compacting | Doing::Retrying);
        match doing {
            Doing::Asking if message.kind != message::Kind::Answer => Some(Hold::Asking),
            _ if self.holds_a_draft(attempt) => Some(Hold::Draft),
            _ if !attempt.ready || self.is_unseen(attempt) || self.lacks_its_box(session.id) => Some(Hold::NotReady),
            _ if busy && !self.rules_of(&session.profile).accepts_while_working => Some(Hold::NotReady),
            _ => None,
        }
    }

    /// Text stands in the input box that is not a message of ours: neither one that still waits there for its Enter,
    /// nor one that the agent had taken up and gave back when it was interrupted.
    fn holds_a_draft(&self, attempt: &attempt::Attempt) -> bool {
        let Some(text) = self.reading(attempt.id).and_then(|read| read.composer.as_deref()) else { return false };
        let given_back = self.given_back.get(&attempt.id).is_some_and(|message| message.is(text));
        !text.trim().is_empty() && !given_back
    }

    /// Something stands where the agent's input box would be. It may be a dialog that we do not know, and that Enter
    /// would answer.
    fn lacks_its_box(&self, id: SessionId) -> bool {
        let profile = self.world.sessions.get(&id).map(|session| &session.profile);
        let read = self.world.attempt_of(id).and_then(|attempt| self.reading(attempt.id));
        profile.is_some_and(|profile| self.rules_of(profile).has_input_box)
            && read.is_some_and(|read| read.composer.is_none())
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
    /// presses Enter (again) for one that still stands in the input box.
    fn confirm(&mut self, id: SessionId) {
        self.enter_after_dialogs(id);
        let submitted: Vec<Message> = self
            .world
            .messages_of(id)
            .filter(|message| matches!(message.delivery, Delivery::Submitted { .. }))
            .cloned()
            .collect();
        for message in submitted {
            let Some(attempt) = message.delivery.attempt() else { continue };
            if let Some(evidence) = self.told_to_be_taken_up(&message, attempt) {
                self.move_message(message.id, Event::TakenUp(evidence));
                continue;
            }
            let Some(read) = self.reading(attempt).cloned() else { continue };
            if let Some(evidence) = self.taken_up(&message, &read) {
                self.move_message(message.id, Event::TakenUp(evidence));
            } else if self.stands_in_the_box(&message, &read) {
                self.enter_again(&message);
            }
            if went_out_with_the_launch(&message) {
                self.review(attempt);
            }
        }
    }

    /// The agent itself said that it took up this message. Each time it says so counts for one message.
    fn told_to_be_taken_up(&mut self, message: &Message, attempt: AttemptId) -> Option<String> {
        let prompts = &mut self.minds.get_mut(&attempt)?.prompts;
        let named = |(at, prompt): &(Timestamp, String)| {
            *at >= message.created_at && (*prompt == message.excerpt || message.is(prompt))
        };
        let told = prompts.iter().position(named)?;
        prompts.remove(told);
        Some("the agent said so itself".to_owned())
    }

    /// What shows that a submitted message was taken up. That an agent works shows it only when it did not before.
    fn taken_up(&self, message: &Message, read: &ScreenRead) -> Option<String> {
        if read.at <= message.delivery_since {
            return None;
        }
        if read.composer.as_deref().is_some_and(|text| stands_in(text, &message.excerpt)) {
            return None;
        }
        let working = matches!(read.doing, Doing::Working | Doing::Compacting | Doing::Retrying);
        if went_out_with_the_launch(message) {
            let shown = read.ready && read.shows_message && self.has_settled(read);
            return match read.doing {
                Doing::Working | Doing::Compacting | Doing::Background | Doing::Retrying | Doing::Parked => {
                    Some(self.at_work(read))
                }
                Doing::Asking if read.ready => Some(format!("the agent asks: {}", read.text)),
                Doing::YourTurn if shown => Some("the screen shows it, and the agent waits for the next".to_owned()),
                Doing::Unknown if shown => Some("the screen shows it, and the input box is empty".to_owned()),
                Doing::YourTurn | Doing::Unknown => None,
                Doing::Nothing | Doing::Starting | Doing::Asking | Doing::Unreachable => None,
            };
        }
        if working && self.began_since(message, read) {
            return Some(self.at_work(read));
        }
        match read.doing {
            Doing::Working
            | Doing::Compacting
            | Doing::Background
            | Doing::Retrying
            | Doing::Parked
            | Doing::YourTurn
            | Doing::Unknown => match &read.composer {
                Some(text) if text.trim().is_empty() => Some("the input box is empty again after Enter".to_owned()),
                Some(_) => None,
                None if self.lacks_its_box(message.session) => None,
                None => (read.printed_at > self.pressed.get(&message.id).copied().unwrap_or(message.delivery_since))
                    .then(|| "the screen has changed since Enter".to_owned()),
            },
            // A dialog hides the input box: what stands in it is seen when the dialog has closed.
            Doing::Asking | Doing::Nothing | Doing::Starting | Doing::Unreachable => None,
        }
    }

    fn at_work(&self, read: &ScreenRead) -> String {
        format!("the agent is {}: {}", read.doing.label(), read.text)
    }

    /// What the agent does it has begun to do after this message was submitted.
    fn began_since(&self, message: &Message, read: &ScreenRead) -> bool {
        self.world.sessions.get(&message.session).is_some_and(|session| {
            session.activity.doing == read.doing && session.activity.since > message.delivery_since
        })
    }

    /// Presses Enter for messages that a dialog kept from being submitted, once it has closed.
    fn enter_after_dialogs(&mut self, id: SessionId) {
        let typed: Vec<_> = self
            .world
            .messages_of(id)
            .filter(|message| matches!(message.delivery, Delivery::Typed { .. }))
            .filter(|message| self.enter_is_due(message).is_some_and(|due| due <= self.now))
            .filter_map(|message| Effect::of_message(&self.world, message.id).map(|effect| (message.id, effect)))
            .collect();
        for (message, effect) in typed {
            self.enters_refused.remove(&message);
            self.step.effects.push(effect);
        }
    }

    /// When Enter is to be tried again for a typed message that a dialog kept from being submitted; `None` while the
    /// dialog is seen, or its target is away.
    fn enter_is_due(&self, message: &Message) -> Option<Timestamp> {
        let refused = *self.enters_refused.get(&message.id)?;
        self.world.attempts.get(&message.delivery.attempt()?).filter(|found| self.world.is_reached(&found.target))?;
        let read = self.reading(message.delivery.attempt()?);
        let asks = read.is_some_and(|read| read.at > refused && read.doing == Doing::Asking);
        (!asks && !self.lacks_its_box(message.session)).then(|| refused + ENTER_AGAIN)
    }

    fn stands_in_the_box(&self, message: &Message, read: &ScreenRead) -> bool {
        read.at > message.delivery_since
            && read.composer.as_deref().is_some_and(|text| stands_in(text, &message.excerpt))
            && self.now.since(message.delivery_since) >= ENTER_AGAIN
    }

    fn enter_again(&mut self, message: &Message) {
        let Delivery::Submitted { attempt, enters } = message.delivery else { return };
        let reached = self.world.attempts.get(&attempt).filter(|found| self.world.is_reached(&found.target));
        let pane = match reached.map(|attempt| &attempt.state) {
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
                    let read = message.delivery.attempt().and_then(|attempt| self.reading(attempt));
                    let settled = read.filter(|_| went_out_with_the_launch(message)).map(|read| read.at + SETTLED);
                    settled.into_iter().chain([next, last]).filter(|&moment| moment > self.now).min()
                }
                Delivery::Typed { .. } => self.enter_is_due(message),
                Delivery::Queued { hold: Some(_) }
                | Delivery::Launching { .. }
                | Delivery::Typing { .. }
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
    message::shows_beginning(text, excerpt) || text.contains("[Pasted ")
}

/// It went out with the command line: no Enter was pressed for it.
pub(super) fn went_out_with_the_launch(message: &Message) -> bool {
    message.kind == message::Kind::Prompt && matches!(message.delivery, Delivery::Submitted { enters: 0, .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_in_the_box_by_its_beginning_or_by_the_paste_sign() {
        assert!(stands_in("fix   the parser\nplease", "fix the parser please"));
        assert!(stands_in("[Pasted text #1 +12 lines]", "anything"));
        assert!(!stands_in("", "fix the parser"));
        assert!(!stands_in("Try \"edit main.rs\"", "fix the parser"));
    }
}
