//! What the daemon says of itself.

use std::time::{Duration, Instant};

use color_eyre::Report;

use crate::{
    api::{
        Client, build, client,
        wire::{self, AgentsDoor, TmuxStatus},
    },
    cli::{context::Context, door, hook::knock::Door},
    domain::Finding,
};

/// How long the agents' door may take to answer.
const DOOR_ANSWERS: Duration = Duration::from_secs(2);

/// A daemon that answers, with how it stands; started when there is none.
///
/// # Errors
/// What there is to say of it otherwise.
pub(super) async fn reach(context: &Context) -> Result<(Client, wire::Status), Finding> {
    let client = Client::new(&context.paths);
    let mut status = client.status().await;
    if matches!(&status, Err(client::Error::NoDaemon { source, .. }) if door::nobody_listens(source)) {
        if let Err(error) = door::start(&context.paths, &context.everywhere).await {
            let log = context.paths.logs().join("daemon.log");
            let found = format!("{:#}", Report::from(error));
            return Err(Finding::bad("daemon", found, format!("its log is {}", log.display())));
        }
        status = client.status().await;
    }
    match status {
        Ok(status) => Ok((client, status)),
        Err(error) => Err(Finding::bad("daemon", error.to_string(), "`qd daemon restart`; agents go on")),
    }
}

/// The daemon, its tmux server, and the agents' door.
pub(super) fn findings(status: wire::Status) -> Vec<Finding> {
    let door = status.agents_door.map(agents_door);
    [daemon(&status), server(&status.tmux)].into_iter().chain(door).collect()
}

fn daemon(status: &wire::Status) -> Finding {
    let found = format!("process {}, version {}", status.pid, status.version);
    let restart = "`qd daemon restart`; agents go on";
    if status.protocol != wire::PROTOCOL {
        return Finding::bad("daemon", format!("{found}, which speaks another protocol than this qd"), restart);
    }
    if status.build != build::fingerprint() {
        return Finding::mind("daemon", format!("{found}, of another build than this qd"), restart);
    }
    Finding::good("daemon", found)
}

fn server(tmux: &TmuxStatus) -> Finding {
    match tmux {
        TmuxStatus::Connected { version, .. } => Finding::good("panes", format!("tmux {version} is connected")),
        TmuxStatus::Disconnected { reason, .. } => {
            Finding::mind("panes", format!("tmux is not connected: {reason}"), "`qd daemon status` says when it is")
        }
    }
}

fn agents_door(door: AgentsDoor) -> Finding {
    let AgentsDoor { address, moved_from } = door;
    let found = format!("agents are heard at {address}");
    if !Door::is_at(address, Instant::now() + DOOR_ANSWERS) {
        let found = format!("nobody answers at {address}, where agents should be heard");
        return Finding::bad("door", found, "`qd daemon restart`; agents go on");
    }
    match moved_from {
        None => Finding::good("door", found),
        Some(port) => Finding::mind(
            "door",
            format!("{found}, because another program has port {port}: agents that ran before can't be heard"),
            "`qd resume` those; their panes are read all the same",
        ),
    }
}
