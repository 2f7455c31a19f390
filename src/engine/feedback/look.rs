//! One look at a repository's pull requests.

use std::time::Duration;

use super::wanted::{Wanted, WantedOffer};
use crate::{
    domain::{
        PullRequestId, Timestamp,
        pull_request::{Checks, Forge, Mergeable, Review, State},
        remark,
    },
    engine::{
        clock::now,
        core::{ForgeSeen, OfferSeen, RemarkSeen},
        describe::chain,
        rooms::Rooms,
    },
    forge::{self, Github, local},
    workspace::branches,
};

/// What came of a look.
pub(super) enum Looked {
    /// It was seen.
    Seen {
        /// What the core should know.
        seen: Vec<ForgeSeen>,
        /// Something is awaited that comes soon.
        awaited: bool,
        /// How many more requests are allowed.
        remaining: Option<u64>,
    },
    /// The forge did not say.
    Later {
        /// When it wants to be asked again.
        after: Option<Duration>,
        /// What the core should know all the same.
        seen: Vec<ForgeSeen>,
    },
}

/// Looks at everything that is wanted of one repository.
pub(super) async fn look(rooms: &Rooms, wanted: &Wanted) -> Looked {
    let mut seen = Vec::new();
    for offer in wanted.offers.iter().filter(|offer| offer.forge == Forge::Local) {
        seen.extend(look_here(rooms, wanted, offer).await);
    }
    let there: Vec<(u64, PullRequestId)> = wanted
        .offers
        .iter()
        .filter(|offer| offer.forge == Forge::Github)
        .filter_map(|offer| Some((offer.number?, offer.id)))
        .collect();
    if there.is_empty() && wanted.turns.is_empty() {
        return Looked::Seen { seen, awaited: false, remaining: None };
    }
    match look_there(rooms, wanted, &there).await {
        Ok(Some((found, remaining))) => {
            let runs = |seen: &ForgeSeen| match seen {
                ForgeSeen::Seen(seen) => seen.checks.pending > 0 || seen.mergeable == Mergeable::Unknown,
                ForgeSeen::Unknown { .. } | ForgeSeen::Found { .. } => false,
            };
            let awaited = found.iter().any(runs);
            seen.extend(found);
            Looked::Seen { seen, awaited, remaining }
        }
        // Nothing of it is on GitHub.
        Ok(None) => Looked::Seen { seen, awaited: false, remaining: None },
        Err(error) => {
            let after = match &error {
                forge::Error::RateLimited { until } => Some(until.since(now()).max(Duration::from_secs(30))),
                _ => None,
            };
            let why = chain(&error);
            tracing::info!(repository = %wanted.repository.display(), why, "the forge could not be asked");
            let unknown = |&(_, id): &(u64, PullRequestId)| ForgeSeen::Unknown { pull_request: id, why: why.clone() };
            seen.extend(there.iter().map(unknown));
            Looked::Later { after, seen }
        }
    }
}

async fn look_there(
    rooms: &Rooms,
    wanted: &Wanted,
    there: &[(u64, PullRequestId)],
) -> Result<Option<(Vec<ForgeSeen>, Option<u64>)>, forge::Error> {
    let Some(github) = Github::open(&rooms.local, &wanted.repository).await? else { return Ok(None) };
    let at = now();
    let numbers: Vec<u64> = there.iter().map(|(number, _)| *number).collect();
    let branches: Vec<String> = wanted.turns.iter().map(|turn| turn.branch.clone()).collect();
    let look = github.look(&rooms.local, &numbers, &branches).await?;
    let id_of = |number: u64| there.iter().find(|(known, _)| *known == number).map(|(_, id)| *id);
    let mut seen: Vec<ForgeSeen> =
        look.seen.iter().filter_map(|found| Some(offer_seen(id_of(found.number)?, found, at))).collect();
    for number in look.missing.iter().filter_map(|number| Some((number, id_of(*number)?))) {
        seen.push(ForgeSeen::Unknown { pull_request: number.1, why: format!("#{} is not there any more", number.0) });
    }
    let own = |found: &&forge::Found| found.owner == github.publishes_as() && found.state == State::Open;
    let mut opened: Vec<(u64, crate::domain::SessionId)> = Vec::new();
    for found in look.found.iter().filter(own) {
        if let Some(turn) = wanted.turns.iter().find(|turn| turn.branch == found.branch)
            && !opened.iter().any(|(_, session)| *session == turn.session)
        {
            opened.push((found.number, turn.session));
        }
    }
    if !opened.is_empty() {
        let numbers: Vec<u64> = opened.iter().map(|(number, _)| *number).collect();
        for found in github.look(&rooms.local, &numbers, &[]).await?.seen {
            let Some((_, session)) = opened.iter().find(|(number, _)| *number == found.number) else { continue };
            seen.push(ForgeSeen::Found {
                session: *session,
                number: found.number,
                url: found.url,
                title: found.title,
                body: found.body,
                base: found.base,
                head: found.head,
            });
        }
    }
    Ok(Some((seen, look.remaining)))
}

fn offer_seen(id: PullRequestId, found: &forge::Seen, at: Timestamp) -> ForgeSeen {
    let remarks = found.remarks.iter().filter(|said| !said.resolved).map(|said| RemarkSeen {
        key: said.key.clone(),
        kind: said.kind,
        author: said.author.clone(),
        text: cut(&said.text),
        place: said.place.clone(),
        url: said.url.clone(),
        at: said.at.unwrap_or(at),
    });
    let state = match &found.state {
        State::Draft => State::Open,
        state => state.clone(),
    };
    ForgeSeen::Seen(Box::new(OfferSeen {
        pull_request: id,
        state,
        head: found.head.clone(),
        checks: found.checks(),
        review: found.review,
        mergeable: found.mergeable.clone(),
        remarks: remarks.collect(),
        at,
    }))
}

/// A text within its bound.
fn cut(text: &str) -> String {
    let mut end = text.len().min(remark::TEXT_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

/// A local one: whether its base has it by now, and whether it could be merged.
async fn look_here(rooms: &Rooms, wanted: &Wanted, offer: &WantedOffer) -> Option<ForgeSeen> {
    let at = now();
    let head = offer.head.clone()?;
    let repository = &wanted.repository;
    let mut state = State::Open;
    if let Some(aside) = &offer.aside
        && let Ok(true) = local::taken(&rooms.local, repository, &offer.base, &aside.branch, &aside.commit).await
    {
        state = State::Merged { commit: Some(aside.commit.clone()) };
    } else if branches::contains(&rooms.local, repository, &offer.base, &head).await.unwrap_or(false) {
        state = State::Merged { commit: None };
    } else if !offer.unknown {
        return None;
    }
    let mergeable = match local::mergeable(&rooms.local, repository, &offer.base, &head).await {
        Ok(mergeable) => mergeable,
        Err(error) => return Some(ForgeSeen::Unknown { pull_request: offer.id, why: chain(&error) }),
    };
    let mut remarks = Vec::new();
    if let Mergeable::Conflicts { files } = &mergeable {
        remarks.push(RemarkSeen {
            key: format!("conflict {head}"),
            kind: remark::Kind::Conflict,
            author: String::new(),
            text: files.join("\n"),
            place: None,
            url: None,
            at,
        });
    }
    Some(ForgeSeen::Seen(Box::new(OfferSeen {
        pull_request: offer.id,
        state,
        head,
        // What verifies its work says these two.
        checks: Checks::default(),
        review: Review::None,
        mergeable,
        remarks,
        at,
    })))
}
