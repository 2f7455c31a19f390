//! Following the daemon: everything it knows, then each change, for as long as the dashboard lives.

use std::{io, pin::Pin, time::Duration};

use futures_util::StreamExt;
use tokio::sync::mpsc::Sender;

use super::Beat;
use crate::{
    api::{Client, client::Error},
    domain::SessionId,
    tui::{
        effect::Looking,
        message::{Message, Problem},
    },
};

/// How long after a failure the daemon is asked again, at first and at most.
const PATIENCE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));
/// How long a cursor must rest on a session before its screen is asked for.
const REST: Duration = Duration::from_millis(60);

/// The other end is gone: the dashboard has ended.
struct Gone;

/// Starts the daemon again; says what kept it from starting.
pub type Revive = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// Tells everything the daemon knows and each change. Ends with the dashboard.
pub(super) async fn world(client: Client, revive: Revive, beats: Sender<Beat>) {
    let mut patience = PATIENCE.0;
    loop {
        let heard = match once(&client, &beats, &mut patience).await {
            Ok(()) => Message::Away(Problem::new("the daemon ended the connection")),
            Err(Ok(error)) => match was_killed(&error) {
                true => Message::Away(revive().await.err().map_or_else(|| error.into(), Problem::new)),
                false => Message::Away(error.into()),
            },
            Err(Err(Gone)) => return,
        };
        if beats.send(Beat::Heard(heard)).await.is_err() {
            return;
        }
        tokio::time::sleep(patience).await;
        patience = (patience * 2).min(PATIENCE.1);
    }
}

/// Its socket is there and nobody listens. A daemon that was told to end takes its socket along, and stays ended until
/// somebody wants it.
fn was_killed(error: &Error) -> bool {
    matches!(error, Error::NoDaemon { source, .. } if source.kind() == io::ErrorKind::ConnectionRefused)
}

async fn once(client: &Client, beats: &Sender<Beat>, patience: &mut Duration) -> Result<(), Result<Error, Gone>> {
    loop {
        let world = client.world().await.map_err(Ok)?;
        let changes = client.changes(world.revision).await.map_err(Ok)?;
        tell(beats, Message::World(Box::new(world))).await?;
        *patience = PATIENCE.0;
        let mut changes = std::pin::pin!(changes);
        loop {
            match changes.next().await {
                None => return Ok(()),
                Some(Err(error)) => return Err(Ok(error)),
                Some(Ok(step)) if step.reload => break,
                Some(Ok(step)) => tell(beats, Message::Step(step)).await?,
            }
        }
    }
}

async fn tell(beats: &Sender<Beat>, message: Message) -> Result<(), Result<Error, Gone>> {
    beats.send(Beat::Heard(message)).await.map_err(|_| Err(Gone))
}

/// Tells the pictures of one screen, once the cursor has rested on its session.
pub(super) async fn screen(client: Client, looking: Looking, beats: Sender<Beat>) {
    tokio::time::sleep(REST).await;
    let problem = pictures(&client, looking, &beats).await.err().map(Problem::from);
    // Without a dashboard nobody wants to know.
    let _ = beats.send(Beat::Heard(Message::NoScreen(looking.session, problem))).await;
}

async fn pictures(client: &Client, looking: Looking, beats: &Sender<Beat>) -> Result<(), Error> {
    let id: SessionId = looking.session;
    // A pane that can't be resized can still be looked at.
    if let Err(error) = client.resize(id, looking.size).await {
        tracing::debug!(%error, %id, "a pane was not resized");
    }
    let mut pictures = std::pin::pin!(client.screens(id).await?);
    while let Some(picture) = pictures.next().await {
        if beats.send(Beat::Heard(Message::Screen(picture?))).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}
