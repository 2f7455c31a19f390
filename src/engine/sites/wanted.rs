//! Which hosts there are, which of them are to be reached, and one keeper for each of those.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::keeper::{Keeper, Surroundings};
use crate::{
    domain::{
        Change, Target, TargetName, World,
        target::{Link, Place, SshPlace, State},
    },
    engine::{beat::Letter, clock, core::Input},
};

/// These changes may have changed which hosts are to be reached.
pub(crate) fn concerns(changes: &[Change]) -> bool {
    changes.iter().any(|change| matches!(change, Change::Target(_) | Change::TargetRemoved { .. } | Change::Attempt(_)))
}

/// The hosts there are.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Hosts {
    /// Those that are to be reached.
    pub(crate) wanted: Vec<Wanted>,
    /// All targets, whether they are to be reached or not.
    pub(crate) targets: BTreeSet<TargetName>,
}

/// A host that is to be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) target: TargetName,
    pub(crate) place: SshPlace,
}

/// All hosts. One that is switched off is to be reached only for what is still there.
pub(crate) fn hosts(world: &World) -> Hosts {
    let needed = |target: &Target| {
        target.state != State::Disabled
            || world.attempts.values().any(|attempt| attempt.target == target.name && !attempt.state.is_ended())
    };
    let wanted = |target: &Target| match &target.place {
        Place::Local => None,
        Place::Ssh(place) => Some(Wanted { target: target.name.clone(), place: place.clone() }),
    };
    let wanted = world.targets.values().filter(|target| needed(target)).filter_map(wanted).collect();
    Hosts { wanted, targets: world.targets.keys().cloned().collect() }
}

/// A keeper that runs.
struct Kept {
    wanted: Wanted,
    cancel: CancellationToken,
    task: JoinHandle<()>,
}

/// Has a keeper for every host that is to be reached, until `cancel`.
pub(crate) async fn keep(around: Surroundings, cancel: CancellationToken) {
    let mut hosts = around.hosts.clone();
    let mut kept: BTreeMap<TargetName, Kept> = BTreeMap::new();
    loop {
        let now = Arc::clone(&hosts.borrow_and_update());
        let gone: Vec<TargetName> =
            kept.iter().filter(|(_, kept)| !now.wanted.contains(&kept.wanted)).map(|(name, _)| name.clone()).collect();
        for name in gone {
            if let Some(kept) = kept.remove(&name) {
                end(kept).await;
                around.rooms.sites.forget(&name);
            }
        }
        for wanted in &now.wanted {
            if kept.contains_key(&wanted.target) {
                continue;
            }
            let own = cancel.child_token();
            match Keeper::new(around.clone(), wanted.clone(), own.clone()) {
                Ok(keeper) => {
                    let task = tokio::spawn(keeper.run());
                    kept.insert(wanted.target.clone(), Kept { wanted: wanted.clone(), cancel: own, task });
                }
                Err(reason) => {
                    let link = Link::Unreachable { reason, since: clock::now() };
                    let input = Input::Link { target: wanted.target.clone(), link };
                    let _ = around.inbox.send(Letter::Input(input)).await;
                }
            }
        }
        tokio::select! {
            changed = hosts.changed() => if changed.is_err() { break },
            () = cancel.cancelled() => break,
        }
    }
    for kept in kept.into_values() {
        end(kept).await;
    }
}

async fn end(kept: Kept) {
    kept.cancel.cancel();
    // A panic is in the log.
    let _ = kept.task.await;
}
