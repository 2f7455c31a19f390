//! What is seen of targets, and what that means for whatever runs there.
//!
//! A host that goes away ends nothing: what its agents do is unknown from that moment, and nothing that was told or seen
//! before is claimed any longer. When it is back, everything there is looked at again before anything is believed.

use super::{Core, Effect};
use crate::domain::{
    Activity, AttemptId, Change, MessageId, SessionId, Target, TargetName, Timestamp,
    activity::{Doing, Evidence, Source},
    attempt, event,
    question::{State, Via},
    target::{Link, Place},
};

impl Core {
    /// A target was seen.
    pub(super) fn link_seen(&mut self, name: &TargetName, link: Link) {
        let Some(target) = self.world.targets.get(name).cloned() else { return };
        if matches!(target.place, Place::Local) || matches!(link, Link::Here) || same(&target.link, &link) {
            return;
        }
        let was_reached = target.is_reached();
        if let Link::Unreachable { since, .. } = &target.link {
            self.gone.insert(name.clone(), *since);
        }
        let gone = match link {
            Link::Up { .. } | Link::Unfit { .. } => self.gone.remove(name),
            Link::Here | Link::Untried | Link::Joining | Link::Unreachable { .. } => None,
        };
        if let Some(text) = told(&target, gone, &link) {
            self.log(event::Kind::Target, None, None, text);
        }
        let target = Target { link, ..target };
        let is_reached = target.is_reached();
        self.put(Change::Target(target));
        match (was_reached, is_reached) {
            (true, false) => self.lose_sight(name),
            (false, true) => self.look_again(name),
            // Why nobody sees it may have changed.
            (false, false) => self.show_away(name),
            (true, true) => {}
        }
    }

    /// After a start of the daemon nothing is connected yet, whatever was seen before.
    pub(super) fn boot_links(&mut self) {
        let away: Vec<Target> =
            self.world.targets.values().filter(|target| target.place != Place::Local).cloned().collect();
        for target in away {
            let name = target.name.clone();
            if !matches!(target.link, Link::Unreachable { .. } | Link::Untried) {
                self.put(Change::Target(Target { link: Link::Untried, ..target }));
            }
            self.lose_sight(&name);
        }
    }

    /// Nothing that was told or seen there holds any more.
    fn lose_sight(&mut self, name: &TargetName) {
        for attempt in self.unended_on(name) {
            let mind = self.mind(attempt);
            mind.lose_sight();
        }
        self.show_away(name);
    }

    fn show_away(&mut self, name: &TargetName) {
        for id in self.under_way_on(name) {
            self.show_unreachable(id, name);
        }
    }

    /// A session whose target is away is shown as that; also when something else about it has just changed.
    pub(super) fn show_unreachable(&mut self, id: SessionId, name: &TargetName) {
        let Some(activity) = self.away(name) else { return };
        let Some(session) = self.world.sessions.get(&id) else { return };
        let old = session.activity.clone();
        let evidence = Evidence { at: old.evidence.at, ..activity.evidence.clone() };
        if old.doing == Doing::Unreachable && old.evidence == evidence {
            return;
        }
        let since = if old.doing == Doing::Unreachable { old.since } else { activity.since };
        let person_typing_since = None;
        self.edit_session(id, |session| {
            session.activity = Activity { since, ..activity };
            session.person_typing_since = person_typing_since;
        });
        if old.doing != Doing::Unreachable {
            let text = format!("{id} can't be seen any more: {name} is away; what it does is not known");
            self.log_session(event::Kind::Activity, id, text);
        }
    }

    /// What can be said of anything on a target that is away; `None` when it is there.
    fn away(&self, name: &TargetName) -> Option<Activity> {
        let target = self.world.targets.get(name)?;
        let trouble = target.trouble()?;
        let since = match &target.link {
            Link::Unreachable { since, .. } | Link::Unfit { since, .. } => *since,
            Link::Here | Link::Untried | Link::Joining | Link::Up { .. } => self.now,
        };
        let text: String = trouble.chars().take(Evidence::TEXT_CHARACTERS).collect();
        let rule = format!("{name} is {}: what runs there may be doing anything", target.link.label());
        let evidence = Evidence { source: Source::Supervisor, rule, text, at: self.now };
        Some(Activity { doing: Doing::Unreachable, since, note: format!("{name} {trouble}"), until: None, evidence })
    }

