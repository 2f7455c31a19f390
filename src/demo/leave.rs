//! The end of the demo: nothing of it runs on.

use std::{process::Stdio, time::Duration};

use futures_util::StreamExt;
use tokio::{process::Command as Process, time::timeout};

use super::home::Home;
use crate::{
    api::client::{Client, Error},
    domain::{
        Command, World,
        attempt::{End, State, Survivor},
        objective,
    },
};

/// How long the agents have to end, with all that came from them.
const PATIENCE: Duration = Duration::from_secs(30);

/// Cancels the crew, waits until its processes are gone, ends the daemon and the demo's tmux server, and removes the
/// home unless it is kept. Gives the processes that would not end.
///
/// # Errors
/// The client's. The tmux server is ended and the home removed all the same.
pub async fn leave(client: &Client, home: Home) -> Result<Vec<Survivor>, Error> {
    let canceled = cancel(client).await;
    let stopped = client.stop().await;
    end_tmux_server(&home).await;
    drop(home);
    let survivors = canceled?;
    stopped.map(|()| survivors)
}

/// Ends what killed demos have left running, and removes their homes; gives how many there were.
pub async fn clear_away(homes: Vec<Home>) -> usize {
    let count = homes.len();
    for home in homes {
        let client = Client::new(home.paths());
        if let Err(error) = leave(&client, home).await {
            tracing::warn!(%error, "a killed demo's daemon was gone already");
        }
    }
    count
}

async fn cancel(client: &Client) -> Result<Vec<Survivor>, Error> {
    let mut world = client.world().await?;
    let mut changes = std::pin::pin!(client.changes(world.revision).await?);
    let open = world.objectives.values().filter(|objective| objective.state == objective::State::Open);
    for objective in open.map(|objective| objective.id).collect::<Vec<_>>() {
        client.command(&Command::CancelObjective { objective }).await?;
    }
    let all_ended = async {
        while !world.attempts.values().all(|attempt| attempt.state.is_ended()) {
            match changes.next().await {
                None => return Ok(()),
                Some(step) => match step? {
                    step if step.reload => world = client.world().await?,
                    step => step.changes.into_iter().for_each(|change| world.apply(change)),
                },
            }
        }
        Ok(())
    };
    match timeout(PATIENCE, all_ended).await {
        Ok(ended) => ended.map(|()| survivors(&world)),
        // Whoever is left goes with the tmux server.
        Err(_) => Ok(survivors(&world)),
    }
}

fn survivors(world: &World) -> Vec<Survivor> {
    let of = |state: &State| match state {
        State::Ended { end: End::Stopped { survivors } } => survivors.clone(),
        State::Ended { .. } | State::Preparing | State::Launching | State::Live { .. } | State::Stopping { .. } => {
            Vec::new()
        }
    };
    world.attempts.values().flat_map(|attempt| of(&attempt.state)).collect()
}

/// The daemon leaves its tmux server alone when it ends, as agents are to go on; here there is nobody left.
async fn end_tmux_server(home: &Home) {
    let mut command = Process::new("tmux");
    command.arg("-S").arg(home.paths().tmux_socket()).arg("kill-server").env_remove("TMUX");
    let ended = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).status();
    if let Err(error) = timeout(PATIENCE, ended).await.unwrap_or_else(|elapsed| Err(elapsed.into())) {
        tracing::warn!(%error, "the demo's tmux server could not be ended");
    }
}
