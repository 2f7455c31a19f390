//! Where a session may run, and why it can't start yet.

use serde::{Deserialize, Serialize};

use super::{Session, Target, TargetLabel, TargetName, World, session};

/// How a session comes to its target. Once it has a workspace, that decides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "placement", rename_all = "snake_case")]
pub enum Placement {
    /// It runs on its target and nowhere else.
    #[default]
    Pinned,
    /// It runs wherever all these labels are.
    Labels {
        /// All of them.
        labels: Vec<TargetLabel>,
    },
    /// It runs on this machine until that is full, then wherever there is a place.
    Anywhere,
}

impl World {
    /// All targets, this machine first and then by name.
    pub fn targets_in_order(&self) -> Vec<&Target> {
        let mut targets: Vec<&Target> = self.targets.values().collect();
        targets.sort_by_key(|target| target.name != TargetName::local());
        targets
    }

    /// The targets on which a session may run, this machine first and then by name; also those that take none now.
    pub fn targets_for(&self, session: &Session) -> Vec<&Target> {
        let of_labels = |labels: &[TargetLabel]| {
            let mut fit: Vec<&Target> = self.targets_with(labels).collect();
            fit.sort_by_key(|target| target.name != TargetName::local());
            fit
        };
        match &session.placement {
            _ if session.workspace.is_some() => self.targets.get(&session.target).into_iter().collect(),
            Placement::Pinned => self.targets.get(&session.target).into_iter().collect(),
            Placement::Labels { labels } => of_labels(labels),
            Placement::Anywhere => of_labels(&[]),
        }
    }

    /// The targets that have all these labels.
    pub fn targets_with(&self, labels: &[TargetLabel]) -> impl Iterator<Item = &Target> {
        self.targets.values().filter(move |target| labels.iter().all(|label| target.labels.contains(label)))
    }

    /// What a session waits for that could otherwise start, in words; `None` when it does not wait for a place.
    pub fn waits_for(&self, session: &Session) -> Option<String> {
        let session::State::WaitingCapacity { scope } = session.state else { return None };
        let targets = self.targets_for(session);
        let one = || targets.first().filter(|_| targets.len() == 1);
        Some(match scope {
            session::Scope::Global => "all places are taken".into(),
            session::Scope::Target => match one() {
                Some(target) => format!("all places on {} are taken", target.name),
                None => "all places on every target that fits are taken".into(),
            },
            session::Scope::TargetClosed => match one() {
                Some(target) => format!("{} {}", target.name, closed(target, session)),
                None if targets.is_empty() => format!("there is no target {}", session.target),
                None => {
                    let each: Vec<String> =
                        targets.iter().map(|target| format!("{} {}", target.name, closed(target, session))).collect();
                    format!("no target that fits takes it: {}", each.join(", "))
                }
            },
            session::Scope::NoTarget => {
                let labels = match &session.placement {
                    Placement::Labels { labels } => {
                        labels.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
                    }
                    Placement::Pinned | Placement::Anywhere => String::new(),
                };
                format!("no target has the labels it wants: {labels}")
            }
        })
    }
}

/// Why a target takes no session, in words that follow its name.
fn closed(target: &Target, session: &Session) -> String {
    match target.state {
        super::target::State::Draining => "is draining".into(),
        super::target::State::Disabled => "is switched off".into(),
        super::target::State::Online => target.trouble().unwrap_or_else(|| format!("has no {}", session.profile)),
    }
}