    /// It is back: nothing is known of what runs there until it has been looked at, and what had to wait goes on.
    fn look_again(&mut self, name: &TargetName) {
        for id in self.under_way_on(name) {
            let preparing = self
                .world
                .attempt_of(id)
                .is_some_and(|attempt| matches!(attempt.state, attempt::State::Preparing | attempt::State::Launching));
            let evidence = Evidence {
                source: Source::Supervisor,
                rule: format!("{name} was away, and its pane has not been looked at since"),
                text: String::new(),
                at: self.now,
            };
            let doing = if preparing { Doing::Nothing } else { Doing::Unknown };
            let activity = Activity { doing, since: self.now, note: String::new(), until: None, evidence };
            self.edit_session(id, |session| session.activity = activity);
        }
        let now = self.now;
        for attempt in self.unended_on(name) {
            self.mind(attempt).wait_for_calls(now);
        }
        for attempt in self.unended_on(name) {
            self.review(attempt);
        }
        let effects: Vec<Effect> = self
            .messages_on(name)
            .into_iter()
            .filter_map(|message| Effect::of_message(&self.world, message))
            .chain(self.pressed_on(name))
            .collect();
        self.step.effects.extend(effects);
    }

    fn unended_on(&self, name: &TargetName) -> Vec<AttemptId> {
        let there = |attempt: &&attempt::Attempt| attempt.target == *name && !attempt.state.is_ended();
        self.world.attempts.values().filter(there).map(|attempt| attempt.id).collect()
    }

    fn under_way_on(&self, name: &TargetName) -> Vec<SessionId> {
        let there = self.world.sessions.values().filter(|session| session.target == *name);
        there.filter(|session| session.state.takes_a_place()).map(|session| session.id).collect()
    }

    /// Messages that are on their way into panes there.
    fn messages_on(&self, name: &TargetName) -> Vec<MessageId> {
        let there = |attempt: AttemptId| self.world.attempts.get(&attempt).is_some_and(|found| found.target == *name);
        let messages = self.world.messages.values();
        messages.filter(|message| message.delivery.attempt().is_some_and(there)).map(|message| message.id).collect()
    }

    /// Answers that are to be pressed in panes there.
    fn pressed_on<'a>(&'a self, name: &'a TargetName) -> impl Iterator<Item = Effect> + 'a {
        self.world.questions.values().filter_map(move |question| {
            let call = question.call.as_ref().filter(|call| call.via == Via::Pane)?;
            let waits = matches!(question.state, State::Answering { sent: false, .. });
            let there = self.world.attempts.get(&call.attempt)?.target == *name;
            (waits && there).then(|| Effect::of_call(&self.world, call.attempt, &call.key)).flatten()
        })
    }
}

/// The same was seen before, whenever that was.
fn same(old: &Link, new: &Link) -> bool {
    match (old, new) {
        (Link::Here, Link::Here) | (Link::Untried, Link::Untried) | (Link::Joining, Link::Joining) => true,
        (Link::Up { agents: old, .. }, Link::Up { agents: new, .. }) => old == new,
        (Link::Unfit { reason: old, .. }, Link::Unfit { reason: new, .. })
        | (Link::Unreachable { reason: old, .. }, Link::Unreachable { reason: new, .. }) => old == new,
        (
            Link::Here
            | Link::Untried
            | Link::Joining
            | Link::Up { .. }
            | Link::Unfit { .. }
            | Link::Unreachable { .. },
            _,
        ) => false,
    }
}

/// The line of the log about what is seen now; nothing about steps on the way.
fn told(target: &Target, gone: Option<Timestamp>, link: &Link) -> Option<String> {
    let name = &target.name;
    match (&target.link, link) {
        (Link::Up { .. }, Link::Up { .. }) => None,
        (_, Link::Up { since, .. }) => Some(match gone {
            Some(gone) => format!("{name} is back after {}", long(gone, *since)),
            None => format!("{name} is connected and fit"),
        }),
        (_, Link::Unfit { reason, .. }) => Some(format!("{name} can't be used: {reason}")),
        (_, Link::Unreachable { reason, .. }) => Some(format!("{name} can't be reached: {reason}")),
        (_, Link::Here | Link::Untried | Link::Joining) => None,
    }
}

fn long(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.since(from).as_secs();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200.. => format!("{} h", seconds / 3_600),
    }
}
