//! Which hosts are to be reached, and one keeper for each of them.

use std::{collections::BTreeMap, sync::Arc};

use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::keeper::{Keeper, Surroundings, Wanted};
use crate::{
    domain::{
        Change, Target, TargetName, World,
        target::{Link, Place, State},
    },
    engine::{beat::Letter, clock::now, core::Input},
};

/// These changes may have changed which hosts are to be reached.
pub(crate) fn concerns(changes: &[Change]) -> bool {
    changes.iter().any(|change| matches!(change, Change::Target(_) | Change::TargetRemoved { .. } | Change::Attempt(_)))
}

/// All hosts that are to be reached: one that is switched off only for what is still there.
pub(crate) fn wanted(world: &World) -> Vec<Wanted> {
    let needed = |target: &Target| {
        target.state != State::Disabled
            || world.attempts.values().any(|attempt| attempt.target == target.name && !attempt.state.is_ended())
    };
    let wanted = |target: &Target| match &target.place {
        Place::Local => None,
        Place::Ssh(place) => Some(Wanted { target: target.name.clone(), place: place.clone() }),
    };
    world.targets.values().filter(|target| needed(target)).filter_map(wanted).collect()
}

/// A keeper that runs.
struct Kept {
    wanted: Wanted,
    cancel: CancellationToken,
    task: JoinHandle<()>,
}

/// Has a keeper for every host that is to be reached, until `cancel`.
pub(crate) async fn keep(
    around: Surroundings,
    mut wanted: watch::Receiver<Arc<Vec<Wanted>>>,
    cancel: CancellationToken,
) {
    let mut kept: BTreeMap<TargetName, Kept> = BTreeMap::new();
    loop {
        let now_wanted = Arc::clone(&wanted.borrow_and_update());
        let gone: Vec<TargetName> =
            kept.iter().filter(|(_, kept)| !now_wanted.contains(&kept.wanted)).map(|(name, _)| name.clone()).collect();
        for name in gone {
            if let Some(kept) = kept.remove(&name) {
                end(kept).await;
                around.rooms.sites.forget(&name);
            }
        }
        for wanted in now_wanted.iter() {
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
                    let link = Link::Unreachable { reason, since: now() };
                    let input = Input::Link { target: wanted.target.clone(), link };
                    let _ = around.inbox.send(Letter::Input(input)).await;
                }
            }
        }
        tokio::select! {
            changed = wanted.changed() => if changed.is_err() { break },
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
