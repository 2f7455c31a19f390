//! Targets: what is seen of them while they are looked at.

use std::{collections::BTreeMap, time::Duration};

use super::{Model, View};
use crate::{
    domain::{Target, TargetName, TargetSight, Timestamp, target::Link},
    tui::message::Problem,
};

/// How often machines are looked at while their view is shown.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// What is seen of targets, and how much of one is shown.
#[derive(Debug, Default)]
pub struct Sights {
    known: BTreeMap<TargetName, TargetSight>,
    asked_at: Option<Timestamp>,
    awaited: bool,
    /// What was added here a moment ago, and is selected as soon as it is there.
    pub added: Option<TargetName>,
    /// All of the selected one is shown, and nothing else.
    pub whole: bool,
    /// How many lines of it are above the picture.
    pub scroll: usize,
}

impl Sights {
    /// What is seen of a target.
    pub fn of(&self, target: &TargetName) -> Option<&TargetSight> {
        self.known.get(target)
    }

    /// Keeps what is seen. What could not be asked for stays as it was.
    pub fn tell(&mut self, seen: Result<Vec<TargetSight>, Problem>) {
        self.awaited = false;
        if let Ok(seen) = seen {
            self.known = seen.into_iter().map(|sight| (sight.target.clone(), sight)).collect();
        }
    }

    /// It is time to ask; from now on the answer is awaited.
    pub fn ask(&mut self, now: Timestamp) -> bool {
        let due = !self.awaited && self.asked_at.is_none_or(|at| now.since(at) >= LOOK_EVERY);
        if due {
            self.asked_at = Some(now);
            self.awaited = true;
        }
        due
    }

    /// Asks anew at the next opportunity.
    pub fn forget_the_time(&mut self) {
        self.asked_at = None;
    }

    /// When it is time to ask again.
    pub fn until_next(&self, now: Timestamp) -> Option<Duration> {
        (!self.awaited).then(|| self.asked_at.map_or(Duration::ZERO, |at| LOOK_EVERY.saturating_sub(now.since(at))))
    }
}

impl Model {
    /// The target the cursor is on, in the view of targets.
    pub fn chosen_target(&self) -> Option<&Target> {
        self.target.as_ref().filter(|_| self.view == View::Targets).and_then(|name| self.world.targets.get(name))
    }

    /// Hosts that should take part and can't be worked with.
    pub fn hosts_away(&self) -> Vec<&Target> {
        let away = |target: &&Target| {
            let wanted = target.state != crate::domain::target::State::Disabled;
            wanted && matches!(target.link, Link::Unreachable { .. } | Link::Unfit { .. })
        };
        self.world.targets.values().filter(away).collect()
    }
}
