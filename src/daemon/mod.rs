//! The daemon: puts the rooms together, and takes them apart in order.
//!
//! One daemon a state directory, held by a file lock. It starts in the order in which things are needed (folders,
//! lock, database, socket) so that a second daemon, a newer database or a folder that can't be written is said at once,
//! and becomes reachable before tmux answers. It stops by letting go in the other order. Agents live in tmux and are
//! not its children: whatever becomes of the daemon, they go on, and the next one adopts them.

mod caller;
mod lock;
mod look;

pub use look::look;

use std::{io, path::PathBuf, sync::Arc};

use self::lock::Lock;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::{
    agent::Profiles,
    api::{agents, server},
    config::{Config, Paths, Repositories, paths},
    engine::{Calls, Failure, Rooms, Sightings, Site, Sites, Supervisor},
    store::{self, Store},
    target::Host,
    tmux,
    transcript::{self, Recordings},
};

/// Why the daemon did not start, or ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no place for our things.
    #[error("the daemon has no place for its state")]
    Paths(#[from] paths::Error),
    /// Another daemon serves this state directory.
    #[error("another daemon serves {0:?} already")]
    AlreadyRuns(PathBuf),
    /// A file or socket of ours can't be used.
    #[error("the daemon can't use {path:?}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The database can't be used.
    #[error("the daemon can't use its database")]
    Store(#[from] store::Error),
    /// The recordings can't be watched.
    #[error("the daemon can't watch what panes print{}", what_to_do(.0))]
    Watch(#[from] notify::Error),
    /// The supervisor ended by itself.
    #[error(transparent)]
    Supervisor(#[from] Failure),
}

/// What to do where the system watches nothing more.
fn what_to_do(error: &notify::Error) -> &'static str {
    match &error.kind {
        notify::ErrorKind::Io(error) if error.raw_os_error() == Some(nix::libc::EMFILE) => {
            "; other programs of yours watch as much as the system lets them: \
             `sudo sysctl fs.inotify.max_user_instances=1024` lets them watch more"
        }
        _ => "",
    }
}

/// Serves `paths` until told to stop, by a signal or through the door. `ready` is called once the socket answers.
///
/// # Errors
/// Why it did not start, or ended by itself.
pub async fn run(paths: Paths, config: Config, ready: impl FnOnce()) -> Result<(), Error> {
    paths.create()?;
    let lock = Lock::take(&paths)?;
    let (store, opened) = Store::open(&paths.database())?;
    let recordings = Recordings::new(paths.recordings(), config.retention.recording_bytes);
    let watched = transcript::watch(recordings.clone())?;
    let stopping = CancellationToken::new();
    // The control client outlives the performers, which speak through it to the last.
    let tmux_stopping = CancellationToken::new();
    let options = tmux::Options {
        host: Host::local(),
        socket: paths.tmux_socket(),
        config: paths.runtime.join("tmux.conf"),
        detach_key: config.dashboard.detach_key.clone(),
    };
    let (tmux, tmux_events) = tmux::Server::start(options, tmux_stopping.clone());
    let socket = paths.socket();
    let port = paths.agents_port();
    let door = agents::Door::bind(&port).map_err(|source| Error::File { path: port, source })?;
    let (notify, told) = (config.notify.clone(), paths.state.join("notified.json"));
    let rooms = Rooms {
        repositories: Repositories::new(&paths),
        profiles: Arc::new(Profiles::load(&paths.config.join("agents"))),
        instance: instance(&paths)?,
        config: Arc::new(config),
        store: store.clone(),
        sites: Sites::new(Site::local(&paths, tmux, door.address)),
        local: Host::local(),
        calls: Calls::default(),
        sightings: Sightings::default(),
        door: door.address,
        door_moved_from: door.moved_from,
        recordings,
        paths,
    };
    let mut supervisor = Supervisor::start(rooms, opened, tmux_events, watched, stopping.clone());
    if !supervisor.booted().await {
        // It can't write what it found, and says why instead of answering.
        tmux_stopping.cancel();
        return Ok(supervisor.run().await?);
    }
    let listener = server::listen(&socket).map_err(|source| Error::File { path: socket.clone(), source })?;
    let engine = supervisor.engine();
    let served = tokio::spawn(server::serve(listener, engine.clone()));
    let heard = tokio::spawn(agents::serve(door, engine.clone()));
    let called = tokio::spawn(caller::follow(engine.clone(), notify, told, stopping.clone()));
    tokio::spawn(until_told(stopping.clone()));
    let lost = tokio::spawn(lock.clone().until_lost(stopping));
    ready();
    tracing::info!(pid = std::process::id(), "the daemon answers");
    let ended = supervisor.run().await;
    engine.stop();
    // A panic is in the log.
    let _ = called.await;
    for door in [served, heard] {
        if let Ok(Err(error)) = door.await {
            tracing::warn!(%error, "a door was not closed in order");
        }
    }
    lost.abort();
    // A socket that is left behind says that the daemon was killed; whoever waits for it starts another. One that
    // another daemon made in the place of ours is not ours to close.
    if ended.is_ok()
        && lock.is_held()
        && let Err(error) = server::close(&socket)
    {
        tracing::warn!(%error, "the socket stays behind");
    }
    tmux_stopping.cancel();
    drop(engine);
    store.close().await;
    tracing::info!("the daemon has stopped");
    Ok(ended?)
}

/// The random word that tells our processes from those of another state directory; made once.
fn instance(paths: &Paths) -> Result<String, Error> {
    let path = paths.state.join("instance");
    let failed = |source| Error::File { path: path.clone(), source };
    match std::fs::read_to_string(&path) {
        Ok(word) if !word.trim().is_empty() => return Ok(word.trim().to_owned()),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let word = uuid::Uuid::new_v4().simple().to_string();
    std::fs::write(&path, &word).map_err(failed)?;
    Ok(word)
}

/// SIGTERM, SIGINT and SIGHUP end the daemon in order.
async fn until_told(stopping: CancellationToken) {
    let signals = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()].map(signal);
    let [Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup)] = signals else {
        tracing::warn!("signals can't be listened to; only `qd daemon stop` ends this daemon in order");
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = hangup.recv() => {}
        () = stopping.cancelled() => {}
    }
    stopping.cancel();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nothing_more_can_be_watched_it_is_said_what_to_do() {
        let full = notify::Error::io(io::Error::from_raw_os_error(nix::libc::EMFILE));
        assert!(Error::from(full).to_string().contains("sysctl fs.inotify.max_user_instances=1024"));
        let other = notify::Error::io(io::Error::from_raw_os_error(nix::libc::EACCES));
        assert_eq!(Error::from(other).to_string(), "the daemon can't watch what panes print");
    }
}
