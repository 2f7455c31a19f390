//! The task that keeps a host connected.

use std::{
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use tokio::time::{interval_at, sleep};
use tokio_util::sync::CancellationToken;

use super::{
    Link, Shared, Ssh,
    connection::{Connection, Forward, Master},
    facts::{self, Holder},
};
use crate::domain::Timestamp;

/// How long a master may take to say why it ends.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Why a connection is no more.
enum Loss {
    /// It was lost.
    Lost(String),
    /// Nobody wants it any more.
    Cancelled,
}

/// Connects, and connects again, until cancelled.
pub(super) async fn keep(shared: Arc<Shared>, cancel: CancellationToken) {
    let _finished = shared.finished.clone().drop_guard();
    let mut pause = shared.options.first_pause;
    let mut down_since = None;
    let mut before = Holder::default();
    loop {
        let tried = tokio::select! {
            tried = connect(&shared, &before) => tried,
            () = cancel.cancelled() => return,
        };
        let reason = match tried {
            Ok((mut master, connection)) => {
                pause = shared.options.first_pause;
                down_since = None;
                before = connection.facts.holder.clone();
                shared.connection.send_replace(Some(connection.clone()));
                shared.link.send_replace(Link::Up { since: now() });
                let loss = watch_over(&shared, &mut master, &connection, &cancel).await;
                shared.connection.send_replace(None);
                let reason = match loss {
                    Loss::Lost(reason) => reason,
                    Loss::Cancelled => "the connection was ended here".into(),
                };
                let cancelled = cancel.is_cancelled();
                if cancelled {
                    shared.link.send_replace(Link::Down { reason: reason.clone(), since: now(), retry_at: now() });
                }
                master.end().await;
                if cancelled {
                    return;
                }
                reason
            }
            Err(reason) => reason,
        };
        let since = *down_since.get_or_insert_with(now);
        tracing::info!(host = shared.options.address.host(), %reason, "not connected");
        shared.link.send_replace(Link::Down { reason, since, retry_at: now() + pause });
        tokio::select! {
            () = sleep(pause) => {}
            () = shared.knocked.notified() => {}
            () = cancel.cancelled() => return,
        }
        pause = (pause * 2).min(shared.options.longest_pause);
    }
}

/// Connects, learns what the host is, and has its port lead here.
async fn connect(shared: &Arc<Shared>, before: &Holder) -> Result<(Master, Arc<Connection>), String> {
    let (master, socket) = Master::connect(&shared.options).await?;
    let mut connection = Connection::new(socket.clone());
    let patience = shared.options.connect_patience * 4;
    let lost = shared.lost.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let bare = Arc::new(Connection::new(socket));
    let answer = Ssh(shared.clone()).run_aside(bare, facts::question(before, &lost, patience)).await;
    let answer = answer.map_err(|error| format!("it lets us in, but runs nothing for us: {error}"))?;
    connection.facts = facts::parse(&answer.stdout).map_err(|error| error.to_string())?;
    shared.lost.lock().unwrap_or_else(PoisonError::into_inner).retain(|leader| !lost.contains(leader));
    if let Some(forward) = shared.options.forward {
        let known = shared.ports.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Err(reason) = connection.forward(known.last().copied(), forward, patience).await {
            tracing::warn!(host = shared.options.address.host(), reason, "no port there leads here");
        }
        let told = connection.ports().pop();
        for port in known {
            // For those who were told it before; where it is taken, nobody else is waited for.
            if told.is_some_and(|told| told != port) {
                let _ = connection.lead(Forward { port, ..forward }, patience).await;
            }
        }
        told.into_iter().for_each(|port| connection.tell(port));
        shared.remember(&connection);
    }
    Ok((master, Arc::new(connection)))
}

/// Waits until the connection is lost; looks whether it is when somebody suspects so, and now and then.
async fn watch_over(
    shared: &Arc<Shared>,
    master: &mut Master,
    connection: &Arc<Connection>,
    cancel: &CancellationToken,
) -> Loss {
    let every = shared.options.alive_interval;
    let mut looks = interval_at((Instant::now() + every).into(), every);
    let silent = async {
        loop {
            let suspected = tokio::select! {
                () = shared.suspected.notified() => true,
                _ = looks.tick() => false,
            };
            let silence = if !connection.check(every).await {
                "the ssh process that holds the connection does not answer".to_owned()
            } else if suspected && !Ssh(shared.clone()).answers_over(connection).await {
                format!("{} does not answer", shared.options.address.host())
            } else {
                continue;
            };
            // A master that is just ending tells its reason better than we do.
            sleep(LAST_WORDS).await;
            return silence;
        }
    };
    tokio::select! {
        reason = master.lost(&shared.options) => Loss::Lost(reason),
        reason = silent => Loss::Lost(reason),
        () = cancel.cancelled() => Loss::Cancelled,
    }
}

fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_millisecond())
}
