//! Puts the supervisor together: starts its tasks, and ends them in order.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Engine, agents,
    beat::{Beat, Showing},
    checkouts::{self, Checkouts},
    clock::now,
    core::{Core, ProfileRules, Settings},
    feedback,
    follow::{self, Follower},
    live::{self, Grown},
    observer::Observer,
    performer, places, remains,
    replicate::{self, Pace, Replicas, There},
    repositories,
    rooms::Rooms,
    screens::Screens,
    sightings,
    sites::{self, Surroundings},
    sizes::Sizes,
    watch::Watch,
};
use crate::{
    agent::{Completion, PromptWay},
    domain::{TargetName, Terminal, Workspace},
    store, tmux,
    transcript::{Growth, Recordings, Watcher},
};

/// How many inputs may wait for the core; senders wait when it is full.
const INBOX: usize = 1_024;
/// How many times a slow looker may be told of growth before it misses some, and simply looks.
const GROWTHS: usize = 512;
/// How often recordings that grow are kept within their bound: a flood adds some megabytes meanwhile.
const TRIM_EVERY: Duration = Duration::from_millis(250);
/// How often old log lines, and what old attempts have left, are let go of.
const PRUNE_EVERY: Duration = Duration::from_secs(600);

/// Why the supervisor ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// What was decided could not be written. Nothing of it was done.
    #[error(
        "the state could not be written, so the supervisor has stopped before anything was half-done; agents go on"
    )]
    Store(#[from] store::Error),
    /// The loop panicked.
    #[error("the supervisor's loop panicked; agents go on")]
    Panicked(#[source] tokio::task::JoinError),
}

/// A supervisor whose tasks run.
pub struct Supervisor {
    engine: Engine,
    beat: tokio::task::JoinHandle<Result<(), store::Error>>,
    booted: Option<oneshot::Receiver<()>>,
    tasks: TaskTracker,
    stopping: CancellationToken,
    beat_stopping: CancellationToken,
}

impl Supervisor {
    /// Starts on `opened`, what the store held.
    pub fn start(
        rooms: Rooms,
        opened: store::Opened,
        tmux_events: mpsc::Receiver<tmux::Event>,
        (watcher, growths): (Watcher, Growth),
        stopping: CancellationToken,
    ) -> Self {
        let (inbox, letters) = mpsc::channel(INBOX);
        let (callers_sender, callers) = watch::channel(agents::callers(&opened.world));
        let (live_sender, live) = watch::channel(Arc::new(live::panes(&opened.world)));
        let (places_sender, places) = watch::channel(Arc::new(places::places(&opened.world)));
        let (grown, _) = broadcast::channel(GROWTHS);
        let reason = "not connected yet".to_owned();
        let (terminal_sender, terminal) = watch::channel(Terminal::Disconnected { reason, since: now() });
        let (jobs_sender, jobs) = mpsc::unbounded_channel();
        let beat_stopping = CancellationToken::new();
        let tasks = TaskTracker::new();

        let settings = Settings { global_cap: rooms.config.caps.sessions, repositories: rooms.repositories.all() };
        let core = Core::new(opened.world, opened.counters, opened.settled_calls, settings, rules(&rooms));
        let (wanted_sender, wanted) = watch::channel(Arc::default());
        let (hosts_sender, hosts) = watch::channel(Arc::new(sites::hosts(core.world())));
        let showing = Showing {
            live: live_sender,
            places: places_sender,
            callers: callers_sender,
            wanted: wanted_sender,
            hosts: hosts_sender,
        };
        let beat = Beat::new(core, rooms.store.clone(), letters, showing, jobs_sender);
        let sizes = Sizes::new(rooms.clone(), grown.clone());
        let here = rooms.sites.of(&TargetName::local()).expect("this machine is known from the start");
        let around = Surroundings {
            rooms: rooms.clone(),
            sizes: sizes.clone(),
            live: live.clone(),
            grown: grown.clone(),
            inbox: inbox.clone(),
            hosts,
        };
        let observer = Observer::new(around.clone(), here, tmux_events, terminal_sender);
        tasks.spawn(observer.run(stopping.child_token()));
        tasks.spawn(sites::keep(around, stopping.child_token()));
        let (transcripts, named) = follow::named();
        let (paths, profiles) = (rooms.paths.clone(), Arc::clone(&rooms.profiles));
        let replicas = Replicas::default();
        let sites = rooms.sites.clone();
        let variables =
            Box::new(move |target: &TargetName, name: &str| sites.of(target)?.variable(name).map(Into::into));
        match Follower::new(paths, profiles, (variables, replicas.clone()), live.clone(), named, inbox.clone()) {
            Ok(follower) => drop(tasks.spawn(follower.run(stopping.child_token()))),
            Err(error) => tracing::warn!(%error, "transcripts can't be watched: what agents use is not counted"),
        }
        let sites = rooms.sites.clone();
        let reach = Arc::new(move |target: &TargetName| {
            let site = sites.of(target).filter(|site| site.is_reached)?;
            Some(There { host: site.host, folders: site.folders })
        });
        let homes = (rooms.paths.clone(), rooms.recordings.clone());
        let hints = (live.clone(), grown.subscribe());
        let bringing = replicate::run(replicas.clone(), homes, reach, Pace::default(), hints, stopping.child_token());
        tasks.spawn(bringing);
        let (sites, reached) = (rooms.sites.clone(), rooms.sites.watch());
        let grounds = Box::new(move |workspace: &Workspace| sites.ground(workspace));
        let watching = Watch::new(grounds, reached, places, grown.subscribe(), inbox.clone());
        tasks.spawn(watching.run(stopping.child_token()));
        tasks.spawn(performer::run(rooms.clone(), jobs, inbox.clone(), stopping.child_token()));
        tasks.spawn(repositories::follow(rooms.clone(), inbox.clone(), stopping.child_token()));
        tasks.spawn(feedback::run(rooms.clone(), wanted, inbox.clone(), stopping.child_token()));
        tasks.spawn(sightings::follow_local(rooms.clone(), stopping.child_token()));
        tasks.spawn(spread(growths, grown.clone(), stopping.child_token()));
        tasks.spawn(trim(rooms.recordings.clone(), grown.subscribe(), stopping.child_token()));
        tasks.spawn(prune(rooms.clone(), stopping.child_token()));
        tasks.close();
        let (booted_sender, booted) = oneshot::channel();
        let beat = tokio::spawn(beat.run(booted_sender, beat_stopping.clone()));
        let engine = Engine {
            inbox,
            callers,
            transcripts,
            replicas,
            screens: Screens::new(rooms.clone(), live.clone(), grown, watcher),
            rooms,
            sizes,
            checkouts: Checkouts::new(),
            live,
            terminal,
            stopping: stopping.clone(),
            started_at: now(),
        };
        Self { engine, beat, booted: Some(booted), tasks, stopping, beat_stopping }
    }

    /// Waits until what an earlier daemon left has been taken up and that is written; `false` when it could not be, and
    /// [`Supervisor::run`] says why.
    pub async fn booted(&mut self) -> bool {
        match self.booted.take() {
            Some(booted) => booted.await.is_ok(),
            None => true,
        }
    }

    /// The handle for the door.
    pub fn engine(&self) -> Engine {
        self.engine.clone()
    }

    /// Returns when the supervisor has been told to stop, or failed. Observers and performers end first, then the
    /// loop takes what they still said, then the store is closed by the caller.
    pub async fn run(mut self) -> Result<(), Failure> {
        let ended = tokio::select! {
            ended = &mut self.beat => Some(ended),
            () = self.stopping.cancelled() => None,
        };
        self.stopping.cancel();
        self.tasks.wait().await;
        self.beat_stopping.cancel();
        let ended = match ended {
            Some(ended) => ended,
            None => self.beat.await,
        };
        ended.map_err(Failure::Panicked)?.map_err(Failure::Store)
    }
}

fn rules(rooms: &Rooms) -> std::collections::BTreeMap<crate::domain::ProfileName, ProfileRules> {
    rooms
        .profiles
        .iter()
        .filter_map(|(name, profile, _)| {
            let profile = profile.ok()?;
            let rules = ProfileRules {
                completes_by_exit: matches!(profile.completion, Completion::Exit),
                checks_turns: matches!(profile.completion, Completion::Command(_)),
                family: profile.program.resolve(),
                accepts_while_working: profile.accepts_while_working,
                prompt_in_argv: profile.prompt == PromptWay::Argv,
                has_input_box: profile.composer.is_some(),
            };
            Some((name.clone(), rules))
        })
        .collect()
}

/// Tells whoever looks which recordings have grown.
async fn spread(mut growths: Growth, grown: broadcast::Sender<Grown>, cancel: CancellationToken) {
    loop {
        let attempts = tokio::select! {
            growth = growths.recv() => match growth {
                Some(attempts) => attempts,
                None => return,
            },
            () = cancel.cancelled() => return,
        };
        // Nobody looks at anything: nothing is lost.
        let _ = grown.send(Arc::new(attempts));
    }
}

/// Keeps recordings that grow within their bound.
async fn trim(recordings: Recordings, mut grown: broadcast::Receiver<Grown>, cancel: CancellationToken) {
    loop {
        let growth = tokio::select! {
            growth = grown.recv() => growth,
            () = cancel.cancelled() => return,
        };
        let mut attempts = match growth {
            Ok(attempts) => BTreeSet::clone(&attempts),
            // Whoever is missed grows again before it matters.
            Err(broadcast::error::RecvError::Lagged(_)) => continue,
            Err(broadcast::error::RecvError::Closed) => return,
        };
        tokio::select! {
            () = tokio::time::sleep(TRIM_EVERY) => {}
            () = cancel.cancelled() => return,
        }
        while let Ok(more) = grown.try_recv() {
            attempts.extend(more.iter());
        }
        let recordings = recordings.clone();
        let trimmed = tokio::task::spawn_blocking(move || {
            for attempt in attempts {
                if let Err(error) = recordings.trim(attempt) {
                    tracing::warn!(%attempt, %error, "the recording could not be kept within its bound");
                }
            }
        });
        // A panic is in the log; the next growth trims again.
        let _ = trimmed.await;
    }
}

/// Keeps the log and what attempts have left on the disk within their bounds.
async fn prune(rooms: Rooms, cancel: CancellationToken) {
    let bounds = &rooms.config.retention;
    loop {
        tokio::select! {
            () = tokio::time::sleep(PRUNE_EVERY) => {}
            () = cancel.cancelled() => return,
        }
        match rooms.store.prune(bounds.events).await {
            Ok(0) => {}
            Ok(lines) => tracing::info!(lines, "old lines of the log were let go of"),
            Err(error) => tracing::warn!(%error, "the log could not be pruned"),
        }
        match remains::prune(&rooms.paths, &rooms.store, bounds.archived).await {
            Ok(0) => {}
            Ok(files) => tracing::info!(files, "recordings and pictures of work put away long ago were let go of"),
            Err(error) => tracing::warn!(%error, "what is left of old attempts could not be let go of"),
        }
        match checkouts::prune(&rooms, bounds.removed).await {
            0 => {}
            workspaces => tracing::info!(workspaces, "what was kept of workspaces removed long ago was let go of"),
        }
    }
}
