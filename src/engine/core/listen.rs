//! What agents tell: each signal is taken for what it says, and what it says is held against what is seen.

use super::{Core, claims::Claim};
use crate::domain::{
    AttemptId, Change, Signal, Timestamp, Usage,
    activity::Doing,
    event,
    signal::{Channel, Says},
    usage::{Context, Meter, Metered, Spent},
};

impl Core {
    /// An agent told something. What names an attempt that is over changes nothing but its figures.
    pub(super) fn signal(&mut self, id: AttemptId, signal: Signal) {
        match &signal.says {
            Says::Spent(spent) => return self.spent(id, spent),
            Says::Metered(meter) => return self.metered(id, meter),
            _ if self.speaker(id).is_none() => return,
            _ => {}
        }
        self.conversation_told(id, &signal);
        match signal.says.clone() {
            Says::Started { .. } => self.forget_claim(id, signal.at),
            Says::TookUp { prompt } => {
                self.settle_sent(id, signal.at, &format!("{}: its next turn has begun", signal.name));
                self.mind(id).remember_prompt(signal.at, prompt);
                self.new_turn(id, signal.at);
                self.claim(id, &signal, Doing::Working, String::new(), None);
            }
            Says::Working { on, .. } => {
                self.settle_sent(id, signal.at, &format!("{}: it goes on", signal.name));
                self.claim(id, &signal, Doing::Working, on, None);
            }
            Says::ToolEnded { subject, refused } => {
                let how = if refused { "it was not allowed to run" } else { "it has run" };
                self.settle_asks(id, Some(&subject), signal.at, &format!("{}: {how}", signal.name));
                self.claim(id, &signal, Doing::Working, String::new(), None);
            }
            Says::Compacting => self.claim(id, &signal, Doing::Compacting, String::new(), None),
            Says::Retrying { attempt, of, until, failure } => {
                self.claim(id, &signal, Doing::Retrying, failure.class.tries(attempt, of), until);
            }
            Says::TurnEnded { background } => {
                let doing = if background.is_empty() { Doing::YourTurn } else { Doing::Background };
                if background.is_empty() {
                    self.settle_asks(id, None, signal.at, &format!("{}: its turn is over", signal.name));
                }
                self.claim(id, &signal, doing, background.join(", "), None);
            }
            Says::TurnFailed { failure } => {
                self.settle_asks(id, None, signal.at, &format!("{}: its turn has failed", signal.name));
                self.turn_failed(id, &signal, &failure);
            }
            Says::Interrupted => {
                self.settle_asks(id, None, signal.at, &format!("{}: its turn was interrupted", signal.name));
                self.withdraw_tool_questions(id, signal.at);
                self.claim(id, &signal, Doing::YourTurn, "interrupted".into(), None);
            }
            Says::AskSettled { subject, outcome } => {
                self.settle_asks(id, Some(&subject), signal.at, &outcome);
            }
            // An ask that nobody waits in any more: what its pane shows can still be answered there.
            Says::Asks(ask) => {
                let note = ask.parts.first().map(|part| part.text.clone()).unwrap_or_default();
                self.claim(id, &signal, Doing::Asking, note, None);
            }
            Says::Needs { what } => self.claim(id, &signal, Doing::Asking, what, None),
            Says::Left { reason } => {
                self.settle_asks(id, None, signal.at, &format!("{}: it ends ({reason})", signal.name));
            }
            Says::Spent(_) | Says::Metered(_) | Says::Other | Says::Unknown => {}
        }
        self.review(id);
    }

    /// Keeps what an agent told, unless it tells of a time before what it told last.
    pub(super) fn claim(
        &mut self,
        id: AttemptId,
        signal: &Signal,
        doing: Doing,
        note: String,
        until: Option<Timestamp>,
    ) {
        let claim = Claim {
            doing,
            note,
            until,
            source: signal.channel.source(),
            rule: rule_of(signal, doing),
            text: signal.text.clone(),
            at: signal.at,
        };
        let mind = self.mind(id);
        if mind.told.as_ref().is_none_or(|told| told.at <= signal.at) {
            mind.claim(claim);
        }
    }

    /// Another conversation has begun: what was told of the one before does not hold.
    fn forget_claim(&mut self, id: AttemptId, at: Timestamp) {
        let mind = self.mind(id);
        if mind.told.as_ref().is_some_and(|told| told.at <= at) {
            mind.told = None;
        }
    }

    pub(super) fn mind(&mut self, id: AttemptId) -> &mut super::mind::Mind {
        self.minds.entry(id).or_default()
    }

    /// The agent's own id of its conversation: when it starts one, or when none was known.
    fn conversation_told(&mut self, id: AttemptId, signal: &Signal) {
        let Some(conversation) = signal.conversation.clone() else { return };
        let known = self.world.attempts.get(&id).is_some_and(|attempt| attempt.conversation.is_some());
        if !known || matches!(signal.says, Says::Started { .. }) {
            self.conversation_found(id, conversation);
        }
    }

    fn spent(&mut self, id: AttemptId, spent: &[Spent]) {
        let Some(session) = self.world.attempts.get(&id).map(|attempt| attempt.session) else { return };
        let Some(profile) = self.world.sessions.get(&session).map(|session| session.profile.clone()) else { return };
        for spent in spent {
            let usage = Usage { attempt: id, session, profile: profile.clone(), spent: spent.clone() };
            let known = self.world.usage.get(&id).is_some_and(|rows| rows.contains(&usage));
            if !known {
                self.put(Change::Usage(usage));
            }
        }
    }

    fn metered(&mut self, id: AttemptId, newer: &Meter) {
        let Some(session) = self.world.attempts.get(&id).map(|attempt| attempt.session) else { return };
        let old = self.world.metered.get(&id).map(|metered| metered.meter.clone()).unwrap_or_default();
        let mut meter = old.clone();
        meter.update(newer.clone());
        if meter == old {
            return;
        }
        let full = |context: Option<Context>| context.map(Context::percent).filter(|&at| at >= Context::WARN_PERCENT);
        if let (None, Some(percent)) = (full(old.context), full(meter.context)) {
            let text = format!("{session}'s context is {percent} % full");
            self.log_session(event::Kind::Activity, session, text);
        }
        let at = self.now;
        self.put(Change::Metered(Metered { attempt: id, session, meter, at }));
        self.refine_parking(id);
    }
}

fn rule_of(signal: &Signal, doing: Doing) -> String {
    let told = match signal.channel {
        Channel::Hook => format!("its hook {}", signal.name),
        Channel::StatusLine => "its status line".to_owned(),
        Channel::Command => format!("qd signal {}", signal.name),
        Channel::Tool => format!("its call of {}", signal.name),
        Channel::Transcript => format!("its transcript, {}", signal.name),
    };
    format!("{told} means {}", doing.label())
}
