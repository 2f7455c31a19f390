//! What the daemon says of itself and of the agents.

use std::time::{Duration, Instant};

use crate::{
    api::{
        Client, build, client,
        wire::{self, AgentsDoor, Found, TmuxStatus},
    },
    cli::{context::Context, door, hook::knock::Door},
    domain::Finding,
};

/// How long the agents' door may take to answer.
const DOOR_ANSWERS: Duration = Duration::from_secs(2);

/// The daemon, its tmux server, and the agents it found; less where it does not answer.
pub(super) async fn findings(context: &Context) -> Vec<Finding> {
    let client = Client::new(&context.paths);
    let mut status = client.status().await;
    if matches!(&status, Err(client::Error::NoDaemon { source, .. }) if door::nobody_listens(source)) {
        if let Err(error) = door::start(&context.paths, &context.everywhere).await {
            let log = context.paths.logs().join("daemon.log");
            return vec![Finding::bad("daemon", error.to_string(), format!("its log is {}", log.display()))];
        }
        status = client.status().await;
    }
    match status {
        Err(error) => vec![Finding::bad("daemon", error.to_string(), "`qd daemon restart`; agents go on")],
        Ok(status) => {
            let agents = client.agents(true).await.map_or_else(
                |error| vec![Finding::bad("agents", error.to_string(), "`qd daemon restart`; agents go on")],
                agents,
            );
            let door = status.agents_door.map(agents_door);
            [daemon(&status), server(&status.tmux)].into_iter().chain(door).chain(agents).collect()
        }
    }
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

fn agents(agents: Vec<wire::Agent>) -> Vec<Finding> {
    let usable = |agent: &wire::Agent| match &agent.found {
        Found::Usable { path, version } if version.is_empty() => {
            Some(Finding::good("agent", format!("{}: {}", agent.name, path.display())))
        }
        Found::Usable { version, .. } => Some(Finding::good("agent", format!("{}: {version}", agent.name))),
        Found::Unusable { .. } => None,
    };
    let found: Vec<Finding> = agents.iter().filter_map(usable).collect();
    let coding = agents.iter().filter(|agent| agent.name.as_str() != "shell");
    if coding.clone().any(|agent| matches!(agent.found, Found::Usable { .. })) {
        return found;
    }
    let known: Vec<&str> = coding.map(|agent| agent.name.as_str()).collect();
    let none = format!("no coding agent was found (known: {})", known.join(", "));
    let remedy = "`qd agents` says how to get each; `qd demo` shows everything without one";
    found.into_iter().chain([Finding::mind("agents", none, remedy)]).collect()
}
