//! The daemon starts on a world that an earlier one left behind, perhaps in the middle of something.

use super::{Core, Effect};
use crate::domain::{Change, Target, TargetName, event, target};

impl Core {
    /// Takes up what was left: every row that is not at rest asks for its effect again, and performers look before
    /// they act. Whether live attempts still live is decided by the first sight of the panes, which follows.
    pub(super) fn boot(&mut self) {
        if !self.world.targets.contains_key(&TargetName::local()) {
            self.put(Change::Target(Target {
                name: TargetName::local(),
                state: target::State::Online,
                state_since: self.now,
                capacity: None,
            }));
        }
        let left: Vec<Effect> = self
            .world
            .attempts
            .values()
            .filter_map(Effect::left_of_attempt)
            .chain(self.world.messages.keys().filter_map(|&id| Effect::of_message(&self.world, id)))
            .chain(self.world.workspaces.values().filter_map(Effect::of_workspace))
            .collect();
        let swept = self.world.sessions.keys().filter_map(|&id| Effect::of_ended_session(&self.world, id));
        self.step.effects.extend(swept);
        let live = self.world.sessions.values().filter(|session| session.state.takes_a_place()).count();
        let mut text = format!("the supervisor has started with {live} sessions under way");
        if !left.is_empty() {
            text.push_str(&format!(" and takes up {} steps that were left in the middle", left.len()));
        }
        self.step.effects.extend(left);
        self.log(event::Kind::Supervisor, None, None, text);
    }
}
