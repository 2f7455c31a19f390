//! Requests that are answered as long as somebody listens: server-sent events, one JSON value each.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::{Path, Query, State},
    response::sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, stream};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::{self, error::RecvError};

use super::{
    answer::{No, session},
    wire::Step,
};
use crate::engine::{Engine, Published, Subscription};

/// A silent line so often shows both sides that the other is there.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

type Events<Source> = Result<Sse<axum::response::sse::KeepAliveStream<Source>>, No>;

#[derive(Debug, Deserialize)]
pub(super) struct After {
    #[serde(default)]
    after: u64,
}

/// What a reader of changes still has to be told.
struct Reader {
    engine: Engine,
    missed: VecDeque<Published>,
    next: broadcast::Receiver<Published>,
    reload: bool,
    seen: u64,
    over: bool,
}

pub(super) async fn changes(
    State(engine): State<Engine>,
    Query(query): Query<After>,
) -> Events<impl Stream<Item = Result<Event, Infallible>>> {
    let Subscription { missed, next } = engine.subscribe(query.after).await?;
    let reload = missed.is_none();
    let missed = missed.unwrap_or_default().into();
    let reader = Reader { engine, missed, next, reload, seen: query.after, over: false };
    let events = stream::unfold(reader, |mut reader| async move {
        let step = reader.next_step().await?;
        Some((Ok(event(&step)), reader))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

impl Reader {
    async fn next_step(&mut self) -> Option<Step> {
        if self.over {
            return None;
        }
        if self.reload {
            return Some(self.start_over());
        }
        loop {
            let published = match self.missed.pop_front() {
                Some(published) => published,
                None => tokio::select! {
                    published = self.next.recv() => match published {
                        Ok(published) => published,
                        Err(RecvError::Lagged(_)) => return Some(self.start_over()),
                        Err(RecvError::Closed) => return None,
                    },
                    () = self.engine.stopped() => return None,
                },
            };
            // What was missed may also stand in the channel.
            if published.revision > self.seen {
                self.seen = published.revision;
                return Some(Step { revision: published.revision, changes: published.changes.clone(), reload: false });
            }
        }
    }

    fn start_over(&mut self) -> Step {
        self.over = true;
        Step { revision: self.seen, changes: Vec::new(), reload: true }
    }
}

pub(super) async fn screens(
    State(engine): State<Engine>,
    Path(name): Path<String>,
) -> Events<impl Stream<Item = Result<Event, Infallible>>> {
    let (_, session) = session(&engine, &name).await?;
    let looking = engine.look(&session);
    let events = stream::unfold((engine, looking, true), |(engine, mut looking, first)| async move {
        loop {
            if !(first && looking.borrow().is_some()) {
                tokio::select! {
                    changed = looking.changed() => changed.ok()?,
                    () = engine.stopped() => return None,
                }
            }
            let picture = looking.borrow_and_update().as_ref().map(Arc::clone);
            if let Some(picture) = picture {
                return Some((Ok(event(&*picture)), (engine, looking, false)));
            }
        }
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

fn event(value: &impl Serialize) -> Event {
    // Our own types always become JSON; an empty event would be skipped by the client.
    Event::default().json_data(value).unwrap_or_default()
}
