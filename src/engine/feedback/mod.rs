//! Finds out what becomes of pull requests: on a forge by asking, one batched question a repository; here by git.
//!
//! Nothing is asked of a repository without an open pull request, but once whenever a session's turn has ended: its agent
//! may have opened one by itself. How often a forge is asked depends on what is awaited: soon while checks run, seldom when
//! nothing has changed for long, and not before it wants to be asked again when it has said so.

mod look;
mod wanted;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::Instant,
};
use tokio_util::sync::CancellationToken;

pub(crate) use wanted::{Wanted, concerns, wanted};

use super::{
    beat::Letter,
    clock::sleep_until_or_forever,
    core::{ForgeSeen, Input},
    rooms::Rooms,
};
use look::{Looked, look};

/// While checks run or a forge has not found out whether something can be merged, it is asked so much more often.
const SOONER: u32 = 2;
/// Where nothing changes, or a forge does not answer, it is asked so much more seldom at most.
const RARER: u32 = 10;
/// What lies between two looks where only git is asked.
const HERE: Duration = Duration::from_secs(2);
/// Fewer requests than this left, it is asked less often.
const FEW_REQUESTS: u64 = 200;

/// What is remembered of a repository.
struct Place {
    wanted: Wanted,
    /// When it is to be looked at next; `None`: when something is wanted anew, or somebody is looking and nothing is.
    due: Option<Instant>,
    /// Somebody is looking.
    busy: bool,
    failures: u32,
    /// What it said last, and since when nothing has changed.
    last: Vec<ForgeSeen>,
    quiet_since: Instant,
    /// Turns after which was asked whether an agent has opened something by itself.
    asked: BTreeSet<(crate::domain::SessionId, i64)>,
}

/// Looks until `cancel`.
pub(crate) async fn run(
    rooms: Rooms,
    mut wishes: watch::Receiver<Arc<Vec<Wanted>>>,
    inbox: mpsc::Sender<Letter>,
    cancel: CancellationToken,
) {
    let mut places: BTreeMap<PathBuf, Place> = BTreeMap::new();
    let mut looks: JoinSet<(PathBuf, Looked)> = JoinSet::new();
    let usual = rooms.config.forge.look;
    loop {
        take_wishes(&mut places, &wishes.borrow_and_update());
        for (folder, place) in &mut places {
            if !place.busy && place.due.is_some_and(|due| due <= Instant::now()) {
                place.busy = true;
                place.due = None;
                place.asked.extend(place.wanted.turns.iter().map(|turn| (turn.session, turn.ended.0)));
                let (rooms, wanted, folder) = (rooms.clone(), place.wanted.clone(), folder.clone());
                looks.spawn(async move { (folder, look(&rooms, &wanted).await) });
            }
        }
        let next = places.values().filter(|place| !place.busy).filter_map(|place| place.due).min();
        tokio::select! {
            changed = wishes.changed() => if changed.is_err() { return },
            Some(looked) = looks.join_next() => {
                let Ok((folder, looked)) = looked else { continue };
                if let Some(place) = places.get_mut(&folder) {
                    let news = place.take(looked, usual);
                    if !news.is_empty() && inbox.send(Letter::Input(Input::Forge(news))).await.is_err() {
                        return;
                    }
                }
            }
            () = sleep_until_or_forever(next) => {}
            () = cancel.cancelled() => return,
        }
    }
}

fn take_wishes(places: &mut BTreeMap<PathBuf, Place>, wishes: &[Wanted]) {
    places.retain(|folder, _| wishes.iter().any(|wanted| wanted.repository == *folder));
    for wanted in wishes {
        let place = places.entry(wanted.repository.clone()).or_insert_with(|| Place {
            wanted: Wanted { repository: wanted.repository.clone(), ..Wanted::default() },
            due: None,
            busy: false,
            failures: 0,
            last: Vec::new(),
            quiet_since: Instant::now(),
            asked: BTreeSet::new(),
        });
        if place.wanted == *wanted {
            continue;
        }
        let news = place.wanted.offers != wanted.offers
            || wanted.turns.iter().any(|turn| !place.asked.contains(&(turn.session, turn.ended.0)));
        place.wanted = wanted.clone();
        if news && place.failures == 0 {
            place.due = Some(Instant::now());
            place.quiet_since = Instant::now();
        }
    }
}

impl Place {
    /// Takes what was seen, and decides when to look again. Gives what the core should know.
    fn take(&mut self, looked: Looked, usual: Duration) -> Vec<ForgeSeen> {
        self.busy = false;
        // What was wanted anew while somebody looked was not looked for.
        let anew = self.due.take();
        let now = Instant::now();
        match looked {
            Looked::Seen { seen, awaited, remaining } => {
                self.failures = 0;
                if !same(&seen, &self.last) {
                    self.quiet_since = now;
                }
                self.last.clone_from(&seen);
                let usual = if self.wanted.asks_forge() { usual } else { HERE };
                let quiet = now.saturating_duration_since(self.quiet_since) / 10;
                let mut pause = if awaited { usual / SOONER } else { quiet.clamp(usual, RARER * usual) };
                if remaining.is_some_and(|left| left < FEW_REQUESTS) {
                    pause *= 4;
                }
                self.due = anew.or_else(|| self.wanted.needs_looks().then(|| now + pause));
                seen
            }
            Looked::Later { after, seen } => {
                self.failures = self.failures.saturating_add(1);
                let pause = after.unwrap_or_else(|| usual * 2u32.saturating_pow(self.failures.min(6)).min(RARER));
                self.due = Some(now + pause);
                seen
            }
        }
    }
}

/// Nothing but the time differs.
fn same(one: &[ForgeSeen], other: &[ForgeSeen]) -> bool {
    let timeless = |seen: &ForgeSeen| match seen {
        ForgeSeen::Seen(seen) => {
            let mut seen = seen.clone();
            seen.at = crate::domain::Timestamp(0);
            ForgeSeen::Seen(seen)
        }
        other => other.clone(),
    };
    one.iter().map(timeless).eq(other.iter().map(timeless))
}
