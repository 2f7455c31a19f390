//! Waits until a forge has done what an agent wants of its pull request: seconds, mostly.

use std::time::Duration;

use rmcp::{RoleServer, service::RequestContext};
use tokio::sync::broadcast::error::RecvError;

use super::{
    ask::signs_of_life,
    place,
    server::{Server, Told},
    words::{self, Offer},
};
use crate::{
    domain::{Change, PullRequest, PullRequestId},
    engine::{Engine, PublishedStep, clock::now},
};

/// How long a call waits. Well below what clients allow; what takes longer goes on without it.
const PATIENCE: Duration = Duration::from_secs(100);

/// What became of the pull request, in words.
pub(super) async fn settled(
    server: &Server,
    wanted: Offer,
    id: PullRequestId,
    context: &RequestContext<RoleServer>,
) -> Told {
    let signs = signs_of_life(place::progress(&context.meta), now(), words::PUBLISHES, |progress| async {
        // A client that is gone is noticed by its connection.
        let _ = context.peer.notify_progress(progress).await;
    });
    let waited = tokio::select! {
        rested = tokio::time::timeout(PATIENCE, at_rest(&server.engine, id)) => rested.ok().flatten(),
        // Nobody reads this.
        () = context.ct.cancelled() => None,
        () = server.engine.stopped() => None,
        never = signs => match never {},
    };
    let offer = match waited {
        Some(offer) => Some(offer),
        None => server.engine.world().await.ok().and_then(|mut world| world.pull_requests.remove(&id)),
    };
    match offer {
        Some(offer) => words::offered(wanted, &offer),
        None => Ok(words::under_way(id)),
    }
}

/// The pull request once nothing is being done to it; `None` when it is gone, or the supervisor ends.
async fn at_rest(engine: &Engine, id: PullRequestId) -> Option<PullRequest> {
    'look: loop {
        let world = engine.world().await.ok()?;
        let offer = world.pull_requests.get(&id)?;
        if offer.step.is_none() {
            return Some(offer.clone());
        }
        let mut steps = engine.subscribe(world.revision).await.ok()?;
        let Some(missed) = steps.missed.take() else { continue };
        if let Some(offer) = missed.iter().find_map(|step| rested(step, id)) {
            return Some(offer);
        }
        loop {
            match steps.next.recv().await {
                Ok(step) => {
                    if let Some(offer) = rested(&step, id) {
                        return Some(offer);
                    }
                }
                Err(RecvError::Lagged(_)) => continue 'look,
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

fn rested(step: &PublishedStep, id: PullRequestId) -> Option<PullRequest> {
    step.changes.iter().rev().find_map(|change| match change {
        Change::PullRequest(offer) if offer.id == id && offer.step.is_none() => Some(offer.clone()),
        _ => None,
    })
}
