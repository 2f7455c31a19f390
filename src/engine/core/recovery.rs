//! The daemon starts on a world that an earlier one left behind, perhaps in the middle of something.

use std::collections::BTreeSet;

use super::{Core, Effect, claims::Claim};
use crate::domain::{AttemptId, Change, Target, TargetName, event, target};

impl Core {
    /// Takes up what was left: every row that is not at rest asks for its effect again, and performers look before
    /// they act. Whether live attempts still live is decided by the first sight of the panes, which follows.
    pub(super) fn boot(&mut self) {
        self.booted = self.now;
        if !self.world.targets.contains_key(&TargetName::local()) {
            self.put(Change::Target(Target {
                name: TargetName::local(),
                state: target::State::Online,
                place: target::Place::Local,
                state_since: self.now,
                capacity: None,
                labels: Vec::new(),
                link: target::Link::Here,
            }));
        }
        self.boot_links();
        let left: Vec<Effect> = self
            .world
            .attempts
            .values()
            .filter_map(Effect::left_of_attempt)
            .chain(self.world.messages.keys().filter_map(|&id| Effect::of_message(&self.world, id)))
            .chain(self.world.workspaces.values().filter_map(Effect::of_workspace))
            .chain(self.world.pull_requests.values().filter_map(Effect::of_pull_request))
            .chain(self.world.verifications.values().filter_map(Effect::of_verification))
            .chain(self.decisions_left())
            .collect();
        let swept = self.world.sessions.keys().filter_map(|&id| Effect::of_ended_session(&self.world, id));
        self.step.effects.extend(swept);
        let live = self.world.sessions.values().filter(|session| session.state.takes_a_place()).count();
        let mut text = format!("the supervisor has started with {live} sessions under way");
        if !left.is_empty() {
            text.push_str(&format!(" and takes up {} steps that were left in the middle", left.len()));
        }
        self.boot_asks();
        self.boot_claims();
        self.step.effects.extend(left);
        self.log(event::Kind::Supervisor, None, None, text);
    }

    /// Decisions that were kept and may not have left.
    fn decisions_left(&self) -> Vec<Effect> {
        let calls: BTreeSet<(AttemptId, String)> = self
            .world
            .questions
            .values()
            .filter_map(|question| question.call.as_ref())
            .map(|call| (call.attempt, call.key.clone()))
            .collect();
        calls.iter().filter_map(|(attempt, key)| Effect::of_call(&self.world, *attempt, key)).collect()
    }

    /// What agents told an earlier daemon about what they do still counts, until they or their panes say otherwise.
    fn boot_claims(&mut self) {
        let told: Vec<_> = self
            .world
            .sessions
            .values()
            .filter_map(|session| Some((session.state.attempt()?, Claim::kept(&session.activity)?)))
            .collect();
        for (attempt, claim) in told {
            self.mind(attempt).told = Some(claim);
            self.review(attempt);
        }
    }
}
