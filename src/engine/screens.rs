//! Pictures of panes for whoever looks. A picture is not state: it goes from tmux to the looker, past core and store.
//!
//! One task for each pane that is being looked at, shared by all who look. It takes a picture when the pane has
//! printed something, at once for the first byte of a burst and then at most sixty times a second, and ends when
//! nobody looks any more.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{broadcast, watch},
    time::Instant,
};

use super::{
    clock::now,
    live::{Grown, LivePane},
    rooms::Rooms,
    stopping,
};
use crate::{
    domain::{AttemptId, Picture, SessionId, TargetName, attempt::PaneId},
    tmux::Capture,
    transcript::{Attention, Watcher},
};

/// The time between two pictures of a pane that prints all the time.
const FRAME: Duration = Duration::from_millis(16);
/// How long the task of a pane goes on after the last looker has left: people come back.
const LINGER: Duration = Duration::from_secs(2);

/// What lookers hold: the newest picture, and when there is a newer one.
pub(crate) type Looking = watch::Receiver<Option<Arc<Picture>>>;

/// Where the pictures of one pane are shown.
type Shown = watch::Sender<Option<Arc<Picture>>>;

/// All panes that are being looked at.
#[derive(Clone)]
pub(crate) struct Screens {
    rooms: Rooms,
    live: watch::Receiver<Arc<Vec<LivePane>>>,
    grown: broadcast::Sender<Grown>,
    watcher: Watcher,
    // Held for a moment when somebody begins to look, never across a wait.
    looked_at: Arc<Mutex<HashMap<SessionId, Shown>>>,
}

impl Screens {
    pub(crate) fn new(
        rooms: Rooms,
        live: watch::Receiver<Arc<Vec<LivePane>>>,
        grown: broadcast::Sender<Grown>,
        watcher: Watcher,
    ) -> Self {
        Self { rooms, live, grown, watcher, looked_at: Arc::default() }
    }

    /// Begins to look at a session's pane. The first picture may be a moment away.
    pub(crate) fn look(&self, session: SessionId, newest: Option<AttemptId>) -> Looking {
        let mut looked_at = self.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = looked_at.get(&session) {
            return sender.subscribe();
        }
        let (sender, looking) = watch::channel(None);
        looked_at.insert(session, sender.clone());
        drop(looked_at);
        let screens = self.clone();
        tokio::spawn(async move { screens.follow(session, newest, sender).await });
        looking
    }

    /// One picture now.
    pub(crate) async fn picture(&self, session: SessionId, newest: Option<AttemptId>, history: u32) -> Option<Picture> {
        match self.live_pane(session) {
            Some((_, pane, target)) => self.capture(session, &target, &pane, history).await,
            None => self.last_picture(session, newest?),
        }
    }

    fn live_pane(&self, session: SessionId) -> Option<(AttemptId, PaneId, TargetName)> {
        let live = self.live.borrow();
        live.iter()
            .find(|live| live.session == session)
            .map(|live| (live.attempt, live.pane.clone(), live.target.clone()))
    }

    async fn follow(&self, session: SessionId, newest: Option<AttemptId>, sender: Shown) {
        let mut live = self.live.clone();
        let mut grown = self.grown.subscribe();
        let mut newest = newest;
        let mut attention: Option<Attention> = None;
        loop {
            let pane = self.live_pane(session);
            newest = pane.as_ref().map(|(attempt, ..)| *attempt).or(newest);
            let taken = Instant::now();
            let picture = match &pane {
                Some((_, pane, target)) => self.capture(session, target, pane, 0).await,
                None => newest.and_then(|attempt| self.last_picture(session, attempt)),
            };
            if let Some(picture) = picture {
                sender.send_if_modified(|old| {
                    let same = old.as_ref().is_some_and(|old| old.shows_the_same(&picture));
                    if !same {
                        *old = Some(Arc::new(picture));
                    }
                    !same
                });
            }
            if let Some((attempt, ..)) = pane
                && attention.as_ref().is_none_or(|attention| attention.attempt() != attempt)
            {
                attention = self.attend(attempt).await;
            }
            tokio::select! {
                () = wait_for_change(&mut grown, &mut live, newest) => {}
                () = nobody_looks(&sender) => {
                    let mut looked_at = self.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
                    if sender.receiver_count() == 0 {
                        looked_at.remove(&session);
                        return;
                    }
                }
            }
            tokio::time::sleep_until(taken + FRAME).await;
        }
    }

    /// Without attention, what it prints is seen a little later.
    async fn attend(&self, attempt: AttemptId) -> Option<Attention> {
        let watcher = self.watcher.clone();
        tokio::task::spawn_blocking(move || watcher.attend(attempt)).await.ok().flatten()
    }

    async fn capture(&self, session: SessionId, target: &TargetName, pane: &PaneId, history: u32) -> Option<Picture> {
        let tmux = self.rooms.sites.of(target)?.tmux;
        match tmux.capture(pane, Capture { colours: true, history }).await {
            Ok(captured) => Some(Picture {
                session,
                columns: captured.columns,
                rows: captured.rows,
                contents: captured.contents,
                history: captured.history,
                cursor: captured.cursor,
                alternate: captured.alternate,
                title: captured.title,
                captured_at: now(),
                ended: false,
            }),
            Err(error) => {
                tracing::debug!(%session, %error, "no picture");
                None
            }
        }
    }

    fn last_picture(&self, session: SessionId, attempt: AttemptId) -> Option<Picture> {
        let (columns, rows, contents) = stopping::read_picture(&stopping::picture_path(&self.rooms, attempt))?;
        Some(Picture {
            session,
            columns,
            rows,
            contents,
            history: 0,
            cursor: None,
            alternate: false,
            title: String::new(),
            captured_at: now(),
            ended: true,
        })
    }
}

/// Returns when the pane may look different.
async fn wait_for_change(
    grown: &mut broadcast::Receiver<Grown>,
    live: &mut watch::Receiver<Arc<Vec<LivePane>>>,
    attempt: Option<AttemptId>,
) {
    let printed = async {
        loop {
            match grown.recv().await {
                Ok(which) if attempt.is_some_and(|attempt| which.contains(&attempt)) => return,
                Ok(_) => {}
                Err(broadcast::error::RecvError::Lagged(_)) => return,
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    };
    let moved = async {
        if live.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = printed => {}
        () = moved => {}
    }
}

async fn nobody_looks(sender: &Shown) {
    sender.closed().await;
    tokio::time::sleep(LINGER).await;
}
